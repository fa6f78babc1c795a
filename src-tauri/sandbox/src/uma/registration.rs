//! Resource sets: one for each type of record of each patient (Federated Authorization §3).
//!
//! The hospital registers its patients' sets when it starts. Through the endpoint a resource server may register, show,
//! change and remove with its PAT; the owner's app may look at its person's own.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    hospital::{Hospital, Site},
    resources::types::SERVED,
    store::ResourceSet,
};

use super::{
    error::UmaError,
    pat::{self, View},
};

/// Categories by which owners may share a part of the observations.
const CATEGORIES: [&str; 4] = ["laboratory", "vital-signs", "social-history", "survey"];
const CATEGORY_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// Registers what this hospital keeps of everybody. Registered before: renewed.
pub(crate) fn register_everybody(site: &Hospital) -> rusqlite::Result<()> {
    for patient in site.people.patients() {
        for served in SERVED.iter().filter(|served| served.copied && served.in_compartment()) {
            site.store.register_resource(&ResourceSet {
                id: Uuid::new_v4().to_string(),
                patient: patient.to_owned(),
                name: served.name.to_owned(),
                kind: format!("http://hl7.org/fhir/{}", served.name),
                scope: scopes(served.name).join(" "),
            })?;
        }
    }
    Ok(())
}

/// The SMART scopes by which a type can be shared, whole or in part.
fn scopes(name: &str) -> Vec<String> {
    let whole = format!("patient/{name}.rs");
    let parts = CATEGORIES
        .iter()
        .filter(|_| name == "Observation")
        .map(|category| format!("{whole}?category={CATEGORY_SYSTEM}|{category}"));
    std::iter::once(whole.clone()).chain(parts).collect()
}

/// What a resource server sends (§3.1).
#[derive(Debug, Deserialize)]
pub(super) struct Description {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    resource_scopes: Vec<String>,
    /// Keycloak's member for whose it is.
    owner: Option<String>,
}

pub(super) async fn create(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Result<Json<Description>, axum::extract::rejection::JsonRejection>,
) -> Result<Response, UmaError> {
    pat::require(&site, &headers)?;
    let set = described(&site, Uuid::new_v4().to_string(), body)?;
    let id = site.store.register_resource(&set)?;
    let location = format!("{}/{id}", site.address.link("/authz/protection/resource_set"));
    let body = json!({ "_id": id, "user_access_policy_uri": policy_uri(&site, &id) });
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(body)).into_response())
}

pub(super) async fn list(State(site): State<Site>, headers: HeaderMap) -> Result<Json<Value>, UmaError> {
    let sets = match pat::view(&site, &headers)? {
        View::Server => site.store.resource_sets(None)?,
        View::Owner(patient) => site.store.resource_sets(Some(&patient))?,
    };
    Ok(Json(sets.into_iter().map(|set| set.id).collect()))
}

pub(super) async fn show(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, UmaError> {
    let view = pat::view(&site, &headers)?;
    let set = site
        .store
        .resource_set(&id)?
        .filter(|set| view == View::Server || view == View::Owner(set.patient.clone()))
        .ok_or(UmaError::NotFound)?;
    Ok(Json(json!({
        "_id": set.id,
        "name": set.name,
        "type": set.kind,
        "resource_scopes": set.scope.split(' ').collect::<Vec<_>>(),
        "user_access_policy_uri": policy_uri(&site, &id)
    })))
}

pub(super) async fn update(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Description>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Value>, UmaError> {
    pat::require(&site, &headers)?;
    let old = site.store.resource_set(&id)?.ok_or(UmaError::NotFound)?;
    let set = described(&site, id, body)?;
    if (set.patient.as_str(), set.name.as_str()) != (old.patient.as_str(), old.name.as_str()) {
        return Err(UmaError::InvalidRequest("a resource set keeps its owner and its name".to_owned()));
    }
    let id = site.store.register_resource(&set)?;
    Ok(Json(json!({ "_id": id, "user_access_policy_uri": policy_uri(&site, &id) })))
}

pub(super) async fn remove(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, UmaError> {
    pat::require(&site, &headers)?;
    let removed = site.store.remove_resource(&id)?;
    site.journal.changed();
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(UmaError::NotFound) }
}

fn described(
    site: &Hospital,
    id: String,
    body: Result<Json<Description>, axum::extract::rejection::JsonRejection>,
) -> Result<ResourceSet, UmaError> {
    let Json(body) = body.map_err(|error| UmaError::InvalidRequest(error.body_text()))?;
    let name = body.name.ok_or_else(|| UmaError::missing("name"))?;
    let patient = body
        .owner
        .filter(|owner| site.people.patients().any(|patient| patient == owner))
        .ok_or_else(|| UmaError::InvalidRequest("owner must be a patient of this hospital".to_owned()))?;
    if body.resource_scopes.is_empty() || body.resource_scopes.iter().any(|scope| scope.contains(' ')) {
        return Err(UmaError::InvalidRequest("resource_scopes must be a list of scopes".to_owned()));
    }
    Ok(ResourceSet {
        id,
        patient,
        kind: body.kind.unwrap_or_default(),
        name,
        scope: body.resource_scopes.join(" "),
    })
}

/// Where the owner decides about a resource set.
pub(super) fn policy_uri(site: &Hospital, id: &str) -> String {
    site.address.link(&format!("/my/sharing/{id}"))
}
