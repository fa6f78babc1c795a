//! What the documents promise exists.

use std::collections::BTreeSet;

use crate::source::{file, none, root, sources};

#[test]
fn every_command_in_the_documents_exists() {
    let tasks = file("src-tauri/xtask/src/main.rs");
    let mut missing = Vec::new();
    for document in sources("", &[".md"]) {
        for (_, rest) in document
            .text
            .match_indices("cargo xtask ")
            .map(|(at, found)| document.text.split_at(at + found.len()))
        {
            let name: String =
                rest.chars().take_while(|one| one.is_ascii_lowercase() || *one == '-').collect();
            if !name.is_empty() && !tasks.contains(&format!("\"{name}\" =>")) {
                missing.push(format!("{}: cargo xtask {name}", document.path));
            }
        }
    }
    none("Each command in a document is a task.", &missing);
}

#[test]
fn every_file_that_the_documents_link_to_exists() {
    let mut missing = BTreeSet::new();
    for document in sources("", &[".md"]) {
        let folder = root().join(&document.path);
        let folder = folder.parent().unwrap_or(root());
        for rest in document.text.split("](").skip(1) {
            let link = rest.split([')', '#']).next().unwrap_or_default();
            let outside = link.contains(':') || link.is_empty();
            if !outside && !folder.join(link).exists() {
                missing.insert(format!("{}: {link}", document.path));
            }
        }
    }
    let missing: Vec<String> = missing.into_iter().collect();
    none("Each link in a document leads somewhere.", &missing);
}
