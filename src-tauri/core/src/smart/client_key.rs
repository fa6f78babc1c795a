//! The keys of this installation, with which it proves itself where EHRs know it as a confidential client
//! (`private_key_jwt`: RFC 7523, SMART App Launch 2.2 "Asymmetric Client Authentication").
//!
//! Laws: made at the first need, from the system's randomness; the private halves live in the vault and in memory only;
//! an assertion is for one token endpoint, once, for five minutes at most.

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::KeySize,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// Life of an assertion, in seconds. SMART allows five minutes; clocks differ.
const LIFE: i64 = 240;

/// Which signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// ECDSA on P-384.
    Es384,
    /// RSA with 2048 bits.
    Rs384,
}

impl KeyAlgorithm {
    /// Both, the shorter first. SMART wants a client to speak both.
    pub const ALL: [Self; 2] = [Self::Es384, Self::Rs384];

    /// As JWTs name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es384 => "ES384",
            Self::Rs384 => "RS384",
        }
    }

    /// Its name in the vault.
    pub(super) const fn entry(self) -> &'static str {
        match self {
            Self::Es384 => "app.es384",
            Self::Rs384 => "app.rs384",
        }
    }

    const fn jws(self) -> Algorithm {
        match self {
            Self::Es384 => Algorithm::ES384,
            Self::Rs384 => Algorithm::RS384,
        }
    }
}

/// One key. Prints its id only.
pub struct ClientKey {
    algorithm: KeyAlgorithm,
    kid: String,
    public: Value,
    key: EncodingKey,
}

impl std::fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} key {}]", self.algorithm.name(), self.kid)
    }
}

impl ClientKey {
    /// A new one, as it is kept: PKCS #8 (RFC 5958) in base64. Slow: hundreds of milliseconds for RSA.
    #[must_use]
    pub fn fresh(algorithm: KeyAlgorithm) -> Option<Secret> {
        let der = Zeroizing::new(match algorithm {
            KeyAlgorithm::Es384 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).ok()?;
                pair.to_pkcs8v1().ok()?.as_ref().to_vec()
            }
            KeyAlgorithm::Rs384 => {
                let der: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048).ok()?.as_der().ok()?;
                der.as_ref().to_vec()
            }
        });
        Some(Secret::new(BASE64_STANDARD.encode(&*der)))
    }

    /// Reads a kept one. `None` when it is none, or cannot sign.
    #[must_use]
    pub fn of(algorithm: KeyAlgorithm, kept: &Secret) -> Option<Self> {
        // Into the signing key.
        let der = Zeroizing::new(BASE64_STANDARD.decode(kept.expose()).ok()?);
        let key = match algorithm {
            KeyAlgorithm::Es384 => EncodingKey::from_ec_der(&der),
            KeyAlgorithm::Rs384 => EncodingKey::from_rsa_pem(pem(&der).as_bytes()).ok()?,
        };
        let mut jwk = Jwk::from_encoding_key(&key, algorithm.jws()).ok()?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let mut public = serde_json::to_value(jwk).ok()?;
        public.as_object_mut()?.insert("key_ops".to_owned(), json!(["verify"]));
        jsonwebtoken::crypto::sign(b"", &key, algorithm.jws()).ok()?;
        Some(Self { algorithm, kid, public, key })
    }

    /// Its algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Its public half as a JWK (RFC 7517), named by its thumbprint (RFC 7638).
    #[must_use]
    pub const fn public(&self) -> &Value {
        &self.public
    }

    /// Says, signed, that whoever sends this is the app (RFC 7523 §3). `token` is the EHR's token endpoint.
    #[must_use]
    pub fn assertion(&self, client_id: &str, token: &Url, now: Timestamp) -> Option<Secret> {
        let mut header = Header::new(self.algorithm.jws());
        header.typ = Some("JWT".to_owned());
        header.kid = Some(self.kid.clone());
        let issued = now.as_second();
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": token.as_str(),
            "iat": issued,
            "exp": issued.saturating_add(LIFE),
            "jti": Uuid::new_v4().to_string(),
        });
        jsonwebtoken::encode(&header, &claims, &self.key).ok().map(Secret::new)
    }
}

/// The library takes RSA keys of PKCS #8 in this clothing only.
fn pem(der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(BASE64_STANDARD.encode(der));
    let mut text = Zeroizing::new(String::from("-----BEGIN PRIVATE KEY-----\n"));
    for line in body.as_bytes().chunks(64) {
        text.push_str(str::from_utf8(line).unwrap_or_default());
        text.push('\n');
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use url::Url;

    use super::{ClientKey, KeyAlgorithm};
    use crate::{
        secret::Secret,
        smart::{jwks::Jwks, jwt},
    };

    fn key(algorithm: KeyAlgorithm) -> ClientKey {
        ClientKey::of(algorithm, &ClientKey::fresh(algorithm).unwrap()).unwrap()
    }

    #[test]
    fn says_who_it_is_to_one_token_endpoint_for_less_than_five_minutes() {
        let token = Url::parse("https://ehr.example/oauth/token").unwrap();
        for algorithm in KeyAlgorithm::ALL {
            let key = key(algorithm);
            let now = "2026-03-01T12:00:00Z".parse::<jiff::Timestamp>().unwrap();
            let (one, two) =
                (key.assertion("app-7", &token, now).unwrap(), key.assertion("app-7", &token, now).unwrap());
            let keys = Jwks::parse(json!({"keys": [key.public()]}).to_string().as_bytes()).unwrap();
            let claims = jwt::verify(&one, &keys).unwrap();
            assert_eq!((claims.text("iss"), claims.text("sub")), (Some("app-7"), Some("app-7")));
            assert_eq!(claims.text("aud"), Some("https://ehr.example/oauth/token"));
            let life = claims.seconds("exp").unwrap() - now.as_second();
            assert!((1..=300).contains(&life), "{life}");
            let second = jwt::verify(&two, &keys).unwrap();
            assert!(claims.text("jti").is_some() && claims.text("jti") != second.text("jti"), "used once");
            let header = jsonwebtoken::decode_header(one.expose()).unwrap();
            assert_eq!(
                (header.typ.as_deref(), header.kid.as_deref()),
                (Some("JWT"), key.public()["kid"].as_str())
            );
            assert_eq!(format!("{:?}", header.alg), algorithm.name());
        }
    }

    #[test]
    fn the_public_half_holds_nothing_private() {
        for algorithm in KeyAlgorithm::ALL {
            let key = key(algorithm);
            let members = key.public().as_object().unwrap();
            for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
                assert!(!members.contains_key(private), "{private}");
            }
            assert_eq!((&members["use"], &members["alg"]), (&json!("sig"), &json!(algorithm.name())));
            assert_eq!(format!("{key:?}"), format!("[{} key {}]", algorithm.name(), text(&members["kid"])));
        }
    }

    fn text(value: &Value) -> &str {
        value.as_str().unwrap()
    }

    #[test]
    fn a_kept_key_is_the_same_key() {
        for algorithm in KeyAlgorithm::ALL {
            let kept = ClientKey::fresh(algorithm).unwrap();
            assert!(kept.expose().len() < 2000, "fits into every keyring");
            let (a, b) = (ClientKey::of(algorithm, &kept).unwrap(), ClientKey::of(algorithm, &kept).unwrap());
            assert_eq!(a.public(), b.public());
        }
        assert!(ClientKey::of(KeyAlgorithm::Es384, &Secret::new("bm8ga2V5")).is_none());
        assert!(ClientKey::of(KeyAlgorithm::Rs384, &Secret::new("not base64")).is_none());
    }
}
