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

use crate::{cavs, fhir::outcome::Refusal, hospital::Site, store::NewAuthorization, ways::Proof};

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
    let shown = Shown::read(site.ways.proof, &parameters)?;
    let duration = parameters.duration()?;

    let reading = Reading::of(site.ways.fhir, &stored.json);
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
    let identity = match &shown {
        Shown::Jwt(jwt) => identity::check(&site, jwt).await,
        Shown::Key(pem) => identity::check_key(&site, pem).await,
    };
    let identity = identity.map_err(|error| outcome::against_rules(error.to_string()))?;
    let verification = match &shown {
        Shown::Jwt(jwt) => cavs::ask(&site, jwt).await,
        Shown::Key(_) if site.ways.cavs.is_some() => {
            return Err(outcome::against_rules("a bare key cannot be verified, only a JWT"));
        }
        Shown::Key(_) => None,
    };
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
    if let (true, Shown::Jwt(jwt)) = (site.ways.cavs.is_some(), &shown) {
        let approved = verification.as_ref().is_some_and(cavs::Verification::is_approved);
        site.store.vouch(authorization, jwt, approved)?;
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

/// By what the app shows the target.
enum Shown {
    Jwt(String),
    Key(String),
}

impl Shown {
    /// Takes what this EHR takes, in the type that it takes.
    fn read(proof: Proof, parameters: &Parameters) -> Result<Self, Refusal> {
        let wrong = |kind: &str| Refusal::invalid(format!("Parameter jwt must have a value of type {kind}"));
        match proof {
            Proof::Text if parameters.has("jwt", "valueBase64Binary") => return Err(wrong("string")),
            Proof::Binary if parameters.has("jwt", "valueString") => return Err(wrong("base64Binary")),
            _ => {}
        }
        let jwt = if proof == Proof::Key { None } else { parameters.jwt()? };
        if let Some(jwt) = jwt {
            return Ok(Self::Jwt(jwt));
        }
        if matches!(proof, Proof::Key | Proof::JwtOrKey) {
            let key = parameters.text("publicKey", &["valueString"])?;
            return key.map(Self::Key).ok_or_else(|| outcome::required("parameter publicKey is missing"));
        }
        Err(outcome::required("parameter jwt is missing"))
    }
}
