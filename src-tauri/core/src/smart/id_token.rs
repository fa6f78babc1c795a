//! Who signed in: the claims of an id_token (OpenID Connect Core §3.1.3.7, SMART App Launch "fhirUser").
//!
//! Law: every claim is checked here, on the clock that is passed in. Missing is as wrong as false.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha384};

use super::jwt::{Claims, JwtError};
use crate::{ehr::FhirBase, secret::Secret};

/// Seconds by which clocks may differ, and the longest ages in seconds.
const SKEW: i64 = 60;
const LATEST_EXPIRY: i64 = 24 * 3600;
const OLDEST: i64 = 600;

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// As the issuer says, signed.
    Proven {
        /// `iss`.
        issuer: String,
        /// `sub`: never shown, only compared.
        subject: String,
        /// `fhirUser` as a reference below the FHIR base, for example `RelatedPerson/7`; `None` when it is
        /// missing or points elsewhere.
        fhir_user: Option<String>,
    },
    /// The EHR proves nothing: an older server, without OpenID Connect. Whose records it opens is all that is known.
    Unproven,
}

impl Identity {
    /// Who signed in, as a FHIR reference, when it was told.
    #[must_use]
    pub fn fhir_user(&self) -> Option<&str> {
        match self {
            Self::Proven { fhir_user, .. } => fhir_user.as_deref(),
            Self::Unproven => None,
        }
    }
}

/// Why an id_token does not say who signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// There is none.
    #[error("no id_token")]
    Missing,
    /// Form, algorithm, key or signature.
    #[error(transparent)]
    Jwt(#[from] JwtError),
    /// Another issuer.
    #[error("issuer wrong")]
    Issuer,
    /// Not for this app.
    #[error("audience wrong")]
    Audience,
    /// A time is missing or is no time.
    #[error("times missing")]
    Times,
    /// Issued too long ago, or ahead; expired. One of the two clocks is wrong, or the token is old.
    #[error("times do not fit this clock")]
    Clock {
        /// Our clock against the time of issue, in minutes; positive: ours is ahead.
        minutes: i64,
    },
    /// Not for this sign-in.
    #[error("nonce wrong")]
    Nonce,
    /// No usable subject, or another person than before.
    #[error("subject wrong")]
    Subject,
    /// Not for this access token.
    #[error("access token hash wrong")]
    Hash,
}

/// What the id_token must fit.
pub struct Expected<'a> {
    /// The discovered issuer.
    pub issuer: &'a str,
    /// The app's name there.
    pub client_id: &'a str,
    /// The nonce of this sign-in; `None` for a refresh, where none is sent.
    pub nonce: Option<&'a Secret>,
    /// The access token that came with it.
    pub access: &'a Secret,
    /// Where `fhirUser` must lie.
    pub base: &'a FhirBase,
    /// The time.
    pub now: Timestamp,
}

impl std::fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.issuer)
    }
}

/// Checks the claims.
///
/// # Errors
/// See [`IdTokenError`].
pub fn check(claims: &Claims, expected: &Expected<'_>) -> Result<Identity, IdTokenError> {
    if claims.text("iss") != Some(expected.issuer) {
        return Err(IdTokenError::Issuer);
    }
    audience(claims, expected.client_id)?;
    times(claims, expected.now.as_second())?;
    if let Some(nonce) = expected.nonce
        && !claims.text("nonce").is_some_and(|given| nonce.same_as(given))
    {
        return Err(IdTokenError::Nonce);
    }
    hash(claims, expected.access)?;
    let subject = claims.text("sub").filter(|sub| (1..=255).contains(&sub.len()) && sub.is_ascii());
    // `profile` is what SMART called it before version 1.0; elsewhere it is the address of some page.
    let user = claims.text("fhirUser").or_else(|| claims.text("profile"));
    Ok(Identity::Proven {
        issuer: expected.issuer.to_owned(),
        subject: subject.ok_or(IdTokenError::Subject)?.to_owned(),
        fhir_user: user.and_then(|user| fhir_user(user, expected.base)),
    })
}

/// Only us: alone, or in a list of one; and `azp`, when it is there, must be us too.
fn audience(claims: &Claims, client_id: &str) -> Result<(), IdTokenError> {
    let ours = |value: &Value| value.as_str() == Some(client_id);
    let alone = match claims.0.get("aud") {
        Some(Value::Array(list)) => matches!(list.as_slice(), [only] if ours(only)),
        Some(one) => ours(one),
        None => false,
    };
    if alone && claims.0.get("azp").is_none_or(ours) { Ok(()) } else { Err(IdTokenError::Audience) }
}

fn times(claims: &Claims, now: i64) -> Result<(), IdTokenError> {
    let (exp, iat) = (
        claims.seconds("exp").ok_or(IdTokenError::Times)?,
        claims.seconds("iat").ok_or(IdTokenError::Times)?,
    );
    let starts = match claims.0.get("nbf") {
        None => i64::MIN,
        Some(nbf) => nbf.as_i64().ok_or(IdTokenError::Times)?,
    };
    // Expired by more than the skew is how a wrong clock looks; milliseconds look like the far future.
    if exp > now.saturating_add(LATEST_EXPIRY) || exp < 0 || iat < 0 {
        return Err(IdTokenError::Times);
    }
    let ahead = now.saturating_sub(iat);
    let fits = exp >= now.saturating_sub(SKEW)
        && (-OLDEST..=OLDEST).contains(&ahead)
        && starts <= now.saturating_add(SKEW);
    if fits { Ok(()) } else { Err(IdTokenError::Clock { minutes: ahead / 60 }) }
}

/// `at_hash`, when it is there: the left half of the hash of the access token (OpenID Connect Core §3.1.3.6).
fn hash(claims: &Claims, access: &Secret) -> Result<(), IdTokenError> {
    let Some(given) = claims.0.get("at_hash") else { return Ok(()) };
    // Into a hash, compared below.
    let digest = match claims.algorithm() {
        Algorithm::RS384 | Algorithm::ES384 => Sha384::digest(access.expose()).to_vec(),
        _ => Sha256::digest(access.expose()).to_vec(),
    };
    let half = digest.get(..digest.len() / 2).unwrap_or_default();
    let same =
        given.as_str().is_some_and(|given| Secret::new(BASE64_URL_SAFE_NO_PAD.encode(half)).same_as(given));
    if same { Ok(()) } else { Err(IdTokenError::Hash) }
}

/// A reference to a person below the base, relative; absolute ones are cut, foreign ones dropped.
fn fhir_user(text: &str, base: &FhirBase) -> Option<String> {
    let relative = text.strip_prefix(base.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text);
    let (kind, id) = relative.split_once('/')?;
    let person = matches!(kind, "Patient" | "RelatedPerson" | "Practitioner" | "PractitionerRole" | "Person");
    let plain = (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    (person && plain && id != "." && id != "..").then(|| relative.to_owned())
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
