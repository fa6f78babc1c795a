//! `POST /oauth/register`: an app registers itself (RFC 7591), where this EHR lets it.
//!
//! Only native apps, with loopback redirects, of the kinds that this EHR lets in. Registering opens nothing: a person
//! still has to let the app in. Clients of backend services cannot register themselves; the hospital does that.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::{
    client::{Client, ClientKind, Credential, Purpose, Redirects},
    hospital::{Hospital, Site},
    secret::{self, Secret},
};

use super::{client_assertion::is_loopback, redirect};

/// Most apps that are kept, so that nobody can fill the store.
const MOST_CLIENTS: u32 = 500;

/// Most redirects of one app, and longest name.
const MOST_REDIRECTS: usize = 20;
const LONGEST_NAME: usize = 120;

/// Client metadata, RFC 7591 §2. What is not understood is left out of the answer.
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    client_name: Option<String>,
    client_uri: Option<String>,
    scope: Option<String>,
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    software_id: Option<String>,
    software_version: Option<String>,
}

/// Why an app is not registered, RFC 7591 §3.2.2.
enum Refused {
    Redirect(&'static str),
    Metadata(&'static str),
    Broken,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, error, text) = match self {
            Self::Redirect(text) => (StatusCode::BAD_REQUEST, "invalid_redirect_uri", text),
            Self::Metadata(text) => (StatusCode::BAD_REQUEST, "invalid_client_metadata", text),
            Self::Broken => {
                (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "something failed inside this EHR")
            }
        };
        answer(status, &json!({ "error": error, "error_description": text }))
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "an app could not be registered");
        Self::Broken
    }
}

impl From<secret::NoRandomness> for Refused {
    fn from(error: secret::NoRandomness) -> Self {
        tracing::error!(%error, "an app could not be registered");
        Self::Broken
    }
}

pub(super) async fn handle(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    if !site.ways.clients.registration {
        return StatusCode::NOT_FOUND.into_response();
    }
    match register(&site, &headers, &body) {
        Ok(registered) => answer(StatusCode::CREATED, &registered),
        Err(refused) => refused.into_response(),
    }
}

fn register(site: &Hospital, headers: &HeaderMap, body: &Bytes) -> Result<Value, Refused> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if media.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refused::Metadata("the body must be application/json"));
    }
    let metadata: Metadata =
        serde_json::from_slice(body).map_err(|_| Refused::Metadata("this is no client metadata"))?;
    let redirects = redirects(&metadata)?;
    flow(&metadata)?;
    if site.store.clients_known()? >= MOST_CLIENTS {
        return Err(Refused::Metadata("too many apps are registered here"));
    }
    let name = metadata.client_name.clone().unwrap_or_else(|| "An app without a name".to_owned());
    if name.chars().count() > LONGEST_NAME {
        return Err(Refused::Metadata("client_name is too long"));
    }
    let (credential, secret) = credential(site, &metadata)?;
    let client = Client {
        id: format!("practice-client-{}", secret::random_text()?),
        name,
        purpose: Purpose::Launch { redirects: Redirects::AnyPort(redirects) },
        credential,
    };
    site.store.keep_client(&client)?;
    site.journal.changed();
    Ok(registered(site, &client, metadata, secret.as_ref()))
}

fn redirects(metadata: &Metadata) -> Result<Vec<String>, Refused> {
    let redirects = &metadata.redirect_uris;
    if redirects.is_empty() {
        return Err(Refused::Redirect("an app needs at least one redirect"));
    }
    if redirects.len() > MOST_REDIRECTS {
        return Err(Refused::Redirect("these are too many redirects"));
    }
    if !redirects.iter().all(|uri| redirect::is_native(uri)) {
        return Err(Refused::Redirect("only apps on this computer are let in: http://127.0.0.1/…"));
    }
    Ok(redirects.clone())
}

