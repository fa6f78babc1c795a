//! Answers that are not refusals: the media type, the version and the time as R4 wants them in headers.
//!
//! <https://hl7.org/fhir/R4/http.html#versions>

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::Value;

use crate::resources::Stored;

const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// Any FHIR resource as an answer.
pub(crate) fn json(status: StatusCode, resource: &Value) -> Response {
    let mut response = (status, Body::from(resource.to_string())).into_response();
    response.headers_mut().insert(CONTENT_TYPE, FHIR_JSON);
    // Records do not belong in anybody's cache.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A stored resource with its version.
pub(super) fn stored(status: StatusCode, stored: &Stored) -> Response {
    let mut response = json(status, &stored.json);
    versioned(response.headers_mut(), stored);
    response
}

/// Adds `ETag` and `Last-Modified`.
pub(super) fn versioned(headers: &mut HeaderMap, stored: &Stored) {
    for (name, value) in [(ETAG, etag(stored.version)), (LAST_MODIFIED, http_date(stored.updated))] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// The weak ETag of a version.
pub(super) fn etag(version: u32) -> String {
    format!("W/\"{version}\"")
}

fn http_date(instant: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&instant).unwrap_or_default()
}
