//! The FHIR Consent that carries the person's decision: written exactly, read back tolerantly, compared.
//!
//! Profile: the Consumer Centered Data Exchange track of 2017, base policy `simple-oauth` (nothing but what is granted).
//! [`mod@write`] writes, in the release that the source speaks ([`stu3`], [`r4`], [`r5`]); [`read`] reads all of them
//! through [`rules`], [`opaque`] says what it could not understand, [`view`] shows it; [`mod@compare`] finds differences;
//! [`at_source`] talks to the source.

pub mod at_source;
pub mod compare;
pub mod opaque;
mod r4;
mod r5;
pub mod read;
mod rules;
mod stu3;
pub mod view;
pub mod write;

/// Base policy: everything is refused except what the Consent permits.
pub const SIMPLE_OAUTH: &str = "http://hl7.org/fhir/ConsentDefinition/simple-oauth";
/// Coding system of the SMART scopes in a Consent.
pub const SCOPES_SYSTEM: &str = "http://smarthealthit.org/fhir/scopes";
/// Coding system of a code that is a URI.
pub const URI_SYSTEM: &str = "urn:ietf:rfc:3986";
