//! What the app and its window leave on the disk.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Desk;

impl Desk {
    /// Files of the app that hold one of these words, whatever their capitals. The practice hospitals'
    /// own files are not looked at: they are hospitals.
    pub(crate) fn files_with(&self, words: &[&str]) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in ["home", "config", "data", "cache", "state"] {
            search(&self.folder.path().join(folder), words, &mut found);
        }
        found
    }
}

fn search(folder: &Path, words: &[&str], found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the desk's folder can be read");
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.ends_with("practice/hospitals") {
            continue;
        }
        if path.is_dir() {
            search(&path, words, found);
        } else if let Ok(bytes) = fs::read(&path) {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            if words.iter().any(|word| text.contains(&word.to_lowercase())) {
                found.push(path);
            }
        }
    }
}
