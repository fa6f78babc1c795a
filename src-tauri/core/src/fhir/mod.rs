//! FHIR R4 as this app needs it: a handful of resources, read tolerantly and written exactly.
//!
//! There is no model of all of FHIR here on purpose: resources stay `serde_json::Value`, and each file knows the few
//! fields of one resource. RESTful API: <https://hl7.org/fhir/R4/http.html>.
//! Law: nothing in an answer leads a request outside the server's own base, and no 2xx is believed for its status alone.

pub mod audit;
pub mod client;
pub mod count;
pub mod duration;
pub mod error;
pub mod id;
mod json;
pub mod outcome;
pub mod parameters;
pub mod patient;
pub mod problem;
mod reply;
mod search;
#[cfg(test)]
pub(crate) mod stage;
pub mod time;
mod xml;

pub use client::{FhirClient, On, Versioned, Written};
pub use error::FhirError;
pub use id::{ConsentId, FhirId, LocalReference, SourcePatientId, TargetPatientId};
pub(crate) use json::each;
pub use reply::Reply;
