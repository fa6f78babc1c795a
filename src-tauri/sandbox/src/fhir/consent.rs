//! Creating and changing a Consent, the only resource that can be written here.
//!
//! Create with `If-None-Exist`, update with `If-Match`: <https://hl7.org/fhir/R4/http.html#create>. The law kept
//! here: a Consent is written by the patient it is about, never with a token that a Consent gave away.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{IF_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::enter::{Visit, enter};
use super::outcome::{Issue, Refusal};
use super::query::Context;
use super::{FhirState, body, consent_rules, query, reply};
use crate::resources::types::served;
use crate::resources::{Criterion, Stored, Unless, UpdateError};
use crate::ways::FhirVersion;

pub(super) async fn create(
    State(state): State<Arc<FhirState>>,
    Path(resource_type): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let visit = writer(&state, &headers, raw.as_deref(), &resource_type, 'c')?;
    let unless = if_none_exist(&state, &visit, &headers)?;
    let consent = checked(&state, &visit, body::json(&headers, body)?)?;
    let (patient, now) = (Some(visit.own_patient()?), (state.now)());
    let stored = match unless {
        None => state.resources.create(visit.served.name, consent, patient, now)?,
        Some(criteria) => {
            match state.resources.create_unless(&visit.search(criteria), consent, patient, now)? {
                Unless::Created(stored) => stored,
                Unless::Exists(stored) => {
                    return Ok(written(&state, &headers, StatusCode::OK, &stored));
                }
                Unless::Several(count) => {
                    // STU3 has no word of its own for it.
                    let code = match state.ways.fhir {
                        FhirVersion::Stu3 => "duplicate",
                        FhirVersion::R4 | FhirVersion::R4b | FhirVersion::R5 => "multiple-matches",
                    };
                    let text =
                        format!("If-None-Exist finds {count} Consents, so it is unclear which one is meant");
                    return Err(Refusal::new(StatusCode::PRECONDITION_FAILED, code, text));
                }
            }
        }
    };
    (state.changed)();
    Ok(written(&state, &headers, StatusCode::CREATED, &stored))
}

pub(super) async fn update(
    State(state): State<Arc<FhirState>>,
    Path((resource_type, id)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let visit = writer(&state, &headers, raw.as_deref(), &resource_type, 'u')?;
    visit.found(state.resources.search(&visit.one(&id))?, &id)?;
    let expected = if_match(&headers)?;
    let consent = body::json(&headers, body)?;
    if consent.get("id").and_then(Value::as_str) != Some(&id) {
        return Err(Refusal::invalid("the id in the body must be the one in the address"));
    }
    let consent = checked(&state, &visit, consent)?;
    let stored = state.resources.update(visit.served.name, &id, consent, expected, (state.now)()).map_err(
        |error| match error {
            UpdateError::NotFound => Refusal::not_found(visit.served.name, &id),
            UpdateError::Conflict { current } => Refusal::new(
                StatusCode::PRECONDITION_FAILED,
                "conflict",
                format!("this Consent has changed since: its version is {current}"),
            ),
            UpdateError::Store(error) => error.into(),
        },
    )?;
    (state.changed)();
    Ok(written(&state, &headers, StatusCode::OK, &stored))
}

/// Lets in who may write a Consent; everything else cannot be written by anybody.
fn writer(
    state: &FhirState,
    headers: &HeaderMap,
    raw_query: Option<&str>,
    resource_type: &str,
    op: char,
) -> Result<Visit, Refusal> {
    if resource_type != "Consent" && served(resource_type).is_some() {
        (state.authenticate)(headers)?;
        let text = format!("{resource_type} cannot be written here");
        return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "not-supported", text));
    }
    let visit = enter(state, headers, raw_query, resource_type, op)?;
    if state.ways.files_only() {
        let text = "a Consent cannot be written here";
        return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "not-supported", text));
    }
    if visit.access.consent.is_some() {
        return Err(Refusal::forbidden("a token that a Consent gave cannot write Consents"));
    }
    if !visit.reach.is_empty() {
        return Err(Refusal::forbidden("writing needs a scope without a query"));
    }
    Ok(visit)
}

/// A Consent that keeps the rules, ready to be stored: the server gives id and version, and says where it came from.
fn checked(state: &FhirState, visit: &Visit, consent: Value) -> Result<Value, Refusal> {
    checked_for(state.ways.fhir, state.base(), visit.own_patient()?, consent)
}

/// The same for whichever door it came by.
pub(crate) fn checked_for(
    version: FhirVersion,
    base: &str,
    patient: &str,
    mut consent: Value,
) -> Result<Value, Refusal> {
    if consent.get("resourceType").and_then(Value::as_str) != Some("Consent") {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "structure", "the body is not a Consent"));
    }
    if consent_rules::names_another_patient(version, &consent, patient, base) {
        return Err(Refusal::forbidden("a Consent must be about the patient of the token"));
    }
    let issues = consent_rules::broken(version, &consent, patient);
    if !issues.is_empty() {
        return Err(Refusal::unprocessable(issues));
    }
    if let Some(meta) = consent.get_mut("meta").and_then(Value::as_object_mut) {
        meta.retain(|name, _| matches!(name.as_str(), "profile" | "security" | "tag"));
    }
    Ok(consent)
}

fn if_none_exist(
    state: &FhirState,
    visit: &Visit,
    headers: &HeaderMap,
) -> Result<Option<Vec<Criterion>>, Refusal> {
    let Some(value) = headers.get("if-none-exist") else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| Refusal::invalid("If-None-Exist is not a query"))?;
    let text = text.rsplit_once('?').map_or(text, |(_, query)| query);
    let context = Context {
        version: state.ways.fhir,
        served: visit.served,
        patient: Some(visit.own_patient()?),
        base: state.base(),
        strict: true,
    };
    let asked = context.parse(query::pairs(text))?;
    if asked.criteria.is_empty() {
        return Err(Refusal::invalid("If-None-Exist names nothing to look for"));
    }
    Ok(Some(asked.criteria))
}

/// `If-Match: W/"3"` as 3; none when the header is absent.
fn if_match(headers: &HeaderMap) -> Result<Option<u32>, Refusal> {
    let Some(value) = headers.get(IF_MATCH) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .map(|text| text.trim().trim_start_matches("W/").trim_matches('"'))
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or_else(|| Refusal::invalid("If-Match must be one version, such as W/\"1\""))
}

fn written(state: &FhirState, headers: &HeaderMap, status: StatusCode, stored: &Stored) -> Response {
    let mut response = if body::prefers(headers, "return=minimal") {
        let mut response = status.into_response();
        reply::versioned(response.headers_mut(), stored);
        response
    } else if body::prefers(headers, "return=OperationOutcome") {
        let issue =
            Issue { code: "informational", text: "the Consent is stored".to_owned(), expression: None };
        let mut response = reply::json(
            status,
            &json!({"resourceType": "OperationOutcome", "issue": [issue.json("information")]}),
        );
        reply::versioned(response.headers_mut(), stored);
        response
    } else {
        reply::stored(status, stored)
    };
    let location = format!("{}/Consent/{}/_history/{}", state.base(), stored.id, stored.version);
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
