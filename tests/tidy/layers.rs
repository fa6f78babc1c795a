//! Which module may use which, and which package knows which.

use crate::source::{Source, file, none, sources};

/// The rows of the core, highest first. A module may use its own row and lower ones. What is in no
/// row is at the bottom: values, words, the traits of the outside.
const ROWS: &[&[&str]] = &[
    &["app"],
    &["connection", "authorization", "context"],
    &["exchange", "consent"],
    &["fhir"],
    &["smart"],
    &["vault", "store", "outside"],
];

/// Parts of `connection` that do something. The rest of it, the journal's values, is at the bottom:
/// the store keeps them and the window is told of them.
const CONDUCT: &[&str] = &["conductor", "end", "reconcile", "run"];

#[test]
fn core_modules_use_only_their_row_or_below() {
    let mut broken = Vec::new();
    for source in sources("src-tauri/core/src", &[".rs"]) {
        let module = module(&source);
        if module == "lib" {
            continue;
        }
        for used in used(source.shipped()) {
            if row(&used) < row(&module) {
                broken.push(format!("{}: `{module}` uses `{used}`", source.path));
            }
        }
    }
    none("A module of the core uses only its own row or a lower one.", &broken);
}

#[test]
fn the_core_knows_no_window_no_server_and_no_practice_hospital() {
    let manifest = file("src-tauri/core/Cargo.toml");
    not_in(&manifest, &["tauri", "axum", "hyper", "consentry-sandbox"]);
}

#[test]
fn the_practice_hospitals_share_nothing_with_the_app() {
    let manifest = file("src-tauri/sandbox/Cargo.toml");
    not_in(&manifest, &["consentry-core", "consentry", "oauth2", "tauri"]);
}

fn not_in(manifest: &str, banned: &[&str]) {
    let broken: Vec<String> = dependencies(manifest)
        .filter(|name| {
            banned.iter().any(|ban| name == ban || (*ban == "tauri" && name.starts_with("tauri-")))
        })
        .map(str::to_owned)
        .collect();
    none("This package must not depend on:", &broken);
}

/// Names under all `[…dependencies]` of a manifest.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            inside = line.trim_end().ends_with("dependencies]");
            return None;
        }
        let name = line.split(['.', '=', ' ']).next()?;
        (inside && !name.is_empty() && !name.starts_with('#')).then_some(name)
    })
}

/// The path of a module, as `connection::journal`.
fn module(source: &Source) -> String {
    source
        .path
        .trim_start_matches("src-tauri/core/src/")
        .trim_end_matches(".rs")
        .trim_end_matches("/mod")
        .replace('/', "::")
}

fn row(path: &str) -> usize {
    let mut parts = path.split("::");
    let first = parts.next().unwrap_or_default();
    let second = parts.next().unwrap_or_default();
    if first == "connection" && !CONDUCT.contains(&second) {
        return ROWS.len();
    }
    ROWS.iter().position(|row| row.contains(&first)).unwrap_or(ROWS.len())
}

/// The paths that a text names after `crate::`, those in braces one by one.
fn used(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.chars().filter(|one| !one.is_whitespace()).chain([' ']))
        .collect();
    let mut paths = Vec::new();
    for rest in code.split("crate::").skip(1) {
        flatten("", rest, &mut paths);
    }
    paths.into_iter().filter(|path| path.starts_with(|first: char| first.is_ascii_lowercase())).collect()
}

/// Reads one path or one `{…}` of them, and returns what follows it.
fn flatten<'a>(before: &str, text: &'a str, paths: &mut Vec<String>) -> &'a str {
    let mut rest = text.trim_start();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside.trim_start();
        while !rest.is_empty() && !rest.starts_with('}') {
            rest = flatten(before, rest, paths).trim_start();
            match rest.strip_prefix(',') {
                Some(next) => rest = next.trim_start(),
                None if rest.starts_with('}') => {}
                None => return rest,
            }
        }
        return rest.strip_prefix('}').unwrap_or(rest);
    }
    let end = rest.find(|one: char| !one.is_alphanumeric() && one != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    let path = if before.is_empty() { name.to_owned() } else { format!("{before}::{name}") };
    match after.strip_prefix("::") {
        Some(deeper) => flatten(&path, deeper, paths),
        None => {
            paths.push(path);
            after
        }
    }
}

#[test]
fn reads_what_a_use_tree_names() {
    let text = "use crate::{\n    ehr::{EhrId, Kept},\n    vault::Vault,\n    store,\n};\n\
                let x = crate::fhir::y();\n// crate::app";
    assert_eq!(used(text), ["ehr::EhrId", "ehr::Kept", "vault::Vault", "store", "fhir::y"]);
    assert!(row("connection::run::Runner") < row("connection::journal::Step"));
}
