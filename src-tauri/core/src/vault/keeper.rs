//! A vault behind a deadline. Its calls run one after another on an OS thread of their own, because a
//! keyring that waits for a password blocks for as long as it likes, and quitting must not wait for it.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use super::{Vault, VaultError};
use crate::{ehr::Kept, secret::Secret};

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// A name under which nothing is ever stored.
const PROBE: &str = "probe";

/// Asks a vault from async code. Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub struct Keeper {
    jobs: mpsc::Sender<Job>,
    kept: Kept,
    deadline: Duration,
}

enum Job {
    Put(String, Secret, oneshot::Sender<Result<(), VaultError>>),
    Get(String, oneshot::Sender<Result<Option<Secret>, VaultError>>),
    Delete(String, oneshot::Sender<Result<(), VaultError>>),
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keeper {:?}", self.kept)
    }
}

impl Keeper {
    /// Starts the thread, with the usual deadline of 5 seconds for each call.
    #[must_use]
    pub fn new(vault: Arc<dyn Vault>) -> Self {
        Self::with_deadline(vault, DEADLINE)
    }

    /// Starts the thread.
    #[must_use]
    pub fn with_deadline(vault: Arc<dyn Vault>, deadline: Duration) -> Self {
        let (jobs, queue) = mpsc::channel();
        let kept = vault.kept();
        // Without a thread the queue is gone, and every call says that there is no answer.
        let _ = thread::Builder::new().name("vault".into()).spawn(move || work(&*vault, &queue));
        Self { jobs, kept, deadline }
    }

    /// Whether secrets outlive the program here.
    #[must_use]
    pub const fn kept(&self) -> Kept {
        self.kept
    }

    /// Stores a secret. One that is stored after its deadline is deleted again.
    ///
    /// # Errors
    /// [`VaultError::NoAnswer`] after the deadline, else what the vault says.
    pub async fn put(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        self.ask(|answer| Job::Put(name.to_owned(), secret.clone(), answer)).await
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// [`VaultError::NoAnswer`] after the deadline, else what the vault says.
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        self.ask(|answer| Job::Get(name.to_owned(), answer)).await
    }

    /// Deletes a secret; nothing there is fine.
    ///
    /// # Errors
    /// [`VaultError::NoAnswer`] after the deadline, else what the vault says.
    pub async fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.ask(|answer| Job::Delete(name.to_owned(), answer)).await
    }

    /// Whether the vault can be used now.
    ///
    /// # Errors
    /// Why not.
    pub async fn probe(&self) -> Result<(), VaultError> {
        self.get(PROBE).await.map(|_| ())
    }

    async fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, VaultError>>) -> Job,
    ) -> Result<T, VaultError> {
        let (sender, answer) = oneshot::channel();
        self.jobs.send(job(sender)).map_err(|_| VaultError::NoAnswer)?;
        match timeout(self.deadline, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(VaultError::NoAnswer),
        }
    }
}

fn work(vault: &dyn Vault, queue: &mpsc::Receiver<Job>) {
    while let Ok(job) = queue.recv() {
        // Nobody waits any more for what is still in the queue: do not do it behind their back.
        match job {
            Job::Put(name, secret, answer) if !answer.is_closed() => {
                let outcome = vault.put(&name, &secret);
                if answer.send(outcome) == Err(Ok(())) && vault.delete(&name).is_err() {
                    tracing::warn!("late vault entry may be left");
                }
            }
            Job::Get(name, answer) if !answer.is_closed() => {
                let _ = answer.send(vault.get(&name));
            }
            // A late delete does what was wanted.
            Job::Delete(name, answer) => {
                let _ = answer.send(vault.delete(&name));
            }
            Job::Put(..) | Job::Get(..) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Condvar, Mutex},
        time::{Duration, Instant},
    };

    use super::Keeper;
    use crate::{
        ehr::Kept,
        secret::Secret,
        vault::{Vault, VaultError, memory::MemoryVault},
    };

    /// Blocks every call until it is opened, as a keyring does that waits for a password.
    #[derive(Default)]
    struct Stuck {
        inside: MemoryVault,
        open: Mutex<bool>,
        opened: Condvar,
    }

    impl Stuck {
        fn wait(&self) {
            let open = self.open.lock().unwrap();
            drop(self.opened.wait_while(open, |open| !*open).unwrap());
        }

        fn unlock(&self) {
            *self.open.lock().unwrap() = true;
            self.opened.notify_all();
        }
    }

    impl Vault for Stuck {
        fn kept(&self) -> Kept {
            Kept::Keyring
        }
        fn put(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
            self.wait();
            self.inside.put(name, secret)
        }
        fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
            self.wait();
            self.inside.get(name)
        }
        fn delete(&self, name: &str) -> Result<(), VaultError> {
            self.wait();
            self.inside.delete(name)
        }
    }

    #[tokio::test]
    async fn hands_calls_to_the_vault() {
        let keeper = Keeper::new(Arc::new(MemoryVault::default()));
        assert_eq!(keeper.kept(), Kept::ThisSession);
        keeper.put("a", &Secret::new("1")).await.unwrap();
        assert_eq!(keeper.get("a").await.unwrap().unwrap().expose(), "1");
        keeper.delete("a").await.unwrap();
        assert!(keeper.get("a").await.unwrap().is_none());
        keeper.probe().await.unwrap();
    }

    #[test]
    fn a_vault_that_hangs_costs_the_deadline_and_not_more() {
        let began = Instant::now();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let keeper = Keeper::with_deadline(Arc::new(Stuck::default()), Duration::from_millis(200));
        let answer = runtime.block_on(async { keeper.put("a", &Secret::new("1")).await });
        assert_eq!(answer, Err(VaultError::NoAnswer));
        drop(keeper);
        drop(runtime);
        assert!(began.elapsed() < Duration::from_secs(2), "neither the call nor quitting waits");
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_stored() {
        let vault = Arc::new(Stuck::default());
        let keeper = Keeper::with_deadline(Arc::<Stuck>::clone(&vault), Duration::from_millis(100));
        assert_eq!(keeper.put("begun", &Secret::new("1")).await, Err(VaultError::NoAnswer));
        assert_eq!(keeper.put("queued", &Secret::new("2")).await, Err(VaultError::NoAnswer));
        vault.unlock();
        // A call that is answered was made after the two before it were done.
        let patient = Keeper { deadline: Duration::from_secs(5), ..keeper };
        assert!(patient.get("begun").await.unwrap().is_none());
        assert!(patient.get("queued").await.unwrap().is_none());
    }
}
