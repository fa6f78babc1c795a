//! Read and vread: one resource by its id, current or at one version.
//!
//! <https://hl7.org/fhir/R4/http.html#read>, <https://hl7.org/fhir/R4/http.html#vread>

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::enter::enter;
use super::outcome::Refusal;
use super::{FhirState, reply};

pub(super) async fn get(
    State(state): State<Arc<FhirState>>,
    Path((resource_type, id)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visit = enter(&state, &headers, raw.as_deref(), &resource_type, 'r')?;
    let stored = visit.found(state.resources.search(&visit.one(&id))?, &id)?;
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == reply::etag(stored.version))) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        reply::versioned(response.headers_mut(), &stored);
        return Ok(response);
    }
    Ok(reply::stored(StatusCode::OK, &stored))
}

pub(super) async fn version(
    State(state): State<Arc<FhirState>>,
    Path((resource_type, id, version)): Path<(String, String, String)>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visit = enter(&state, &headers, raw.as_deref(), &resource_type, 'r')?;
    // Who may not see it now may not see how it was.
    visit.found(state.resources.search(&visit.one(&id))?, &id)?;
    let missing = || Refusal::not_found(visit.served.name, &format!("{id}/_history/{version}"));
    let number = version.parse().map_err(|_| missing())?;
    let stored = state.resources.read_version(visit.served.name, &id, number)?.ok_or_else(missing)?;
    Ok(reply::stored(StatusCode::OK, &stored))
}
