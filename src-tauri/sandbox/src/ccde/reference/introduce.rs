//! `[target]/$jwt?source=…` as it was: no login, whatever `source` says, a JWT written by hand.
//!
//! Spaces in its JSON, `iat` as a string, `iss` a urn, `sub` the host, neither `aud` nor `jti`, and times that are local
//! ones (ten hours ahead of UTC) written as if they were UTC.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use url::form_urlencoded;

use super::{failed, own_id};
use crate::{
    ccde::{done, parameters::Parameters},
    fhir::outcome::Refusal,
    hospital::{Hospital, Site},
    jws,
};

/// Life of a JWT in seconds.
const LIFE: i64 = 24 * 3_600;
/// By how much its clock seems ahead.
const LOCAL_TIME: i64 = 10 * 3_600;

pub(super) async fn get(State(site): State<Site>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let named = form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| matches!(name.as_ref(), "source" | "for") && !value.is_empty());
    if !named {
        return Err(failed("No Source System specified"));
    }
    let jwt = introduction(&site)?;
    let headers = [(CONTENT_TYPE, "application/jwt"), (CACHE_CONTROL, "no-store")];
    // The line end was part of the answer and never of the JWT.
    Ok((StatusCode::OK, headers, format!("{jwt}\r\n")).into_response())
}

pub(super) async fn post(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let source = Parameters::read(&headers, &body)?.any("source")?;
    if source.is_none() {
        return Err(failed("No Source System specified"));
    }
    let parameter = [json!({ "name": "jwt", "valueString": introduction(&site)? })];
    Ok(done(&json!({ "resourceType": "Parameters", "parameter": parameter })))
}

fn introduction(site: &Hospital) -> Result<String, Refusal> {
    let now = site.second().saturating_add(LOCAL_TIME);
    let kid = site.address.link(super::KEY);
    let header = format!(r#"{{"alg" : "RS256","kid" : "{kid}","typ" : "JWT"}}"#);
    let claims = format!(
        r#"{{"exp" : {},"iat" : "{now}","iss" : "{}","sub" : "{}"}}"#,
        now.saturating_add(LIFE),
        own_id(site),
        site.address.host
    );
    jws::sign_as_written(site.keys.signing(), &header, &claims).map_err(|error| failed(error.to_string()))
}
