//! The EHR as a client of the other one: SMART standalone launch with PKCE, refresh with rotation, revocation.

use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use crate::{
    hospital::Hospital,
    http::{self, Unusable},
    secret,
    store::Link,
};

/// What is asked of the person at the other EHR.
const SCOPE: &str = "launch/patient offline_access patient/*.rs";

/// What the other EHR says of itself.
#[derive(Deserialize)]
struct Configuration {
    authorization_endpoint: Url,
    token_endpoint: Url,
    revocation_endpoint: Option<Url>,
}

/// Tokens and what they open.
#[derive(Deserialize)]
pub(crate) struct Refreshed {
    pub(crate) access_token: String,
    pub(crate) scope: String,
    pub(crate) patient: Option<String>,
    pub(crate) refresh_token: Option<String>,
}

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoTokens {
    /// The other EHR said no.
    #[error("{0}")]
    Refused(String),
    /// Nobody knows.
    #[error(transparent)]
    Unusable(#[from] Unusable),
}

impl From<reqwest::Error> for NoTokens {
    fn from(error: reqwest::Error) -> Self {
        Self::Unusable(error.into())
    }
}

/// The address to send the browser to.
pub(super) async fn address(site: &Hospital, link: &Link) -> Result<Url, NoTokens> {
    let mut url = configuration(site).await?.authorization_endpoint;
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", site.address.base.as_str()),
        ("redirect_uri", &super::redirect(site)),
        ("scope", SCOPE),
        ("state", &link.state),
        ("aud", site.peer.base.as_str()),
        ("code_challenge", &secret::hash(&link.verifier)),
        ("code_challenge_method", "S256"),
    ]);
    Ok(url)
}

/// Trades the code.
pub(super) async fn redeem(site: &Hospital, link: &Link, code: &str) -> Result<Refreshed, NoTokens> {
    let redirect = super::redirect(site);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", site.address.base.as_str()),
        ("redirect_uri", redirect.as_str()),
        ("code", code),
        ("code_verifier", link.verifier.as_str()),
    ];
    tokens(site, &form).await
}

/// Buys the next tokens.
pub(crate) async fn refresh(site: &Hospital, token: &str) -> Result<Refreshed, NoTokens> {
    let client = site.address.base.as_str();
    tokens(site, &[("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)]).await
}

/// Gives the tokens back.
pub(super) async fn revoke(site: &Hospital, token: &str) -> Result<(), NoTokens> {
    let Some(endpoint) = configuration(site).await?.revocation_endpoint else { return Ok(()) };
    let form = [("client_id", site.address.base.as_str()), ("token", token)];
    site.http.post(known(site, endpoint)?).form(&form).send().await?;
    Ok(())
}

async fn tokens(site: &Hospital, form: &[(&str, &str)]) -> Result<Refreshed, NoTokens> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
        error_description: Option<String>,
    }
    let endpoint = known(site, configuration(site).await?.token_endpoint)?;
    let answer = site.http.post(endpoint).header("accept", "application/json").form(form).send().await?;
    if answer.status().is_success() {
        return Ok(http::json(answer).await?);
    }
    let refusal: Refusal = http::json(answer).await?;
    Err(NoTokens::Refused(refusal.error_description.unwrap_or(refusal.error)))
}

async fn configuration(site: &Hospital) -> Result<Configuration, NoTokens> {
    let address = format!("{}/.well-known/smart-configuration", site.peer.base);
    get(site, &address).await
}

async fn get<T: DeserializeOwned>(site: &Hospital, address: &str) -> Result<T, NoTokens> {
    let answer = site.http.get(address).header("accept", "application/json").send().await?;
    Ok(http::json(answer.error_for_status()?).await?)
}

fn known(site: &Hospital, endpoint: Url) -> Result<Url, NoTokens> {
    if site.peer.holds(&endpoint) { Ok(endpoint) } else { Err(Unusable::Stranger.into()) }
}
