//! Grant `refresh_token` with rotation (RFC 6749 §6, RFC 9700 §4.14.2).
//!
//! Each refresh token works once. One that comes back was stolen or kept by mistake; nobody can tell
//! which, so the whole sign-in ends.

use axum::http::HeaderMap;

use crate::{
    hospital::Hospital,
    scope::Scopes,
    secret,
    store::{Kind, Owner},
};

use super::{
    authenticate,
    error::TokenError,
    form::Form,
    linked,
    token::{self, Tokens},
};

pub(super) async fn exchange(
    site: &Hospital,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Tokens, TokenError> {
    let client = authenticate::launched(site, headers, form).await?;
    let shown = form.one("refresh_token")?.ok_or_else(|| TokenError::missing("refresh_token"))?;
    let unknown = || TokenError::grant("this refresh token is unknown");
    let hash = secret::hash(shown);
    let stored = site.store.token(&hash)?.ok_or_else(unknown)?;
    let (Kind::Refresh, Owner::SignIn(id)) = (stored.kind, stored.owner) else {
        return Err(unknown());
    };
    let sign_in = site.store.sign_in(id)?.ok_or_else(unknown)?;
    if sign_in.client != client.id {
        return Err(TokenError::grant("this refresh token is another client's"));
    }
    let now = site.second();
    if sign_in.ended.is_some() || stored.ended || stored.expires <= now {
        return Err(TokenError::grant("this sign-in has ended"));
    }
    let owner = linked::owner(site, &sign_in)?;
    // A wish that cannot be granted must not spend the token.
    let granted = Scopes::parse(&sign_in.scope);
    let scope = match form.one("scope")? {
        None => sign_in.scope.clone(),
        Some(asked) => {
            let asked = Scopes::parse(asked);
            if !asked.iter().all(|scope| granted.contains(scope)) {
                return Err(TokenError::InvalidScope("that goes beyond the sign-in".to_owned()));
            }
            asked.to_string()
        }
    };
    if !site.store.spend(&hash)? {
        site.store.end_sign_in(id, now)?;
        site.store.bump("refresh-reuse")?;
        site.journal.changed();
        return Err(TokenError::grant("this refresh token was used before; the sign-in has ended"));
    }
    Ok(Tokens {
        access_token: token::access(site, owner, &scope, site.access_life)?,
        token_type: "Bearer",
        expires_in: site.access_life,
        scope,
        patient: sign_in.patient.clone(),
        refresh_token: Some(token::refresh(site, id, &sign_in.scope)?),
        id_token: None,
        need_patient_banner: true,
    })
}
