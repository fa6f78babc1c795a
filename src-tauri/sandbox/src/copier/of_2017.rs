//! Buying a token the way of 2017: the very JWT that was authorized as bearer, the handle as scope.
//!
//! Such a source has no smart-configuration; its token endpoint is in the CapabilityStatement (`oauth-uris`).

use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, HeaderValue},
};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    hospital::Hospital,
    http::{self, Unusable},
    scope::Scopes,
    store::{ConnectionRow, Presented},
};

use super::{Failed, token::Token};

const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    scope: String,
    patient: String,
}

/// Buys a token with both halves.
pub(super) async fn buy(
    site: &Hospital,
    connection: &ConnectionRow,
    shown: &Presented,
) -> Result<Token, Failed> {
    let endpoint = token_endpoint(site, connection).await?;
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", shown.jwt))
        .map_err(|_| Failed::Trouble("the JWT cannot be sent".to_owned()))?;
    bearer.set_sensitive(true);
    let answer = site
        .http
        .post(endpoint)
        .header(AUTHORIZATION, bearer)
        .header("accept", "application/json")
        .form(&[("grant_type", "client_credentials"), ("scope", shown.handle.as_str())])
        .send()
        .await?;
    let status = answer.status();
    if status.is_success() {
        let answer: Answer = http::json(answer).await?;
        let (scopes, patient) = (Scopes::parse(&answer.scope), answer.patient);
        return Ok(Token { value: answer.access_token, scopes, patient });
    }
    let said: Option<Value> = http::json(answer).await.ok();
    let text = said.as_ref().and_then(|said| said.get("error_description")).and_then(Value::as_str);
    let words = text.map_or_else(|| format!("the token endpoint answered {status}"), str::to_owned);
    // Every no was a 500 there; with an error code in it, it is a no and no trouble.
    let is_no = said.is_some_and(|said| said.get("error").is_some_and(|error| error == "invalid_request"));
    let is_status = matches!(status, StatusCode::BAD_REQUEST | StatusCode::INTERNAL_SERVER_ERROR);
    if is_no && is_status { Err(Failed::Refused(words)) } else { Err(Failed::Trouble(words)) }
}

async fn token_endpoint(site: &Hospital, connection: &ConnectionRow) -> Result<Url, Failed> {
    if !site.peer.is_base(&connection.source) {
        return Err(Unusable::Stranger.into());
    }
    let answer = site
        .http
        .get(format!("{}/metadata", site.peer.base))
        .header("accept", "application/fhir+json")
        .send()
        .await?
        .error_for_status()?;
    let statement: Value = http::json(answer).await?;
    let extensions = statement.pointer("/rest/0/security/extension").and_then(Value::as_array);
    let uris = extensions
        .into_iter()
        .flatten()
        .find(|extension| extension.get("url").is_some_and(|url| url == OAUTH_URIS))
        .and_then(|extension| extension.get("extension")?.as_array());
    let token = uris
        .into_iter()
        .flatten()
        .find(|uri| uri.get("url").is_some_and(|url| url == "token"))
        .and_then(|uri| uri.get("valueUri")?.as_str())
        .ok_or_else(|| Failed::Trouble("the source names no token endpoint".to_owned()))?;
    let url = Url::parse(token).map_err(|error| Failed::Trouble(error.to_string()))?;
    if site.peer.holds(&url) { Ok(url) } else { Err(Unusable::Stranger.into()) }
}
