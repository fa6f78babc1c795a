//! Registration of backend clients the way Aidbox documents it: an administrator puts a `Client` with its `jwks_uri`, and
//! an `AccessPolicy` that lets it in.
//!
//! Both are for the administrator of this EHR (HTTP Basic). A client without a policy gets tokens that open nothing.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::{
    client::{Client, Credential},
    hospital::{Hospital, Site},
    secret,
};

use super::{authenticate, client_assertion::is_loopback};

/// The administrator's name.
pub(crate) const ADMINISTRATOR: &str = "root";

#[derive(Deserialize)]
struct NewClient {
    #[serde(default)]
    active: bool,
    #[serde(default)]
    scope: Vec<String>,
    #[serde(default)]
    grant_types: Vec<String>,
    jwks_uri: Url,
}

pub(super) async fn put_client(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_administrator(&site, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(new) = serde_json::from_slice::<NewClient>(&body) else {
        return refused("this is no Client");
    };
    if !new.active || new.grant_types != [super::backend::GRANT] || !is_loopback(&new.jwks_uri) {
        return refused("only active clients of client_credentials with a jwks_uri on this machine");
    }
    let client = Client::backend(&id, &id, Credential::KeysAt(new.jwks_uri), &new.scope.join(" "));
    if let Err(error) = site.store.keep_client(&client) {
        tracing::error!(%error, "a client could not be kept");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    site.journal.changed();
    // As documented: everything that was sent, with its type, and an id that is empty.
    let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    answer["resourceType"] = json!("Client");
    answer["id"] = json!("");
    (StatusCode::CREATED, Json(answer)).into_response()
}

#[derive(Deserialize)]
struct NewPolicy {
    engine: String,
    link: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    id: String,
    #[serde(rename = "resourceType")]
    resource_type: String,
}

pub(super) async fn put_policy(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_administrator(&site, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(new) = serde_json::from_slice::<NewPolicy>(&body) else {
        return refused("this is no AccessPolicy");
    };
    if new.engine != "allow" {
        return refused("the only engine here is allow");
    }
    for link in new.link.iter().filter(|link| link.resource_type == "Client") {
        if let Err(error) = site.store.keep_fact(&policy(&link.id), "allow") {
            tracing::error!(%error, "a policy could not be kept");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    answer["resourceType"] = json!("AccessPolicy");
    answer["id"] = json!(id);
    (StatusCode::CREATED, Json(answer)).into_response()
}

/// Whether a policy lets this client in.
pub(crate) fn is_allowed(site: &Hospital, client: &str) -> rusqlite::Result<bool> {
    Ok(site.store.fact(&policy(client))?.is_some())
}

fn policy(client: &str) -> String {
    format!("policy {client}")
}

fn is_administrator(site: &Hospital, headers: &HeaderMap) -> bool {
    authenticate::basic(headers)
        .is_some_and(|(name, password)| name == ADMINISTRATOR && secret::same(&password, &site.administrator))
}

fn refused(text: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "message": text }))).into_response()
}
