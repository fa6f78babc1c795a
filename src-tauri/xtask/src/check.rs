//! Everything that can be judged without running the app: all steps run, all results are shown.

use crate::{
    bindings, deny,
    run::{Done, all, cargo, npm, show, step},
    system, ui,
};

const LINTS: &[&str] = &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
const CONFORMANCE: &[&str] =
    &["clippy", "-p", "consentry-tests", "--test", "conformance", "--locked", "--", "-D", "warnings"];

pub(crate) fn run() -> Done {
    system::install(system::Need::Build)?;
    ui::build()?;
    all(vec![
        step("format", || show(cargo(&["fmt", "--all", "--check"]))),
        step("lints", || show(cargo(LINTS))),
        step("lints of the conformance tests", || show(cargo(CONFORMANCE))),
        step("dependency rules", deny::check),
        step("generated types", bindings::check),
        step("window: types", || show(npm(&["run", "check"]))),
        step("window: lints", || show(npm(&["run", "lint"]))),
        step("window: tests", || show(npm(&["test"]))),
    ])
}
