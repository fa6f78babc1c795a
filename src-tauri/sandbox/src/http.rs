//! The client with which one EHR talks to the other; built nowhere else.
//!
//! Redirects are never followed: an assertion or a bearer token goes to the address that was
//! discovered or nowhere.

use std::time::Duration;

/// Marks requests that come from the other EHR and not from the patient's app.
pub(crate) const PEER_AGENT: &str = concat!("consentry-sandbox/", env!("CARGO_PKG_VERSION"));

/// Upper limit of any answer from the other EHR.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// The client: no redirects, no proxy (the other EHR is on this machine), ten seconds per exchange.
#[expect(clippy::disallowed_methods, reason = "the sandbox's only client; it may not borrow the app's")]
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(PEER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
}

/// Why the other EHR's answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// No answer, or a broken one.
    #[error("the other EHR could not be reached: {0}")]
    Network(#[from] reqwest::Error),
    /// More than an honest EHR would send.
    #[error("the other EHR sent too much")]
    TooLarge,
    /// Not JSON.
    #[error("the other EHR did not send JSON")]
    NotJson(#[from] serde_json::Error),
    /// None of its documents says where.
    #[error("the other EHR does not say where it answers")]
    Silent,
    /// An address that leads somewhere else than to the other EHR.
    #[error("the address leads to a system this EHR does not know")]
    Stranger,
}

/// Reads an answer as JSON, piece by piece, and gives up when it grows too large.
pub(crate) async fn json<T: serde::de::DeserializeOwned>(
    mut answer: reqwest::Response,
) -> Result<T, Unusable> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len().saturating_add(piece.len()) > LARGEST_ANSWER {
            return Err(Unusable::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(serde_json::from_slice(&body)?)
}
