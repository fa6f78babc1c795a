//! The app's own secrets: the keys of this installation, and what hospitals gave it.
//!
//! Laws: they are kept in the vault, under opaque names; when it refuses they are good for this session only, and that is
//! said. Keys that are not kept would be strangers after a restart, so without a vault none is made.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use super::{
    client::{ClientKind, ClientRegistration, ClientsOffered, Credential},
    client_key::{ClientKey, KeyAlgorithm},
};
use crate::{
    ehr::{EhrId, Kept},
    secret::Secret,
    vault::{VaultError, keeper::Keeper},
};

/// Why the app cannot prove itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCredential {
    /// The hospital's secret is not here any more: it must be typed again.
    #[error("no secret")]
    NoSecret,
    /// The keyring does not give the app's keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The hospital takes none of the app's algorithms.
    #[error("no common algorithm")]
    NoAlgorithm,
}

/// Both keys of this installation.
#[derive(Clone, Debug)]
pub struct ClientKeys(Arc<[Arc<ClientKey>; 2]>);

impl ClientKeys {
    /// The public halves, as a set to hand to a hospital (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({"keys": self.0.iter().map(|key| key.public().clone()).collect::<Vec<_>>()})
    }

    /// The key for a hospital that takes these algorithms; it says nothing when there is none.
    #[must_use]
    pub fn fitting(&self, algorithms: &[String]) -> Option<Arc<ClientKey>> {
        let takes = |key: &&Arc<ClientKey>| {
            algorithms.is_empty() || algorithms.iter().any(|one| one == key.algorithm().name())
        };
        self.0.iter().find(takes).cloned()
    }
}

/// The app's own secrets.
pub struct Clients {
    vault: Keeper,
    keys: tokio::sync::Mutex<Option<ClientKeys>>,
    secrets: Mutex<HashMap<EhrId, Secret>>,
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clients")
    }
}

impl Clients {
    /// Kept in this vault.
    #[must_use]
    pub fn new(vault: Keeper) -> Self {
        Self { vault, keys: tokio::sync::Mutex::default(), secrets: Mutex::default() }
    }

    /// The keys; made when there are none yet.
    ///
    /// # Errors
    /// What the vault says. A damaged key is not replaced: hospitals know it.
    pub async fn keys(&self) -> Result<ClientKeys, VaultError> {
        let mut known = self.keys.lock().await;
        if let Some(keys) = &*known {
            return Ok(keys.clone());
        }
        let [es384, rs384] = KeyAlgorithm::ALL;
        let keys = ClientKeys(Arc::new([self.key(es384).await?, self.key(rs384).await?]));
        *known = Some(keys.clone());
        Ok(keys)
    }

    async fn key(&self, algorithm: KeyAlgorithm) -> Result<Arc<ClientKey>, VaultError> {
        let kept = match self.vault.get(algorithm.entry()).await? {
            Some(kept) => kept,
            None => {
                let made = make(algorithm).await.ok_or(VaultError::Broken)?;
                self.vault.put(algorithm.entry(), &made).await?;
                made
            }
        };
        ClientKey::of(algorithm, &kept).map(Arc::new).ok_or(VaultError::Broken)
    }

    /// Keeps the secret that a hospital gave, or forgets it. Says where it is now.
    pub async fn keep_secret(&self, ehr: &EhrId, secret: Option<Secret>) -> Kept {
        let name = entry(ehr);
        let stored = match &secret {
            Some(secret) => self.vault.put(&name, secret).await,
            None => self.vault.delete(&name).await,
        };
        if let Err(error) = &stored {
            tracing::warn!(%error, "the app's secret at a hospital is not in the vault");
        }
        match secret {
            Some(secret) => self.lock().insert(ehr.clone(), secret),
            None => self.lock().remove(ehr),
        };
        if stored.is_ok() { self.vault.kept() } else { Kept::ThisSession }
    }

    /// Whether the secret of a hospital is here.
    pub async fn has_secret(&self, ehr: &EhrId) -> bool {
        self.secret(ehr).await.is_ok()
    }

