//! The owner's own API, shaped like that of Keycloak's account console: which resource sets are mine, who may use them.
//!
//! Grants go to users there; an EHR is the user of its client's service account, `service-account-<client id>`.
//! `PUT …/permissions` replaces what the named users may; no scopes end it.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    bearer::{self, Holder},
    fhir::Denied,
    hospital::{Hospital, Site},
    store::{Policy, ResourceSet},
};

use super::error::UmaError;

const SERVICE_ACCOUNT: &str = "service-account-";

/// Who may do what, as the API says it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Grant {
    username: String,
    #[serde(default)]
    scopes: Vec<String>,
}

/// The patient whose app calls. Who may write Consents decides here as well.
pub(super) fn owner(site: &Hospital, headers: &HeaderMap) -> Result<String, UmaError> {
    let access = bearer::access(site, headers).map_err(|denied| match denied {
        Denied::Insufficient(_) => UmaError::Forbidden,
        Denied::Missing | Denied::Invalid(_) => UmaError::Unauthorized,
    })?;
    let is_app = matches!(bearer::holder(site, headers), Some((_, Holder::App(_))));
    if !is_app || !access.scopes.may("Consent", 'c') {
        return Err(UmaError::Forbidden);
    }
    access.patient.ok_or(UmaError::Forbidden)
}

/// A resource set of the owner; somebody else's does not exist.
pub(super) fn own_set(site: &Hospital, patient: &str, id: &str) -> Result<ResourceSet, UmaError> {
    site.store.resource_set(id)?.filter(|set| set.patient == patient).ok_or(UmaError::NotFound)
}

pub(super) async fn resources(State(site): State<Site>, headers: HeaderMap) -> Result<Json<Value>, UmaError> {
    let patient = owner(&site, &headers)?;
    let sets = site.store.resource_sets(Some(&patient))?;
    Ok(Json(sets.iter().map(|set| shown(&site, set)).collect()))
}

pub(super) async fn resource(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, UmaError> {
    let patient = owner(&site, &headers)?;
    Ok(Json(shown(&site, &own_set(&site, &patient, &id)?)))
}

/// The resource sets that somebody else may use, with who may.
pub(super) async fn shared(State(site): State<Site>, headers: HeaderMap) -> Result<Json<Value>, UmaError> {
    let patient = owner(&site, &headers)?;
    let mut found = Vec::new();
    for set in site.store.resource_sets(Some(&patient))? {
        let grants = grants(&site, &set)?;
        if !grants.is_empty() {
            let mut shown = shown(&site, &set);
            shown["scopes"] = json!([]);
            shown["permissions"] = json!(grants);
            found.push(shown);
        }
    }
    Ok(Json(found.into()))
}

pub(super) async fn permissions(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Vec<Grant>>, UmaError> {
    let patient = owner(&site, &headers)?;
    Ok(Json(grants(&site, &own_set(&site, &patient, &id)?)?))
}

pub(super) async fn requests(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Vec<Grant>>, UmaError> {
    let patient = owner(&site, &headers)?;
    let set = own_set(&site, &patient, &id)?;
    let wishes = site.store.wishes(&set.id)?;
    Ok(Json(
        wishes
            .into_iter()
            .map(|(client, scope)| Grant {
                username: username(&client),
                scopes: scope.split(' ').map(str::to_owned).collect(),
            })
            .collect(),
    ))
}

pub(super) async fn decide(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Vec<Grant>>, JsonRejection>,
) -> Result<StatusCode, UmaError> {
    let patient = owner(&site, &headers)?;
    let set = own_set(&site, &patient, &id)?;
    let Json(grants) = body.map_err(|error| UmaError::InvalidRequest(error.body_text()))?;
    if grants.is_empty() {
        return Err(UmaError::InvalidRequest("invalid_permissions".to_owned()));
    }
    // All of them are right, or nothing changes.
    let mut decided = BTreeMap::new();
    for grant in grants {
        let client = client(&site, &grant.username)
            .ok_or_else(|| UmaError::InvalidRequest("there is no such user".to_owned()))?;
        within(&set, &grant.scopes)?;
        decided.insert(client, grant.scopes);
    }
    for (client, scopes) in decided {
        set_or_end(&site, &set, client, &scopes, set.name.clone(), String::new())?;
    }
    site.journal.changed();
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a resource set has these scopes.
pub(super) fn within(set: &ResourceSet, scopes: &[String]) -> Result<(), UmaError> {
    match scopes.iter().find(|scope| !set.scope.split(' ').any(|own| own == scope.as_str())) {
        Some(other) => Err(UmaError::InvalidScope(format!("this resource set has no scope {other}"))),
        None => Ok(()),
    }
}

/// Sets a policy, or ends it when nothing is allowed any more. The id of what is set.
pub(super) fn set_or_end(
    site: &Hospital,
    set: &ResourceSet,
    client: String,
    scopes: &[String],
    name: String,
    description: String,
) -> Result<Option<String>, UmaError> {
    let now = site.second();
    if scopes.is_empty() {
        site.store.end_policy(&set.id, &client, now)?;
        return Ok(None);
    }
    let policy = Policy {
        id: Uuid::new_v4().to_string(),
        resource: set.id.clone(),
        client,
        scope: scopes.join(" "),
        name,
        description,
        set_at: now,
        ended: None,
    };
    Ok(Some(site.store.set_policy(&policy)?))
}

/// The client behind a username. Usernames have no capital letters there.
pub(super) fn client(site: &Hospital, name: &str) -> Option<String> {
    let base = site.peer.base.as_str();
    let named = name.strip_prefix(SERVICE_ACCOUNT).unwrap_or_default();
    named.eq_ignore_ascii_case(base).then(|| base.to_owned())
}

fn username(client: &str) -> String {
    format!("{SERVICE_ACCOUNT}{client}").to_ascii_lowercase()
}

fn grants(site: &Hospital, set: &ResourceSet) -> Result<Vec<Grant>, UmaError> {
    let policies = site.store.policies()?;
    Ok(policies
        .into_iter()
        .filter(|policy| policy.resource == set.id && policy.ended.is_none())
        .map(|policy| Grant {
            username: username(&policy.client),
            scopes: policy.scope.split(' ').map(str::to_owned).collect(),
        })
        .collect())
}

fn shown(site: &Hospital, set: &ResourceSet) -> Value {
    let scopes: Vec<Value> = set.scope.split(' ').map(|name| json!({ "name": name })).collect();
    json!({
        "_id": set.id,
        "name": set.name,
        "type": set.kind,
        "uris": [],
        "scopes": scopes,
        "client": { "clientId": site.address.base, "name": site.names.full() }
    })
}
