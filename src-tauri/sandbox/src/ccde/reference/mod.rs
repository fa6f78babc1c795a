//! The dialect of the server that ran the track in 2017, with its quirks: `$jwt`, `$authorize` with a handle, `$connect`
//! as a form, and a token for the JWT and the handle together.
//!
//! Kept as it was on purpose, weak points included, so that an app shows whether it is honest about them: there is no
//! list and no revocation, the Consent's status counts at `$authorize` alone, and asking twice gives two authorizations.

mod authorize;
mod connect;
mod exchange;
mod introduce;
pub(crate) mod manners;
mod xml;

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};

use crate::{
    fhir::outcome::Refusal,
    hospital::{Hospital, Site},
};

/// Where its one key is.
pub(crate) const KEY: &str = "/auth3/auth_key";

/// Prefix of every access token.
pub(crate) const TOKEN_PREFIX: &str = "urn:oauth:";

/// The operations, below the FHIR base.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/$jwt", get(introduce::get).post(introduce::post))
        .route("/$connect", post(connect::handle))
        .route("/Consent/{id}/$authorize", post(authorize::handle))
}

/// How it names itself in a JWT: its database, not its address.
fn own_id(site: &Hospital) -> String {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(site.keys.signing().kid.as_bytes());
    let bytes: [u8; 16] = std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default());
    format!("urn:uuid:{}", uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// 500: what it answered whenever a check failed.
fn failed(text: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", text)
}
