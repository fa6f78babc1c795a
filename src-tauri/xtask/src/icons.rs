//! All icon files from `icons/icon.svg`. The results are committed: a build draws nothing.

use std::{fs, path::Path};

use crate::{
    place,
    run::{Done, command, show},
};

const SIZES: &[u32] = &[16, 24, 32, 48, 64, 128, 256, 512, 1024];

/// The names that the bundler looks for, and their sizes.
const NAMED: &[(&str, u32)] =
    &[("32x32.png", 32), ("128x128.png", 128), ("128x128@2x.png", 256), ("icon.png", 512)];

/// Windows picks from these.
const ICO: &[u32] = &[16, 24, 32, 48, 64, 256];

/// Apple's names for PNG entries of an icon file, and their sizes.
const ICNS: &[(&[u8; 4], u32)] = &[
    (b"icp4", 16),
    (b"icp5", 32),
    (b"ic11", 32),
    (b"ic12", 64),
    (b"ic07", 128),
    (b"ic13", 256),
    (b"ic08", 256),
    (b"ic14", 512),
    (b"ic09", 512),
    (b"ic10", 1024),
];

pub(crate) fn run() -> Done {
    for tool in ["rsvg-convert", "convert"] {
        if place::program(tool).is_none() {
            return Err(format!("{tool} is missing: install librsvg2-bin and imagemagick"));
        }
    }
    let folder = place::root().join("icons");
    for &size in SIZES {
        draw(&folder, size, &png(size))?;
    }
    for &(name, size) in NAMED {
        draw(&folder, size, name)?;
    }
    let layers: Vec<String> = ICO.iter().map(|&size| format!("icons/{}", png(size))).collect();
    let mut words: Vec<&str> = layers.iter().map(String::as_str).collect();
    words.push("icons/icon.ico");
    show(command("convert", &words))?;
    icns(&folder).map_err(|error| format!("could not write icon.icns: {error}"))
}

fn draw(folder: &Path, size: u32, name: &str) -> Done {
    let size = size.to_string();
    let to = folder.join(name);
    show(command(
        "rsvg-convert",
        &["--width", &size, "--height", &size, "--output", &to.to_string_lossy(), "icons/icon.svg"],
    ))
}

/// A file of Apple's: `icns`, the length of all, then each picture with its name and length.
fn icns(folder: &Path) -> std::io::Result<()> {
    let mut entries = Vec::new();
    for (name, size) in ICNS {
        let picture = fs::read(folder.join(png(*size)))?;
        entries.extend_from_slice(*name);
        entries.extend_from_slice(&length(picture.len()));
        entries.extend_from_slice(&picture);
    }
    let mut file = b"icns".to_vec();
    file.extend_from_slice(&length(entries.len()));
    file.extend_from_slice(&entries);
    fs::write(folder.join("icon.icns"), file)
}

/// A length as the format counts it: with the eight bytes of name and length.
fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes + 8).unwrap_or(u32::MAX).to_be_bytes()
}

fn png(size: u32) -> String {
    format!("{size}.png")
}
