//! OperationOutcome: what a server says about a call, in its own words.
//!
//! <https://hl7.org/fhir/R4/operationoutcome.html>. Laws: `text.div` is never read; the words are quotations, cleaned
//! of controls and markup-free by being shown as text only.

use serde_json::Value;

use super::json::{each, kind, text};
use crate::text::quoted;

/// Longest quotation, in characters that a person sees.
const MOST: usize = 300;

/// How bad an issue is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The server gave up.
    Fatal,
    /// It could not do what was asked.
    Error,
    /// Worth knowing.
    Warning,
    /// Only telling.
    Information,
}

/// One thing that the server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How bad. A severity that nobody knows counts as an error.
    pub severity: Severity,
    /// The issue type, for example `not-found`.
    pub code: Option<String>,
    /// `details.text`, else `diagnostics`.
    pub words: Option<String>,
}

/// Everything that the server says, worst first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Worst first.
    pub issues: Vec<Issue>,
}

impl Outcome {
    /// Reads an OperationOutcome; `None` when it is another resource.
    #[must_use]
    pub fn read(resource: &Value) -> Option<Self> {
        if kind(resource) != Some("OperationOutcome") {
            return None;
        }
        let mut issues: Vec<Issue> = each(resource, "issue").map(issue).collect();
        issues.sort_by_key(|issue| issue.severity);
        Some(Self { issues })
    }

    /// The worst issue that has words, in the server's words.
    #[must_use]
    pub fn said(&self) -> Option<String> {
        self.issues.iter().find_map(|issue| issue.words.clone())
    }

    /// All words, each once.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        for words in self.issues.iter().filter_map(|issue| issue.words.as_ref()) {
            if !notes.contains(words) {
                notes.push(words.clone());
            }
        }
        notes
    }

    /// The issue type of the worst issue.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        self.issues.first().and_then(|issue| issue.code.clone())
    }

    /// Whether any issue is an error or worse.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.issues.iter().any(|issue| issue.severity <= Severity::Error)
    }
}

fn issue(value: &Value) -> Issue {
    let severity = match text(value, "severity").unwrap_or_default().to_ascii_lowercase().as_str() {
        "fatal" => Severity::Fatal,
        "warning" => Severity::Warning,
        "information" | "success" => Severity::Information,
        _ => Severity::Error,
    };
    let words = value
        .get("details")
        .and_then(|details| text(details, "text"))
        .filter(|words| !words.trim().is_empty())
        .or_else(|| text(value, "diagnostics"));
    Issue {
        severity,
        code: text(value, "code").map(str::to_owned),
        words: words.map(|w| quoted(w, MOST)).filter(|w| !w.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Outcome, Severity};

    fn outcome(issues: serde_json::Value) -> Outcome {
        Outcome::read(&json!({
            "resourceType": "OperationOutcome",
            "text": {"status": "generated", "div": "<div>never</div>"},
            "issue": issues
        }))
        .unwrap()
    }

    #[test]
    fn prefers_details_text_to_diagnostics_and_never_the_narrative() {
        let both = json!([{"severity": "error", "code": "invalid", "details": {"text": "for people"}, "diagnostics": "for staff"}]);
        assert_eq!(outcome(both).said().as_deref(), Some("for people"));
        let one = json!([{"severity": "error", "code": "invalid", "diagnostics": "for staff"}]);
        assert_eq!(outcome(one).said().as_deref(), Some("for staff"));
        assert_eq!(outcome(json!([{"severity": "error", "code": "invalid"}])).said(), None);
    }

    #[test]
    fn the_worst_comes_first() {
        let read = outcome(json!([
            {"severity": "information", "code": "informational", "diagnostics": "hello"},
            {"severity": "fatal", "code": "exception", "diagnostics": "broken"},
            {"severity": "error", "code": "invalid", "diagnostics": "wrong"},
        ]));
        assert_eq!((read.said().as_deref(), read.code().as_deref()), (Some("broken"), Some("exception")));
        assert_eq!(read.notes(), ["broken", "wrong", "hello"]);
        assert!(read.is_bad());
    }

    #[test]
    fn an_unknown_severity_is_an_error() {
        assert_eq!(outcome(json!([{"severity": "hm"}])).issues[0].severity, Severity::Error);
    }

    #[test]
    fn words_are_cleaned_and_cut() {
        let read = outcome(
            json!([{"severity": "error", "diagnostics": format!("a\u{202E}b\n{}", "x".repeat(500))}]),
        );
        let said = read.said().unwrap();
        assert!(said.starts_with("ab x") && said.chars().count() == 301, "{said}");
    }

    #[test]
    fn tolerates_a_single_issue_and_none() {
        assert_eq!(outcome(json!({"severity": "warning", "diagnostics": "w"})).said().as_deref(), Some("w"));
        assert!(!outcome(json!(null)).is_bad());
        assert!(Outcome::read(&json!({"resourceType": "Consent"})).is_none());
    }
}
