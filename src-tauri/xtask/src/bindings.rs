//! `ui/src/host/bindings.ts`: written from the Rust types, and checked to be what they say.
//!
//! The shell's own test renders the file and compares it; with `UPDATE_BINDINGS=1` it writes it.

use std::process::Command;

use crate::{
    run::{Done, cargo, show},
    system, ui,
};

pub(crate) fn write() -> Done {
    system::install(system::Need::Build)?;
    ui::build()?;
    let mut command = test();
    command.env("UPDATE_BINDINGS", "1");
    show(command)
}

pub(crate) fn check() -> Done {
    let mut command = test();
    command.env_remove("UPDATE_BINDINGS");
    show(command)
}

fn test() -> Command {
    cargo(&["test", "--package", "consentry", "--lib", "bindings"])
}
