//! All tests. What can be built is built once, before anything runs.

use crate::{
    run::{Done, cargo, npm, show},
    system, ui, validators,
};

/// Arguments go to the test programs, for example a part of a test's name.
pub(crate) fn run(args: &[String]) -> Done {
    system::install(system::Need::Window)?;
    ui::build()?;
    ui::build_pretend()?;
    validators::install()?;
    let window = show(npm(&["test"]));
    // With --all-targets this makes the app itself too, which the end-to-end tests start.
    show(cargo(&["build", "--workspace", "--all-targets", "--locked"]))?;
    let mut words = vec!["test", "--workspace", "--no-fail-fast", "--locked"];
    if !args.is_empty() {
        words.push("--");
        words.extend(args.iter().map(String::as_str));
    }
    let core = show(cargo(&words));
    window.and(core)
}
