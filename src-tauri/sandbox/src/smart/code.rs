//! Grant `authorization_code` with PKCE (RFC 6749 §4.1.3, RFC 7636 §4.6).
//!
//! A code works once, for a minute, for the same client, redirect and verifier. A second use takes
//! back what the first one gave.

use axum::http::HeaderMap;

use crate::{
    hospital::Hospital,
    scope::Scopes,
    secret,
    store::{Redeemed, SignIn},
    web::MORE,
};

use super::{
    authenticate,
    error::TokenError,
    form::Form,
    id_token, linked,
    token::{self, Tokens},
};

pub(super) async fn exchange(
    site: &Hospital,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Tokens, TokenError> {
    let client = authenticate::launched(site, headers, form).await?;
    let code = form.one("code")?.ok_or_else(|| TokenError::missing("code"))?;
    let redirect = form.one("redirect_uri")?.ok_or_else(|| TokenError::missing("redirect_uri"))?;
    let verifier = form.one("code_verifier")?.ok_or_else(|| TokenError::missing("code_verifier"))?;
    let hash = secret::hash(code);
    let stored = site.store.code(&hash)?.ok_or_else(|| TokenError::grant("this code is unknown"))?;
    let now = site.second();
    if stored.asked.client != client.id {
        return Err(TokenError::grant("this code is another client's"));
    }
    // Told before all other checks: a thief must not learn whether the rest was right, and the
    // sign-in must end whatever else the second request says.
    if site.store.code_was_used(&hash)? {
        return Err(used_before(site, &hash, now)?);
    }
    if stored.expires <= now {
        return Err(TokenError::grant("this code has expired"));
    }
    if stored.asked.redirect_uri != redirect {
        return Err(TokenError::grant("this code was given to another redirect_uri"));
    }
    if !is_verifier(verifier) || !secret::same(&secret::hash(verifier), &stored.asked.challenge) {
        return Err(TokenError::grant("code_verifier does not fit"));
    }
    let mut scope = stored.scope;
    if site.faults.manners().grants_more {
        scope = format!("{scope} {MORE}");
    }
    let mut sign_in = SignIn {
        id: 0,
        client: client.id,
        username: stored.username,
        patient: stored.patient,
        scope,
        at: now,
        ended: None,
    };
    sign_in.id = match site.store.redeem(&hash, &sign_in)? {
        Redeemed::Now(id) => id,
        Redeemed::Before => return Err(used_before(site, &hash, now)?),
    };
    answer(site, &sign_in, stored.asked.nonce.as_deref())
}

/// Takes back what the code gave, and counts it.
fn used_before(site: &Hospital, hash: &str, now: i64) -> Result<TokenError, TokenError> {
    if let Some(id) = site.store.code_sign_in(hash)? {
        site.store.end_sign_in(id, now)?;
    }
    site.store.bump("code-reuse")?;
    site.journal.changed();
    Ok(TokenError::grant("this code was used before"))
}

fn answer(site: &Hospital, sign_in: &SignIn, nonce: Option<&str>) -> Result<Tokens, TokenError> {
    let scopes = Scopes::parse(&sign_in.scope);
    let owner = linked::owner(site, sign_in)?;
    let refresh_token = scopes
        .contains("offline_access")
        .then(|| token::refresh(site, sign_in.id, &sign_in.scope))
        .transpose()?;
    let id_token = scopes
        .contains("openid")
        .then(|| id_token::sign(site, sign_in, &scopes, nonce))
        .transpose()
        .map_err(|error| TokenError::broken(&error))?;
    Ok(Tokens {
        access_token: token::access(site, owner, &sign_in.scope, site.access_life)?,
        token_type: "Bearer",
        expires_in: site.access_life,
        scope: sign_in.scope.clone(),
        patient: sign_in.patient.clone(),
        refresh_token,
        id_token,
        need_patient_banner: true,
    })
}

/// RFC 7636 §4.1: 43 to 128 unreserved characters.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}
