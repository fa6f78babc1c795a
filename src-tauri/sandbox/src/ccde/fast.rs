//! `$fileConsent` and `$revokeConsent` of HL7's FAST Scalable Consent Management: the patient's wish is put on file here
//! and taken off again. It authorizes no application.
//!
//! <https://build.fhir.org/ig/HL7/fhir-consent-management/>: `consent` is a resource in the one and a reference in the
//! other. The profile writes the names with a capital, the definition without; both are taken.

use std::sync::Arc;

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::Response, routing::post};
use serde_json::{Value, json};

use crate::{
    fhir::{consent::checked_for, outcome::Refusal},
    hospital::{Hospital, Site},
    resources::UpdateError,
};

use super::{done, outcome, parameters::Parameters, patients_app};

/// Canonical addresses of the two, as the CapabilityStatement names them.
pub(super) const DEFINITIONS: &str = "http://hl7.org/fhir/us/consent-management/OperationDefinition/";

/// The operations, below the FHIR base.
pub(super) fn routes() -> Router<Site> {
    Router::new().route("/Consent/$fileConsent", post(file)).route("/Consent/$revokeConsent", post(revoke))
}

async fn file(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Result<Response, Refusal> {
    let patient = writer(&site, &headers, 'c')?;
    let parameters = Parameters::read(&headers, &body)?;
    let consent = parameters
        .resource("consent")?
        .ok_or_else(|| outcome::required("the parameter consent must hold the Consent"))?;
    let mut consent = checked_for(site.ways.fhir, site.address.base.as_str(), &patient, consent)?;
    if consent.get("status").and_then(Value::as_str) != Some("active") {
        return Err(outcome::against_rules("only an active Consent can be filed"));
    }
    if let Some(object) = consent.as_object_mut() {
        object.remove("id");
    }
    site.resources.create("Consent", consent, Some(&patient), site.clock.now())?;
    site.journal.changed();
    Ok(done(&outcome::outcome("information", "informational", "the Consent is on file")))
}

async fn revoke(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Result<Response, Refusal> {
    let patient = writer(&site, &headers, 'u')?;
    let parameters = Parameters::read(&headers, &body)?;
    let consent = reference(&site, &parameters, "consent", "Consent")?;
    if reference(&site, &parameters, "patient", "Patient")? != patient {
        return Err(Refusal::forbidden("this sign-in is for another patient"));
    }
    let stored = site
        .resources
        .read("Consent", &consent)?
        .filter(|stored| stored.patient.as_deref() == Some(patient.as_str()))
        .ok_or_else(|| outcome::not_found("there is no such Consent"))?;
    let mut json = stored.json.clone();
    json["status"] = json!("inactive");
    site.resources.update("Consent", &consent, json, None, site.clock.now()).map_err(
        |error| match error {
            UpdateError::NotFound => outcome::not_found("there is no such Consent"),
            UpdateError::Conflict { .. } => outcome::against_rules("this Consent is being changed"),
            UpdateError::Store(error) => error.into(),
        },
    )?;
    site.journal.changed();
    Ok(done(&outcome::outcome("information", "informational", "the Consent is no longer on file")))
}

/// The patient of an app that may write Consents.
fn writer(site: &Arc<Hospital>, headers: &HeaderMap, op: char) -> Result<String, Refusal> {
    let (access, patient) = patients_app(site, headers)?;
    if matches!(access.scopes.reach("Consent", op), crate::scope::Reach::Everything) {
        return Ok(patient);
    }
    Err(Refusal::forbidden(format!("this needs patient/Consent.{op}")))
}

fn reference(
    site: &Hospital,
    parameters: &Parameters,
    name: &str,
    resource_type: &str,
) -> Result<String, Refusal> {
    let reference = parameters
        .reference(name)?
        .ok_or_else(|| outcome::required(&format!("the parameter {name} must hold a reference")))?;
    let relative = reference.strip_prefix(site.address.base.as_str()).unwrap_or(&reference);
    relative
        .trim_start_matches('/')
        .strip_prefix(&format!("{resource_type}/"))
        .filter(|id| !id.is_empty() && !id.contains('/'))
        .map(str::to_owned)
        .ok_or_else(|| Refusal::invalid(format!("{name} must refer to a {resource_type} here")))
}
