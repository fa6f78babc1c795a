//! How the token, revocation and introspection endpoints say no: RFC 6749 §5.2.

use axum::{
    Json,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, PRAGMA},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::form::Repeated;

/// An error of the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("{0}")]
    InvalidRequest(String),
    #[error("this client is not registered here")]
    InvalidClient,
    #[error("{0}")]
    InvalidGrant(String),
    #[error("{0}")]
    InvalidScope(String),
    #[error("this grant type is not offered")]
    UnsupportedGrantType,
    #[error("something failed inside this EHR")]
    Broken,
}

impl TokenError {
    pub(crate) fn grant(text: impl Into<String>) -> Self {
        Self::InvalidGrant(text.into())
    }

    /// A parameter that must be there is not.
    pub(crate) fn missing(name: &str) -> Self {
        Self::InvalidRequest(format!("{name} is missing"))
    }

    /// Logs what failed and tells nobody.
    pub(crate) fn broken(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "the token endpoint failed");
        Self::Broken
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::InvalidScope(_) => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::Broken => "server_error",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<Repeated> for TokenError {
    fn from(repeated: Repeated) -> Self {
        Self::InvalidRequest(repeated.to_string())
    }
}

impl From<rusqlite::Error> for TokenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::broken(&error)
    }
}

impl From<crate::secret::NoRandomness> for TokenError {
    fn from(error: crate::secret::NoRandomness) -> Self {
        Self::broken(&error)
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.code(), "error_description": self.to_string() });
        (self.status(), [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(body)).into_response()
    }
}
