//! Discovery: the SMART configuration (SMART App Launch 2.2, "Conformance"), OpenID Provider
//! metadata, the OAuth extension of the CapabilityStatement, and the JWKS.
//!
//! Which of them are there, and how much they say, is for [`crate::Discovery`].

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    cavs, ccde,
    client::ClientKind,
    directory,
    fhir::OauthUris,
    hospital::{Hospital, Site},
    resources::types::SERVED,
    ways::{Backend, Dialect, Discovery, Revocation},
};

const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
const OAUTH_URIS_DSTU2: &str = "http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

/// Below the FHIR base.
pub(super) async fn smart(State(site): State<Site>) -> Response {
    match site.ways.discovery {
        Discovery::Everywhere | Discovery::SmartConfiguration | Discovery::Relative => {
            answer(&smart_configuration(&site))
        }
        Discovery::Sparse => answer(&json!({
            "authorization_endpoint": link(&site, "/oauth/authorize"),
            "token_endpoint": link(&site, token_path(&site)),
            "capabilities": capabilities(&site),
        })),
        Discovery::CapabilityStatement | Discovery::CapabilityStatementDstu2 | Discovery::OpenId => nothing(),
    }
}

/// Below the FHIR base, where OpenID Connect does not look by itself.
pub(super) async fn openid(State(site): State<Site>) -> Response {
    let is_here =
        matches!(site.ways.discovery, Discovery::Everywhere | Discovery::OpenId | Discovery::Relative);
    if !site.ways.without_id_tokens && is_here { answer(&provider(&site)) } else { nothing() }
}

/// Below the host, which is the issuer: it must be there when there are ID tokens (OpenID Connect Discovery §4).
pub(super) async fn issuer(State(site): State<Site>) -> Response {
    if !site.ways.without_id_tokens { answer(&provider(&site)) } else { nothing() }
}

pub(super) async fn jwks(State(site): State<Site>) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(site.keys.public())).into_response()
}

/// What the CapabilityStatement says about signing in; none when it says nothing.
pub(crate) fn oauth_uris(site: &Hospital) -> Option<OauthUris> {
    let extension = match site.ways.discovery {
        Discovery::Everywhere | Discovery::Relative | Discovery::CapabilityStatement => OAUTH_URIS,
        Discovery::CapabilityStatementDstu2 => OAUTH_URIS_DSTU2,
        Discovery::SmartConfiguration | Discovery::OpenId | Discovery::Sparse => return None,
    };
    let mut paths = vec![("authorize", "/oauth/authorize"), ("token", token_path(site))];
    if site.ways.dialect != Dialect::Reference {
        paths.push(("introspect", "/oauth/introspect"));
        paths.extend((site.ways.revocation != Revocation::Missing).then_some(("revoke", "/oauth/revoke")));
        paths.push(("manage", "/my/apps"));
    }
    paths.extend(site.ways.clients.registration.then_some(("register", "/oauth/register")));
    let uris = paths.into_iter().map(|(name, path)| (name, link(site, path))).collect();
    Some(OauthUris { extension, uris })
}

/// An endpoint as the documents write it.
fn link(site: &Hospital, path: &str) -> String {
    if site.ways.discovery == Discovery::Relative { path.to_owned() } else { site.address.link(path) }
}

/// Where tokens are bought.
pub(super) fn token_path(site: &Hospital) -> &'static str {
    match site.ways.backend {
        Backend::Smart => "/oauth/token",
        Backend::Aidbox => super::AIDBOX_TOKEN,
    }
}

fn smart_configuration(site: &Hospital) -> Value {
    let mut document = metadata(site);
    if site.ways.without_id_tokens
        && let Some(document) = document.as_object_mut()
    {
        document.remove("issuer");
    }
    document["management_endpoint"] = json!(link(site, "/my/apps"));
    document["capabilities"] = json!(capabilities(site));
    document
}

fn provider(site: &Hospital) -> Value {
    let mut document = metadata(site);
    document["subject_types_supported"] = json!(["public"]);
    document["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    document["claims_supported"] = json!(["iss", "sub", "aud", "exp", "iat", "nonce", "fhirUser"]);
    document["response_modes_supported"] = json!(["query"]);
    document
}

/// What both documents say alike.
fn metadata(site: &Hospital) -> Value {
    // Backend clients always prove themselves by a key.
    let methods: BTreeSet<&str> =
        site.ways.clients.kinds.iter().chain([&ClientKind::Asymmetric]).map(|kind| kind.method()).collect();
    let algorithms: Vec<String> =
        super::client_assertion::offered(site).iter().map(|algorithm| format!("{algorithm:?}")).collect();
    let mut document = json!({
        "issuer": site.address.issuer,
        "jwks_uri": link(site, "/jwks"),
        "authorization_endpoint": link(site, "/oauth/authorize"),
        "token_endpoint": link(site, token_path(site)),
        "revocation_endpoint": link(site, "/oauth/revoke"),
        "introspection_endpoint": link(site, "/oauth/introspect"),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "grant_types_supported": grants(site),
        "response_types_supported": ["code"],
        "scopes_supported": scopes(site),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true
    });
    if site.ways.cavs.is_some() {
        // No specification has a name for it; RFC 8414 §2 lets a server add members of its own.
        document["cavs_endpoint"] = json!(link(site, cavs::PATH));
    }
    document["user_access_brand_bundle"] = json!(site.address.link(directory::BRANDS));
    document["user_access_brand_identifier"] =
        json!({ "system": "urn:ietf:rfc:3986", "value": format!("https://{}.example", site.names.slug) });
    if site.ways.revocation == Revocation::Missing
        && let Some(document) = document.as_object_mut()
    {
        document.retain(|name, _| !name.starts_with("revocation_"));
    }
    if site.ways.clients.registration {
        document["registration_endpoint"] = json!(link(site, "/oauth/register"));
    }
    document
}

fn grants(site: &Hospital) -> Vec<&'static str> {
    let mut grants = vec!["authorization_code", "refresh_token", super::backend::GRANT];
    if site.ways.dialect == Dialect::Track {
        grants.push(super::assertion::GRANT);
    }
    grants
}

fn capabilities(site: &Hospital) -> Vec<&'static str> {
    let mut all = vec!["launch-standalone"];
    all.extend(site.ways.clients.kinds.iter().map(|kind| kind.capability()));
    all.extend(["context-standalone-patient", "permission-patient", "permission-offline"]);
    all.extend(site.ways.scopes.takes_v1().then_some("permission-v1"));
    all.extend(site.ways.scopes.takes_v2().then_some("permission-v2"));
    all.extend((!site.ways.without_id_tokens).then_some("sso-openid-connect"));
    all
}

fn scopes(site: &Hospital) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    if !site.ways.without_id_tokens {
        all.extend(["openid", "fhirUser"].map(str::to_owned));
    }
    all.extend(["launch/patient", "offline_access", ccde::OPERATION_SCOPE].map(str::to_owned));
    all.extend(site.post.is_some().then(|| ccde::push::FLOW_SCOPE.to_owned()));
    let syntax = site.ways.scopes;
    // Where both are taken the newer one is listed.
    let (read, manage): (&str, &[&str]) = if syntax.takes_v2() {
        (".rs", &["patient/Consent.crus"])
    } else {
        (".read", &["patient/Consent.read", "patient/Consent.write"])
    };
    all.push(format!("patient/*{read}"));
    all.extend(manage.iter().map(|scope| (*scope).to_owned()));
    all.extend(SERVED.iter().map(|served| format!("patient/{}{read}", served.name)));
    all
}

fn answer(document: &Value) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(document)).into_response()
}

fn nothing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
