//! The pair of practice EHRs as a program of its own, for testing other apps against it.
//!
//! `consentry-sandbox [--folder PATH] [--ports A,B]`; ends on ctrl-c.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

use std::process::ExitCode;

use consentry_sandbox::{Options, Sandbox, Storage};

const USAGE: &str = "usage: consentry-sandbox [--folder PATH] [--ports A,B]";

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

/// The options of a command line; none when it is not understood.
fn read(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--folder" => options.storage = Storage::Folder(arguments.next()?.into()),
            "--ports" => {
                let ports = arguments.next()?;
                let (first, second) = ports.split_once(',')?;
                options.ports = Some([first.parse().ok()?, second.parse().ok()?]);
            }
            _ => return None,
        }
    }
    Some(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_line(line: &str) -> Option<Options> {
        read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn reads_folder_and_ports() {
        let options = read_line("--folder here --ports 4001,4002").unwrap();
        assert_eq!(options.storage, Storage::Folder("here".into()));
        assert_eq!(options.ports, Some([4_001, 4_002]));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in ["--folder", "--ports 1", "--ports a,b", "--open"] {
            assert!(read_line(line).is_none(), "{line}");
        }
    }
}
