//! OAuth 2.0 and SMART App Launch 2.2 as an EHR serves them: discovery, sign-in pages, tokens.
//!
//! PKCE with S256 for everybody; codes good once and for a minute; refresh tokens that rotate and whose
//! reuse ends the sign-in (RFC 6749, 7636, 8252, 9700). Which clients there are is for [`crate::Clients`].

pub(crate) mod aidbox;
pub(crate) mod apps;
mod assertion;
mod authenticate;
mod authorize;
mod backend;
pub(crate) mod browser;
mod choose;
mod client_assertion;
mod code;
mod configuration;
mod decision;
mod error;
mod form;
mod id_token;
pub(crate) mod introspect;
mod linked;
mod offer;
mod redirect;
mod refresh;
mod register;
mod revoke;
mod sign_in;
mod token;

use axum::{
    Router,
    routing::{get, post, put},
};

use crate::hospital::Site;

pub(crate) use assertion::GRANT as JWT_BEARER;
pub(crate) use authenticate::basic;
pub(crate) use configuration::oauth_uris;
pub(crate) use form::{Form, Repeated};

/// Where Aidbox has its token endpoint.
const AIDBOX_TOKEN: &str = "/auth/token";

/// Everything below the origin that is not FHIR.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/jwks", get(configuration::jwks))
        .route("/.well-known/openid-configuration", get(configuration::issuer))
        .route("/oauth/register", post(register::handle))
        .route("/oauth/authorize", get(authorize::handle))
        .route("/oauth/sign-in", post(sign_in::handle))
        .route("/oauth/patient", get(choose::show).post(choose::handle))
        .route("/oauth/allow", get(decision::show).post(decision::handle))
        .route("/oauth/token", post(token::handle))
        .route("/oauth/revoke", post(revoke::handle))
        .route("/oauth/introspect", post(introspect::handle))
        .route("/my/apps", get(apps::show))
        .route("/my/apps/sign-in", post(apps::sign_in))
        .route("/my/apps/sign-out", post(apps::sign_out))
        .route("/my/apps/end", post(apps::end))
}

/// Discovery below the FHIR base.
pub(crate) fn fhir_routes() -> Router<Site> {
    Router::new()
        .route("/.well-known/smart-configuration", get(configuration::smart))
        .route("/.well-known/openid-configuration", get(configuration::openid))
}

/// What Aidbox has besides, below the origin.
pub(crate) fn aidbox_routes() -> Router<Site> {
    Router::new()
        .route(AIDBOX_TOKEN, post(token::handle))
        .route("/Client/{id}", put(aidbox::put_client))
        .route("/AccessPolicy/{id}", put(aidbox::put_policy))
}
