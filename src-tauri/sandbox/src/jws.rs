//! Signing and checking compact JWS (RFC 7515, RFC 8725).
//!
//! The algorithm is decided by the key and never by the token: a token that names `none` or an HMAC
//! is refused before its claims are looked at. Times are checked by the callers against the EHR's
//! clock.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::keys::Signing;

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unbelievable {
    /// Not a compact JWS with a header this EHR understands.
    #[error("it is not a signed token")]
    Malformed,
    /// The header names an algorithm that the key is not for.
    #[error("its signature algorithm is not accepted")]
    Algorithm,
    /// No key of the issuer fits.
    #[error("its issuer has no such key")]
    UnknownKey,
    /// The signature is not the issuer's.
    #[error("its signature is not the issuer's")]
    Signature,
}

/// The claims an EHR puts into an introduction (`$jwt`) or an assertion (RFC 7523).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Who signed: the FHIR base of an EHR, its `app-id`.
    pub(crate) iss: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sub: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) aud: Option<Audience>,
    pub(crate) exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) iat: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) jti: Option<String>,
    /// Name for people; RFC 7591 calls it `client_name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Consent id at the source; assertions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) consent: Option<String>,
}

/// `aud` as RFC 7519 allows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    /// One receiver.
    One(String),
    /// Several receivers.
    Several(Vec<String>),
}

impl Audience {
    /// Whether the token is meant for this receiver and nobody else.
    pub(crate) fn is_only(&self, receiver: &str) -> bool {
        match self {
            Self::One(one) => one == receiver,
            Self::Several(several) => matches!(several.as_slice(), [one] if one == receiver),
        }
    }
}

/// Signs with RS256 and names the key.
pub(crate) fn sign<T: Serialize>(
    signing: &Signing,
    claims: &T,
) -> Result<String, jsonwebtoken::errors::Error> {
    sign_certified(signing, claims, &[])
}

/// Signs with RS256, names the key, and shows its certificates (`x5c`) when there are any.
pub(crate) fn sign_certified<T: Serialize>(
    signing: &Signing,
    claims: &T,
    certificates: &[String],
) -> Result<String, jsonwebtoken::errors::Error> {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(signing.kid.clone());
    header.x5c = (!certificates.is_empty()).then(|| certificates.to_vec());
    jsonwebtoken::encode(&header, claims, &signing.key)
}

/// Signs with RS256 and calls the key by another name.
pub(crate) fn sign_under<T: Serialize>(
    signing: &Signing,
    kid: &str,
    claims: &T,
) -> Result<String, jsonwebtoken::errors::Error> {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, &signing.key)
}

/// Signs header and claims exactly as they are written, spaces and all, with RS256.
pub(crate) fn sign_as_written(
    signing: &Signing,
    header: &str,
    claims: &str,
) -> Result<String, jsonwebtoken::errors::Error> {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signing.key, Algorithm::RS256)?;
    Ok(format!("{message}.{signature}"))
}

/// The issuer a token names, before anything about it is believed.
pub(crate) fn claimed_issuer(token: &str) -> Result<String, Unbelievable> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    accepted_algorithm(token)?;
    jsonwebtoken::dangerous::insecure_decode::<Issuer>(token)
        .map(|token| token.claims.iss)
        .map_err(|_| Unbelievable::Malformed)
}

/// The Consent an assertion names, before anything about it is believed.
pub(crate) fn claimed_consent(token: &str) -> Result<String, Unbelievable> {
    #[derive(Deserialize)]
    struct Named {
        consent: String,
    }
    accepted_algorithm(token)?;
    jsonwebtoken::dangerous::insecure_decode::<Named>(token)
        .map(|token| token.claims.consent)
        .map_err(|_| Unbelievable::Malformed)
}

