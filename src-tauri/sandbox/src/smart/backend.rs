//! Grant `client_credentials`: SMART Backend Services (SMART App Launch 2.2).
//!
//! The client proves itself by an assertion that it signed just now and asks `system/…` scopes. It gets those that it is
//! registered for, one by one and for reading only: a wildcard comes back as the list of what it stands for. There is no
//! refresh token, and the access token lives for five minutes at most.

use axum::{
    Json,
    http::{
        HeaderMap,
        header::{CACHE_CONTROL, PRAGMA},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    client::{Client, Credential, Purpose},
    hospital::Hospital,
    jws,
    resources::types::SERVED,
    scope::{Reach, Scopes},
    secret::Secret,
    ways::Backend,
};

use super::{authenticate, error::TokenError, form::Form, offer};

/// Grant type.
pub(super) const GRANT: &str = "client_credentials";

/// Longest life of a token in seconds (SMART: "SHOULD NOT exceed five minutes").
const LONGEST_LIFE: i64 = 300;

/// Claims of an access token that is a JWT.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    iat: i64,
    jti: String,
    exp: i64,
}

pub(super) async fn exchange(
    site: &Hospital,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Response, TokenError> {
    if form.one("client_assertion")?.is_none() && form.one("client_assertion_type")?.is_none() {
        return Err(TokenError::missing("client_assertion"));
    }
    let client = authenticate::any(site, headers, form).await?;
    let Purpose::Backend { scopes: registered } = &client.purpose else {
        return Err(TokenError::UnauthorizedClient);
    };
    if !matches!(client.credential, Credential::Keys(_) | Credential::KeysAt(_)) {
        return Err(TokenError::UnauthorizedClient);
    }
    let asked = form.one("scope")?.ok_or_else(|| TokenError::missing("scope"))?;
    let granted = granted(site, asked, &Scopes::backend(registered))?;
    let life = site.access_life.min(LONGEST_LIFE);
    let token = token(site, &client, life)?;
    let now = site.second();
    let hash = crate::secret::hash(&token);
    site.store.add_backend_token(&hash, &client.id, &granted, now, now.saturating_add(life))?;
    let body = answer(site.ways.backend, &token, life, &granted);
    Ok(([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(body)).into_response())
}

fn token(site: &Hospital, client: &Client, life: i64) -> Result<String, TokenError> {
    match site.ways.backend {
        Backend::Smart => Ok(Secret::fresh("system")?.reveal().to_owned()),
        Backend::Aidbox => {
            let now = site.second();
            let claims = Claims {
                iss: &site.address.issuer,
                sub: &client.id,
                iat: now,
                jti: Uuid::new_v4().to_string(),
                exp: now.saturating_add(life),
            };
            jws::sign(site.keys.signing(), &claims).map_err(|error| TokenError::broken(&error))
        }
    }
}

fn answer(way: Backend, token: &str, life: i64, scope: &str) -> Value {
    let mut body =
        json!({ "access_token": token, "token_type": "bearer", "expires_in": life, "scope": scope });
    if way == Backend::Aidbox {
        body["token_type"] = json!("Bearer");
        body["need_patient_banner"] = json!(true);
        body["refresh_token"] = Value::Null;
    }
    body
}

/// What the client gets of what it asks, each type by its name.
fn granted(site: &Hospital, asked: &str, registered: &Scopes) -> Result<String, TokenError> {
    let mut granted: Vec<String> = Vec::new();
    for scope in asked.split_whitespace() {
        offer::takes(&site.ways, scope).map_err(|text| TokenError::InvalidScope(text.to_owned()))?;
        let alone = Scopes::backend(scope);
        let Some((type_and_letters, query)) = parts(scope) else { continue };
        for served in
            SERVED.iter().filter(|served| alone.may(served.name, 'r') || alone.may(served.name, 's'))
        {
            let letters: String = ['r', 's']
                .into_iter()
                .filter(|op| alone.may(served.name, *op) && within(registered, served.name, *op, query))
                .collect();
            let one = match letters.as_str() {
                "" => continue,
                "rs" if is_v1(type_and_letters) => format!("system/{}.read", served.name),
                letters => {
                    let query = query.map_or_else(String::new, |query| format!("?{query}"));
                    format!("system/{}.{letters}{query}", served.name)
                }
            };
            if !granted.contains(&one) {
                granted.push(one);
            }
        }
    }
    if granted.is_empty() {
        return Err(TokenError::InvalidScope(
            "this client is registered for none of these scopes".to_owned(),
        ));
    }
    Ok(granted.join(" "))
}

/// What stands between `system/` and the query, and the query.
fn parts(scope: &str) -> Option<(&str, Option<&str>)> {
    let rest = scope.strip_prefix("system/")?;
    Some(rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query))))
}

fn is_v1(type_and_letters: &str) -> bool {
    matches!(type_and_letters.split_once('.'), Some((_, "read" | "*")))
}

fn within(registered: &Scopes, resource_type: &str, op: char, query: Option<&str>) -> bool {
    match registered.reach(resource_type, op) {
        Reach::Nothing => false,
        Reach::Everything => true,
        Reach::Only(queries) => query.is_some_and(|query| queries.contains(&query)),
    }
}