    async fn secret(&self, ehr: &EhrId) -> Result<Secret, NoCredential> {
        let here = self.lock().get(ehr).cloned();
        if let Some(secret) = here {
            return Ok(secret);
        }
        let stored = self.vault.get(&entry(ehr)).await?.ok_or(NoCredential::NoSecret)?;
        self.lock().insert(ehr.clone(), stored.clone());
        Ok(stored)
    }

    /// The app as it is known at one EHR, ready to prove itself.
    ///
    /// # Errors
    /// See [`NoCredential`].
    pub async fn credential(
        &self,
        ehr: &EhrId,
        registration: &ClientRegistration,
        offered: &ClientsOffered,
    ) -> Result<Credential, NoCredential> {
        let id = registration.client_id.as_str();
        Ok(match registration.kind {
            ClientKind::Public => Credential::public(id),
            ClientKind::Secret => Credential::secret(id, self.secret(ehr).await?),
            ClientKind::Key => {
                let key = self.keys().await?.fitting(&offered.algorithms);
                Credential::key(id, key.ok_or(NoCredential::NoAlgorithm)?)
            }
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EhrId, Secret>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a key on a thread of its own: looking for primes takes its time.
async fn make(algorithm: KeyAlgorithm) -> Option<Secret> {
    let (done, made) = tokio::sync::oneshot::channel();
    let work = move || drop(done.send(ClientKey::fresh(algorithm)));
    std::thread::Builder::new().name("key".into()).spawn(work).ok()?;
    made.await.ok().flatten()
}

/// Under which name a hospital's secret lies in the vault: opaque, as others can read names.
fn entry(ehr: &EhrId) -> String {
    format!("{}.app", ehr.as_str())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Clients, NoCredential};
    use crate::{
        ehr::EhrId,
        secret::Secret,
        smart::client::{ClientKind, ClientRegistration, ClientsOffered},
        vault::{keeper::Keeper, memory::MemoryVault},
    };

    fn known_by(kind: ClientKind) -> ClientRegistration {
        ClientRegistration { kind, ..ClientRegistration::default() }
    }

    #[tokio::test]
    async fn the_keys_are_the_same_after_a_restart() {
        let vault = Arc::new(MemoryVault::default());
        let clients = || Clients::new(Keeper::new(Arc::<MemoryVault>::clone(&vault)));
        let first = clients().keys().await.unwrap().jwks();
        assert_eq!(first, clients().keys().await.unwrap().jwks());
        assert_eq!(first["keys"].as_array().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_secret_outlives_a_restart_and_is_forgotten_when_told() {
        let (vault, ehr) = (Arc::new(MemoryVault::default()), EhrId::stored("e1"));
        let clients = || Clients::new(Keeper::new(Arc::<MemoryVault>::clone(&vault)));
        let offered = ClientsOffered::default();
        let none = clients().credential(&ehr, &known_by(ClientKind::Secret), &offered).await;
        assert_eq!(none.err(), Some(NoCredential::NoSecret));
        clients().keep_secret(&ehr, Some(Secret::new("s3"))).await;
        assert!(clients().has_secret(&ehr).await);
        clients().credential(&ehr, &known_by(ClientKind::Secret), &offered).await.unwrap();
        let held = clients();
        assert!(held.has_secret(&ehr).await);
        held.keep_secret(&ehr, None).await;
        assert!(!held.has_secret(&ehr).await && !clients().has_secret(&ehr).await);
    }

    #[tokio::test]
    async fn the_algorithm_is_one_that_the_hospital_takes() {
        let clients = Clients::new(Keeper::new(Arc::new(MemoryVault::default())));
        let keys = clients.keys().await.unwrap();
        let fitting = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|one| (*one).to_owned()).collect();
            keys.fitting(&list).map(|key| key.algorithm().name())
        };
        assert_eq!(fitting(&["RS384"]), Some("RS384"));
        assert_eq!(fitting(&["RS384", "ES384"]), Some("ES384"));
        assert_eq!(fitting(&[]), Some("ES384"));
        assert_eq!(fitting(&["RS256"]), None);
    }
}