/// Checks a token against a key set; gives back the key that fits and the claims.
pub(crate) fn check<T: DeserializeOwned>(token: &str, keys: &JwkSet) -> Result<(Jwk, T), Unbelievable> {
    accepted_algorithm(token)?;
    let header = jsonwebtoken::decode_header(token).map_err(|_| Unbelievable::Malformed)?;
    let key = match &header.kid {
        Some(kid) => keys.find(kid),
        None => keys.keys.iter().find(|key| algorithm_of(key) == Some(header.alg)),
    };
    let key = key.ok_or(Unbelievable::UnknownKey)?;
    Ok((key.clone(), check_with(token, key)?))
}

/// Checks a token against one key.
pub(crate) fn check_with<T: DeserializeOwned>(token: &str, key: &Jwk) -> Result<T, Unbelievable> {
    let algorithm = algorithm_of(key).ok_or(Unbelievable::UnknownKey)?;
    if accepted_algorithm(token)? != algorithm {
        return Err(Unbelievable::Algorithm);
    }
    let mut rules = Validation::new(algorithm);
    rules.required_spec_claims.clear();
    // Callers compare `exp` and `aud` themselves, with the EHR's own clock and addresses.
    rules.validate_exp = false;
    rules.validate_aud = false;
    let key = DecodingKey::from_jwk(key).map_err(|_| Unbelievable::UnknownKey)?;
    jsonwebtoken::decode::<T>(token, &key, &rules).map(|token| token.claims).map_err(|error| {
        match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => Unbelievable::Signature,
            _ => Unbelievable::Malformed,
        }
    })
}

fn accepted_algorithm(token: &str) -> Result<Algorithm, Unbelievable> {
    // A header with an algorithm that the library does not know, such as `none`, does not parse.
    let header = jsonwebtoken::decode_header(token).map_err(|_| Unbelievable::Malformed)?;
    match header.alg {
        Algorithm::RS256 | Algorithm::ES256 | Algorithm::ES384 => Ok(header.alg),
        _ => Err(Unbelievable::Algorithm),
    }
}

fn algorithm_of(key: &Jwk) -> Option<Algorithm> {
    match &key.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => Some(Algorithm::ES256),
            EllipticCurve::P384 => Some(Algorithm::ES384),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::Keys, store::Store};

    fn claims() -> Claims {
        Claims {
            iss: "http://127.0.0.1:1/fhir".into(),
            sub: None,
            aud: None,
            exp: 4_000_000_000,
            iat: None,
            jti: None,
            client_name: None,
            name: None,
            consent: None,
        }
    }

    fn keys() -> Keys {
        Keys::load_or_make(&Store::in_memory().unwrap()).unwrap()
    }

    #[test]
    fn believes_what_the_issuer_signed() {
        let keys = keys();
        let token = sign(keys.signing(), &claims()).unwrap();
        let (key, read) = check::<Claims>(&token, keys.public()).unwrap();
        assert_eq!(key.common.key_id.as_deref(), Some(keys.signing().kid.as_str()));
        assert_eq!(read.iss, claims().iss);
    }

    #[test]
    fn disbelieves_another_key_and_an_hmac() {
        let (own, other) = (keys(), keys());
        let forged = sign(other.signing(), &claims()).unwrap();
        assert_eq!(check::<Claims>(&forged, own.public()).unwrap_err(), Unbelievable::UnknownKey);
        let hmac = jsonwebtoken::encode(
            &Header::new(Algorithm::HS256),
            &claims(),
            &jsonwebtoken::EncodingKey::from_secret(b"public key"),
        )
        .unwrap();
        assert_eq!(check::<Claims>(&hmac, own.public()).unwrap_err(), Unbelievable::Algorithm);
    }

    #[test]
    fn disbelieves_a_token_without_a_signature() {
        // {"alg":"none"} . {"iss":"x","exp":1} .
        let token = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4IiwiZXhwIjoxfQ.";
        assert_eq!(claimed_issuer(token), Err(Unbelievable::Malformed));
    }

    #[test]
    fn an_audience_with_a_second_receiver_is_not_for_one() {
        assert!(Audience::One("a".into()).is_only("a"));
        assert!(!Audience::Several(vec!["a".into(), "b".into()]).is_only("a"));
    }
}
