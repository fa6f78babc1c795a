//! Refusals, always as an OperationOutcome: <https://hl7.org/fhir/R4/operationoutcome.html>.
//!
//! Issue codes are from <https://hl7.org/fhir/R4/valueset-issue-type.html>. Texts say what is wrong with the request
//! and never what somebody else's record holds.

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Denied, reply};
use crate::resources::StoreError;

/// One refusal with one issue.
pub(crate) fn outcome(status: StatusCode, code: &'static str, text: impl Into<String>) -> Response {
    Refusal::new(status, code, text).into_response()
}

/// Why a request was not done. Turns into the response.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    issues: Vec<Issue>,
    /// Value of `WWW-Authenticate` (RFC 6750 §3).
    challenge: Option<String>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issue {
    pub(crate) code: &'static str,
    pub(crate) text: String,
    /// FHIRPath of the element that is wrong.
    pub(crate) expression: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, text: impl Into<String>) -> Self {
        let issue = Issue { code, text: text.into(), expression: None };
        Self { status, issues: vec![issue], challenge: None }
    }

    /// The request cannot be read.
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", text)
    }

    /// The token does not reach this.
    pub(crate) fn forbidden(text: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", text)
    }

    /// There is none, or it is not for this token's eyes: the two look the same.
    pub(crate) fn not_found(resource_type: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", format!("there is no {resource_type}/{id} here"))
    }

    /// The resource can be read but breaks rules; one issue each.
    pub(crate) fn unprocessable(issues: Vec<Issue>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, issues, challenge: None }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the record store failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the record store failed")
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Missing => Self {
                challenge: Some("Bearer realm=\"fhir\"".to_owned()),
                ..Self::new(StatusCode::UNAUTHORIZED, "login", "this needs an access token")
            },
            Denied::Invalid(why) => Self {
                challenge: Some(challenge("invalid_token", &why)),
                ..Self::new(StatusCode::UNAUTHORIZED, "login", why)
            },
            Denied::Insufficient(why) => {
                Self { challenge: Some(challenge("insufficient_scope", &why)), ..Self::forbidden(why) }
            }
        }
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        Refusal::from(self).into_response()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let issues: Vec<Value> = self.issues.iter().map(|issue| issue.json("error")).collect();
        let mut response =
            reply::json(self.status, &json!({"resourceType": "OperationOutcome", "issue": issues}));
        if let Some(challenge) = self.challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl Issue {
    pub(crate) fn json(&self, severity: &str) -> Value {
        let mut issue = json!({"severity": severity, "code": self.code, "diagnostics": self.text});
        if let (Some(expression), Some(object)) = (&self.expression, issue.as_object_mut()) {
            object.insert("expression".to_owned(), json!([expression]));
        }
        issue
    }
}

/// RFC 6750 §3: the description is plain ASCII without quotes and backslashes.
fn challenge(error: &str, why: &str) -> String {
    let why: String =
        why.chars().filter(|letter| matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\')).collect();
    format!("Bearer realm=\"fhir\", error=\"{error}\", error_description=\"{why}\"")
}
