//! What files say about themselves, and what they must not say.

use crate::source::{lines, none, sources};

const TEXT: &[&str] =
    &[".css", ".html", ".js", ".json", ".md", ".rs", ".sql", ".svelte", ".toml", ".ts", ".yml", "run"];

#[test]
fn every_rust_module_says_why_it_exists() {
    let silent: Vec<String> =
        rust().into_iter().filter(|file| !file.text.starts_with("//!")).map(|file| file.path).collect();
    none("Every Rust file begins with `//!`.", &silent);
}

#[test]
fn nothing_is_left_to_do() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let mut broken = Vec::new();
    for file in sources("", TEXT) {
        broken.extend(lines(&file.path, &file.text, |line| marks.iter().any(|mark| line.contains(mark))));
    }
    none("What is not done is not in the code.", &broken);
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let homes = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/Us", "ers/"),
        concat!("C:\\Us", "ers"),
    ];
    let mut broken = Vec::new();
    for file in sources("", TEXT) {
        broken.extend(lines(&file.path, &file.text, |line| {
            homes.iter().any(|home| {
                line.match_indices(home).any(|(at, _)| {
                    // Only at the beginning of a path: further in, it is part of a web address.
                    let before = line.get(..at).and_then(|text| text.chars().next_back());
                    before.is_none_or(|one| !one.is_alphanumeric() && !"/.}_-".contains(one))
                })
            })
        }));
    }
    none("No absolute path of somebody's machine.", &broken);
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let mut broken = Vec::new();
    for file in rust() {
        let allow = concat!("#[al", "low(");
        let inner = concat!("#![al", "low(");
        broken.extend(lines(&file.path, &file.text, |line| {
            let line = line.trim_start();
            line.starts_with(allow) || line.starts_with(inner)
        }));
    }
    none("Use `#[expect(lint, reason = \"…\")]`.", &broken);
}

fn rust() -> Vec<crate::source::Source> {
    let mut files = sources("src-tauri", &[".rs"]);
    files.extend(sources("tests", &[".rs"]));
    files
}
