//! The files of the repository, and places in them.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// What is built, fetched or generated: not ours to judge.
const SKIPPED: &[&str] = &[".git", "artifacts", "dist", "dist-pretend", "gen", "node_modules", "target"];

/// A text file of ours.
pub(crate) struct Source {
    /// Path from the root, with `/`.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

impl Source {
    /// The part that ships: tests, which end a Rust file, cut off.
    pub(crate) fn shipped(&self) -> &str {
        if self.path.ends_with("tests.rs") || self.path.contains("/tests/") {
            return "";
        }
        self.text.split_once("\n#[cfg(test)]\nmod ").map_or(&*self.text, |(shipped, tests)| {
            // `mod tests;` is only a line; `mod tests {` is the rest of the file.
            if tests.lines().next().is_some_and(|line| line.ends_with('{')) { shipped } else { &self.text }
        })
    }
}

/// All files below `folder` with one of these endings.
pub(crate) fn sources(folder: &str, endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root().join(folder), endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "no {endings:?} below {folder:?}");
    found
}

/// One file, by its path from the root.
pub(crate) fn file(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| {
        // Named, because the usual message holds no path.
        std::panic::panic_any(format!("{path}: {error}"))
    })
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// `path:line: text` of each line in `text` that `breaks` the rule.
pub(crate) fn lines(path: &str, text: &str, breaks: impl Fn(&str) -> bool) -> Vec<String> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| breaks(line))
        .map(|(number, line)| format!("{path}:{}: {}", number + 1, line.trim()))
        .collect()
}

/// Fails with the rule and every place that breaks it.
#[track_caller]
pub(crate) fn none(rule: &str, broken: &[String]) {
    let mut message = format!("{rule}\n");
    for place in broken {
        // Writing to a String cannot fail.
        let _ = writeln!(message, "  {place}");
    }
    assert!(broken.is_empty(), "{message}");
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<Source>) {
    let entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of the repository can be read")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !SKIPPED.contains(&&*name) {
                walk(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let path_from_root = path.strip_prefix(root()).unwrap_or(&path);
            found.push(Source {
                path: path_from_root.to_string_lossy().replace('\\', "/"),
                text: fs::read_to_string(&path).expect("our files are text"),
            });
        }
    }
}
