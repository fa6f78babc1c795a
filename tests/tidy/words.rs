//! Everything that can go wrong has words, and every sentence for a person is with the words.

use crate::source::{file, none};

#[test]
fn every_problem_has_words() {
    let words = file("ui/src/words/en/problem.ts");
    let silent: Vec<String> = variants()
        .into_iter()
        .map(|variant| kebab(&variant))
        .filter(|code| {
            let quoted = format!("'{code}':");
            let double = format!("\"{code}\":");
            let bare = format!("  {code}:");
            !(words.contains(&quoted) || words.contains(&double) || words.contains(&bare))
        })
        .collect();
    none("Each `What` of problem.rs has words in ui/src/words/en/problem.ts.", &silent);
}

#[test]
fn every_problem_can_happen() {
    let mut code = String::new();
    for folder in ["src-tauri/core/src", "src-tauri/src"] {
        for source in crate::source::sources(folder, &[".rs"]) {
            if source.path != "src-tauri/core/src/problem.rs" {
                code.push_str(source.shipped());
            }
        }
    }
    let idle: Vec<String> =
        variants().into_iter().filter(|variant| !code.contains(&format!("What::{variant}"))).collect();
    none("Each `What` is said somewhere.", &idle);
}

/// The variants of `What`.
fn variants() -> Vec<String> {
    let code = file("src-tauri/core/src/problem.rs");
    let body = code
        .split_once("pub enum What {")
        .and_then(|(_, rest)| rest.split_once("\n}"))
        .map(|(body, _)| body)
        .unwrap_or_default();
    let variants: Vec<String> = body
        .lines()
        .filter_map(|line| line.trim().strip_suffix(','))
        .filter(|line| line.chars().all(char::is_alphanumeric))
        .map(str::to_owned)
        .collect();
    assert!(variants.len() > 30, "problem.rs is read wrongly: {variants:?}");
    variants
}

/// `NotAnEhr` as serde writes it: `not-an-ehr`.
fn kebab(variant: &str) -> String {
    let mut code = String::new();
    for one in variant.chars() {
        if one.is_uppercase() && !code.is_empty() {
            code.push('-');
        }
        code.extend(one.to_lowercase());
    }
    code
}
