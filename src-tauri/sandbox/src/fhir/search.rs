//! Search of one type, as GET or as POST `_search`: <https://hl7.org/fhir/R4/http.html#search>.
//!
//! The self link says which parameters were used; the next link carries a cursor and is a GET in both cases.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::body;
use super::enter::{Visit, enter};
use super::outcome::Refusal;
use super::query::{self, Asked, Context};
use super::{FhirState, cursor, reply};
use crate::resources::{Page, Search};
use crate::ways::Backend;

pub(super) async fn get(
    State(state): State<Arc<FhirState>>,
    Path(resource_type): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let visit = enter(&state, &headers, raw.as_deref(), &resource_type, 's')?;
    answer(&state, &visit, &headers, query::pairs(&raw.unwrap_or_default()))
}

pub(super) async fn post(
    State(state): State<Arc<FhirState>>,
    Path(resource_type): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    form: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let visit = enter(&state, &headers, raw.as_deref(), &resource_type, 's')?;
    let mut pairs = query::pairs(&raw.unwrap_or_default());
    pairs.append(&mut query::pairs(&body::form(&headers, form)?));
    answer(&state, &visit, &headers, pairs)
}

fn answer(
    state: &FhirState,
    visit: &Visit,
    headers: &HeaderMap,
    pairs: Vec<(String, String)>,
) -> Result<Response, Refusal> {
    let context = Context {
        version: state.ways.fhir,
        served: visit.served,
        patient: visit.patient.as_deref(),
        base: state.base(),
        strict: body::prefers(headers, "handling=strict"),
    };
    let asked = context.parse(pairs)?;
    let address = address(state, visit, &asked);
    // The patient is part of what a cursor is bound to, though no link shows it.
    let patient = visit.patient.clone().or(asked.patient.clone());
    let bound_to = format!("{address} {}", patient.as_deref().unwrap_or("everybody"));
    let after = match &asked.cursor {
        None => None,
        Some(text) => Some(
            cursor::read(text, &bound_to)
                .ok_or_else(|| Refusal::invalid("_cursor belongs to another search"))?,
        ),
    };
    let page = state.resources.search(&Search {
        patient,
        criteria: asked.criteria.clone(),
        sort: asked.sort,
        after,
        limit: asked.limit,
        ..visit.search(Vec::new())
    })?;
    let next = page.next.map(|position| cursor::write(position, &bound_to));
    Ok(reply::json(StatusCode::OK, &bundle(state, visit, &asked, &page, &address, next)))
}

fn bundle(
    state: &FhirState,
    visit: &Visit,
    asked: &Asked,
    page: &Page,
    address: &str,
    next: Option<String>,
) -> Value {
    let mut links = vec![json!({"relation": "self", "url": with_cursor(address, asked.cursor.as_deref())})];
    if let Some(next) = next {
        links.push(json!({"relation": "next", "url": with_cursor(address, Some(&next))}));
    }
    let mut bundle = json!({
        "resourceType": "Bundle",
        "id": Uuid::new_v4().to_string(),
        "meta": {"lastUpdated": (state.now)().to_string()},
        "type": "searchset",
        "link": links,
    });
    let entries: Vec<Value> = page
        .entries
        .iter()
        .map(|stored| {
            let address = format!("{}/{}/{}", state.base(), visit.served.name, stored.id);
            let mut entry = json!({
                "fullUrl": address,
                "resource": stored.json,
                "search": {"mode": "match"},
            });
            if state.ways.backend == Backend::Aidbox {
                entry["link"] = json!([{"relation": "self", "url": address}]);
            }
            entry
        })
        .collect();
    if let Some(bundle) = bundle.as_object_mut() {
        if asked.with_total {
            bundle.insert("total".to_owned(), json!(page.total));
        }
        // FHIR JSON has no empty arrays.
        if !entries.is_empty() {
            bundle.insert("entry".to_owned(), json!(entries));
        }
    }
    bundle
}

/// The search as a GET address, without a cursor.
fn address(state: &FhirState, visit: &Visit, asked: &Asked) -> String {
    let mut address = format!("{}/{}", state.base(), visit.served.name);
    if !asked.used.is_empty() {
        address.push('?');
        address.push_str(&Serializer::new(String::new()).extend_pairs(&asked.used).finish());
    }
    address
}

fn with_cursor(address: &str, cursor: Option<&str>) -> String {
    match cursor {
        None => address.to_owned(),
        Some(cursor) => {
            let joint = if address.contains('?') { '&' } else { '?' };
            format!(
                "{address}{joint}{}",
                Serializer::new(String::new()).append_pair("_cursor", cursor).finish()
            )
        }
    }
}
