//! Where the other EHR answers, found in whichever of its documents says so.
//!
//! Asked anew each time: an EHR may move its endpoints between two rounds. Every address must stay at the other EHR.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    hospital::{Address, Hospital},
    http::{self, Unusable},
};

/// One document about OAuth: smart-configuration, or that of the OpenID issuer.
#[derive(Deserialize, Default)]
struct Document {
    token_endpoint: Option<String>,
    jwks_uri: Option<String>,
}

/// Where tokens are bought.
pub(crate) async fn token_endpoint(site: &Hospital, peer: &Address) -> Result<Url, Unusable> {
    for place in documents(peer) {
        let found: Document = read(site, &place).await?.unwrap_or_default();
        if let Some(endpoint) = found.token_endpoint {
            return resolve(peer, &endpoint);
        }
    }
    let statement: Value = read(site, &format!("{}/metadata", peer.base)).await?.unwrap_or_default();
    match listed(&statement, "token") {
        Some(endpoint) => resolve(peer, endpoint),
        None => Err(Unusable::Silent),
    }
}

/// Where its keys are.
pub(crate) async fn jwks(site: &Hospital, peer: &Address) -> Result<Url, Unusable> {
    for place in documents(peer) {
        let found: Document = read(site, &place).await?.unwrap_or_default();
        if let Some(keys) = found.jwks_uri {
            return resolve(peer, &keys);
        }
    }
    Err(Unusable::Silent)
}

fn documents(peer: &Address) -> [String; 3] {
    [
        format!("{}/.well-known/smart-configuration", peer.base),
        format!("{}/.well-known/openid-configuration", peer.base),
        peer.link("/.well-known/openid-configuration"),
    ]
}

/// One document; none when it is not there.
async fn read<T: serde::de::DeserializeOwned>(site: &Hospital, place: &str) -> Result<Option<T>, Unusable> {
    let answer =
        site.http.get(place).header("accept", "application/json, application/fhir+json").send().await?;
    if answer.status() == reqwest::StatusCode::NOT_FOUND {
        return Ok(None);
    }
    Ok(Some(http::json(answer.error_for_status()?).await?))
}

/// An endpoint of the extension `oauth-uris`, in either of its spellings.
fn listed<'a>(statement: &'a Value, name: &str) -> Option<&'a str> {
    let extensions = statement.pointer("/rest/0/security/extension")?.as_array()?;
    let of = |value: &'a Value| value.get("extension").and_then(Value::as_array).into_iter().flatten();
    extensions
        .iter()
        .filter(|one| one["url"].as_str().is_some_and(|url| url.ends_with("/StructureDefinition/oauth-uris")))
        .flat_map(of)
        .find(|part| part["url"] == name)?
        .get("valueUri")?
        .as_str()
}

fn resolve(peer: &Address, link: &str) -> Result<Url, Unusable> {
    let url = peer.base.join(link).map_err(|_| Unusable::Silent)?;
    if peer.holds(&url) { Ok(url) } else { Err(Unusable::Stranger) }
}
