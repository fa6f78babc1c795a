//! The pair of practice EHRs as a program of its own, for testing other apps against it.
//!
//! `consentry-sandbox --help` says what it can be told; ends on ctrl-c.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

mod command_line;

use std::process::ExitCode;

use command_line::{USAGE, read};
use consentry_sandbox::Sandbox;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let Some(options) = read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let sandbox = match Sandbox::start(options).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    for ehr in sandbox.ehrs() {
        println!("{}\n  FHIR base  {}\n  pages      {}", ehr.name(), ehr.base(), ehr.origin());
        for login in ehr.logins() {
            println!("  {:<16} {:<18} {}", login.who, login.username, login.password);
        }
    }
    println!("Practice only: everybody here is made up. End with ctrl-c.");
    let waited = tokio::signal::ctrl_c().await;
    sandbox.stop().await;
    match waited {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
