//! Looks at every source's list by itself: often while the window is seen, seldom while it is hidden, slower after
//! failures, at once after an act of ours. One request at a time for each hospital.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

use crate::{
    authorization::round,
    connection::conductor,
    context::{Context, Pace},
};

/// Tells the watch that the window is seen, or that something was done.
#[derive(Debug, Default)]
pub struct Bell {
    seen: AtomicBool,
    ring: Notify,
}

impl Bell {
    /// Says whether the window is seen.
    pub fn seen(&self, seen: bool) {
        if self.seen.swap(seen, Ordering::Relaxed) != seen && seen {
            self.ring.notify_one();
        }
    }

    /// Asks for a look now.
    pub fn ring(&self) {
        self.ring.notify_one();
    }
}

/// How long to wait after `failures` failed looks in a row.
#[must_use]
pub fn wait(pace: &Pace, seen: bool, failures: u32) -> Duration {
    let base = if seen { pace.seen } else { pace.hidden };
    base.saturating_mul(2_u32.saturating_pow(failures.min(8))).min(pace.longest.max(base))
}

/// Looks until dropped.
pub async fn watch(ctx: Arc<Context>, bell: Arc<Bell>) {
    loop {
        let mut most_failures = 0;
        for ehr in ctx.ehrs() {
            if ctx.sessions.granted(&ehr.id).is_some() {
                round::look(&ctx, &ehr.id).await;
                most_failures = most_failures.max(ctx.with_list(&ehr.id, |list| list.failures));
            }
        }
        conductor::carry_on_endings(&ctx).await;
        let pause = wait(&ctx.pace, bell.seen.load(Ordering::Relaxed), most_failures);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = bell.ring.notified() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::wait;
    use crate::context::Pace;

    #[test]
    fn failures_make_it_slower_but_never_slower_than_the_longest_wait() {
        let pace = Pace::default();
        assert_eq!(wait(&pace, true, 0), Duration::from_secs(15));
        assert_eq!(wait(&pace, true, 2), Duration::from_secs(60));
        assert_eq!(wait(&pace, true, 40), pace.longest);
        assert_eq!(wait(&pace, false, 0), Duration::from_secs(300));
    }
}
