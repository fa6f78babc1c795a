//! Shows the app. With a display it opens in practice mode. Without one, the same app runs under a
//! virtual display and is driven through the main job, step by step.

use std::fs;

use crate::{
    place,
    run::{Done, cargo, show},
    system, ui,
};

pub(crate) fn run() -> Done {
    let display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if display || !cfg!(target_os = "linux") { open() } else { walk() }
}

fn open() -> Done {
    system::install(system::Need::Build)?;
    ui::build()?;
    show(cargo(&["run", "--locked", "--package", "consentry", "--", "--practice"]))
}

fn walk() -> Done {
    system::install(system::Need::Window)?;
    ui::build()?;
    show(cargo(&["build", "--locked", "--package", "consentry"]))?;
    let pictures = place::root().join("artifacts/demo");
    if pictures.exists() {
        fs::remove_dir_all(&pictures)
            .map_err(|error| format!("could not clear {}: {error}", pictures.display()))?;
    }
    println!("\nThere is no display here, so the app is walked through its main job by itself.");
    show(cargo(&[
        "test",
        "--quiet",
        "--locked",
        "--package",
        "consentry-tests",
        "--test",
        "e2e",
        "--",
        "--exact",
        "walk::main_job",
        "--nocapture",
    ]))?;
    // Cargo is content with a filter that fits nothing; a demo is not.
    let taken = fs::read_dir(&pictures).map_or(0, Iterator::count);
    if taken == 0 {
        return Err("the walk left no pictures in artifacts/demo".into());
    }
    println!("\n{taken} pictures are in artifacts/demo.");
    Ok(())
}
