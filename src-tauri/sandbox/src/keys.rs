//! The signing keys of one EHR: RSA 2048 for RS256, P-256 and P-384 for ES256 and ES384.
//!
//! Made once by the operating system's randomness and kept in the EHR's database, so an identity
//! that a patient has seen stays the same after a restart. The JWKS shows the public halves
//! (RFC 7517), named by their thumbprints (RFC 7638).

use std::{collections::BTreeMap, fmt};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der},
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};

use crate::store::Store;

/// Why the keys cannot be made or loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The cryptographic library refused.
    #[error("a signing key could not be made")]
    Generate,
    /// What the database holds is no key.
    #[error("a stored signing key is damaged")]
    Damaged,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl From<aws_lc_rs::error::Unspecified> for KeyError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Generate
    }
}

impl From<aws_lc_rs::error::KeyRejected> for KeyError {
    fn from(_: aws_lc_rs::error::KeyRejected) -> Self {
        Self::Damaged
    }
}

impl From<jsonwebtoken::errors::Error> for KeyError {
    fn from(_: jsonwebtoken::errors::Error) -> Self {
        Self::Damaged
    }
}

/// All keys of one EHR.
pub(crate) struct Keys {
    signing: Signing,
    public: JwkSet,
    subject_public_key_info: Vec<u8>,
}

/// The key that signs introductions, assertions and ID tokens.
pub(crate) struct Signing {
    pub(crate) kid: String,
    pub(crate) key: EncodingKey,
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing").field("kid", &self.kid).field("key", &"[secret]").finish()
    }
}

impl Keys {
    /// The stored keys, or fresh ones that are stored at once.
    pub(crate) fn load_or_make(store: &Store) -> Result<Self, KeyError> {
        let mut stored: BTreeMap<String, Vec<u8>> = store.keys()?;
        for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384] {
            let name = format!("{algorithm:?}");
            if let std::collections::btree_map::Entry::Vacant(gap) = stored.entry(name) {
                let pkcs8 = generate(algorithm)?;
                store.keep_key(gap.key(), &pkcs8)?;
                gap.insert(pkcs8);
            }
        }
        Self::from_pkcs8(&stored)
    }

    fn from_pkcs8(stored: &BTreeMap<String, Vec<u8>>) -> Result<Self, KeyError> {
        let get = |name: &str| stored.get(name).map(Vec::as_slice).ok_or(KeyError::Damaged);
        let rsa_pkcs8 = get("RS256")?;
        let rsa = EncodingKey::from_rsa_pem(pem(rsa_pkcs8).as_bytes())?;
        let (kid, rsa_public) = public(&rsa, Algorithm::RS256)?;
        let (_, p256) = public(&EncodingKey::from_ec_der(get("ES256")?), Algorithm::ES256)?;
        let (_, p384) = public(&EncodingKey::from_ec_der(get("ES384")?), Algorithm::ES384)?;
        let spki: PublicKeyX509Der<'_> = RsaKeyPair::from_pkcs8(rsa_pkcs8)?.public_key().as_der()?;
        Ok(Self {
            signing: Signing { kid, key: rsa },
            public: JwkSet { keys: vec![rsa_public, p256, p384] },
            subject_public_key_info: spki.as_ref().to_vec(),
        })
    }

    /// The RS256 key.
    pub(crate) fn signing(&self) -> &Signing {
        &self.signing
    }

    /// The public halves, as served at `/jwks`.
    pub(crate) fn public(&self) -> &JwkSet {
        &self.public
    }

    /// Whether a PEM text (`-----BEGIN PUBLIC KEY-----`) is this EHR's own RS256 key.
    pub(crate) fn is_own_pem(&self, text: &str) -> bool {
        let body: String = text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        STANDARD.decode(body).is_ok_and(|der| der == self.subject_public_key_info)
    }
}

fn generate(algorithm: Algorithm) -> Result<Vec<u8>, KeyError> {
    let ec = |curve| {
        let document = EcdsaKeyPair::generate(curve)?.to_pkcs8v1()?;
        Ok(document.as_ref().to_vec())
    };
    match algorithm {
        Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
        _ => {
            let pkcs8: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?;
            Ok(pkcs8.as_ref().to_vec())
        }
    }
}

fn public(key: &EncodingKey, algorithm: Algorithm) -> Result<(String, Jwk), KeyError> {
    let mut jwk = Jwk::from_encoding_key(key, algorithm)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok((kid, jwk))
}

fn pem(pkcs8: &[u8]) -> String {
    let body = STANDARD.encode(pkcs8);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap_or_default()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn keys_are_the_same_after_a_restart() {
        let store = Store::in_memory().unwrap();
        let first = Keys::load_or_make(&store).unwrap();
        let second = Keys::load_or_make(&store).unwrap();
        assert_eq!(first.signing().kid, second.signing().kid);
        assert_eq!(first.public().keys.len(), 3);
    }

    #[test]
    fn the_key_set_shows_no_private_half() {
        let store = Store::in_memory().unwrap();
        let keys = Keys::load_or_make(&store).unwrap();
        let shown = serde_json::to_value(keys.public()).unwrap();
        for key in shown["keys"].as_array().unwrap() {
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(key.get(private).is_none(), "{private} is shown");
            }
            assert_eq!(key["use"], "sig");
        }
    }

    #[test]
    fn recognises_its_own_key_as_pem() {
        let store = Store::in_memory().unwrap();
        let keys = Keys::load_or_make(&store).unwrap();
        let own = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(&keys.subject_public_key_info)
        );
        assert!(keys.is_own_pem(&own));
        assert!(!keys.is_own_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"));
    }
}
