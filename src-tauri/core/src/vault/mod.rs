//! Where refresh tokens are kept: the system's keyring, or memory for this session only.

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
