//! From an HTTP answer to FHIR: the body, the id and version it names, or the error it is.
//!
//! Law: a right body with a wrong content type is read, because `resourceType` says what it is; a body that is no
//! resource (a captive portal's page, for example) is never an answer.

use reqwest::header::{ETAG, HeaderMap};
use serde_json::Value;
use url::Url;

use super::{
    error::{FhirError, retry_after},
    id::{FhirId, LocalReference},
    json::{kind, text},
    outcome::Outcome,
    parameters::Parameters,
    xml,
};
use crate::{ehr::FhirBase, http::Answer};

/// What an operation answered with a 200, 201 or 204.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Parameters.
    Parameters(Parameters),
    /// What the server says about it.
    Outcome(Outcome),
    /// Another resource.
    Resource(Value),
    /// No body.
    Nothing,
}

impl Reply {
    /// Reads an answer that passed its status.
    ///
    /// # Errors
    /// [`FhirError::Unreadable`] when the body is no resource.
    pub fn read(answer: &Answer) -> Result<Self, FhirError> {
        if answer.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::Nothing);
        }
        let resource = resource(answer)?;
        Ok(if let Some(parameters) = Parameters::read(&resource) {
            Self::Parameters(parameters)
        } else if let Some(outcome) = Outcome::read(&resource) {
            Self::Outcome(outcome)
        } else {
            Self::Resource(resource)
        })
    }
}

/// The resource in the body.
pub(super) fn resource(answer: &Answer) -> Result<Value, FhirError> {
    let read = answer.json().ok();
    let value: Value = read.or_else(|| xml::outcome(&answer.body)).ok_or(FhirError::Unreadable)?;
    if kind(&value).is_some() { Ok(value) } else { Err(FhirError::Unreadable) }
}

/// Passes 200, 201 and 204 on; every other status is an error. A 202 has not been done.
pub(super) fn check(answer: Answer) -> Result<Answer, FhirError> {
    if matches!(answer.status, 200 | 201 | 204) {
        return Ok(answer);
    }
    let outcome = resource(&answer).ok().and_then(|r| Outcome::read(&r));
    let said = outcome.as_ref().and_then(Outcome::said);
    if (200..300).contains(&answer.status) {
        return Err(FhirError::NotConfirmed { said });
    }
    Err(FhirError::Status {
        status: answer.status,
        said,
        issue_code: outcome.as_ref().and_then(Outcome::code),
        retry_after: retry_after(&answer.headers),
    })
}

/// The ETag, from the header or made from `meta.versionId`.
pub(super) fn etag(headers: &HeaderMap, resource: Option<&Value>) -> Option<String> {
    let header = headers.get(ETAG).and_then(|value| value.to_str().ok()).map(|tag| tag.trim().to_owned());
    let version = || resource?.get("meta").and_then(|meta| text(meta, "versionId")).and_then(FhirId::parse);
    header.filter(|tag| !tag.is_empty()).or_else(|| version().map(|v| format!("W/\"{v}\"")))
}

/// The id that a `Location` or `Content-Location` names, when it is below the base and of the right type.
pub(super) fn located(answer: &Answer, base: &FhirBase, resource_type: &str) -> Option<FhirId> {
    ["location", "content-location"].into_iter().find_map(|name| {
        let text = answer.headers.get(name)?.to_str().ok()?;
        let reference = LocalReference::parse(text, base).or_else(|| {
            // An absolute path is relative to the server, not to the base.
            let url: Url = answer.url.join(text).ok()?;
            LocalReference::parse(url.as_str(), base)
        })?;
        (reference.kind() == resource_type).then(|| reference.id().clone())
    })
}
