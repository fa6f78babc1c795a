//! `GET [target]/$jwt?source=[source base]`: the target introduces itself with a signed JWT.
//!
//! Anybody may ask: it says who this EHR is and opens nothing by itself. The key behind it is in the
//! JWKS, and the same key signs the assertions that buy tokens later.

use axum::{
    extract::{RawQuery, State},
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::{
    fhir::outcome::Refusal,
    hospital::{Hospital, Site},
    jws::{self, Claims},
    trust,
};

use super::outcome;

/// Life of an introduction in seconds.
const LIFE: i64 = 24 * 3_600;

pub(super) async fn handle(State(site): State<Site>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let mut sources = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "source");
    let source = match (sources.next(), sources.next()) {
        (Some((_, source)), None) => source.into_owned(),
        (None, _) => return Err(outcome::required("no source system was named: ?source=…")),
        (Some(_), Some(_)) => return Err(Refusal::invalid("source was given twice")),
    };
    if Url::parse(&source).is_err() {
        return Err(Refusal::invalid("source must be an absolute URL"));
    }
    let jwt = introduction(&site).map_err(|error| outcome::broken(&error))?;
    Ok(([(CONTENT_TYPE, "application/jwt"), (CACHE_CONTROL, "no-store")], jwt).into_response())
}

/// A fresh introduction of this EHR.
pub(super) fn introduction(site: &Hospital) -> Result<String, jsonwebtoken::errors::Error> {
    let now = site.second();
    let app_id = site.address.base.to_string();
    let claims = Claims {
        sub: Some(app_id.clone()),
        iss: app_id,
        aud: None,
        exp: now.saturating_add(LIFE),
        iat: Some(now),
        jti: Some(Uuid::new_v4().to_string()),
        client_name: Some(site.names.full().to_owned()),
        name: Some(site.names.full().to_owned()),
        consent: None,
    };
    let mut claims = serde_json::to_value(claims)?;
    trust::add(&mut claims, site.ways.credentials, site.names.full(), site.address.base.as_str());
    jws::sign_certified(site.keys.signing(), &claims, &site.certificates)
}
