//! Odd answers that several tables use.

use consentry_core::connection::{ShareState, ShareView};
use consentry_tests::proxy::Canned;
use serde_json::{Value, json};

/// Text with everything that a screen must not fall for.
pub(crate) const HOSTILE: &str = "No\u{202E}pe\u{200B} <script>alert(1)</script>\r\n\u{0}call";
/// The same, as it may be shown.
pub(crate) const HARMLESS: &str = "Nope <script>alert(1)</script> call";

/// An OperationOutcome.
pub(crate) fn outcome(severity: &str, code: &str, words: &str) -> Value {
    let issue = json!({"severity": severity, "code": code, "details": {"text": words}});
    json!({"resourceType": "OperationOutcome", "issue": [issue]})
}

/// An OperationOutcome with a status of its own.
pub(crate) fn no(status: u16, words: &str) -> Canned {
    Canned::json(status, &outcome("error", "forbidden", words))
}

/// A page that would steal whatever followed it.
pub(crate) fn bundle() -> Value {
    json!({"resourceType": "Bundle", "type": "searchset", "total": 0})
}

/// Parameters with exactly this in `parameter`.
pub(crate) fn parameters(parameter: &Value) -> Canned {
    Canned::json(200, &json!({"resourceType": "Parameters", "parameter": parameter}))
}

/// Answers with a 2xx that say neither yes nor no.
pub(crate) fn unclear() -> Vec<(&'static str, Canned)> {
    vec![
        ("200 with a page", Canned::page(200)),
        ("200 with an error inside", Canned::json(200, &outcome("error", "exception", HOSTILE))),
        ("200 with a fatal error inside", Canned::json(200, &outcome("fatal", "exception", "Gone wrong"))),
        ("202", Canned::bare(202)),
        ("202 with words", Canned::json(202, &outcome("information", "informational", "Queued"))),
        ("another resource", Canned::json(200, &json!({"resourceType": "Basic", "id": "1"}))),
        ("JSON of no kind", Canned::json(200, &json!({"ok": true}))),
        ("half of it", Canned::new(200, "application/fhir+json", r#"{"resourceType":"Parame"#)),
        (
            "a kind named twice",
            Canned::new(
                200,
                "application/fhir+json",
                r#"{"resourceType":"Basic","resourceType":"Parameters"}"#,
            ),
        ),
        (
            "too deep",
            Canned::new(
                200,
                "application/fhir+json",
                format!(r#"{{"resourceType":"Parameters","x":{}{}}}"#, "[".repeat(9_000), "]".repeat(9_000)),
            ),
        ),
        ("too large", Canned::new(200, "application/fhir+json", vec![b' '; 4 * 1024 * 1024])),
        ("500", Canned::bare(500)),
        ("502 with a page", Canned::page(502)),
        ("409", Canned::bare(409)),
        ("408", Canned::bare(408)),
    ]
}

/// One of each sort of them, for calls that are dear.
pub(crate) fn few() -> Vec<(&'static str, Canned)> {
    let few = [
        "200 with a page",
        "200 with an error inside",
        "202",
        "another resource",
        "half of it",
        "500",
        "409",
    ];
    unclear().into_iter().filter(|(name, _)| few.contains(name)).collect()
}

/// Redirects to a place, of every sort.
pub(crate) fn redirects(place: &str) -> Vec<(&'static str, Canned)> {
    let names = ["301", "302", "303", "307", "308"];
    names.into_iter().map(|name| (name, Canned::redirect(name.parse().expect("a status"), place))).collect()
}

/// Whether a set-up came to rest.
pub(crate) fn settled(share: &ShareView) -> bool {
    match share.state {
        ShareState::SettingUp | ShareState::CannotCheck => false,
        // Signed and not begun yet.
        ShareState::NothingShared => share.problem.is_some() || share.stop_asked_at.is_some(),
        _ => true,
    }
}
