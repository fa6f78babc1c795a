//! An EHR's public key as PEM (`SubjectPublicKeyInfo`, RFC 7468 §13, RFC 8017, RFC 5480), for hospitals that take a key
//! and no JWT.
//!
//! Which of several keys is meant, nobody says: the last RSA key that is for signing, else the last elliptic one. It is
//! remembered by its thumbprint, and the same PEM goes to both hospitals.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::jwks::{Jwks, JwksError};
use crate::http::{Http, Request, json};

/// Longest set of keys.
const LONGEST: usize = 64 * 1024;
/// rsaEncryption with NULL parameters.
const RSA: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// id-ecPublicKey on P-256 and on P-384.
const P256: [u8; 21] = [
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07,
];
const P384: [u8; 18] = [
    0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x22,
];

/// A public key in both of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// As PEM, with a line end at its end.
    pub pem: String,
    /// RFC 7638, SHA-256, base64url.
    pub thumbprint: String,
}

/// The key of an EHR that is meant when only a key is shown.
///
/// # Errors
/// See [`JwksError`].
pub async fn public_key(http: &Http, jwks: &Url) -> Result<PublicKey, JwksError> {
    let request = Request::get(jwks.clone()).named("jwks").limit(LONGEST).follow_same_origin(true);
    let answer = http.send(request).await?;
    if answer.status != 200 {
        return Err(JwksError::NotThere);
    }
    // What signs nothing here must not stand for anybody.
    Jwks::parse(&answer.body)?;
    chosen(&json::value(&answer.body).map_err(|_| JwksError::Unreadable)?).ok_or(JwksError::NoneUsable)
}

fn chosen(document: &Value) -> Option<PublicKey> {
    let single = std::slice::from_ref(document);
    let keys = document.get("keys").and_then(Value::as_array).map_or(single, Vec::as_slice);
    let signing = |kind: &'static str| {
        keys.iter()
            .filter(move |key| key.get("kty").is_some_and(|own| own == kind))
            .filter(|key| key.get("use").is_none_or(|purpose| purpose == "sig"))
            .filter_map(read)
            .next_back()
    };
    signing("RSA").or_else(|| signing("EC"))
}

fn read(jwk: &Value) -> Option<PublicKey> {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    let bytes = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(member(name)?).ok();
    let (algorithm, key, canonical) = match (member("kty")?, member("crv")) {
        ("RSA", _) => {
            let (n, e) = (bytes("n")?, bytes("e")?);
            let name = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bare(bytes));
            let canonical = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, name(&e), name(&n));
            let key = der(0x30, &[integer(&n), integer(&e)].concat());
            (RSA.as_slice(), key, canonical)
        }
        ("EC", Some(curve)) => {
            let algorithm = match curve {
                "P-256" => P256.as_slice(),
                "P-384" => P384.as_slice(),
                _ => return None,
            };
            let (x, y) = (member("x")?, member("y")?);
            let canonical = format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#);
            (algorithm, [&[0x04][..], &bytes("x")?, &bytes("y")?].concat(), canonical)
        }
        _ => return None,
    };
    let info = der(0x30, &[algorithm, &der(0x03, &[&[0x00][..], &key].concat())].concat());
    let body = BASE64_STANDARD.encode(info);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
    Some(PublicKey {
        pem: format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")),
        thumbprint: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)),
    })
}

/// Without leading zero bytes.
fn bare(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// A positive INTEGER.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let bytes = bare(bytes);
    let high = bytes.first().is_none_or(|first| *first >= 0x80);
    let sign: &[u8] = if high { &[0] } else { &[] };
    der(0x02, &[sign, bytes].concat())
}

/// Tag, length, value (X.690 §8.1).
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let length = bare(&length);
    let head: Vec<u8> = match (length, value.len()) {
        (_, 0..=0x7f) => vec![tag, length.first().copied().unwrap_or_default()],
        (long, _) => [&[tag, 0x80 | u8::try_from(long.len()).unwrap_or_default()], long].concat(),
    };
    [head.as_slice(), value].concat()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{chosen, der};
    use crate::smart::{jwks::Jwks, testing::TestKey};

    #[test]
    fn the_thumbprint_is_that_of_the_set_of_keys() {
        let key = TestKey::fresh("k1");
        let jwks: Value = key.jwks();
        let jwt = key.sign(&json!({"iss": "x"}));
        let claims =
            crate::smart::jwt::verify(&jwt, &Jwks::parse(jwks.to_string().as_bytes()).unwrap()).unwrap();
        let found = chosen(&jwks).unwrap();
        assert_eq!(found.thumbprint, claims.key_thumbprint());
        assert!(found.pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    }

    #[test]
    fn takes_the_last_rsa_key_for_signing_also_when_it_is_alone() {
        let rsa = |n: &str, purpose: &str| json!({"kty": "RSA", "n": n, "e": "AQAB", "use": purpose});
        let ec = json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"});
        let pem = |document: Value| chosen(&document).map(|key| key.thumbprint);
        let expected = pem(rsa("BBBB", "sig"));
        assert!(expected.is_some());
        let several = json!({"keys": [rsa("AAAA", "sig"), rsa("BBBB", "sig"), rsa("CCCC", "enc"), ec]});
        assert_eq!(pem(several), expected);
        assert_eq!(pem(json!({"keys": [{"kty": "oct", "k": "AA"}]})), None);
    }

    #[test]
    fn lengths_are_written_as_short_as_they_can_be() {
        assert_eq!(der(0x30, &[]), [0x30, 0x00]);
        assert_eq!(der(0x30, &[7; 0x7f])[..2], [0x30, 0x7f]);
        assert_eq!(der(0x30, &[7; 0x80])[..3], [0x30, 0x81, 0x80]);
        assert_eq!(der(0x30, &[7; 300])[..4], [0x30, 0x82, 0x01, 0x2c]);
    }
}
