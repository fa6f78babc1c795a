//! `POST /oauth/token`: one door for all grants, and the answer that most of them share (RFC 6749 §5.1).

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{
        HeaderMap,
        header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{
    hospital::{Hospital, Site},
    secret::Secret,
    store::{Kind, NewToken, Owner},
    ways::Dialect,
};

use super::{assertion, backend, code, error::TokenError, form::Form, refresh};

/// Life of a refresh token in seconds: ninety days.
const REFRESH_LIFE: i64 = 90 * 86_400;

/// What the app gets.
#[derive(Debug, Serialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) token_type: &'static str,
    pub(super) expires_in: i64,
    pub(super) scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id_token: Option<String>,
    pub(super) need_patient_banner: bool,
}

pub(super) async fn handle(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let form = read_form(&headers, &body)?;
    let tokens = match form.one("grant_type")? {
        Some("authorization_code") => code::exchange(&site, &headers, &form).await?,
        Some("refresh_token") => refresh::exchange(&site, &headers, &form).await?,
        Some(assertion::GRANT) if site.ways.dialect == Dialect::Track => {
            assertion::exchange(&site, &form).await?
        }
        Some(backend::GRANT) => {
            let answer = backend::exchange(&site, &headers, &form).await?;
            site.journal.changed();
            return Ok(answer);
        }
        Some(_) => return Err(TokenError::UnsupportedGrantType),
        None => return Err(TokenError::missing("grant_type")),
    };
    site.journal.changed();
    Ok(([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(tokens)).into_response())
}

/// The parameters of a form post.
pub(super) fn read_form(headers: &HeaderMap, body: &Bytes) -> Result<Form, TokenError> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if media.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
        return Err(TokenError::InvalidRequest(
            "the body must be application/x-www-form-urlencoded".to_owned(),
        ));
    }
    Ok(Form::read(body))
}

/// Makes and stores an access token.
pub(super) fn access(site: &Hospital, owner: Owner, scope: &str, life: i64) -> Result<String, TokenError> {
    store(site, "access", Kind::Access, owner, scope, life)
}

/// Makes and stores a refresh token for everything the sign-in grants.
pub(super) fn refresh(site: &Hospital, sign_in: i64, scope: &str) -> Result<String, TokenError> {
    store(site, "refresh", Kind::Refresh, Owner::SignIn(sign_in), scope, REFRESH_LIFE)
}

fn store(
    site: &Hospital,
    name: &str,
    kind: Kind,
    owner: Owner,
    scope: &str,
    life: i64,
) -> Result<String, TokenError> {
    let secret = Secret::fresh(name)?;
    site.store.add_token(&NewToken {
        hash: &secret.hash(),
        kind,
        owner,
        scope,
        expires: site.second().saturating_add(life),
    })?;
    Ok(secret.reveal().to_owned())
}
