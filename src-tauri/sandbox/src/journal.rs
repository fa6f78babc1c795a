//! The list of recent requests, and the bell that rings on every recorded change.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::records::RequestRecord;

/// How many requests are remembered.
const REMEMBERED: usize = 400;

/// Remembers requests and counts changes.
pub(crate) struct Journal {
    requests: Mutex<VecDeque<RequestRecord>>,
    changes: watch::Sender<u64>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { requests: Mutex::new(VecDeque::with_capacity(REMEMBERED)), changes: watch::Sender::new(0) }
    }

    /// Something that [`crate::Records`] shows has changed.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Follows the changes.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn add(&self, request: RequestRecord) {
        {
            let mut requests = self.lock();
            if requests.len() >= REMEMBERED {
                requests.pop_front();
            }
            requests.push_back(request);
        }
        self.changed();
    }

    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<RequestRecord>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
