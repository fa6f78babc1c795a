//! The client application verification service (CAVS): is this other EHR one that people may trust?
//!
//! HL7 CCDE track 2017 names the service and leaves its interface blank; form and answer are those of the one server that
//! ran it. Law: an application is its issuer and its key, never a string that was seen before; a service that is silent
//! says nothing, neither yes nor no.

mod ask;
mod serve;
mod verdict;
mod watch;

use axum::{Router, routing::post};

use crate::hospital::Site;

pub(crate) use ask::{Verification, ask, parameters};
pub(crate) use verdict::register;
pub use verdict::{Endorsement, EndorsementKind, Verdict};
pub(crate) use watch::{again, run};

/// The service, below the origin.
pub(crate) fn routes() -> Router<Site> {
    Router::new().route(PATH, post(serve::handle))
}

/// Where it is.
pub(crate) const PATH: &str = "/oauth/cavs";
