//! An issuer's public keys (RFC 7517), read with bounds: at most 64 KiB and 32 keys; RSA of 2048 to 8192
//! bits with an odd exponent, or EC on P-256 and P-384. Other keys are skipped, symmetric ones above all.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use crate::http::{Http, HttpError, Request, json};

const LONGEST: usize = 64 * 1024;
const MOST: usize = 32;

/// A set of usable keys, never empty.
#[derive(Clone, Debug)]
pub struct Jwks(Vec<Key>);

/// Why there are no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// They could not be fetched.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server answered with another status than 200.
    #[error("keys not there")]
    NotThere,
    /// The document is no set of keys, or too large.
    #[error("keys not understood")]
    Unreadable,
    /// No key in it is usable.
    #[error("no usable key")]
    NoneUsable,
}

/// One key.
#[derive(Clone)]
pub struct Key {
    /// Its id.
    pub(super) kid: Option<String>,
    /// The algorithms it may check.
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) key: DecodingKey,
    /// RFC 7638, SHA-256, base64url.
    pub(super) thumbprint: String,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.algorithms, self.thumbprint)
    }
}

impl Jwks {
    /// Fetches a set. No credential goes there, no other origin is followed.
    ///
    /// # Errors
    /// See [`JwksError`].
    pub async fn fetch(http: &Http, url: &Url) -> Result<Self, JwksError> {
        let request = Request::get(url.clone()).named("jwks").limit(LONGEST).follow_same_origin(true);
        let answer = http.send(request).await?;
        if answer.status != 200 {
            return Err(JwksError::NotThere);
        }
        Self::parse(&answer.body)
    }

    /// Reads a set.
    ///
    /// # Errors
    /// [`JwksError::Unreadable`] or [`JwksError::NoneUsable`].
    pub fn parse(body: &[u8]) -> Result<Self, JwksError> {
        let document = json::value(body).map_err(|_| JwksError::Unreadable)?;
        let keys = match (&document, document.get("keys")) {
            (_, Some(keys)) => keys.as_array().ok_or(JwksError::Unreadable)?.as_slice(),
            (Value::Array(keys), None) if !keys.is_empty() => keys,
            // One key alone, as the server of the track of 2017 gave it.
            (alone, None) if alone.get("kty").is_some() => std::slice::from_ref(alone),
            _ => return Err(JwksError::Unreadable),
        };
        if body.len() > LONGEST {
            return Err(JwksError::Unreadable);
        }
        Self::of(keys)
    }

    /// The usable ones of some keys.
    ///
    /// # Errors
    /// [`JwksError::Unreadable`] when there are too many, or [`JwksError::NoneUsable`].
    pub(super) fn of(keys: &[Value]) -> Result<Self, JwksError> {
        if keys.len() > MOST {
            return Err(JwksError::Unreadable);
        }
        let usable: Vec<Key> = keys.iter().filter_map(key).collect();
        if usable.is_empty() { Err(JwksError::NoneUsable) } else { Ok(Self(usable)) }
    }

    /// The thumbprints of its keys.
    pub(super) fn thumbprints(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.thumbprint.as_str())
    }

    /// The keys that may check `algorithm`.
    pub(super) fn usable(&self, algorithm: Algorithm) -> impl Iterator<Item = &Key> {
        self.0.iter().filter(move |key| key.algorithms.contains(&algorithm))
    }
}

fn key(jwk: &Value) -> Option<Key> {
    let text = |member: &str| jwk.get(member).and_then(Value::as_str);
    let signs = jwk.get("use").is_none_or(|purpose| purpose == "sig");
    let verifies = jwk
        .get("key_ops")
        .is_none_or(|ops| ops.as_array().is_some_and(|ops| ops.iter().any(|op| op == "verify")));
    let (algorithms, key, canonical) = match text("kty")? {
        "RSA" => rsa(text("n")?, text("e")?)?,
        "EC" => ec(text("crv")?, text("x")?, text("y")?)?,
        _ => return None,
    };
    let algorithms: Vec<Algorithm> = algorithms
        .into_iter()
        .filter(|algorithm| jwk.get("alg").is_none_or(|own| *own == format!("{algorithm:?}")))
        .collect();
    (signs && verifies && !algorithms.is_empty()).then(|| Key {
        kid: text("kid").map(str::to_owned),
        algorithms,
        key,
        thumbprint: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)),
    })
}

type Parts = (Vec<Algorithm>, DecodingKey, String);

fn rsa(n: &str, e: &str) -> Option<Parts> {
    let (modulus, exponent) = (number(n)?, number(e)?);
    let zeros = modulus.first()?.leading_zeros() as usize;
    let bits = modulus.len().checked_mul(8)?.checked_sub(zeros)?;
    let odd = exponent.last()? % 2 == 1;
    let above_one = exponent.len() > 1 || *exponent.first()? >= 3;
    if !(2048..=8192).contains(&bits) || exponent.len() > 8 || !odd || !above_one {
        return None;
    }
    let key = DecodingKey::from_rsa_raw_components(&modulus, &exponent);
    let (n, e) = (BASE64_URL_SAFE_NO_PAD.encode(&modulus), BASE64_URL_SAFE_NO_PAD.encode(&exponent));
    Some((vec![Algorithm::RS256, Algorithm::RS384], key, format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)))
}

