//! The validators of FHIR that the tests ask: one Python and one Node package, both pinned with hashes, installed below
//! `target` and nowhere else.

use std::{fs, path::Path};

use crate::{
    place,
    run::{Done, command, show},
};

/// Installs both, when what pins them is newer.
pub(crate) fn install() -> Done {
    let pins = place::root().join("tests/validators");
    let home = place::target().join("validators");
    models(&pins.join("requirements.txt"), &home)?;
    r4(&pins, &home.join("node"))
}

fn models(pins: &Path, home: &Path) -> Done {
    let (venv, mark) = (home.join("python"), home.join("python/installed"));
    if !place::out_of_date(&mark, &[pins.to_path_buf()]) {
        return Ok(());
    }
    if place::program("python3").is_none() {
        return Err("python3 is missing: the tests judge what is sent with a Python package".into());
    }
    println!(
        "The Python packages of tests/validators/requirements.txt will be installed into target/validators."
    );
    show(command("python3", &["-m", "venv", "--clear", &text(&venv)]))?;
    let pip = ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"];
    let strict = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r"];
    let pins = text(pins);
    let args = [&pip[..], &strict, &[pins.as_str()]].concat();
    show(command(venv.join("bin/python"), &args))?;
    written(&mark, "")
}

fn r4(pins: &Path, home: &Path) -> Done {
    let files = ["package.json", "package-lock.json"];
    let mark = home.join("node_modules/.package-lock.json");
    if !place::out_of_date(&mark, &files.map(|file| pins.join(file))) {
        return Ok(());
    }
    if place::program("npm").is_none() {
        return Err("npm is missing: install Node.js 20.19 or newer".into());
    }
    println!(
        "The npm packages of tests/validators/package-lock.json will be installed into target/validators."
    );
    fs::create_dir_all(home).map_err(|error| format!("{}: {error}", home.display()))?;
    for file in files {
        fs::copy(pins.join(file), home.join(file)).map_err(|error| format!("{file}: {error}"))?;
    }
    let mut npm = command("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.current_dir(home);
    show(npm)
}

fn written(file: &Path, what: &str) -> Done {
    fs::write(file, what).map_err(|error| format!("{}: {error}", file.display()))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
