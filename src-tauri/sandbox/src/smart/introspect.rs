//! `POST /oauth/introspect`: RFC 7662 with the members that SMART App Launch 2.2 ("Token Introspection") adds.
//!
//! An app shows a live access token and learns about tokens of the same sign-in; a confidential or backend client proves
//! itself and learns about its own tokens. Everything else is `active: false`.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    bearer::{self, Holder},
    client::ClientKind,
    hospital::{Hospital, Site},
    scope::Scopes,
    secret,
    store::{Kind, Owner},
};

use super::{authenticate, error::TokenError, form::Form, id_token, token};

/// Who asks.
enum Caller {
    SignIn(i64),
    Client(String),
}

pub(super) async fn handle(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let form = token::read_form(&headers, &body)?;
    let Some(caller) = caller(&site, &headers, &form).await? else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    let shown = form.one("token")?.ok_or_else(|| TokenError::missing("token"))?;
    let hash = secret::hash(shown);
    let is_own = match caller {
        Caller::SignIn(id) => site.store.token(&hash)?.is_some_and(|token| token.owner == Owner::SignIn(id)),
        Caller::Client(client) => owner(&site, &hash)? == Some(client),
    };
    let answer = if is_own { about(&site, &hash)? } else { None };
    Ok(Json(answer.unwrap_or_else(|| json!({ "active": false }))).into_response())
}

async fn caller(site: &Hospital, headers: &HeaderMap, form: &Form) -> Result<Option<Caller>, TokenError> {
    if let (Ok(_), Some((_, Holder::App(sign_in)))) =
        (bearer::access(site, headers), bearer::holder(site, headers))
    {
        return Ok(Some(Caller::SignIn(sign_in.id)));
    }
    if bearer::token_hash(headers).is_some() {
        return Ok(None);
    }
    // A public client's name is no secret, so it proves nothing.
    let client = authenticate::any(site, headers, form).await.ok();
    let proven = client.filter(|client| client.credential.kind() != ClientKind::Public);
    Ok(proven.map(|client| Caller::Client(client.id)))
}

/// The client that a token was given to.
fn owner(site: &Hospital, hash: &str) -> Result<Option<String>, TokenError> {
    if let Some(token) = site.store.backend_token(hash, site.second())? {
        return Ok(Some(token.client));
    }
    match site.store.token(hash)?.map(|token| token.owner) {
        Some(Owner::SignIn(id)) => Ok(site.store.sign_in(id)?.map(|sign_in| sign_in.client)),
        Some(Owner::Authorization(id)) => {
            Ok(site.store.authorization(id)?.map(|authorization| authorization.app))
        }
        None => Ok(None),
    }
}

/// The answer about a live token, whoever asks.
pub(crate) fn about(site: &Hospital, hash: &str) -> Result<Option<Value>, TokenError> {
    let now = site.second();
    if let Some(token) = site.store.token(hash)?
        && token.kind == Kind::Refresh
    {
        let Owner::SignIn(id) = token.owner else { return Ok(None) };
        let sign_in = site.store.sign_in(id)?.filter(|sign_in| sign_in.ended.is_none());
        return Ok(sign_in.filter(|_| token.is_live(now)).map(|sign_in| {
            json!({
                "active": true,
                "scope": token.scope,
                "client_id": sign_in.client,
                "exp": token.expires,
                "iss": site.issuer(),
            })
        }));
    }
    let Ok(access) = bearer::opens(site, hash) else { return Ok(None) };
    let mut answer = json!({
        "active": true,
        "scope": access.scopes.to_string(),
        "client_id": owner(site, hash)?,
        "exp": expires(site, hash)?,
        "iss": site.issuer(),
        "aud": site.address.base,
        "token_type": "Bearer",
        "username": access.who,
    });
    let scopes: &Scopes = &access.scopes;
    let sign_in = match site.store.token(hash)?.map(|token| token.owner) {
        Some(Owner::SignIn(id)) => site.store.sign_in(id)?,
        _ => None,
    };
    let told = scopes.contains("fhirUser") || scopes.contains("profile");
    let user = access.user.filter(|_| told).map(|user| format!("{}/{user}", site.address.base));
    let more = [
        ("patient", access.patient),
        ("sub", sign_in.filter(|_| scopes.contains("openid")).map(|s| id_token::subject(site, &s.username))),
        ("fhirUser", user),
        ("consent", access.consent),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            answer[name] = json!(value);
        }
    }
    Ok(Some(answer))
}

fn expires(site: &Hospital, hash: &str) -> Result<Option<i64>, TokenError> {
    if let Some(token) = site.store.backend_token(hash, site.second())? {
        return Ok(Some(token.expires));
    }
    Ok(site.store.token(hash)?.map(|token| token.expires))
}