fn ec(curve: &str, x: &str, y: &str) -> Option<Parts> {
    let (algorithm, length) = match curve {
        "P-256" => (Algorithm::ES256, 32),
        "P-384" => (Algorithm::ES384, 48),
        _ => return None,
    };
    // Whether the point lies on the curve is checked with each signature.
    if BASE64_URL_SAFE_NO_PAD.decode(x).ok()?.len() != length
        || BASE64_URL_SAFE_NO_PAD.decode(y).ok()?.len() != length
    {
        return None;
    }
    let key = DecodingKey::from_ec_components(x, y).ok()?;
    Some((vec![algorithm], key, format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#)))
}

/// A big number without leading zero bytes, which some servers write.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes.get(first..)?.to_vec())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;
    use serde_json::{Value, json};

    use super::{Jwks, JwksError};
    use crate::smart::testing::{RFC7515_RSA_N, TestKey};

    fn parse(keys: Value) -> Result<Jwks, JwksError> {
        Jwks::parse(json!({ "keys": keys }).to_string().as_bytes())
    }

    fn rsa() -> Value {
        json!({"kty": "RSA", "n": RFC7515_RSA_N, "e": "AQAB"})
    }

    #[test]
    fn computes_the_thumbprint_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let keys =
            parse(json!([{"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}])).unwrap();
        assert_eq!(keys.0[0].thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(keys.0[0].algorithms, [Algorithm::RS256]);
    }

    #[test]
    fn takes_keys_for_signatures_only() {
        let with = |name: &str, value: Value| {
            let mut key = rsa();
            key[name] = value;
            parse(json!([key])).is_ok()
        };
        assert!(
            with("use", json!("sig")) && with("key_ops", json!(["verify"])) && with("alg", json!("RS384"))
        );
        assert!(
            !with("use", json!("enc"))
                && !with("key_ops", json!(["encrypt"]))
                && !with("key_ops", json!("verify"))
        );
        assert!(
            !with("alg", json!("PS256"))
                && !with("alg", json!("HS256"))
                && !with("alg", json!("none"))
                && !with("alg", json!(5))
        );
    }

    #[test]
    fn skips_bad_keys_and_is_content_with_one_good_key() {
        let (good, _) = (TestKey::fresh("a"), ());
        let bad = [
            json!({"kty": "oct", "k": "c2VjcmV0"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
            json!({"kty": "RSA", "n": RFC7515_RSA_N, "e": "AQ"}),
            json!({"kty": "RSA", "n": RFC7515_RSA_N, "e": "BA"}),
            json!({"kty": "RSA", "n": RFC7515_RSA_N, "e": ""}),
            json!({"kty": "RSA", "n": format!("{RFC7515_RSA_N}="), "e": "AQAB"}),
            json!({"kty": "RSA", "e": "AQAB"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}),
            json!({"kty": "EC", "crv": "secp256k1", "x": good.jwk()["x"], "y": good.jwk()["y"]}),
            json!({"kty": "EC", "crv": "P-384", "x": good.jwk()["x"], "y": good.jwk()["y"]}),
            json!({"kty": 1}),
            json!("key"),
        ];
        for key in &bad {
            assert_eq!(parse(json!([key])).err(), Some(JwksError::NoneUsable), "{key}");
        }
        let mut all = bad.to_vec();
        all.push(good.jwk());
        assert_eq!(parse(json!(all)).unwrap().0.len(), 1);
    }

    #[test]
    fn bounds_the_document() {
        assert!(parse(json!(vec![rsa(); 32])).is_ok());
        assert_eq!(parse(json!(vec![rsa(); 33])).err(), Some(JwksError::Unreadable));
        for document in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, "<html>"] {
            assert_eq!(Jwks::parse(document.as_bytes()).err(), Some(JwksError::Unreadable), "{document}");
        }
        let padded = format!(r#"{{"keys":[{}],"x":"{}"}}"#, rsa(), "x".repeat(64 * 1024));
        assert_eq!(Jwks::parse(padded.as_bytes()).err(), Some(JwksError::Unreadable));
    }

    #[test]
    fn leading_zeros_do_not_count_as_bits() {
        let short = base64::Engine::encode(
            &base64::prelude::BASE64_URL_SAFE_NO_PAD,
            [vec![0; 200], vec![0xff; 100]].concat(),
        );
        assert_eq!(
            parse(json!([{"kty": "RSA", "n": short, "e": "AQAB"}])).err(),
            Some(JwksError::NoneUsable)
        );
    }
}
