//! The target as requesting party of UMA: is turned away with a ticket, says who it is, and buys a requesting party
//! token (UMA Grant §3). Nobody told it more than whose records to ask for.

use reqwest::{
    StatusCode,
    header::{HeaderMap, WWW_AUTHENTICATE},
};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::{
    ccde,
    hospital::Hospital,
    http::{self, Unusable},
    jws::{self, Audience, Claims},
    scope::Scopes,
    uma,
};

use super::{Failed, token::Token};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Life of a client assertion in seconds.
const LIFE: i64 = 120;

/// Most answers that ask for something more before the target gives up for this round.
const MOST_ASKS: usize = 3;

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    scope: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
    ticket: Option<String>,
}

/// Buys a token for one round of reading this patient's records at the source.
pub(super) async fn buy(site: &Hospital, patient: &str) -> Result<Token, Failed> {
    let (server, mut ticket) = challenge(site, patient).await?;
    let endpoint = token_endpoint(site, &server).await?;
    let mut claim = None;
    for _ in 0..MOST_ASKS {
        let answer = ask(site, &endpoint, &ticket, claim.as_deref()).await?;
        let status = answer.status();
        if status.is_success() {
            let answer: Answer = http::json(answer).await?;
            return Ok(Token {
                value: answer.access_token,
                scopes: Scopes::parse(&answer.scope),
                patient: patient.to_owned(),
            });
        }
        let refusal: Refusal = http::json(answer).await?;
        match (refusal.error.as_str(), refusal.ticket) {
            ("need_info", Some(next)) if claim.is_none() => {
                ticket = next;
                claim = Some(ccde::introduction(site).map_err(Failed::Trouble)?);
            }
            (code @ ("need_info" | "request_denied" | "request_submitted" | "access_denied"), _) => {
                return Err(Failed::Refused(refusal.error_description.unwrap_or_else(|| code.to_owned())));
            }
            (code, _) => return Err(Failed::Trouble(format!("the authorization server answered {code}"))),
        }
    }
    Err(Failed::Trouble("the authorization server asks again and again".to_owned()))
}

/// Knocks without a token. The answer names the authorization server and gives a ticket.
async fn challenge(site: &Hospital, patient: &str) -> Result<(Url, String), Failed> {
    let address = format!("{}/Patient/{patient}", site.peer.base);
    let answer = site.http.get(address).header("accept", "application/fhir+json").send().await?;
    if answer.status() != StatusCode::UNAUTHORIZED {
        return Err(Failed::Trouble(format!("the source answered {} to a first knock", answer.status())));
    }
    let (server, ticket) = uma_challenge(answer.headers())
        .ok_or_else(|| Failed::Refused("the source says nothing of UMA".to_owned()))?;
    let server = Url::parse(&server).map_err(|error| Failed::Trouble(error.to_string()))?;
    if !site.peer.holds(&server) {
        return Err(Unusable::Stranger.into());
    }
    Ok((server, ticket))
}

/// `as_uri` and `ticket` of the challenge with the scheme UMA.
fn uma_challenge(headers: &HeaderMap) -> Option<(String, String)> {
    let challenge = headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find_map(|value| value.strip_prefix("UMA "))?;
    let member = |name: &str| {
        let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    Some((member("as_uri")?, member("ticket")?))
}

async fn token_endpoint(site: &Hospital, server: &Url) -> Result<Url, Failed> {
    #[derive(Deserialize)]
    struct Configuration {
        token_endpoint: Url,
    }
    let address = format!("{}/.well-known/uma2-configuration", server.as_str().trim_end_matches('/'));
    let answer = site.http.get(address).header("accept", "application/json").send().await?;
    let found: Configuration = http::json(answer.error_for_status()?).await?;
    if !site.peer.holds(&found.token_endpoint) {
        return Err(Unusable::Stranger.into());
    }
    Ok(found.token_endpoint)
}

async fn ask(
    site: &Hospital,
    endpoint: &Url,
    ticket: &str,
    claim: Option<&str>,
) -> Result<reqwest::Response, Failed> {
    let assertion = assertion(site, endpoint)?;
    let mut form = vec![
        ("grant_type", uma::TICKET_GRANT),
        ("ticket", ticket),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    if let Some(claim) = claim {
        form.extend([("claim_token", claim), ("claim_token_format", uma::JWT_FORMAT)]);
    }
    let request = site.http.post(endpoint.clone()).header("accept", "application/json").form(&form);
    Ok(request.send().await?)
}

fn assertion(site: &Hospital, endpoint: &Url) -> Result<String, Failed> {
    let now = site.second();
    let client = site.address.base.to_string();
    jws::sign(
        site.keys.signing(),
        &Claims {
            sub: Some(client.clone()),
            iss: client,
            aud: Some(Audience::One(endpoint.to_string())),
            exp: now.saturating_add(LIFE),
            iat: Some(now),
            jti: Some(Uuid::new_v4().to_string()),
            client_name: None,
            name: None,
            consent: None,
        },
    )
    .map_err(|error| Failed::Trouble(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_uma_challenge_beside_others() {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, "Bearer realm=\"fhir\"".parse().unwrap());
        assert_eq!(uma_challenge(&headers), None);
        headers.append(
            WWW_AUTHENTICATE,
            "UMA realm=\"fhir\", as_uri=\"http://127.0.0.1:1\", ticket=\"t1\"".parse().unwrap(),
        );
        assert_eq!(uma_challenge(&headers), Some(("http://127.0.0.1:1".to_owned(), "t1".to_owned())));
    }
}
