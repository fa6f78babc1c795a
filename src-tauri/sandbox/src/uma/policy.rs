//! The policy API, shaped like Keycloak's `uma-policy`: an owner allows clients to use a resource set.
//!
//! `POST …/uma-policy/{resource id}` makes one; `GET`, `PUT` and `DELETE …/uma-policy/{policy id}` are about it.

use axum::{
    Json,
    extract::{Path, Query, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    hospital::{Hospital, Site},
    store::Policy,
};

use super::{account, error::UmaError};

/// What an owner sends.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    clients: Vec<String>,
}

/// Filters of a list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filter {
    resource: Option<String>,
    name: Option<String>,
    scope: Option<String>,
}

pub(super) async fn create(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Result<Json<Value>, UmaError> {
    let patient = account::owner(&site, &headers)?;
    let set = account::own_set(&site, &patient, &id)?;
    let wanted = wanted(body)?;
    if wanted.id.is_some() {
        return Err(UmaError::InvalidRequest("a new policy has no id".to_owned()));
    }
    let (client, scopes) = decision(&site, &wanted)?;
    account::within(&set, &scopes)?;
    // Without scopes it is about all of them.
    let scopes = if scopes.is_empty() { set.scope.split(' ').map(str::to_owned).collect() } else { scopes };
    let name = wanted.name.ok_or_else(|| UmaError::missing("name"))?;
    let made =
        account::set_or_end(&site, &set, client, &scopes, name, wanted.description.unwrap_or_default())?;
    site.journal.changed();
    let policy = made.and_then(|id| own(&site, &patient, &id).ok()).ok_or(UmaError::Broken)?;
    Ok(Json(shown(&policy)))
}

pub(super) async fn list(
    State(site): State<Site>,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Result<Json<Value>, UmaError> {
    let patient = account::owner(&site, &headers)?;
    let mine: Vec<String> = site.store.resource_sets(Some(&patient))?.into_iter().map(|set| set.id).collect();
    let fits = |policy: &Policy| {
        policy.ended.is_none()
            && mine.contains(&policy.resource)
            && filter.resource.as_ref().is_none_or(|id| *id == policy.resource)
            && filter.name.as_ref().is_none_or(|name| policy.name.contains(name.as_str()))
            && filter.scope.as_ref().is_none_or(|scope| policy.scope.split(' ').any(|own| own == scope))
    };
    Ok(Json(site.store.policies()?.iter().filter(|policy| fits(policy)).map(shown).collect()))
}

pub(super) async fn show(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, UmaError> {
    let patient = account::owner(&site, &headers)?;
    Ok(Json(shown(&own(&site, &patient, &id)?)))
}

pub(super) async fn update(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Result<StatusCode, UmaError> {
    let patient = account::owner(&site, &headers)?;
    let policy = own(&site, &patient, &id)?;
    let set = account::own_set(&site, &patient, &policy.resource)?;
    let wanted = wanted(body)?;
    let (client, scopes) = decision(&site, &wanted)?;
    account::within(&set, &scopes)?;
    if client != policy.client {
        return Err(UmaError::InvalidRequest("a policy keeps its client here".to_owned()));
    }
    account::set_or_end(
        &site,
        &set,
        client,
        &scopes,
        wanted.name.unwrap_or(policy.name),
        wanted.description.unwrap_or(policy.description),
    )?;
    site.journal.changed();
    Ok(StatusCode::CREATED)
}

pub(super) async fn remove(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, UmaError> {
    let patient = account::owner(&site, &headers)?;
    let policy = own(&site, &patient, &id)?;
    site.store.end_policy(&policy.resource, &policy.client, site.second())?;
    site.journal.changed();
    Ok(StatusCode::NO_CONTENT)
}

fn wanted(body: Result<Json<Wanted>, JsonRejection>) -> Result<Wanted, UmaError> {
    body.map(|Json(wanted)| wanted).map_err(|error| UmaError::InvalidRequest(error.body_text()))
}

/// One known client, and what it may.
fn decision(site: &Hospital, wanted: &Wanted) -> Result<(String, Vec<String>), UmaError> {
    match wanted.clients.as_slice() {
        [client] if client == site.peer.base.as_str() => Ok((client.clone(), wanted.scopes.clone())),
        [_] => Err(UmaError::InvalidRequest("this client is not registered here".to_owned())),
        _ => Err(UmaError::InvalidRequest("a policy here is for one client".to_owned())),
    }
}

/// A policy in force about a resource set of the owner.
fn own(site: &Hospital, patient: &str, id: &str) -> Result<Policy, UmaError> {
    let policies = site.store.policies()?;
    let policy = policies.into_iter().find(|policy| policy.id == id && policy.ended.is_none());
    let policy = policy.ok_or(UmaError::NotFound)?;
    account::own_set(site, patient, &policy.resource)?;
    Ok(policy)
}

fn shown(policy: &Policy) -> Value {
    json!({
        "id": policy.id,
        "name": policy.name,
        "description": policy.description,
        "type": "uma",
        "logic": "POSITIVE",
        "decisionStrategy": "UNANIMOUS",
        "resources": [policy.resource],
        "scopes": policy.scope.split(' ').collect::<Vec<_>>(),
        "clients": [policy.client]
    })
}
