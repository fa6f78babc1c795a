//! Running other programs: what is run is printed first, and a failure names it.

use std::{
    ffi::OsStr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::place;

/// What a task ends with; the error is a sentence for the terminal.
pub(crate) type Done = Result<(), String>;

/// A command that runs in the root of the repository.
pub(crate) fn command(program: impl AsRef<OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(place::root());
    command
}

/// A cargo command. What the outer `cargo run` set for this program is taken away again: some build
/// scripts watch these variables, and would build everything anew each time.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), args);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start)) {
            command.env_remove(name.as_ref());
        }
    }
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// An npm command in `ui`.
pub(crate) fn npm(args: &[&str]) -> Command {
    let mut command = command("npm", args);
    command.current_dir(place::root().join("ui"));
    command
}

/// Runs a command to its end, with its output shown.
pub(crate) fn show(mut command: Command) -> Done {
    let line = words(&command);
    println!("\n$ {line}");
    let status = command.status().map_err(|error| format!("could not start `{line}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status})")) }
}

/// What a command prints, or `None` when it fails or is not there.
pub(crate) fn output(program: &str, args: &[&str]) -> Option<String> {
    let output = command(program, args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A named part of a task.
pub(crate) struct Step {
    name: &'static str,
    run: Box<dyn Fn() -> Done>,
}

/// Names a part of a task.
pub(crate) fn step(name: &'static str, run: impl Fn() -> Done + 'static) -> Step {
    Step { name, run: Box::new(run) }
}

/// Runs all steps even when one fails, then says how each went.
pub(crate) fn all(steps: Vec<Step>) -> Done {
    let mut lines = Vec::new();
    let mut failed = 0_usize;
    for Step { name, run } in steps {
        println!("\n── {name}");
        let start = Instant::now();
        let done = run();
        let time = seconds(start.elapsed());
        match done {
            Ok(()) => lines.push(format!("  ok      {time:>7}  {name}")),
            Err(why) => {
                eprintln!("{why}");
                failed += 1;
                lines.push(format!("  FAILED  {time:>7}  {name}: {why}"));
            }
        }
    }
    println!("\n{}", lines.join("\n"));
    match failed {
        0 => Ok(()),
        1 => Err("1 step failed".into()),
        many => Err(format!("{many} steps failed")),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f32())
}

fn words(command: &Command) -> String {
    let mut words = vec![short(command.get_program())];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

fn short(program: &OsStr) -> String {
    Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned()
}
