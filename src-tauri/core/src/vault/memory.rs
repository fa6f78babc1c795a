//! Secrets for this session only: gone when the program ends. For computers without a keyring, and for tests.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{Vault, VaultError};
use crate::{ehr::Kept, secret::Secret};

/// Keeps secrets in memory.
#[derive(Debug, Default)]
pub struct MemoryVault(Mutex<HashMap<String, Secret>>);

impl Vault for MemoryVault {
    fn kept(&self) -> Kept {
        Kept::ThisSession
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryVault;
    use crate::vault::contract;

    #[test]
    fn keeps_the_contract_of_vaults() {
        contract(&MemoryVault::default());
    }
}
