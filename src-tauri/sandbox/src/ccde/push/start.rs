//! `POST [source]/Consent/[id]/$pushStart`: from now on, mail what the Consent grants to an address.
//!
//! `duration` is optional: without it the mail goes on as long as the Consent stands. Asking again while a push runs
//! renews it, makes no second one and sends nothing twice.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::json;

use crate::{fhir::outcome::Refusal, hospital::Site, store::NewPush};

use super::{
    super::{consent::Reading, done, duration::seconds, outcome, parameters::Parameters},
    address, flowing,
};

pub(super) async fn handle(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (post, access, patient, stored) = flowing(&site, &headers, &id)?;
    let parameters = Parameters::read(&headers, &body)?;
    let address = address(post, &parameters)?;
    let duration = parameters.duration()?;

    let reading = Reading::of(site.ways.fhir, &stored.json);
    let terms = reading.in_force(&patient).map_err(|unfit| outcome::against_rules(unfit.to_string()))?;
    if !access.scopes.covers(&terms.scopes) {
        return Err(outcome::against_rules("the Consent grants more than this app itself was allowed"));
    }
    let now = site.clock.now();
    let until = duration
        .map(|duration| {
            duration.after(now).ok_or_else(|| Refusal::invalid("the duration cannot be understood"))
        })
        .transpose()?;
    if until.is_some_and(|until| until > terms.until || until <= now.as_second()) {
        return Err(outcome::against_rules("the duration is longer than the Consent"));
    }
    site.store.start_push(&NewPush {
        consent: &stored.id,
        address: &address.to_string(),
        patient: &patient,
        ceiling: &access.scopes.to_string(),
        now: now.as_second(),
        until,
    })?;
    post.wake.notify_one();
    site.journal.changed();
    let mut answer = vec![json!({ "name": "address", "valueUri": post.form.write(&address) })];
    if let Some(until) = until {
        let left = seconds(until.saturating_sub(site.second()));
        answer.push(json!({ "name": "duration", "valueDuration": left }));
    }
    Ok(done(&json!({ "resourceType": "Parameters", "parameter": answer })))
}
