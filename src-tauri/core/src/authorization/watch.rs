//! Looks at every source's list by itself: often while the window is seen, seldom while it is hidden, slower after
//! failures, at once after an act of ours. One request at a time for each hospital.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, task::JoinSet, time::Instant};

use crate::{
    authorization::round,
    connection::conductor,
    context::{Context, Pace},
    ehr::EhrId,
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

/// Looks until dropped. Each hospital has its own pace: one that is down or slow holds up no other.
pub async fn watch(ctx: Arc<Context>, bell: Arc<Bell>) {
    let mut due: HashMap<EhrId, Instant> = HashMap::new();
    loop {
        let now = Instant::now();
        let mut looks = JoinSet::new();
        for ehr in ctx.ehrs() {
            let waits = due.get(&ehr.id).is_some_and(|at| *at > now);
            if !waits && ctx.sessions.granted(&ehr.id).is_some() {
                let own = ctx.clone();
                looks.spawn(async move {
                    round::look(&own, &ehr.id).await;
                    ehr.id
                });
            }
        }
        let seen = bell.seen.load(Ordering::Relaxed);
        while let Some(looked) = looks.join_next().await {
            let Ok(id) = looked else { continue };
            let failures = ctx.with_list(&id, |list| list.failures);
            due.insert(id, Instant::now() + wait(&ctx.pace, seen, failures));
        }
        conductor::carry_on_endings(&ctx).await;
        tokio::select! {
            () = tokio::time::sleep(wait(&ctx.pace, seen, 0)) => {}
            () = bell.ring.notified() => due.clear(),
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
