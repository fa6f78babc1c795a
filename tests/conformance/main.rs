//! The app against programs that nobody here wrote: the HL7 validator, Keycloak, a certified OpenID provider.
//!
//! Run by `cargo xtask conformance`, which fetches them and says what it could not fetch. A part without its program
//! fails here, so that nothing counts as passed that did not run.

mod facade;
mod hands;
mod keycloak;
mod oidc;
mod place;
