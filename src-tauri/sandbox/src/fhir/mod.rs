//! The FHIR R4 REST API of one EHR: <https://hl7.org/fhir/R4/http.html>.
//!
//! Reads and searches are for every served type; only Consent can be written. The laws kept here: nothing but
//! `/metadata` answers without a token; a token sees its own patient, within its scopes, and nothing else; every
//! refusal is an OperationOutcome. The `$` operations live elsewhere and use `outcome` and `reply`.

mod body;
pub(crate) mod consent;
mod consent_rules;
mod cursor;
mod enter;
mod metadata;
pub(crate) mod outcome;
mod query;
mod read;
pub(crate) mod reply;
mod search;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::Timestamp;
use url::Url;

use crate::resources::Resources;
use crate::scope::Scopes;
use crate::ways::Ways;
use outcome::outcome;
pub(crate) use query::narrowing;

/// The largest request body that is read, in bytes.
const LARGEST_BODY: usize = 512 * 1024;

/// Who is calling, and what the token lets them do.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// A name for the record of requests: the app or the other EHR.
    pub(crate) who: String,
    /// The patient whose compartment the token opens. Without one it opens nothing.
    pub(crate) patient: Option<String>,
    pub(crate) scopes: Scopes,
    /// Who signed in, as `Patient/…` or `RelatedPerson/…`: with the scope `fhirUser` the app may read that one resource.
    pub(crate) user: Option<String>,
    /// The Consent that the token was bought with, if it was. Such a token may not write Consents.
    pub(crate) consent: Option<String>,
}

/// Why a request is turned away at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// There is no bearer token.
    Missing,
    /// The token is unknown, has expired or was revoked; says which, for the reader.
    Invalid(String),
    /// The token is good, but not for this.
    Insufficient(String),
}

/// The OAuth endpoints that the CapabilityStatement names (SMART's extension `oauth-uris`).
#[derive(Debug, Clone)]
pub(crate) struct OauthUris {
    /// The address of the extension, which has had two spellings.
    pub(crate) extension: &'static str,
    /// Names and addresses.
    pub(crate) uris: Vec<(&'static str, String)>,
}

/// Reads the bearer token of a request.
pub(crate) type Authenticate = Arc<dyn Fn(&HeaderMap) -> Result<Access, Denied> + Send + Sync>;
/// Tells the time.
pub(crate) type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Is told after each write.
pub(crate) type Changed = Arc<dyn Fn() + Send + Sync>;

/// What the API needs to answer.
#[derive(Clone)]
pub(crate) struct FhirState {
    pub(crate) resources: Arc<Resources>,
    /// How it speaks.
    pub(crate) ways: Ways,
    /// The FHIR base as clients see it.
    pub(crate) base: Url,
    /// The hospital's name.
    pub(crate) name: String,
    pub(crate) authenticate: Authenticate,
    pub(crate) now: Now,
    pub(crate) changed: Changed,
    pub(crate) oauth: Option<OauthUris>,
}

impl FhirState {
    /// The base without a slash at its end, ready for `/Type/id`.
    pub(crate) fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }
}

impl fmt::Debug for FhirState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FhirState")
            .field("base", &self.base.as_str())
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The routes, relative to the FHIR base: nest them under its path. They bring their own fallback.
pub(crate) fn routes(state: FhirState) -> Router {
    Router::new()
        .route("/metadata", get(metadata::get))
        .route("/{type}", get(search::get).post(consent::create))
        .route("/{type}/_search", post(search::post))
        .route("/{type}/{id}", get(read::get).put(consent::update))
        .route("/{type}/{id}/_history/{version}", get(read::version))
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(Arc::new(state))
}

async fn unknown_path() -> Response {
    outcome(StatusCode::NOT_FOUND, "not-found", "there is nothing at this address")
}

async fn unknown_method() -> Response {
    outcome(StatusCode::METHOD_NOT_ALLOWED, "not-supported", "this cannot be done at this address")
}

#[cfg(test)]
mod tests;
