//! The manners of 2017 around everything that such an EHR answers.
//!
//! No smart-configuration, no set of keys but one bare JWK, an OpenID document that breaks four rules, `expires_in` as a
//! string, `patient` empty, scopes with a capital, OAuth errors at 500, FHIR errors as XML.

use axum::{
    Json,
    body::{self, Body, Bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, PRAGMA},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{KEY, TOKEN_PREFIX, exchange, xml};
use crate::hospital::{Hospital, Site};

/// Where its OpenID document is; both well-known places lead there.
const DISCOVERY: &str = "/auth3/discovery";
const TOKEN: &str = "/oauth/token";

/// Largest answer that is rewritten, and largest form that is read.
const LARGEST: usize = 4 * 1024 * 1024;

/// Answers as in 2017.
pub(crate) async fn of_2017(State(site): State<Site>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match (request.method(), path.as_str()) {
        (_, "/fhir/.well-known/smart-configuration" | "/jwks" | "/oauth/revoke" | "/oauth/introspect") => {
            StatusCode::NOT_FOUND.into_response()
        }
        (&Method::GET, "/fhir/.well-known/openid-configuration" | "/.well-known/openid-configuration") => {
            (StatusCode::MOVED_PERMANENTLY, [(LOCATION, site.address.link(DISCOVERY))]).into_response()
        }
        (&Method::GET, DISCOVERY) => uncached(discovery(&site)),
        (&Method::GET, KEY) => key(&site),
        (&Method::POST, TOKEN) if exchange::is_meant(request.headers()) => token(&site, request).await,
        (&Method::POST, TOKEN) => sign_in(next.run(request).await).await,
        (_, path) if path.starts_with("/fhir/") => fhir(next.run(request).await).await,
        _ => next.run(request).await,
    }
}

fn uncached(json: Value) -> Response {
    ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(json)).into_response()
}

fn discovery(site: &Hospital) -> Value {
    json!({
        "issuer": site.address.host,
        "authorization_endpoint": site.address.link("/oauth/authorize"),
        "token_endpoint": site.address.link(TOKEN),
        "register_endpoint": site.address.link("/oauth/register"),
        "jwks_uri": site.address.link(KEY),
        "registration_endpoint": "mailto:admin@example.org",
        "scopes_supported": ["read", "write", "user"],
        "subject_types_supported": "public",
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["id_token"],
        "service_documentation": site.address.link("/")
    })
}

/// One bare JWK; its `kid` is its own address.
fn key(site: &Hospital) -> Response {
    let signing = &site.keys.signing().kid;
    let Some(mut jwk) = site.keys.public().find(signing).and_then(|jwk| serde_json::to_value(jwk).ok())
    else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    jwk["kid"] = json!(site.address.link(KEY));
    jwk["sub"] = json!(site.address.host);
    uncached(jwk)
}

async fn token(site: &Hospital, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = body::to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match exchange::exchange(site, &parts.headers, &body) {
        Ok(tokens) => uncached(tokens),
        Err((error, text)) => {
            let mut answer = uncached(json!({ "error": error, "error_description": text }));
            *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            answer
        }
    }
}

/// The answer to an app: numbers as strings, no patient, capital scopes; every error at 500.
async fn sign_in(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = body::to_bytes(body, LARGEST).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if !parts.status.is_success() {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return rebuilt(parts.headers, parts.status, bytes);
    }
    let Ok(mut json) = serde_json::from_slice::<Value>(&bytes) else {
        return rebuilt(parts.headers, parts.status, bytes);
    };
    let access = json.get("access_token").and_then(Value::as_str).unwrap_or_default().to_owned();
    json["access_token"] = json!(format!("{TOKEN_PREFIX}{access}"));
    json["expires_in"] = json!(json.get("expires_in").map(Value::to_string).unwrap_or_default());
    json["patient"] = json!("");
    let scopes = json.get("scope").and_then(Value::as_str).unwrap_or_default();
    let scopes: Vec<String> = scopes.split(' ').map(capital).collect();
    json["scope"] = json!(scopes.join(" "));
    rebuilt(parts.headers, parts.status, Bytes::from(json.to_string()))
}

fn capital(scope: &str) -> String {
    scope.strip_prefix("patient/").map_or_else(|| scope.to_owned(), |rest| format!("Patient/{rest}"))
}

/// An error as XML; what is not an outcome stays as it is.
async fn fhir(response: Response) -> Response {
    if response.status().is_success() || response.status().is_redirection() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = body::to_bytes(body, LARGEST).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut headers = parts.headers;
    let Some(xml) = xml::outcome(&bytes) else { return rebuilt(headers, parts.status, bytes) };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/fhir+xml; charset=UTF-8"));
    rebuilt(headers, parts.status, Bytes::from(xml))
}

fn rebuilt(mut headers: HeaderMap, status: StatusCode, body: Bytes) -> Response {
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
