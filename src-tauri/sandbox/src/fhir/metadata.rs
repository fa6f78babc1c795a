//! The CapabilityStatement: what this server can do, and where to sign in.
//!
//! <https://hl7.org/fhir/R4/capabilitystatement.html>, with the SMART extension `oauth-uris` for clients that read
//! the endpoints from here and not from smart-configuration. Built from the table that the search itself uses. STU3
//! says beside it what it does with unknown elements, refers to operations, and lists none of them at a type.

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
use crate::ways::FhirVersion;

pub(super) async fn get(
    State(state): State<Arc<FhirState>>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    speaks_json(state.ways.fhir, &headers, raw.as_deref())?;
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
    if let (FhirVersion::Stu3, Some(statement)) = (state.ways.fhir, statement.as_object_mut()) {
        statement.insert("acceptUnknown".to_owned(), json!("no"));
    }
    let mut advertised = ccde::advertised(&state.ways, base);
    if state.ways.fhir == FhirVersion::Stu3 {
        advertised.system.append(&mut advertised.consent);
    }
    if let (false, Some(rest)) = (advertised.system.is_empty(), statement.pointer_mut("/rest/0")) {
        rest["operation"] = operations(state.ways.fhir, advertised.system);
    }
    statement
}

fn security(state: &FhirState) -> Value {
    let system = match state.ways.fhir {
        FhirVersion::Stu3 => "http://hl7.org/fhir/restful-security-service",
        FhirVersion::R4 | FhirVersion::R4b | FhirVersion::R5 => {
            "http://terminology.hl7.org/CodeSystem/restful-security-service"
        }
    };
    let mut security = json!({
        "cors": false,
        "service": [{
            "coding": [{"system": system, "code": "SMART-on-FHIR", "display": "SMART-on-FHIR"}],
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
    if served.has_subject_param(state.ways.fhir) {
        params.push(json!({"name": "subject", "type": "reference"}));
    }
    params.extend(
        served.params(state.ways.fhir).map(|param| json!({"name": param.name, "type": param.kind.code()})),
    );
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
    let listed = served.name == "Consent" && state.ways.fhir != FhirVersion::Stu3 && !on_consent.is_empty();
    if let (true, Some(resource)) = (listed, resource.as_object_mut()) {
        resource.insert("operation".to_owned(), operations(state.ways.fhir, on_consent));
    }
    resource
}

fn operations(version: FhirVersion, named: Vec<(&str, String)>) -> Value {
    let operation = |(name, definition): (&str, String)| match version {
        FhirVersion::Stu3 => json!({"name": name, "definition": {"reference": definition}}),
        FhirVersion::R4 | FhirVersion::R4b | FhirVersion::R5 => {
            json!({"name": name, "definition": definition})
        }
    };
    named.into_iter().map(operation).collect()
}
