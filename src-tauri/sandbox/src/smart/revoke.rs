//! `POST /oauth/revoke`: RFC 7009. A refresh token takes its whole sign-in with it.
//!
//! Answers 200 for tokens that are unknown, ended or another's: there is nothing to learn here.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};

use crate::{
    hospital::Site,
    secret,
    store::{Kind, Owner},
    ways::Revocation,
};

use super::{authenticate, error::TokenError, linked, token};

pub(super) async fn handle(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, TokenError> {
    if site.ways.revocation == Revocation::Missing {
        return Ok(StatusCode::NOT_FOUND);
    }
    let form = token::read_form(&headers, &body)?;
    let client = authenticate::any(&site, &headers, &form).await?;
    let shown = form.one("token")?.ok_or_else(|| TokenError::missing("token"))?;
    let hash = secret::hash(shown);
    let now = site.second();
    if site.ways.revocation == Revocation::Ends
        && let Some(stored) = site.store.token(&hash)?
        && let Owner::SignIn(id) = stored.owner
        && let Some(sign_in) = site.store.sign_in(id)?
        && sign_in.client == client.id
    {
        match stored.kind {
            Kind::Refresh => {
                site.store.end_sign_in(id, now)?;
                linked::end(&site, &sign_in)?;
            }
            Kind::Access => site.store.end_token(&hash, now)?,
        }
        site.journal.changed();
    }
    if site.ways.revocation == Revocation::Ends {
        site.store.end_backend_token(&hash, &client.id)?;
    }
    Ok(StatusCode::OK)
}
