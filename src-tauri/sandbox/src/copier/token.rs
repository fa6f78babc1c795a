//! Buying a token under the patient's Consent: a fresh assertion for every one (CCDE dialect T, RFC 7523).

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::{
    hospital::Hospital,
    http::{self, Unusable},
    jws::{self, Audience, Claims},
    peer,
    scope::Scopes,
    smart::JWT_BEARER,
    store::ConnectionRow,
};

use super::{Failed, of_2017};

/// Life of an assertion in seconds.
const LIFE: i64 = 120;

/// What the source gave.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    scope: String,
    patient: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

/// A token and what it opens.
pub(super) struct Token {
    pub(super) value: String,
    pub(super) scopes: Scopes,
    /// Patient id at the source.
    pub(super) patient: String,
}

/// Buys a token for one round.
pub(super) async fn buy(site: &Hospital, connection: &ConnectionRow) -> Result<Token, Failed> {
    if let Some(shown) = site.store.presented(connection.id)? {
        return of_2017::buy(site, connection, &shown).await;
    }
    let endpoint = token_endpoint(site, connection).await?;
    let assertion = assertion(site, connection, &endpoint)?;
    let answer = site
        .http
        .post(endpoint)
        .header("accept", "application/json")
        .form(&[("grant_type", JWT_BEARER), ("assertion", assertion.as_str())])
        .send()
        .await?;
    let status = answer.status();
    if status.is_success() {
        let answer: Answer = http::json(answer).await?;
        let patient =
            answer.patient.ok_or_else(|| Failed::Trouble("the token names no patient".to_owned()))?;
        return Ok(Token { value: answer.access_token, scopes: Scopes::parse(&answer.scope), patient });
    }
    let refusal: Option<Refusal> = http::json(answer).await.ok();
    let said = refusal.as_ref().map_or_else(
        || format!("the token endpoint answered {status}"),
        |refusal| refusal.error_description.clone().unwrap_or_else(|| refusal.error.clone()),
    );
    // 400 alone may be our own mistake; with invalid_grant it is a no.
    let is_no = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
        || (status == StatusCode::BAD_REQUEST
            && refusal.is_some_and(|refusal| refusal.error == "invalid_grant"));
    if is_no { Err(Failed::Refused(said)) } else { Err(Failed::Trouble(said)) }
}

async fn token_endpoint(site: &Hospital, connection: &ConnectionRow) -> Result<Url, Failed> {
    if !site.peer.is_base(&connection.source) {
        return Err(Unusable::Stranger.into());
    }
    Ok(peer::token_endpoint(site, &site.peer).await?)
}

fn assertion(site: &Hospital, connection: &ConnectionRow, endpoint: &Url) -> Result<String, Failed> {
    let now = site.second();
    let app_id = site.address.base.to_string();
    jws::sign(
        site.keys.signing(),
        &Claims {
            sub: Some(app_id.clone()),
            iss: app_id,
            aud: Some(Audience::One(endpoint.to_string())),
            exp: now.saturating_add(LIFE),
            iat: Some(now),
            jti: Some(Uuid::new_v4().to_string()),
            client_name: None,
            name: None,
            consent: Some(connection.consent.clone()),
        },
    )
    .map_err(|error| Failed::Trouble(error.to_string()))
}
