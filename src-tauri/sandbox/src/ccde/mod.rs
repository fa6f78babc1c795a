//! The Consumer Centered Data Exchange operations: `$jwt` and `$connect` at the target,
//! `$authorize`, `$authorizations` and `$revokeAuthorization` at the source, each EHR in its dialect.
//!
//! HL7 connectathon track of September 2017; here the track page's own dialect. The law kept here: a Consent that this EHR does not
//! understand in full authorizes nobody.

mod authorizations;
mod authorize;
mod connect;
pub(crate) mod consent;
mod definitions;
mod duration;
mod fast;
pub(crate) mod grant;
mod identity;
mod introduce;
mod outcome;
mod parameters;
mod pem;
pub(crate) mod push;
pub(crate) mod reference;
mod revoke;

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use jsonwebtoken::jwk::JwkSet;
use serde_json::Value;

use crate::{
    bearer,
    fhir::{Access, outcome::Refusal, reply},
    hospital::{Hospital, Site},
    http::Unusable,
    resources::Stored,
    ways::{Dialect, Ways},
};

/// The key set of the other EHR.
pub(crate) async fn peer_keys(site: &Hospital) -> Result<JwkSet, Unusable> {
    identity::fetch_keys(site, &site.peer).await
}

/// The FHIR base of the EHR that an introduction proves to speak for.
pub(crate) async fn introduced(site: &Hospital, jwt: &str) -> Result<String, String> {
    identity::check(site, jwt).await.map(|identity| identity.app).map_err(|error| error.to_string())
}

/// A fresh introduction of this EHR, signed.
pub(crate) fn introduction(site: &Hospital) -> Result<String, String> {
    introduce::introduction(site).map_err(|error| error.to_string())
}

pub(crate) use definitions::advertised;

/// SMART scope that opens authorizing, listing and revoking.
pub(crate) const OPERATION_SCOPE: &str = "operation/Consent.authorize";

/// The operations, below the FHIR base.
pub(crate) fn routes(ways: &Ways) -> Router<Site> {
    match ways.dialect {
        Dialect::Track => track(ways),
        Dialect::Reference => reference::routes(),
        Dialect::Fast => fast::routes(),
        Dialect::None => Router::new(),
    }
}

fn track(ways: &Ways) -> Router<Site> {
    let introduces =
        if ways.keys_only { Router::new() } else { Router::new().route("/$jwt", get(introduce::handle)) };
    introduces
        .route("/OperationDefinition/{name}", get(definitions::handle))
        .route("/$connect", post(connect::handle))
        .route("/Consent/{id}/$authorize", post(authorize::handle))
        .route("/Consent/{id}/$authorizations", get(authorizations::handle))
        .route("/Consent/{id}/$revokeAuthorization", post(revoke::handle))
        .merge(push::routes())
}

/// A patient's app that is signed in here, and the patient. Other EHRs are not let near the operations.
fn patients_app(site: &Hospital, headers: &HeaderMap) -> Result<(Access, String), Refusal> {
    let access = bearer::access(site, headers)?;
    if access.consent.is_some() {
        return Err(Refusal::forbidden("this operation is for the patient's own app"));
    }
    let patient =
        access.patient.clone().ok_or_else(|| Refusal::forbidden("no patient was chosen at sign-in"))?;
    Ok((access, patient))
}

/// The Consent an operation is about, for an app that may manage it.
fn managed_consent(
    site: &Hospital,
    headers: &HeaderMap,
    id: &str,
) -> Result<(Access, String, Stored), Refusal> {
    own_consent(site, headers, id, OPERATION_SCOPE)
}

/// The patient's own Consent, for an app with this scope.
fn own_consent(
    site: &Hospital,
    headers: &HeaderMap,
    id: &str,
    scope: &str,
) -> Result<(Access, String, Stored), Refusal> {
    let (access, patient) = patients_app(site, headers)?;
    if !access.scopes.contains(scope) {
        return Err(Refusal::forbidden(format!("this needs the scope {scope}")));
    }
    // Another patient's Consent is answered as if it did not exist.
    let stored = site
        .resources
        .read("Consent", id)?
        .filter(|stored| stored.patient.as_deref() == Some(patient.as_str()))
        .ok_or_else(|| outcome::not_found("there is no such Consent"))?;
    Ok((access, patient, stored))
}

/// How `$authorizations` spells an `app-id`.
fn listed_as(site: &Hospital, app: &str) -> String {
    if site.ways.app_id_slash { format!("{app}/") } else { app.to_owned() }
}

/// The app that `$revokeAuthorization` names, in the spelling of the list and in no other.
fn known_as<'a>(site: &Hospital, listed: &'a str) -> &'a str {
    if site.ways.app_id_slash { listed.strip_suffix('/').unwrap_or("") } else { listed }
}

fn done(resource: &Value) -> Response {
    reply::json(StatusCode::OK, resource)
}
