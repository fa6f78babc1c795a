//! How the token, revocation and introspection endpoints say no: RFC 6749 §5.2.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE},
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
    #[error("{0}")]
    InvalidClient(String),
    #[error("{0}")]
    InvalidGrant(String),
    #[error("{0}")]
    InvalidScope(String),
    #[error("this grant type is not offered")]
    UnsupportedGrantType,
    #[error("this client is not registered for that grant")]
    UnauthorizedClient,
    #[error("something failed inside this EHR")]
    Broken,
}

impl TokenError {
    pub(crate) fn grant(text: impl Into<String>) -> Self {
        Self::InvalidGrant(text.into())
    }

    pub(crate) fn client(text: impl Into<String>) -> Self {
        Self::InvalidClient(text.into())
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
            Self::InvalidClient(_) => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::InvalidScope(_) => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::Broken => "server_error",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidClient(_) => StatusCode::UNAUTHORIZED,
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
        let mut response =
            (self.status(), [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(body)).into_response();
        if matches!(self, Self::InvalidClient(_)) {
            // RFC 6749 §5.2: a client that used the header is told by the header.
            let challenge = HeaderValue::from_static("Basic realm=\"practice\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
