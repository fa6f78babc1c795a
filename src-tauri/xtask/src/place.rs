//! Where things are, and which is newer.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Whether `made` is missing or older than anything at or below one of the `sources`.
pub(crate) fn out_of_date(made: &Path, sources: &[PathBuf]) -> bool {
    let Some(made) = changed(made) else {
        return true;
    };
    sources.iter().filter_map(|source| newest(source)).any(|source| source > made)
}

/// A program of this name in `PATH`.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|about| about.modified()).ok()
}

/// The last change at or below `path`. A folder counts too: removing a file changes only its folder.
fn newest(path: &Path) -> Option<SystemTime> {
    let own = changed(path);
    let Ok(entries) = fs::read_dir(path) else {
        return own;
    };
    let below = entries.filter_map(|entry| newest(&entry.ok()?.path())).max();
    own.max(below)
}
