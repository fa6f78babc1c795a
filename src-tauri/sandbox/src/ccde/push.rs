//! Pattern 4, Direct push: the source mails what a Consent grants to an address that the patient names.
//!
//! `$pushStart`, `$listPush` and `$pushStop` on a Consent, scope `Consent/flow`. A push is known by its Consent and its
//! address; how the address is written (`mailto:` or bare) does not matter for that.

mod list;
mod start;
mod stop;

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};

use crate::{
    direct::{Post, address::Address},
    fhir::{Access, outcome::Refusal},
    hospital::{Hospital, Site},
    resources::Stored,
    scope::Scopes,
    store::Push,
    ways::FhirVersion,
};

use super::{consent::Reading, grant::Over, outcome, own_consent, parameters::Parameters};

/// SMART scope that opens starting, listing and stopping.
pub(crate) const FLOW_SCOPE: &str = "Consent/flow";

/// The names of the operations, for the CapabilityStatement.
pub(crate) const OPERATIONS: [&str; 3] = ["pushStart", "listPush", "pushStop"];

/// The operations, below the FHIR base.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/Consent/{id}/$pushStart", post(start::handle))
        .route("/Consent/{id}/$listPush", get(list::handle))
        .route("/Consent/{id}/$pushStop", post(stop::handle))
}

/// What a push may send at this second: what the Consent grants as it stands now, never more than the sign-in had.
pub(crate) fn standing(
    version: FhirVersion,
    push: &Push,
    consent: Option<&Stored>,
    now: i64,
) -> Result<Scopes, Over> {
    if push.stopped_at.is_some() {
        return Err(Over::Revoked);
    }
    let reading = consent.map(|stored| Reading::of(version, &stored.json)).ok_or(Over::Gone)?;
    let terms = reading.in_force(&push.patient)?;
    let over = push.until.is_some_and(|until| until <= now) || terms.until < now;
    if over || terms.from.is_some_and(|from| from > now) {
        return Err(Over::Expired);
    }
    if !Scopes::parse(&push.ceiling).covers(&terms.scopes) {
        return Err(Over::Widened);
    }
    Ok(terms.scopes.clone())
}

/// The Consent for an app that may start and stop mail, and the mail room.
fn flowing<'a>(
    site: &'a Hospital,
    headers: &HeaderMap,
    id: &str,
) -> Result<(&'a Post, Access, String, Stored), Refusal> {
    let post = site.post.as_ref().ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "not-supported", "this EHR does not mail records")
    })?;
    let (access, patient, stored) = own_consent(site, headers, id, FLOW_SCOPE)?;
    Ok((post, access, patient, stored))
}

/// The parameter `address`, in a form that this EHR takes.
fn address(post: &Post, parameters: &Parameters) -> Result<Address, Refusal> {
    let text = parameters
        .text("address", &["valueUri", "valueUrl", "valueString"])?
        .ok_or_else(|| outcome::required("parameter address is missing"))?;
    match Address::read(&text) {
        Some((address, written)) if post.form.takes(written) => Ok(address),
        Some(_) => {
            Err(Refusal::invalid("the address must be written in the other form, with or without mailto:"))
        }
        None => Err(Refusal::invalid("address must be one Direct address")),
    }
}
