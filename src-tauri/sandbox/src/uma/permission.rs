//! The permission endpoint (Federated Authorization §4): what somebody tried becomes a ticket.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    hospital::{Hospital, Site},
    secret::Secret,
    store::{Permission, Ticket},
};

use super::{error::UmaError, pat};

/// Life of a ticket in seconds.
pub(super) const LIFE: i64 = 300;

pub(super) async fn handle(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, UmaError> {
    pat::require(&site, &headers)?;
    let invalid = || UmaError::InvalidRequest("the body must be one permission or a list of them".to_owned());
    // One object or an array of them (§4.1).
    let permissions: Vec<Permission> = serde_json::from_slice(&body)
        .or_else(|_| serde_json::from_slice(&body).map(|one| vec![one]))
        .map_err(|_| invalid())?;
    if permissions.is_empty() {
        return Err(invalid());
    }
    for permission in &permissions {
        let set = site.store.resource_set(&permission.resource_id)?.ok_or(UmaError::InvalidResourceId)?;
        let known: Vec<&str> = set.scope.split(' ').collect();
        if let Some(other) = permission.resource_scopes.iter().find(|scope| !known.contains(&scope.as_str()))
        {
            return Err(UmaError::InvalidScope(format!("this resource set has no scope {other}")));
        }
    }
    let ticket = issue(&site, permissions, None)?;
    Ok((StatusCode::CREATED, Json(json!({ "ticket": ticket }))).into_response())
}

/// Makes a ticket. Once a client is known, the ticket is for that client alone.
pub(super) fn issue(
    site: &Hospital,
    permissions: Vec<Permission>,
    client: Option<String>,
) -> Result<String, UmaError> {
    let secret = Secret::fresh("ticket")?;
    let now = site.second();
    let ticket = Ticket { permissions, client, expires: now.saturating_add(LIFE) };
    site.store.add_ticket(&secret.hash(), &ticket, now)?;
    Ok(secret.reveal().to_owned())
}
