//! Which app is talking: the client authentication of the token, revocation and introspection endpoints
//! (RFC 6749 §2.3, RFC 7523 §2.2, SMART App Launch 2.2 "Client Authentication").
//!
//! A client proves itself in the one way that it is registered with, and in no other: a confidential client
//! that leaves its proof out is not a public one.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::form_urlencoded;

use crate::{
    client::{Client, Credential, Purpose},
    hospital::Hospital,
};

use super::{client_assertion, error::TokenError, form::Form};

/// The app that people let in, once it has proved itself.
pub(super) async fn launched(
    site: &Hospital,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Client, TokenError> {
    let client = any(site, headers, form).await?;
    if matches!(client.purpose, Purpose::Backend { .. }) {
        return Err(TokenError::client("this client is registered for work without a person"));
    }
    if !site.ways.clients.kinds.contains(&client.credential.kind()) {
        return Err(TokenError::client("clients of this kind are not let in here"));
    }
    Ok(client)
}

/// Any client, once it has proved itself.
pub(super) async fn any(site: &Hospital, headers: &HeaderMap, form: &Form) -> Result<Client, TokenError> {
    if form.one("client_secret")?.is_some() {
        return Err(TokenError::client("a secret is taken in the header only (client_secret_basic)"));
    }
    let named = form.one("client_id")?;
    let assertion = form.one("client_assertion")?;
    let kind = form.one("client_assertion_type")?;
    if headers.contains_key(AUTHORIZATION) {
        if assertion.is_some() || kind.is_some() {
            return Err(TokenError::InvalidRequest("a client proves itself in one way only".to_owned()));
        }
        return with_secret(site, headers, named);
    }
    match (assertion, kind) {
        (Some(assertion), Some(client_assertion::TYPE)) => {
            let client = client_assertion::check(site, assertion).await?;
            if named.is_some_and(|named| named != client.id) {
                return Err(TokenError::client("client_id and the assertion name two clients"));
            }
            Ok(client)
        }
        (Some(_), Some(_)) => {
            Err(TokenError::InvalidRequest("this client_assertion_type is not offered".to_owned()))
        }
        (Some(_), None) => Err(TokenError::missing("client_assertion_type")),
        (None, Some(_)) => Err(TokenError::missing("client_assertion")),
        (None, None) => public(site, named),
    }
}

fn public(site: &Hospital, named: Option<&str>) -> Result<Client, TokenError> {
    let client = known(site, named.unwrap_or(""))?;
    match client.credential {
        Credential::None => Ok(client),
        _ => Err(TokenError::client("this client must prove itself")),
    }
}

fn with_secret(site: &Hospital, headers: &HeaderMap, named: Option<&str>) -> Result<Client, TokenError> {
    let (id, secret) = basic(headers).ok_or_else(|| TokenError::client("the header is not HTTP Basic"))?;
    if named.is_some_and(|named| named != id) {
        return Err(TokenError::client("client_id and the header name two clients"));
    }
    let client = known(site, &id)?;
    match &client.credential {
        Credential::Secret(hash) if hash.fits(&secret) => Ok(client),
        Credential::Secret(_) => Err(TokenError::client("client and secret do not belong together")),
        _ => Err(TokenError::client("this client has no secret")),
    }
}

pub(super) fn known(site: &Hospital, id: &str) -> Result<Client, TokenError> {
    site.store.client(id)?.ok_or_else(|| TokenError::client("this client is not registered here"))
}

/// Id and secret, each form-encoded before they were joined (RFC 6749 §2.3.1).
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((decoded(id)?, decoded(secret)?))
}

fn decoded(text: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    match (pairs.next(), pairs.next()) {
        // A bare value parses as a name without a value.
        (Some((name, value)), None) if value.is_empty() && !text.contains('=') => Some(name.into_owned()),
        (None, _) => Some(String::new()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn header(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(text).unwrap())])
    }

    #[test]
    fn reads_form_encoded_ids_and_secrets() {
        let encoded = STANDARD.encode("my%20app:a%3Ab%2Bc");
        assert_eq!(
            basic(&header(&format!("basic {encoded}"))),
            Some(("my app".to_owned(), "a:b+c".to_owned()))
        );
    }

    #[test]
    fn reads_nothing_else() {
        for text in ["Bearer abc", "Basic", "Basic !!!", "Basic bm9jb2xvbg=="] {
            assert_eq!(basic(&header(text)), None, "{text}");
        }
    }
}
