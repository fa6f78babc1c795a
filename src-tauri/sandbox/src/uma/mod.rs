//! Pattern 3 of the track: records guarded by a UMA 2.0 authorization server, where their owner decides who may read.
//!
//! User-Managed Access 2.0 Grant for OAuth 2.0 Authorization, and Federated Authorization for UMA 2.0. Hospital and
//! authorization server share a house and an issuer, as with Keycloak, whose paths and JSON the owner's API follows.
//! The law kept here: a policy that is gone opens nothing from the next request on, whatever token is shown.

mod account;
mod challenge;
mod claims;
mod client;
mod configuration;
mod error;
mod introspect;
mod page;
mod pat;
mod permission;
mod policy;
mod registration;
mod rpt;
mod token;

use axum::{
    Router, middleware,
    routing::{get, post},
};

use crate::{hospital::Site, ways::Uma};

pub(crate) use registration::register_everybody;
pub(crate) use rpt::{Bought, access, bought};

/// Scope of the protection API (Federated Authorization §1.3).
pub(crate) const PROTECTION: &str = "uma_protection";

/// Grant type of the UMA grant (§3.3.1).
pub(crate) const TICKET_GRANT: &str = "urn:ietf:params:oauth:grant-type:uma-ticket";

/// Format of a claim token: a signed introduction of the requesting party.
pub(crate) const JWT_FORMAT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The authorization server and its pages, below the origin.
pub(crate) fn routes(uma: Uma) -> Router<Site> {
    let standard = Router::new()
        .route("/.well-known/uma2-configuration", get(configuration::show))
        .route("/uma/token", post(token::handle))
        .route("/uma/introspect", post(introspect::handle))
        .route("/authz/protection/resource_set", get(registration::list).post(registration::create))
        .route(
            "/authz/protection/resource_set/{id}",
            get(registration::show).put(registration::update).delete(registration::remove),
        )
        .route("/authz/protection/permission", post(permission::handle))
        .route("/my/sharing", get(page::show).post(page::decide))
        .route("/my/sharing/{id}", get(page::show_from));
    let owners = Router::new()
        .route("/account/resources", get(account::resources))
        .route("/account/resources/shared-with-others", get(account::shared))
        .route("/account/resources/{id}", get(account::resource))
        .route("/account/resources/{id}/permissions", get(account::permissions).put(account::decide))
        .route("/account/resources/{id}/permissions/requests", get(account::requests))
        .route("/authz/protection/uma-policy", get(policy::list))
        .route(
            "/authz/protection/uma-policy/{id}",
            get(policy::show).post(policy::create).put(policy::update).delete(policy::remove),
        );
    match uma {
        Uma::Off => Router::new(),
        Uma::Page => standard,
        Uma::Api => standard.merge(owners),
    }
}

/// The FHIR API as the resource server of UMA: who is turned away learns where to ask.
pub(crate) fn guarded(site: &Site, api: Router) -> Router {
    match site.ways.uma {
        Uma::Off => api,
        Uma::Api | Uma::Page => {
            api.layer(middleware::from_fn_with_state(Site::clone(site), challenge::invite))
        }
    }
}
