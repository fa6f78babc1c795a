//! Answers that are not refusals: the media type, the version and the time as FHIR wants them in headers.
//!
//! <https://hl7.org/fhir/R4/http.html#versions>, <https://hl7.org/fhir/R4/http.html#version-parameter>

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::Value;

use crate::resources::Stored;
use crate::ways::FhirVersion;

const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// Any FHIR resource as an answer.
pub(crate) fn json(status: StatusCode, resource: &Value) -> Response {
    let mut response = (status, Body::from(resource.to_string())).into_response();
    response.headers_mut().insert(CONTENT_TYPE, FHIR_JSON);
    // Records do not belong in anybody's cache.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Names the release in the media type of FHIR answers, as R4 and later releases have it; STU3 knows no such parameter.
pub(crate) async fn name_release(State(version): State<FhirVersion>, mut response: Response) -> Response {
    let is_fhir = response.headers().get(CONTENT_TYPE) == Some(&FHIR_JSON);
    let named = HeaderValue::try_from(format!(
        "application/fhir+json; charset=utf-8; fhirVersion={}",
        version.parameter()
    ));
    if let (true, true, Ok(named)) = (is_fhir, version != FhirVersion::Stu3, named) {
        response.headers_mut().insert(CONTENT_TYPE, named);
    }
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
