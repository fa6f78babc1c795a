//! `POST [source]/Consent/[id]/$revokeAuthorization`: one app fetches no more under this Consent.
//!
//! Its live tokens end in the same transaction. Revoking again is 200 too, so a lost reply can be
//! asked for again; an app that never had an authorization is 404.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};

use crate::{fhir::outcome::Refusal, hospital::Site};

use super::{done, managed_consent, outcome, parameters::Parameters};

pub(super) async fn handle(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (_, _, stored) = managed_consent(&site, &headers, &id)?;
    let app = Parameters::read(&headers, &body)?
        .text("app-id", &["valueUri", "valueUrl", "valueString"])?
        .ok_or_else(|| outcome::required("parameter app-id is missing"))?;
    let app = super::known_as(&site, &app).to_owned();
    if site.store.latest_authorization(&stored.id, &app)?.is_none() {
        return Err(outcome::not_found("that app has no authorization under this Consent"));
    }
    if !site.faults.manners().lies_on_revoke {
        site.store.revoke(&stored.id, &app, site.second())?;
        site.journal.changed();
    }
    Ok(done(&outcome::outcome("information", "informational", "the authorization was stopped")))
}
