//! Everything that can be judged without running the app: all steps run, all results are shown.

use crate::{
    bindings, deny,
    run::{Done, all, cargo, npm, show},
    system, ui,
};

pub(crate) fn run() -> Done {
    system::install(system::Need::Build)?;
    ui::build()?;
    all(vec![
        (
            "format",
            Box::new(|| show(cargo(&["fmt", "--all", "--check"]))),
        ),
        (
            "lints",
            Box::new(|| {
                show(cargo(&[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--locked",
                    "--",
                    "-D",
                    "warnings",
                ]))
            }),
        ),
        ("dependency rules", Box::new(deny::check)),
        ("generated types", Box::new(bindings::check)),
        ("window: types", Box::new(|| show(npm(&["run", "check"])))),
        ("window: lints", Box::new(|| show(npm(&["run", "lint"])))),
        ("window: tests", Box::new(|| show(npm(&["test"])))),
    ])
}
