//! Another EHR that somebody let in on the sign-in pages (pattern 1 of the track: application-managed).
//!
//! This EHR writes a Consent about it by itself, so that the patient's apps see it in the same list as everything else.
//! The tokens live with that Consent: ended there, on the page of apps, or by revoking, they open nothing any more.

use serde_json::{Value, json};

use crate::{
    ccde::{consent::Reading, grant},
    hospital::Hospital,
    scope::Scopes,
    store::{NewAuthorization, Owner, SignIn},
};

use super::error::TokenError;

/// How long it lasts, in seconds: as long as a refresh token.
const LIFE: i64 = 90 * 86_400;

/// Whose the access tokens of a sign-in are. For another EHR: those of what its patient let it do, while that stands.
pub(super) fn owner(site: &Hospital, sign_in: &SignIn) -> Result<Owner, TokenError> {
    if sign_in.client != site.peer.base.as_str() {
        return Ok(Owner::SignIn(sign_in.id));
    }
    let fact = fact(sign_in.id);
    let consent = match site.store.fact(&fact)? {
        Some(consent) => consent,
        None => {
            let consent = write(site, sign_in)?;
            site.store.keep_fact(&fact, &consent)?;
            consent
        }
    };
    let over = || TokenError::grant("the patient ended it");
    let authorization = site.store.latest_authorization(&consent, &sign_in.client)?.ok_or_else(over)?;
    let stored = site.resources.read("Consent", &consent).map_err(|error| TokenError::broken(&error))?;
    let reading = stored.as_ref().map(|stored| Reading::of(site.ways.fhir, &stored.json));
    grant::standing(site.ways.dialect, &authorization, reading.as_ref(), site.second())
        .map_err(|_| over())?;
    Ok(Owner::Authorization(authorization.id))
}

/// Ends what a sign-in of another EHR may do. Nothing for the sign-ins of apps.
pub(super) fn end(site: &Hospital, sign_in: &SignIn) -> rusqlite::Result<()> {
    match site.store.fact(&fact(sign_in.id))? {
        Some(consent) => site.store.revoke(&consent, &sign_in.client, site.second()),
        None => Ok(()),
    }
}

fn fact(sign_in: i64) -> String {
    format!("consent-of-sign-in-{sign_in}")
}

/// Writes the Consent and what it authorizes; the Consent's id.
fn write(site: &Hospital, sign_in: &SignIn) -> Result<String, TokenError> {
    let patient = sign_in.patient.as_deref().ok_or_else(|| TokenError::grant("no patient was chosen"))?;
    let scopes: Vec<&str> = sign_in.scope.split(' ').filter(|scope| scope.starts_with("patient/")).collect();
    let scope = Scopes::from_each(scopes.iter().copied()).to_string();
    let now = site.clock.now();
    let until = site.second().saturating_add(LIFE);
    let consent = consent(site, patient, &scopes, until);
    let stored = site
        .resources
        .create("Consent", consent, Some(patient), now)
        .map_err(|error| TokenError::broken(&error))?;
    site.store.authorize(&NewAuthorization {
        consent: &stored.id,
        app: &sign_in.client,
        app_name: site.peer_name(),
        patient,
        scope: &scope,
        ceiling: &scope,
        key: "{}",
        now: site.second(),
        until,
    })?;
    Ok(stored.id)
}

fn consent(site: &Hospital, patient: &str, scopes: &[&str], until: i64) -> Value {
    let classes: Vec<Value> = scopes
        .iter()
        .map(|scope| json!({ "system": "http://smarthealthit.org/fhir/scopes", "code": scope }))
        .collect();
    let end = jiff::Timestamp::from_second(until).unwrap_or(jiff::Timestamp::MAX);
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": { "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"
        }] },
        "category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0" }] }],
        "patient": { "reference": format!("Patient/{patient}") },
        "dateTime": site.clock.now(),
        "organization": [{ "display": site.names.full() }],
        "policy": [{ "uri": "http://hl7.org/fhir/ConsentDefinition/simple-oauth" }],
        "policyRule": { "coding": [{
            "system": "urn:ietf:rfc:3986",
            "code": "http://hl7.org/fhir/ConsentDefinition/simple-oauth"
        }] },
        "provision": {
            "period": { "start": site.clock.now(), "end": end },
            "actor": [{
                "role": { "coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"
                }] },
                "reference": {
                    "identifier": { "system": "urn:ietf:rfc:3986", "value": site.peer.base.as_str() },
                    "display": site.peer_name()
                }
            }],
            "provision": [{
                "type": "permit",
                "action": [{ "coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "access"
                }] }],
                "class": classes
            }]
        }
    })
}
