//! Random values, their hashes, and comparing them without telling how far they agree.
//!
//! Codes, tokens and passwords are never stored as they are: the database holds SHA-256 of random
//! values and PBKDF2 of passwords. The visible prefix makes sure no real EHR takes a practice token
//! for one of its own.

use std::{fmt, num::NonZeroU32};

use aws_lc_rs::{pbkdf2, rand};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Rounds of PBKDF2; made-up passwords on the person's own machine.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(19_999);

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub(crate) struct NoRandomness;

/// A fresh value that goes to one holder and is stored only as its hash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// 256 random bits behind `practice-<kind>-`.
    pub(crate) fn fresh(kind: &str) -> Result<Self, NoRandomness> {
        Ok(Self(format!("practice-{kind}-{}", random_text()?)))
    }

    /// The value itself, to be handed to its holder.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database keeps.
    pub(crate) fn hash(&self) -> String {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// 256 random bits as base64url.
pub(crate) fn random_text() -> Result<String, NoRandomness> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// SHA-256 as base64url: the form in which codes and tokens are stored, and PKCE's S256.
pub(crate) fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// Compares in constant time.
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// Salt and PBKDF2-HMAC-SHA256 of a password.
pub(crate) fn hash_password(password: &str) -> Result<([u8; 16], [u8; 32]), NoRandomness> {
    let mut salt = [0_u8; 16];
    rand::fill(&mut salt).map_err(|_| NoRandomness)?;
    let mut out = [0_u8; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, &salt, password.as_bytes(), &mut out);
    Ok((salt, out))
}

/// Whether the password is the one behind the hash; constant time.
pub(crate) fn password_fits(password: &str, salt: &[u8], expected: &[u8]) -> bool {
    pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt, password.as_bytes(), expected).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::fresh("access").unwrap();
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert!(secret.reveal().starts_with("practice-access-"));
        assert_ne!(secret.hash(), secret.reveal());
    }

    #[test]
    fn s256_matches_the_example_of_rfc_7636_appendix_b() {
        assert_eq!(
            hash("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn only_the_right_password_fits() {
        let (salt, hash) = hash_password("harbor-7").unwrap();
        assert!(password_fits("harbor-7", &salt, &hash));
        assert!(!password_fits("harbor-8", &salt, &hash));
    }
}
