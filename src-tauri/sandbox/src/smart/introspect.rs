//! `POST /oauth/introspect`: RFC 7662, for an app that asks about a token of its own sign-in.
//!
//! The caller shows a live access token; only tokens of the same sign-in are told about. Everything
//! else is `active: false`.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    bearer::{self, Holder},
    hospital::Site,
    secret,
    store::Owner,
};

use super::{error::TokenError, token};

pub(super) async fn handle(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let form = token::read_form(&headers, &body)?;
    let caller = match (bearer::access(&site, &headers), bearer::holder(&site, &headers)) {
        (Ok(_), Some((_, Holder::App(sign_in)))) => sign_in,
        _ => return Ok(StatusCode::UNAUTHORIZED.into_response()),
    };
    let shown = form.one("token")?.ok_or_else(|| TokenError::missing("token"))?;
    let stored = site
        .store
        .token(&secret::hash(shown))?
        .filter(|stored| stored.owner == Owner::SignIn(caller.id) && stored.is_live(site.second()));
    let answer = match stored {
        None => json!({ "active": false }),
        Some(stored) => json!({
            "active": true,
            "scope": stored.scope,
            "client_id": caller.client,
            "exp": stored.expires,
            "iss": site.address.issuer,
            "patient": caller.patient
        }),
    };
    Ok(Json(answer).into_response())
}
