//! How the authorization server says no: RFC 6749 §5.2, UMA Grant §3.3.6, Federated Authorization §3.2 and §4.3.

use axum::{
    Json,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::JWT_FORMAT;

/// How long a client should wait before it asks again, in seconds.
const INTERVAL: u32 = 5;

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub(super) enum UmaError {
    #[error("{0}")]
    InvalidRequest(String),
    #[error("{0}")]
    InvalidClient(String),
    #[error("{0}")]
    InvalidGrant(&'static str),
    #[error("{0}")]
    InvalidScope(String),
    #[error("this grant type is not offered")]
    UnsupportedGrantType,
    #[error("the authorization server needs to know who asks")]
    NeedInfo {
        /// The ticket to go on with.
        ticket: String,
        /// Who may vouch for the requesting party.
        issuer: String,
    },
    #[error("the owner has not decided yet")]
    RequestSubmitted {
        /// The ticket to ask again with.
        ticket: String,
    },
    #[error("request_denied")]
    RequestDenied,
    #[error("there is no such resource set")]
    InvalidResourceId,
    #[error("there is nothing like that here")]
    NotFound,
    #[error("this needs a token of the resource server or of the owner")]
    Unauthorized,
    #[error("only the owner decides")]
    Forbidden,
    #[error("something failed inside this EHR")]
    Broken,
}

impl UmaError {
    /// Logs what failed and tells nobody.
    pub(super) fn broken(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "the authorization server failed");
        Self::Broken
    }

    pub(super) fn missing(name: &str) -> Self {
        Self::InvalidRequest(format!("{name} is missing"))
    }

    fn parts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidRequest(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::InvalidClient(_) => (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::InvalidGrant(_) => (StatusCode::BAD_REQUEST, "invalid_grant"),
            Self::InvalidScope(_) => (StatusCode::BAD_REQUEST, "invalid_scope"),
            Self::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            Self::NeedInfo { .. } => (StatusCode::FORBIDDEN, "need_info"),
            Self::RequestSubmitted { .. } => (StatusCode::FORBIDDEN, "request_submitted"),
            Self::RequestDenied => (StatusCode::FORBIDDEN, "request_denied"),
            Self::InvalidResourceId => (StatusCode::BAD_REQUEST, "invalid_resource_id"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "invalid_token"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "access_denied"),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        }
    }

    fn body(&self, code: &str) -> Value {
        let mut body = json!({ "error": code, "error_description": self.to_string() });
        match self {
            Self::NeedInfo { ticket, issuer } => {
                body["ticket"] = json!(ticket);
                body["required_claims"] = json!([{
                    "name": "organization",
                    "friendly_name": "Which hospital asks",
                    "claim_type": "urn:ietf:params:oauth:token-type:jwt",
                    "claim_token_format": [JWT_FORMAT],
                    "issuer": [issuer]
                }]);
            }
            Self::RequestSubmitted { ticket } => {
                body["ticket"] = json!(ticket);
                body["interval"] = json!(INTERVAL);
            }
            _ => {}
        }
        body
    }
}

impl From<rusqlite::Error> for UmaError {
    fn from(error: rusqlite::Error) -> Self {
        Self::broken(&error)
    }
}

impl From<crate::secret::NoRandomness> for UmaError {
    fn from(error: crate::secret::NoRandomness) -> Self {
        Self::broken(&error)
    }
}

impl From<crate::smart::Repeated> for UmaError {
    fn from(repeated: crate::smart::Repeated) -> Self {
        Self::InvalidRequest(repeated.to_string())
    }
}

impl IntoResponse for UmaError {
    fn into_response(self) -> Response {
        let (status, code) = self.parts();
        let mut response = (status, [(CACHE_CONTROL, "no-store")], Json(self.body(code))).into_response();
        if matches!(self, Self::Unauthorized) {
            let challenge = axum::http::HeaderValue::from_static("Bearer realm=\"uma\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
