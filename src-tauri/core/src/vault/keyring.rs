//! The system's keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! Laws: a store is opened for each call, because the `keyring` facade remembers its first failure for the
//! life of the process, and a keyring that appears later must work; what was written is read back; names are
//! opaque, values short (Windows holds 2560 bytes); library errors are sorted here, as they carry secret bytes.

use keyring::Error;
use keyring_core::Entry;
use zeroize::Zeroizing;

use super::{Vault, VaultError};
use crate::{ehr::Kept, secret::Secret};

/// Longest value that is stored, in bytes.
const LONGEST: usize = 2000;
/// In front of each value: what is stored by others, or was damaged, is told from ours.
const FORM: &str = "1:";

/// The system's keyring, as one service name in it.
#[derive(Clone, Debug)]
pub struct KeyringVault {
    service: String,
}

impl KeyringVault {
    /// Entries of one service. Practice and real hospitals have different ones.
    #[must_use]
    pub fn new(service: impl Into<String>) -> Self {
        Self { service: service.into() }
    }

    fn read(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        let bytes = match entry(&self.service, name).and_then(|entry| entry.get_secret()) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(Error::NoEntry) => return Ok(None),
            Err(error) => return Err(sort(error)),
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| VaultError::Broken)?;
        text.strip_prefix(FORM).map(|value| Some(Secret::new(value))).ok_or(VaultError::Broken)
    }
}

impl Vault for KeyringVault {
    fn kept(&self) -> Kept {
        Kept::Keyring
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        // Into the keyring.
        let value = Zeroizing::new(format!("{FORM}{}", secret.expose()));
        if value.len() > LONGEST {
            return Err(VaultError::TooLong);
        }
        let entry = entry(&self.service, name).map_err(sort)?;
        match entry.set_secret(value.as_bytes()) {
            Ok(()) => {}
            Err(Error::Ambiguous(twins)) => {
                for twin in twins {
                    twin.delete_credential().map_err(sort)?;
                }
                entry.set_secret(value.as_bytes()).map_err(sort)?;
            }
            Err(error) => return Err(sort(error)),
        }
        match self.read(name)? {
            Some(stored) if secret.same_as(stored.expose()) => Ok(()),
            _ => Err(VaultError::Broken),
        }
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        self.read(name)
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        match entry(&self.service, name).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(Error::Ambiguous(twins)) => {
                twins.iter().try_for_each(|twin| twin.delete_credential().map_err(sort))
            }
            Err(error) => Err(sort(error)),
        }
    }
}

/// An entry in a store that is opened now.
#[cfg(target_os = "linux")]
fn entry(service: &str, name: &str) -> keyring::Result<Entry> {
    use std::collections::HashMap;

    use keyring_core::api::CredentialStoreApi;

    let store = zbus_secret_service_keyring_store::Store::new()?;
    store.build(service, name, Some(&HashMap::from([("label", service)])))
}

/// An entry in the store that the `keyring` facade opened: on Windows it is always there. It would roam in
/// a domain if it were not told to stay on this computer.
#[cfg(windows)]
fn entry(service: &str, name: &str) -> keyring::Result<Entry> {
    if keyring::Entry::store_status().is_err() {
        return Err(Error::NoDefaultStore);
    }
    Entry::new_with_modifiers(service, name, &std::collections::HashMap::from([("persistence", "local")]))
}

/// An entry in the store that the `keyring` facade opened: on these systems it is always there.
#[cfg(not(any(target_os = "linux", windows)))]
fn entry(service: &str, name: &str) -> keyring::Result<Entry> {
    keyring::Entry::new(service, name).map(|entry| entry.inner)
}

/// Takes the kind of a library error and drops the rest of it.
fn sort(error: Error) -> VaultError {
    match error {
        Error::NoStorageAccess(_) => VaultError::Locked,
        Error::TooLong(..) => VaultError::TooLong,
        Error::PlatformFailure(_) | Error::NoDefaultStore | Error::NotSupportedByStore(_) => {
            VaultError::Absent
        }
        _ => VaultError::Broken,
    }
}
