//! `POST [source]/Consent/[id]/$authorize`: the patient lets another EHR fetch under a Consent.
//!
//! Checks, in this order: who asks, the Consent, the introduction, what the login itself may do, the
//! duration, and what the verification service says. Asking again while an authorization stands renews it and makes no second one.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::json;

use crate::{cavs, fhir::outcome::Refusal, hospital::Site, store::NewAuthorization};

use super::{
    consent::Reading, done, duration::seconds, identity, managed_consent, outcome, parameters::Parameters,
};

pub(super) async fn handle(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (access, patient, stored) = managed_consent(&site, &headers, &id)?;
    let parameters = Parameters::read(&headers, &body)?;
    let jwt = parameters.jwt()?.ok_or_else(|| outcome::required("parameter jwt is missing"))?;
    let duration = parameters.duration()?;

    let reading = Reading::of(&stored.json);
    let terms = reading.in_force(&patient).map_err(|unfit| outcome::against_rules(unfit.to_string()))?;
    if !access.scopes.covers(&terms.scopes) {
        return Err(outcome::against_rules("the Consent grants more than this app itself was allowed"));
    }
    let now = site.clock.now();
    let until = match duration {
        Some(duration) => {
            duration.after(now).ok_or_else(|| Refusal::invalid("the duration cannot be understood"))?
        }
        None => terms.until,
    };
    if until > terms.until || until <= now.as_second() {
        return Err(outcome::against_rules("the duration is longer than the Consent"));
    }
    if let Some(reason) = site.faults.manners().refuses_target {
        return Err(Refusal::forbidden(reason));
    }
    let identity =
        identity::check(&site, &jwt).await.map_err(|error| outcome::against_rules(error.to_string()))?;
    let verification = cavs::ask(&site, &jwt).await;
    if let Some(reason) = verification.as_ref().and_then(cavs::Verification::refusal) {
        return Err(outcome::against_rules(reason));
    }
    let key = serde_json::to_string(&identity.key).map_err(|error| outcome::broken(&error))?;
    let authorization = site.store.authorize(&NewAuthorization {
        consent: &stored.id,
        app: &identity.app,
        app_name: &identity.name,
        patient: &patient,
        scope: &terms.scopes.to_string(),
        ceiling: &access.scopes.to_string(),
        key: &key,
        now: now.as_second(),
        until,
    })?;
    if site.ways.cavs.is_some() {
        let approved = verification.as_ref().is_some_and(cavs::Verification::is_approved);
        site.store.vouch(authorization, &jwt, approved)?;
    }
    site.journal.changed();
    let mut said = match &verification {
        Some(verification) => cavs::parameters(verification),
        None => vec![json!({
            "name": "message", "valueString": format!("{} may fetch under this Consent.", identity.name)
        })],
    };
    let left = seconds(until.saturating_sub(site.second()));
    said.push(json!({ "name": "duration", "valueDuration": left }));
    Ok(done(&json!({ "resourceType": "Parameters", "parameter": said })))
}
