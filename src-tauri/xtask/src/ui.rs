//! The window's own packages and its build. The app embeds `ui/dist`, so it is built before any Rust.

use std::path::PathBuf;

use crate::{
    place,
    run::{Done, npm, show},
};

/// What a build of the window is made from.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "index.html",
    "package-lock.json",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];

/// Installs the npm packages of the lock file, when that is newer. No package may run scripts.
pub(crate) fn install() -> Done {
    if place::program("npm").is_none() {
        return Err("npm is missing: install Node.js 20.19 or newer".into());
    }
    let ui = ui();
    let mark = ui.join("node_modules/.package-lock.json");
    if place::out_of_date(&mark, &[ui.join("package-lock.json")]) {
        println!("The npm packages of ui/package-lock.json will be installed into ui/node_modules.");
        show(npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    }
    Ok(())
}

/// Builds the window, when a source is newer than the last build.
pub(crate) fn build() -> Done {
    install()?;
    let sources: Vec<PathBuf> = SOURCES.iter().map(|name| ui().join(name)).collect();
    if place::out_of_date(&ui().join("dist/index.html"), &sources) {
        show(npm(&["run", "build"]))?;
    }
    Ok(())
}

/// Builds the window with its scripted host, for the tests of rare screens.
pub(crate) fn build_pretend() -> Done {
    let sources: Vec<PathBuf> = SOURCES.iter().map(|name| ui().join(name)).collect();
    if place::out_of_date(&ui().join("dist-pretend/index.html"), &sources) {
        show(npm(&["run", "build:pretend"]))?;
    }
    Ok(())
}

fn ui() -> PathBuf {
    place::root().join("ui")
}
