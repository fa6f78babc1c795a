//! Sealing: what names a person or a hospital is written to disk only under a key that the keyring holds
//! (XChaCha20-Poly1305). Without a keyring it is not written at all. A lost key loses the words, never the ability
//! to list and stop.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::RngCore;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

const NONCE: usize = 24;

/// The key. Prints as `[secret]`.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl SealKey {
    /// A fresh key from the system's random source.
    #[must_use]
    pub fn fresh() -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::rng().fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// A key as the keyring gave it: 64 hex digits.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        if hex.len() != 64 {
            return None;
        }
        for (slot, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
            *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The key as the keyring keeps it.
    #[must_use]
    pub fn to_hex(&self) -> crate::secret::Secret {
        crate::secret::Secret::new(self.0.iter().map(|b| format!("{b:02x}")).collect::<String>())
    }

    /// Seals a value. `about` names the row, so that sealed bytes cannot be moved to another one.
    #[must_use]
    pub fn seal<T: Serialize>(&self, about: &str, value: &T) -> Option<Vec<u8>> {
        let plain = Zeroizing::new(serde_json::to_vec(value).ok()?);
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let cipher = XChaCha20Poly1305::new(self.0.as_ref().into());
        let payload = Payload { msg: &plain, aad: about.as_bytes() };
        let sealed = cipher.encrypt(XNonce::from_slice(&nonce), payload).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a sealed value; `None` when it was sealed by another key, for another row, or changed.
    #[must_use]
    pub fn open<T: DeserializeOwned>(&self, about: &str, sealed: &[u8]) -> Option<T> {
        let (nonce, body) = sealed.split_at_checked(NONCE)?;
        let cipher = XChaCha20Poly1305::new(self.0.as_ref().into());
        let payload = Payload { msg: body, aad: about.as_bytes() };
        let plain = Zeroizing::new(cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?);
        serde_json::from_slice(&plain).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::SealKey;

    #[test]
    fn opens_only_with_its_key_its_row_and_unchanged() {
        let key = SealKey::from_hex(SealKey::fresh().to_hex().expose()).unwrap();
        let sealed = key.seal("ehr/1", &"Spruce Harbor Clinic").unwrap();
        assert_eq!(key.open::<String>("ehr/1", &sealed).as_deref(), Some("Spruce Harbor Clinic"));
        assert_eq!(key.open::<String>("ehr/2", &sealed), None);
        assert_eq!(SealKey::fresh().open::<String>("ehr/1", &sealed), None);
        let mut changed = sealed;
        if let Some(last) = changed.last_mut() {
            *last ^= 1;
        }
        assert_eq!(key.open::<String>("ehr/1", &changed), None);
        assert_eq!(key.open::<String>("ehr/1", b"short"), None);
    }
}
