//! The operations of the Consumer Centered Data Exchange track (HL7 connectathon, September 2017), one file each.
//! The only place that knows their names and parameters.
//!
//! Laws: no operation repeats itself; the status decides and a 2xx must still say yes; what a server adds is kept as a
//! note and shown; `Consent` is an id at the source, `patient` one at the target.

pub mod authorizations;
pub mod authorize;
pub mod cavs;
pub mod connect;
pub mod credentials;
pub mod file;
pub mod introduce;
pub mod problem;
pub mod revoke;

pub use self::problem::Act;
pub use crate::fhir::{ConsentId, SourcePatientId, TargetPatientId};
