//! Project tasks: `cargo xtask <command>`.
//!
//! Each command does all of its own set-up, so that a fresh Debian 12 or Ubuntu 24.04 with only Rust
//! and Node needs nothing else. Standard library only: this must compile in a second.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task runner talks through the terminal")]

mod bindings;
mod check;
mod conformance;
mod demo;
mod deny;
mod icons;
mod place;
mod run;
mod sandbox;
mod system;
mod test;
mod ui;
mod validators;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  demo       open the app in practice mode; without a display, walk through the main job by itself
             and leave a screenshot of each step in artifacts/demo
  test       all tests: window, core, both EHRs, house rules, and the real app end to end
  check      format, lints, dependency rules, types, unit tests of the window, generated files
  conformance
             the app against programs from elsewhere: Keycloak, a certified OpenID provider;
             needs Java and Maven, and says what it skipped
  sandbox    run the two practice EHRs alone; `--folder PATH` keeps them, `--ports A,B` fixes their ports,
             `--fhir A,B` has them speak stu3, r4, r4b or r5
  bindings   write ui/src/host/bindings.ts from the Rust types
  icons      draw all icon files from icons/icon.svg
  setup      only install what the other commands need
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let done = match command.as_str() {
        "demo" => demo::run(),
        "test" => test::run(&rest),
        "check" => check::run(),
        "conformance" => conformance::run(&rest),
        "sandbox" => sandbox::run(&rest),
        "bindings" => bindings::write(),
        "icons" => icons::run(),
        "setup" => system::install(system::Need::Window)
            .and_then(|()| ui::install())
            .and_then(|()| validators::install()),
        "" | "help" | "-h" | "--help" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("no such command: {other}\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\nxtask {command}: {why}");
            ExitCode::FAILURE
        }
    }
}
