//! Dependency rules of `deny.toml`: layers, banned crates, licences, sources.
//!
//! Advisories are not asked here: their database is a download, and a check must not change its mind
//! between two runs on one commit. The release list in CONTRIBUTING.md asks them.

use std::path::PathBuf;

use crate::{
    place,
    run::{Done, cargo, command, output, show},
};

const VERSION: &str = "0.20.2";
/// Reads the same `deny.toml`.
const SERIES: &str = "cargo-deny 0.20.";

pub(crate) fn check() -> Done {
    let tool = tool()?;
    show(command(
        tool,
        &["--workspace", "--locked", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"],
    ))
}

/// The tool from `PATH` when it fits, else our own copy, which takes some minutes to compile once.
fn tool() -> Result<PathBuf, String> {
    let own = place::target().join("tools");
    let binary = own.join("bin/cargo-deny");
    for candidate in [PathBuf::from("cargo-deny"), binary.clone()] {
        let version = output(&candidate.to_string_lossy(), &["--version"]);
        if version.is_some_and(|version| version.starts_with(SERIES)) {
            return Ok(candidate);
        }
    }
    println!("cargo-deny {VERSION} is not here yet; it is compiled once into target/tools.");
    show(cargo(&[
        "install",
        "cargo-deny",
        "--version",
        VERSION,
        "--locked",
        "--root",
        &own.to_string_lossy(),
    ]))?;
    Ok(binary)
}
