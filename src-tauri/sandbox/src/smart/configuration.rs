//! Discovery: the SMART configuration (SMART App Launch 2.2, "Conformance"), OpenID Provider
//! metadata, and the JWKS.

use axum::{
    Json,
    extract::State,
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    cavs, ccde, directory,
    hospital::{Hospital, Site},
    resources::types::SERVED,
    ways::{Dialect, Revocation},
};

pub(super) async fn smart(State(site): State<Site>) -> Response {
    answer(metadata(
        &site,
        &[
            ("management_endpoint", json!(site.address.link("/my/apps"))),
            (
                "capabilities",
                json!([
                    "launch-standalone",
                    "client-public",
                    "context-standalone-patient",
                    "permission-patient",
                    "permission-offline",
                    "permission-v1",
                    "permission-v2",
                    "sso-openid-connect"
                ]),
            ),
        ],
    ))
}

pub(super) async fn openid(State(site): State<Site>) -> Response {
    answer(metadata(
        &site,
        &[
            ("subject_types_supported", json!(["public"])),
            ("id_token_signing_alg_values_supported", json!(["RS256"])),
            ("claims_supported", json!(["iss", "sub", "aud", "exp", "iat", "nonce", "fhirUser"])),
            ("response_modes_supported", json!(["query"])),
        ],
    ))
}

pub(super) async fn jwks(State(site): State<Site>) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(site.keys.public())).into_response()
}

/// What both documents say alike.
fn metadata(site: &Hospital, more: &[(&str, Value)]) -> Value {
    let mut document = json!({
        "issuer": site.address.issuer,
        "jwks_uri": site.address.link("/jwks"),
        "authorization_endpoint": site.address.link("/oauth/authorize"),
        "token_endpoint": site.address.link("/oauth/token"),
        "revocation_endpoint": site.address.link("/oauth/revoke"),
        "introspection_endpoint": site.address.link("/oauth/introspect"),
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "grant_types_supported": grants(site),
        "response_types_supported": ["code"],
        "scopes_supported": scopes(),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true
    });
    if site.ways.cavs.is_some() {
        // No specification has a name for it; RFC 8414 §2 lets a server add members of its own.
        document["cavs_endpoint"] = json!(site.address.link(cavs::PATH));
    }
    document["user_access_brand_bundle"] = json!(site.address.link(directory::BRANDS));
    document["user_access_brand_identifier"] =
        json!({ "system": "urn:ietf:rfc:3986", "value": format!("https://{}.example", site.names.slug) });
    if site.ways.revocation == Revocation::Missing
        && let Some(document) = document.as_object_mut()
    {
        document.retain(|name, _| !name.starts_with("revocation_"));
    }
    for (name, value) in more {
        document[*name] = value.clone();
    }
    document
}

fn grants(site: &Hospital) -> Vec<&'static str> {
    let mut grants = vec!["authorization_code", "refresh_token"];
    if site.ways.dialect == Dialect::Track {
        grants.push(super::assertion::GRANT);
    }
    grants
}

fn scopes() -> Vec<String> {
    let plain = ["openid", "fhirUser", "launch/patient", "offline_access", ccde::OPERATION_SCOPE];
    plain
        .into_iter()
        .map(str::to_owned)
        .chain(["patient/*.rs".to_owned(), "patient/Consent.crus".to_owned()])
        .chain(SERVED.iter().map(|served| format!("patient/{}.rs", served.name)))
        .collect()
}

fn answer(document: Value) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(document)).into_response()
}
