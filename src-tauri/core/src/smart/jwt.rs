//! Is this JWT signed by one of these keys? (RFC 7515, RFC 7519, RFC 8725.)
//!
//! Laws: the algorithms are ours, never the token's choice; keys come from the issuer's set, never from
//! the token (`jwk`, `jku`, `x5u` are not looked at, `x5c` only in [`super::x5c`]); what is critical and unknown is refused.
//! Claims are not judged here: the library's own checks use the system clock and accept missing claims.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Validation};
use serde::de::IgnoredAny;
use serde_json::Value;
use url::Url;

use super::jwks::{Jwks, JwksError, Key};
use crate::{
    http::{Http, json},
    secret::Secret,
};

/// Longest JWT that is read, in bytes.
const LONGEST: usize = 16 * 1024;

/// The claims of a JWT whose signature is good, and the key that made it. Prints nothing of them.
#[derive(Clone)]
pub struct Claims(pub Value, SignedBy);

#[derive(Clone)]
struct SignedBy {
    thumbprint: String,
    algorithm: Algorithm,
}

impl Claims {
    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is a whole number of seconds (RFC 7519 "NumericDate").
    #[must_use]
    pub fn seconds(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    /// Thumbprint of the key (RFC 7638, SHA-256, base64url).
    #[must_use]
    pub fn key_thumbprint(&self) -> &str {
        &self.1.thumbprint
    }

    /// The algorithm of the signature.
    pub(super) const fn algorithm(&self) -> Algorithm {
        self.1.algorithm
    }
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[claims signed by {}]", self.1.thumbprint)
    }
}

/// Why a JWT is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// It is no JWT, too long, or has critical parts that are unknown.
    #[error("no usable JWT")]
    Malformed,
    /// An algorithm that is not taken: none, shared secrets, anything but RS256, RS384, ES256, ES384.
    #[error("algorithm not taken")]
    Algorithm,
    /// Its key is not in the set. The set may be old.
    #[error("key not known")]
    UnknownKey,
    /// Which key it is cannot be told.
    #[error("key not told")]
    AmbiguousKey,
    /// The signature does not fit.
    #[error("signature wrong")]
    Signature,
    /// The keys could not be read.
    #[error(transparent)]
    Keys(#[from] JwksError),
}

/// Checks form, algorithm and signature.
///
/// # Errors
/// See [`JwtError`].
pub fn verify(jwt: &Secret, keys: &Jwks) -> Result<Claims, JwtError> {
    // Read here, handed to the signature check only.
    let text = jwt.expose();
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwtError::Malformed);
    };
    if text.len() > LONGEST {
        return Err(JwtError::Malformed);
    }
    let (header, claims) = (object(header)?, object(payload)?);
    let algorithm = match header.get("alg").and_then(Value::as_str).ok_or(JwtError::Malformed)? {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        _ => return Err(JwtError::Algorithm),
    };
    if header.get("crit").is_some() {
        return Err(JwtError::Malformed);
    }
    let kid = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.as_str()),
        Some(_) => return Err(JwtError::Malformed),
    };
    let key = pick(keys, algorithm, kid)?;
    let mut only_signature = Validation::new(algorithm);
    only_signature.required_spec_claims.clear();
    only_signature.validate_exp = false;
    only_signature.validate_aud = false;
    jsonwebtoken::decode::<IgnoredAny>(text, &key.key, &only_signature).map_err(|_| JwtError::Signature)?;
    Ok(Claims(claims, SignedBy { thumbprint: key.thumbprint.clone(), algorithm }))
}

/// Fetches the keys and checks; when the key is not among them, fetches them once more (key rotation,
/// OpenID Connect Core §10.1.1).
///
/// # Errors
/// See [`JwtError`].
pub async fn verify_at(http: &Http, jwks: &Url, jwt: &Secret) -> Result<Claims, JwtError> {
    match verify(jwt, &Jwks::fetch(http, jwks).await?) {
        Err(JwtError::UnknownKey) => verify(jwt, &Jwks::fetch(http, jwks).await?),
        answer => answer,
    }
}

/// One part of a compact JWS as a JSON object.
pub(super) fn object(part: &str) -> Result<Value, JwtError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed)?;
    json::value(&bytes).ok().filter(Value::is_object).ok_or(JwtError::Malformed)
}

/// With a `kid` exactly one key must carry it; without, there must be only one key at all for the algorithm.
fn pick<'a>(keys: &'a Jwks, algorithm: Algorithm, kid: Option<&str>) -> Result<&'a Key, JwtError> {
    let mut fitting = keys.usable(algorithm).filter(|key| kid.is_none() || key.kid.as_deref() == kid);
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(JwtError::UnknownKey),
        (Some(_), Some(_)) => Err(JwtError::AmbiguousKey),
    }
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
