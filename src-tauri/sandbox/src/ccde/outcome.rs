//! The ways in which an operation says no, beyond those of the FHIR API; and one-issue outcomes.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::fhir::outcome::Refusal;

/// 400: something that must be there is not.
pub(super) fn required(text: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "required", text)
}

/// 404: there is none, or it is not for this visitor's eyes.
pub(super) fn not_found(text: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "not-found", text)
}

/// 422: understood, and against the rules.
pub(super) fn against_rules(text: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "business-rule", text)
}

/// 500; what went wrong inside is logged and not told.
pub(super) fn broken(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "an operation failed");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", "something failed inside this EHR")
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        broken(&error)
    }
}

/// An OperationOutcome with one issue.
pub(super) fn outcome(severity: &str, code: &str, text: &str) -> Value {
    json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": severity, "code": code, "diagnostics": text }]
    })
}
