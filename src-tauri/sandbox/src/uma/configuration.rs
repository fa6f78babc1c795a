//! Discovery: `/.well-known/uma2-configuration` (UMA Grant §2, Federated Authorization §2), with Keycloak's
//! `policy_endpoint` where there is an API for owners.

use axum::{
    Json,
    extract::State,
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{hospital::Site, ways::Uma};

use super::TICKET_GRANT;

pub(super) async fn show(State(site): State<Site>) -> Response {
    let link = |path: &str| json!(site.address.link(path));
    let mut document = json!({
        "issuer": site.address.issuer,
        "authorization_endpoint": link("/oauth/authorize"),
        "token_endpoint": link("/uma/token"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "introspection_endpoint": link("/uma/introspect"),
        "resource_registration_endpoint": link("/authz/protection/resource_set"),
        "permission_endpoint": link("/authz/protection/permission"),
        "grant_types_supported": ["client_credentials", TICKET_GRANT],
        "response_types_supported": ["code"],
        "jwks_uri": link("/jwks"),
        "uma_profiles_supported": []
    });
    if site.ways.uma == Uma::Api {
        document["policy_endpoint"] = link("/authz/protection/uma-policy");
    }
    ([(CACHE_CONTROL, "no-store")], Json(document)).into_response()
}
