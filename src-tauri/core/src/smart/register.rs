//! Registering the app at an EHR that lets apps do so themselves (RFC 7591, RFC 8252 §8.4).
//!
//! Law: what the answer says is what counts: a name, a way to prove itself that is spoken here, and our own redirect
//! addresses. Anything else is no registration.

use std::time::Duration;

use serde_json::{Map, Value, json};
use url::Url;

use super::{
    client::ClientKind,
    reply::{said, token_text},
};
use crate::{
    ehr::EhrId,
    http::{Body, Http, HttpError, Request},
    secret::Secret,
};

/// What the app asks to be known as.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// How it wants to prove itself.
    pub kind: ClientKind,
    /// Where browsers come back.
    pub redirects: Vec<String>,
    /// The public keys, for [`ClientKind::Key`].
    pub jwks: Option<Value>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The app's name there.
    pub client_id: String,
    /// How it must prove itself.
    pub kind: ClientKind,
    /// The secret, for [`ClientKind::Secret`].
    pub secret: Option<Secret>,
}

/// Why the app is not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The exchange failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The EHR said no.
    #[error("refused")]
    Refused {
        /// Its words, cleaned.
        said: Option<String>,
    },
    /// It has trouble (5xx) or asks to wait.
    #[error("trouble at the server")]
    Trouble,
    /// It answered something that is no registration of this app.
    #[error("no usable registration")]
    Unusable,
}

/// The addresses to which browsers come back for one EHR: each port that is fixed, or one without any (RFC 8252 §7.3).
#[must_use]
pub fn redirects(ehr: &EhrId, ports: Option<&[u16]>) -> Vec<String> {
    let path = format!("/callback/{}", ehr.as_str());
    match ports {
        Some(ports) => ports.iter().map(|port| format!("http://127.0.0.1:{port}{path}")).collect(),
        None => vec![format!("http://127.0.0.1{path}")],
    }
}

/// Registers the app.
///
/// # Errors
/// See [`RegisterError`].
pub async fn register(http: &Http, endpoint: &Url, wanted: &Wanted) -> Result<Registered, RegisterError> {
    let mut document = json!({
        "client_name": "Consentry",
        "software_id": "app.consentry.desktop",
        "software_version": env!("CARGO_PKG_VERSION"),
        "application_type": "native",
        "redirect_uris": wanted.redirects,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": wanted.kind.method(),
    });
    if let (Some(jwks), ClientKind::Key, Some(members)) =
        (&wanted.jwks, wanted.kind, document.as_object_mut())
    {
        members.insert("jwks".to_owned(), jwks.clone());
    }
    let body = Body::Json { content_type: "application/json", value: document };
    let request = Request::post(endpoint.clone(), body)
        .named("register")
        .limit(64 * 1024)
        .deadline(Duration::from_secs(20));
    let answer = http.send(request).await?;
    let members = answer.json::<Map<String, Value>>().ok();
    match (answer.status, members) {
        (200 | 201, Some(members)) => read(&members, wanted).ok_or(RegisterError::Unusable),
        (400..=499, members) if answer.status != 429 => {
            let words = members.as_ref().and_then(|m| m.get("error_description")?.as_str());
            Err(RegisterError::Refused { said: said(words) })
        }
        (429 | 500..=599, _) => Err(RegisterError::Trouble),
        _ => Err(RegisterError::Unusable),
    }
}

fn read(members: &Map<String, Value>, wanted: &Wanted) -> Option<Registered> {
    let text = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let client_id = text("client_id").filter(|id| is_client_id(id))?.to_owned();
    let secret = token_text(members.get("client_secret")).ok()?;
    // The server may have chosen another way (RFC 7591 §3.2.1); one that says nothing took ours.
    let kind = match text("token_endpoint_auth_method") {
        Some(method) => ClientKind::of_method(method)?,
        None => wanted.kind,
    };
    let kept = |uri: &String| {
        members
            .get("redirect_uris")
            .and_then(Value::as_array)
            .is_none_or(|list| list.iter().any(|own| own.as_str() == Some(uri)))
    };
    let proves = match kind {
        ClientKind::Public => true,
        ClientKind::Secret => secret.is_some(),
        // Without our keys at the server nothing we sign is ours.
        ClientKind::Key => wanted.kind == ClientKind::Key,
    };
    let secret = secret.filter(|_| kind == ClientKind::Secret);
    (proves && wanted.redirects.iter().all(kept)).then_some(Registered { client_id, kind, secret })
}

/// Visible ASCII and spaces (RFC 6749 appendix A.1), at most 255.
#[must_use]
pub fn is_client_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| (0x20..=0x7e).contains(&b)) && text.trim() == text
}

#[cfg(test)]
#[path = "register_tests.rs"]
mod tests;