/// Only the code flow is for sign-in here.
fn flow(metadata: &Metadata) -> Result<(), Refused> {
    let grants = metadata.grant_types.as_deref().unwrap_or_default();
    let known = |grant: &String| matches!(grant.as_str(), "authorization_code" | "refresh_token");
    if !grants.iter().all(known) {
        return Err(Refused::Metadata("only authorization_code and refresh_token can be registered"));
    }
    if !grants.is_empty() && !grants.iter().any(|grant| grant == "authorization_code") {
        return Err(Refused::Metadata("redirects go with authorization_code"));
    }
    match metadata.response_types.as_deref() {
        None => Ok(()),
        Some([only]) if only == "code" => Ok(()),
        Some(_) => Err(Refused::Metadata("the only response type is code")),
    }
}

fn credential(site: &Hospital, metadata: &Metadata) -> Result<(Credential, Option<Secret>), Refused> {
    // RFC 7591 §2: left out, it means client_secret_basic.
    let asked = metadata.token_endpoint_auth_method.as_deref().unwrap_or("client_secret_basic");
    let kind = ClientKind::ALL
        .into_iter()
        .find(|kind| kind.method() == asked)
        .filter(|kind| site.ways.clients.kinds.contains(kind))
        .ok_or(Refused::Metadata("apps that prove themselves in this way are not let in here"))?;
    if kind != ClientKind::Asymmetric && (metadata.jwks.is_some() || metadata.jwks_uri.is_some()) {
        return Err(Refused::Metadata("keys go with private_key_jwt"));
    }
    match kind {
        ClientKind::Public => Ok((Credential::None, None)),
        ClientKind::Symmetric => {
            let secret = Secret::fresh("client-secret")?;
            Ok((Credential::secret(secret.reveal()), Some(secret)))
        }
        ClientKind::Asymmetric => Ok((keys(metadata)?, None)),
    }
}

fn keys(metadata: &Metadata) -> Result<Credential, Refused> {
    match (&metadata.jwks, metadata.jwks_uri.as_deref()) {
        (Some(_), Some(_)) => Err(Refused::Metadata("jwks and jwks_uri exclude each other")),
        (None, None) => Err(Refused::Metadata("private_key_jwt needs jwks or jwks_uri")),
        (Some(keys), None) => {
            let listed = keys.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            if listed.is_empty() {
                return Err(Refused::Metadata("jwks holds no key"));
            }
            // RFC 7591 §2 takes public keys; whoever sends a private half has given it away.
            if listed.iter().any(|key| key.get("d").is_some() || key.get("k").is_some()) {
                return Err(Refused::Metadata("jwks holds a private key"));
            }
            Ok(Credential::Keys(keys.clone()))
        }
        (None, Some(place)) => Url::parse(place)
            .ok()
            .filter(is_loopback)
            .map(Credential::KeysAt)
            .ok_or(Refused::Metadata("jwks_uri must be http://127.0.0.1/… here")),
    }
}

/// RFC 7591 §3.2.1: everything that is now registered, filled in where the app left it out.
fn registered(site: &Hospital, client: &Client, metadata: Metadata, secret: Option<&Secret>) -> Value {
    let grants = metadata
        .grant_types
        .filter(|grants| !grants.is_empty())
        .unwrap_or_else(|| vec!["authorization_code".to_owned()]);
    let mut body = json!({
        "client_id": client.id,
        "client_id_issued_at": site.second(),
        "client_name": client.name,
        "redirect_uris": metadata.redirect_uris,
        "token_endpoint_auth_method": client.credential.kind().method(),
        "grant_types": grants,
        "response_types": ["code"],
    });
    let more = [
        ("client_uri", metadata.client_uri.map(Value::from)),
        ("scope", metadata.scope.map(Value::from)),
        ("jwks", metadata.jwks),
        ("jwks_uri", metadata.jwks_uri.map(Value::from)),
        ("software_id", metadata.software_id.map(Value::from)),
        ("software_version", metadata.software_version.map(Value::from)),
        ("client_secret", secret.map(|secret| Value::from(secret.reveal()))),
        // Zero: it does not expire.
        ("client_secret_expires_at", secret.map(|_| Value::from(0))),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    body
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(body)).into_response()
}
