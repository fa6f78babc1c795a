//! How a pair of practice EHRs is started.

use std::{path::PathBuf, time::Duration};

use crate::ways::Ways;

/// What a caller can choose; `Options::default()` suits tests.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the two EHRs keep everything they know.
    pub storage: Storage,
    /// Ports of the first and the second EHR. `None` takes those remembered in the folder, else
    /// ephemeral ones. A port of 0 is ephemeral too.
    pub ports: Option<[u16; 2]>,
    /// Fixes the made-up records and the practice passwords.
    pub seed: u64,
    /// How long a target waits between two rounds of fetching.
    pub pace: Duration,
    /// Life of every access token, whole seconds.
    pub access_token_life: Duration,
    /// Ports of the EHRs that the first and the second one get records from; the other of the pair when there is none.
    pub sources: [Option<u16>; 2],
    /// How the first and the second EHR speak.
    pub ways: [Ways; 2],
}

impl Default for Options {
    fn default() -> Self {
        Self {
            storage: Storage::Memory,
            ports: None,
            seed: 20_170_909,
            pace: Duration::from_secs(3),
            access_token_life: Duration::from_secs(300),
            sources: [None, None],
            ways: Default::default(),
        }
    }
}

/// Where an EHR keeps its records, keys, logins and connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// Gone when the sandbox stops.
    Memory,
    /// One SQLite file per EHR in this folder, readable by its owner alone. Starting again with the
    /// same folder goes on where the last run ended, tokens included.
    Folder(PathBuf),
}
