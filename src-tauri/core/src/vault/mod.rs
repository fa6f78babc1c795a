//! Where refresh tokens are kept: the system's keyring, or memory for this session only.

pub mod keeper;
pub mod keyring;
pub mod memory;

use std::sync::Arc;

use crate::secret::Secret;

/// A place for secrets. Implementations may block; `Keeper` runs them on a thread of their own.
pub trait Vault: Send + Sync {
    /// Whether secrets outlive the program here.
    fn kept(&self) -> crate::ehr::Kept;
    /// Stores a secret under an opaque name.
    ///
    /// # Errors
    /// When it could not be stored.
    fn put(&self, name: &str, secret: &Secret) -> Result<(), VaultError>;
    /// Reads a secret.
    ///
    /// # Errors
    /// When the place could not be asked.
    fn get(&self, name: &str) -> Result<Option<Secret>, VaultError>;
    /// Deletes a secret; nothing there is fine.
    ///
    /// # Errors
    /// When the place could not be asked.
    fn delete(&self, name: &str) -> Result<(), VaultError>;
}

/// Why a vault did not answer as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is no keyring on this computer now.
    #[error("no keyring")]
    Absent,
    /// The keyring is locked, and the person did not unlock it.
    #[error("keyring locked")]
    Locked,
    /// It did not answer in time.
    #[error("keyring does not answer")]
    NoAnswer,
    /// The secret is too long for it.
    #[error("secret too long for the keyring")]
    TooLong,
    /// It answered, but not with what was stored.
    #[error("keyring broken")]
    Broken,
}

/// The place for secrets on this computer: the system's keyring. It may be absent or locked now and work
/// later; each call finds out. Callers keep a secret in memory when a call fails, and say so.
#[must_use]
pub fn open(service: &str) -> Arc<dyn Vault> {
    Arc::new(keyring::KeyringVault::new(service))
}

/// What every vault must do.
#[cfg(test)]
pub(crate) fn contract(vault: &dyn Vault) {
    let read = |name: &str| vault.get(name).unwrap().map(|secret| secret.expose().to_owned());
    assert_eq!(read("contract"), None);
    vault.delete("contract").unwrap();
    vault.put("contract", &Secret::new("first")).unwrap();
    vault.put("contract", &Secret::new("second")).unwrap();
    vault.put("contract.2", &Secret::new("other")).unwrap();
    assert_eq!(read("contract").as_deref(), Some("second"));
    vault.delete("contract").unwrap();
    assert_eq!(read("contract"), None);
    assert_eq!(read("contract.2").as_deref(), Some("other"));
    vault.delete("contract.2").unwrap();
}
