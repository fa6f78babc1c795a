//! Request bodies and preferences: how large, of which kind, and what the client would like back.
//!
//! `Prefer`: RFC 7240 and <https://hl7.org/fhir/R4/http.html#ops>.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::LARGEST_BODY;
use super::outcome::Refusal;

/// A JSON resource.
pub(super) fn json(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Value, Refusal> {
    if !matches!(media_type(headers).as_str(), "application/fhir+json" | "application/json") {
        return Err(wrong_type("application/fhir+json"));
    }
    serde_json::from_slice(&read(body)?).map_err(|error| {
        Refusal::new(StatusCode::BAD_REQUEST, "structure", format!("the body is not JSON: {error}"))
    })
}

/// A form, still encoded.
pub(super) fn form(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<String, Refusal> {
    let body = read(body)?;
    if !body.is_empty() && media_type(headers) != "application/x-www-form-urlencoded" {
        return Err(wrong_type("application/x-www-form-urlencoded"));
    }
    String::from_utf8(body.into()).map_err(|_| Refusal::invalid("the form is not UTF-8"))
}

/// Whether one of the preferences is this one.
pub(super) fn prefers(headers: &HeaderMap, preference: &str) -> bool {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|given| given.trim().eq_ignore_ascii_case(preference))
}

fn read(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Refusal> {
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let text = format!("a body may have {LARGEST_BODY} bytes");
            return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-long", text);
        }
        Refusal::invalid("the body could not be read")
    })
}

fn media_type(headers: &HeaderMap) -> String {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn wrong_type(expected: &str) -> Refusal {
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-supported", format!("the body must be {expected}"))
}
