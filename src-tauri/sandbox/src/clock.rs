//! The one place that reads the time.
//!
//! An EHR's clock can be put forward, so that codes, tokens and consents can be seen to expire
//! without anybody waiting. It never goes back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

/// The time as both EHRs see it; clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// Now, as the EHRs see it.
    pub(crate) fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.ahead.load(Ordering::SeqCst));
        machine_time().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// Seconds since 1970, the unit of every token table.
    pub(crate) fn second(&self) -> i64 {
        self.now().as_second()
    }

    /// Puts the clock forward by whole seconds.
    pub(crate) fn advance(&self, by: Duration) {
        let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX / 4);
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox's only reading of the time; everything else is handed a Clock"
)]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_move_forward_together() {
        let clock = Clock::default();
        let same = clock.clone();
        let before = same.second();
        clock.advance(Duration::from_secs(3_600));
        assert!(same.second() >= before + 3_600);
    }
}
