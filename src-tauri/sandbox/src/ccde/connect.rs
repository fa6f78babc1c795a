//! `POST [target]/$connect`: the patient tells the target from where, and under which Consent, to
//! fetch.
//!
//! `Consent` is the id at the source, `patient` the one here. Without a Consent, `url` is the patient at the source, whose
//! records are guarded by a UMA authorization server: our reading, the track left that pattern open. The source must be an EHR that this
//! one knows; the introduction or key, when given, must be this EHR's own. Asking again takes up the
//! same connection.

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};

use crate::{
    fhir::outcome::Refusal,
    hospital::{Hospital, Site},
    jws::{self, Claims},
    store::NewConnection,
};

use super::{done, outcome, parameters::Parameters, patients_app};

pub(super) async fn handle(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (_, own_patient) = patients_app(&site, &headers)?;
    let parameters = Parameters::read(&headers, &body)?;
    let source = parameters
        .text("url", &["valueUri", "valueUrl", "valueString"])?
        .ok_or_else(|| outcome::required("parameter url is missing"))?;
    let consent = parameters.text("Consent", &["valueId", "valueString"])?;
    // Without a Consent the url says whose records to ask for; the source then says by UMA who decides about them.
    let (source, under) = match (consent, source.rsplit_once("/Patient/")) {
        (Some(consent), _) if is_fhir_id(&consent) => (source, consent),
        (None, Some((base, patient))) if is_fhir_id(patient) => {
            (base.to_owned(), format!("Patient/{patient}"))
        }
        (Some(_), _) => return Err(Refusal::invalid("Consent must be a FHIR id")),
        (None, _) => return Err(outcome::required("parameter Consent is missing")),
    };
    if !site.peer.is_base(&source) {
        return Err(outcome::against_rules("this EHR does not know that source"));
    }
    let patient = parameters.text("patient", &["valueId", "valueString"])?;
    if patient.is_some_and(|patient| patient != own_patient) {
        return Err(Refusal::forbidden("this sign-in is for another patient"));
    }
    check_identity(&site, &parameters)?;
    let until = match parameters.duration()? {
        Some(duration) => Some(
            duration
                .after(site.clock.now())
                .ok_or_else(|| Refusal::invalid("the duration cannot be understood"))?,
        ),
        None => None,
    };
    let manners = site.faults.manners();
    if let Some(reason) = manners.refuses_connect {
        return Err(outcome::against_rules(reason));
    }
    site.store.connect(&NewConnection {
        source: site.peer.base.as_str(),
        consent: &under,
        patient: &own_patient,
        until,
    })?;
    site.journal.changed();
    site.wake.notify_one();
    let severity = if manners.connect_accepts_as_error { "error" } else { "information" };
    Ok(done(&outcome::outcome(severity, "informational", "Connection Accepted")))
}

/// A `jwt` or `publicKey` that is not this EHR's own means that the app mixed two EHRs up.
fn check_identity(site: &Hospital, parameters: &Parameters) -> Result<(), Refusal> {
    if let Some(jwt) = parameters.jwt()? {
        let own = jws::check::<Claims>(&jwt, site.keys.public())
            .is_ok_and(|(_, claims)| claims.iss == site.address.base.as_str());
        if !own {
            return Err(Refusal::invalid("jwt must be one that this EHR gave out"));
        }
    }
    if let Some(pem) = parameters.text("publicKey", &["valueString"])?
        && !site.keys.is_own_pem(&pem)
    {
        return Err(Refusal::invalid("publicKey must be this EHR's own"));
    }
    Ok(())
}

fn is_fhir_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}
