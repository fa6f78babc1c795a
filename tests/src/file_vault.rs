//! A vault in a plain file, so that a killed process's sign-ins can be found by the next one. For tests only.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use consentry_core::{
    ehr::Kept,
    secret::Secret,
    vault::{Vault, VaultError},
};

/// A vault in a file.
pub struct FileVault {
    path: PathBuf,
    one: Mutex<()>,
}

impl FileVault {
    /// The vault in this file; the file may be missing.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, one: Mutex::new(()) }
    }

    fn read(&self) -> BTreeMap<String, String> {
        fs::read(&self.path).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default()
    }

    fn change(&self, act: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), VaultError> {
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.read();
        act(&mut all);
        let text = serde_json::to_vec(&all).map_err(|_| VaultError::Broken)?;
        // Whole or not at all, as a keyring does.
        let fresh = self.path.with_extension("new");
        fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, &self.path)).map_err(|_| VaultError::Broken)
    }
}

impl Vault for FileVault {
    fn kept(&self) -> Kept {
        Kept::Keyring
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        // The file stands for the keyring.
        self.change(|all| drop(all.insert(name.to_owned(), secret.expose().to_owned())))
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        Ok(self.read().remove(name).map(Secret::new))
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.change(|all| drop(all.remove(name)))
    }
}
