//! Waiting for something to become true, with a deadline and never for a fixed time.

use std::time::{Duration, Instant};

/// Long enough for a busy build machine with two cores.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often to look.
const PACE: Duration = Duration::from_millis(60);

/// What `probe` finds, as soon as it finds something; `None` when time is up.
pub(crate) async fn within<T>(patience: Duration, mut probe: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        if let Some(found) = probe().await {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        tokio::time::sleep(PACE).await;
    }
}

/// As [`within`], with the usual patience. Panics and names `what` when time is up.
pub(crate) async fn until<T>(what: &str, probe: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, probe).await.unwrap_or_else(|| panic!("waited {PATIENCE:?} in vain for {what}"))
}
