//! `POST [source]/Consent/[id]/$pushStop`: nothing more goes to an address under this Consent.
//!
//! Data has stopped flowing when the 200 is given: a letter on its way is waited for (`direct::gate`). Stopping again is
//! 200 too, so a lost reply can be asked for again; an address that never got anything is 404.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};

use crate::{fhir::outcome::Refusal, hospital::Site};

use super::{
    super::{done, outcome, parameters::Parameters},
    address, flowing,
};

pub(super) async fn handle(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (post, _, _, stored) = flowing(&site, &headers, &id)?;
    let address = address(post, &Parameters::read(&headers, &body)?)?;
    let lies = site.faults.manners().lies_on_revoke;
    if !lies && !site.store.stop_push(&stored.id, &address.to_string(), site.second())? {
        return Err(outcome::not_found("nothing was ever mailed to that address under this Consent"));
    }
    site.journal.changed();
    Ok(done(&outcome::outcome("information", "informational", "nothing more will be sent")))
}
