//! Things that may be done in one place only.

use crate::source::{Source, lines, none, sources};

#[test]
fn sql_is_only_in_the_store() {
    let verbs = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE "];
    only_in(
        "SQL of the core is under store/.",
        &sources("src-tauri/core/src", &[".rs"]),
        |path| path.contains("/store/") || path.ends_with("/store.rs"),
        |line| verbs.iter().any(|verb| line.contains(verb)) || line.contains("rusqlite"),
    );
}

#[test]
fn http_clients_are_built_in_one_place_on_each_side() {
    for (folder, homes) in [
        ("src-tauri/core/src", &["http.rs", "http/"][..]),
        ("src-tauri/sandbox/src", &["http.rs"]),
        ("src-tauri/src", &[]),
    ] {
        only_in(
            "A client is built where its rules are.",
            &sources(folder, &[".rs"]),
            |path| {
                let inside = path.trim_start_matches(folder).trim_start_matches('/');
                homes.iter().any(|home| inside.starts_with(home))
            },
            builds_a_client,
        );
    }
}

fn builds_a_client(line: &str) -> bool {
    ["Client::builder(", "Client::new(", "ClientBuilder::new(", "reqwest::get("]
        .iter()
        .flat_map(|builder| line.match_indices(builder))
        .any(|(at, _)| {
            // `FhirClient::new` is another thing.
            let before = line.get(..at).and_then(|text| text.chars().next_back());
            before.is_none_or(|one| !one.is_alphanumeric())
        })
}

#[test]
fn the_clock_is_read_in_one_place_on_each_side() {
    only_in(
        "Time is passed in.",
        &sources("src-tauri", &[".rs"]),
        |path| {
            path == "src-tauri/src/clock.rs"
                || path == "src-tauri/sandbox/src/clock.rs"
                || path.starts_with("src-tauri/xtask/")
        },
        |line| ["Timestamp::now", "Zoned::now", "SystemTime::now"].iter().any(|now| line.contains(now)),
    );
}

#[test]
fn only_one_file_of_the_window_knows_tauri() {
    only_in(
        "`@tauri-apps` is imported by host/tauri.ts alone.",
        &window(),
        |path| path == "ui/src/host/tauri.ts",
        |line| line.contains("@tauri-apps"),
    );
}

#[test]
fn the_window_never_writes_markup_from_text() {
    let sinks = [
        "{@html",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "srcdoc",
        "new Function",
        "eval(",
    ];
    only_in(
        "What others say is text, never markup.",
        &window(),
        |_| false,
        |line| sinks.iter().any(|sink| line.contains(sink)),
    );
}

#[test]
fn the_window_fetches_and_keeps_nothing() {
    let ways = ["fetch(", "XMLHttpRequest", "WebSocket", "localStorage", "sessionStorage", "indexedDB"];
    only_in(
        "The window asks the core, and the core keeps.",
        &window(),
        |path| path.contains(".test."),
        |line| ways.iter().any(|way| line.contains(way)),
    );
}

#[test]
fn tests_stay_on_this_computer() {
    let mut broken = Vec::new();
    for source in sources("tests", &[".rs"]) {
        broken.extend(lines(&source.path, &source.text, |line| line.contains(concat!("0.0.", "0.0"))));
    }
    none("Tests use loopback addresses only.", &broken);
}

fn window() -> Vec<Source> {
    sources("ui/src", &[".svelte", ".ts"])
}

/// Fails for each line outside of its `home` that does what only its home may.
fn only_in(rule: &str, sources: &[Source], home: impl Fn(&str) -> bool, breaks: impl Fn(&str) -> bool) {
    let mut broken = Vec::new();
    for source in sources.iter().filter(|source| !home(&source.path)) {
        broken.extend(lines(&source.path, source.shipped(), |line| is_code(line) && breaks(line)));
    }
    none(rule, &broken);
}

fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with("//") && !line.starts_with('*') && !line.starts_with("/*")
}
