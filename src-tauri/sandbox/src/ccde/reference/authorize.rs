//! `POST [source]/Consent/[id]/$authorize` as it was: `jwt` as text alone, `duration` always, a handle in return.
//!
//! The JWT is unpacked and not verified, as it was; every failed check is a 500 in the words of then, one of which
//! misleads.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::failed;
use crate::{
    ccde::{
        consent::{Reading, SIMPLE_OAUTH, Terms, Unfit},
        done, outcome,
        parameters::Parameters,
        patients_app,
    },
    fhir::outcome::Refusal,
    hospital::{Hospital, Site},
    secret,
    store::NewAuthorization,
};

pub(super) async fn handle(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (access, patient) = patients_app(&site, &headers)?;
    let stored = site
        .resources
        .read("Consent", &id)?
        .filter(|stored| stored.patient.as_deref() == Some(patient.as_str()))
        .ok_or_else(|| outcome::not_found("Consent not found"))?;
    let parameters = Parameters::read(&headers, &body)?;
    let duration = parameters
        .duration()
        .map_err(|_| failed("Parameter duration must have a value of type Duration"))?
        .ok_or_else(|| failed("Parameter duration not found"))?;
    // The text named the wrong parameter in 2017 too.
    let jwt = parameters
        .text("jwt", &["valueString"])
        .map_err(|_| failed("Parameter duration must have a value of type String"))?
        .ok_or_else(|| failed("Parameter \"jwt\" not found"))?;
    let now = site.clock.now();
    let until = duration.after(now).ok_or_else(|| failed("Parameter duration could not be read"))?;
    let reading = Reading::of(site.ways.fhir, &stored.json);
    let terms = terms(&reading, &patient, until)?;
    if let Some(reason) = site.faults.manners().refuses_target {
        return Err(failed(reason));
    }
    let target = unpack(&jwt)?;
    let handle = Uuid::new_v4().to_string();
    site.store.hand_out(
        &NewAuthorization {
            consent: &stored.id,
            app: &target.iss,
            app_name: target.sub.as_deref().unwrap_or(&target.iss),
            patient: &patient,
            scope: &terms.scopes.to_string(),
            ceiling: &access.scopes.to_string(),
            key: "null",
            now: now.as_second(),
            until,
        },
        &secret::hash(&handle),
        &secret::hash(&jwt),
    )?;
    site.journal.changed();
    Ok(answer(&site, &handle))
}

fn answer(site: &Hospital, handle: &str) -> Response {
    let message = format!("Approved for use by {}", site.address.host);
    done(&json!({
        "resourceType": "Parameters",
        "parameter": [
            { "name": "message", "valueString": message },
            { "name": "endorsement", "part": [
                { "name": "type", "valueCode": "approval" },
                { "name": "comment", "valueString": "Reviewed 2017" },
                { "name": "endorser", "valueString": "Practice Trust" },
                { "name": "url", "valueString": "https://trust.example.org" }
            ] },
            { "name": "id", "valueId": handle }
        ]
    }))
}

fn terms<'a>(reading: &'a Reading, patient: &str, until: i64) -> Result<&'a Terms, Refusal> {
    let terms = reading.in_force(patient).map_err(|unfit| {
        failed(match unfit {
            Unfit::Inactive => "Consent must be active".to_owned(),
            Unfit::Patient if reading.patient.is_none() => "Consent has no identified patient".to_owned(),
            Unfit::Patient => "Consent Patient unknown".to_owned(),
            Unfit::Policy => format!("Consent must have policy \"{SIMPLE_OAUTH}\" as it's policy"),
            Unfit::Period => "Consent expires (unknown) before the end of the nominated duration".to_owned(),
            Unfit::Provision => "Consent must have a single exception".to_owned(),
            Unfit::Scope => "Consent must have at least one Smart App Launch scope".to_owned(),
            other => other.to_string(),
        })
    })?;
    if until > terms.until {
        let end = Timestamp::from_second(terms.until).map(|end| end.to_string()).unwrap_or_default();
        return Err(failed(format!("Consent expires ({end}) before the end of the nominated duration")));
    }
    Ok(terms)
}

/// Who a JWT says it is from.
#[derive(Deserialize)]
pub(super) struct Unpacked {
    pub(super) iss: String,
    pub(super) sub: Option<String>,
}

/// Reads the claims and believes them.
pub(super) fn unpack(jwt: &str) -> Result<Unpacked, Refusal> {
    jsonwebtoken::dangerous::insecure_decode::<Unpacked>(jwt)
        .map(|token| token.claims)
        .map_err(|error| failed(format!("Exception reading JWT: {error}")))
}
