//! The CapabilityStatement: what this server can do, and where to sign in.
//!
//! <https://hl7.org/fhir/R4/capabilitystatement.html>, with the SMART extension `oauth-uris` for clients that read
//! the endpoints from here and not from smart-configuration. Built from the table that the search itself uses.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::enter::speaks_json;
use super::outcome::Refusal;
use super::{FhirState, reply};
use crate::ccde;
use crate::resources::types::{SERVED, Served};

const SECURITY_SERVICE: &str = "http://terminology.hl7.org/CodeSystem/restful-security-service";

pub(super) async fn get(
    State(state): State<Arc<FhirState>>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    speaks_json(&headers, raw.as_deref())?;
    Ok(reply::json(StatusCode::OK, &statement(&state)))
}

fn statement(state: &FhirState) -> Value {
    let base = state.base();
    let mut statement = json!({
        "resourceType": "CapabilityStatement",
        "url": format!("{base}/metadata"),
        "name": "PracticeEhr",
        "title": state.name,
        "status": "active",
        "date": "2026-01-15",
        "publisher": state.name,
        "description": "A practice EHR with made-up records.",
        "kind": if state.ways.describes_a_product { "capability" } else { "instance" },
        "software": {"name": "consentry-sandbox", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": state.name, "url": base},
        "fhirVersion": state.ways.fhir.number(),
        "format": ["application/fhir+json", "json"],
        "rest": [{
            "mode": "server",
            "security": security(state),
            "resource": SERVED.iter().map(|served| resource(served, state)).collect::<Vec<_>>(),
            "searchParam": [
                {"name": "_id", "type": "token"},
                {"name": "_lastUpdated", "type": "date"},
                {"name": "_source", "type": "uri"},
            ],
        }],
    });
    if let (true, Some(members)) = (state.ways.describes_a_product, statement.as_object_mut()) {
        // A product is installed nowhere (constraint cpb-15).
        members.remove("implementation");
    }
    let on_system = ccde::advertised(&state.ways, base).system;
    if let (false, Some(rest)) = (on_system.is_empty(), statement.pointer_mut("/rest/0")) {
        rest["operation"] = operations(on_system);
    }
    statement
}

fn security(state: &FhirState) -> Value {
    let mut security = json!({
        "cors": false,
        "service": [{
            "coding": [{"system": SECURITY_SERVICE, "code": "SMART-on-FHIR", "display": "SMART-on-FHIR"}],
            "text": "OAuth2 using SMART-on-FHIR profile",
        }],
    });
    if let Some(oauth) = &state.oauth {
        let uris: Vec<Value> =
            oauth.uris.iter().map(|(name, uri)| json!({"url": name, "valueUri": uri})).collect();
        security["extension"] = json!([{"url": oauth.extension, "extension": uris}]);
    }
    security
}

fn resource(served: &Served, state: &FhirState) -> Value {
    let mut interactions = vec!["read", "vread", "search-type"];
    let writable = served.name == "Consent" && !state.ways.files_only();
    if writable {
        interactions.extend(["create", "update"]);
    }
    let mut params = Vec::new();
    if served.has_patient_param() {
        params.push(json!({"name": "patient", "type": "reference"}));
    }
    if served.has_subject_param() {
        params.push(json!({"name": "subject", "type": "reference"}));
    }
    params.extend(served.params.iter().map(|param| json!({"name": param.name, "type": param.kind.code()})));
    let mut resource = json!({
        "type": served.name,
        "interaction": interactions.into_iter().map(|code| json!({"code": code})).collect::<Vec<_>>(),
        "versioning": "versioned",
        "readHistory": true,
        "updateCreate": false,
        "conditionalCreate": writable,
        "conditionalRead": "not-match",
        "searchParam": params,
    });
    let on_consent = ccde::advertised(&state.ways, state.base()).consent;
    if let (true, Some(resource)) =
        (served.name == "Consent" && !on_consent.is_empty(), resource.as_object_mut())
    {
        resource.insert("operation".to_owned(), operations(on_consent));
    }
    resource
}

fn operations(named: Vec<(&str, String)>) -> Value {
    named.into_iter().map(|(name, definition)| json!({"name": name, "definition": definition})).collect()
}
