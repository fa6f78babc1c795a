//! The FHIR Consent that carries the person's decision: written exactly, read back tolerantly, compared.
//!
//! Profile: the Consumer Centered Data Exchange track of 2017 in its R4 form, base policy `simple-oauth` (nothing but
//! what is granted). One file for each act: [`r4`] writes, [`read`] reads, [`compare`] finds differences, [`at_source`]
//! talks to the source.

pub mod at_source;
pub mod compare;
pub mod r4;
pub mod read;

/// Base policy: everything is refused except what the Consent permits.
pub const SIMPLE_OAUTH: &str = "http://hl7.org/fhir/ConsentDefinition/simple-oauth";
/// Coding system of the SMART scopes in a Consent.
pub const SCOPES_SYSTEM: &str = "http://smarthealthit.org/fhir/scopes";
/// Coding system of a code that is a URI.
pub const URI_SYSTEM: &str = "urn:ietf:rfc:3986";
