//! The token of 2017: `Authorization: Bearer` with the very JWT that was authorized, `client_credentials`, and the
//! handle in `scope`. Whoever holds both halves gets one; nothing is signed afresh.
//!
//! The scopes are read from the Consent as it is now; whether the Consent is still active is not looked at.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::TOKEN_PREFIX;
use crate::{
    audit::{self, Deed},
    ccde::consent::Reading,
    hospital::Hospital,
    secret::{self, Secret},
    store::{Kind, NewToken, Owner},
};

/// An error with its OAuth code and its words.
pub(super) type Refused = (&'static str, String);

/// Whether a token request is of this kind.
pub(super) fn is_meant(headers: &HeaderMap) -> bool {
    bearer(headers).is_some()
}

pub(super) fn exchange(site: &Hospital, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refused> {
    let no = |text: &str| ("invalid_request", text.to_owned());
    let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let one = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if one("grant_type") != Some("client_credentials") {
        return Err(("unsupported_grant_type", "Unknown Grant Type".to_owned()));
    }
    let jwt = bearer(headers).ok_or_else(|| no("No Authorization header"))?;
    super::authorize::unpack(jwt).map_err(|_| no("Unable to read JWT"))?;
    let broken = |error: rusqlite::Error| {
        tracing::error!(%error, "the token endpoint failed");
        ("server_error", "something failed inside this EHR".to_owned())
    };
    let handle = one("scope").unwrap_or_default();
    let (authorization, expected) = site
        .store
        .handed_out(&secret::hash(handle))
        .map_err(broken)?
        .ok_or_else(|| no("Unrecognised Token"))?;
    if !secret::same(&secret::hash(jwt), &expected) {
        return Err(no("JWT mismatch"));
    }
    let left = authorization.until.saturating_sub(site.second());
    if authorization.revoked_at.is_some() || left <= 0 {
        site.store.count_refusal(authorization.id).map_err(broken)?;
        return Err(no("The authorization has expired"));
    }
    let stored = site.resources.read("Consent", &authorization.consent).ok().flatten();
    let terms = stored.as_ref().and_then(|stored| Reading::of(site.ways.fhir, &stored.json).terms.ok());
    let scope = terms.map_or_else(|| authorization.scope.clone(), |terms| terms.scopes.to_string());
    let token = Secret::fresh("access").map_err(|error| ("server_error", error.to_string()))?;
    site.store
        .add_token(&NewToken {
            hash: &token.hash(),
            kind: Kind::Access,
            owner: Owner::Authorization(authorization.id),
            scope: &scope,
            expires: authorization.until,
        })
        .and_then(|()| site.store.count_token(authorization.id))
        .map_err(broken)?;
    audit::write(site, &(&authorization).into(), &Deed::Token);
    site.journal.changed();
    Ok(json!({
        "access_token": format!("{TOKEN_PREFIX}{}", token.reveal()),
        "token_type": "Bearer",
        "expires_in": left.to_string(),
        "scope": scope,
        "patient": authorization.patient
    }))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
