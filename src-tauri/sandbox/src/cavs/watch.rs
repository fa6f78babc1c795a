//! The source asks again: before each token, and every while. Who is no longer approved fetches nothing, although nobody
//! revoked anything (`error` in `$authorizations`); who is approved again goes on.

use super::ask::{Verification, ask};
use crate::{
    hospital::{Hospital, Site},
    store::Vouched,
};

/// Asks about every authorization, every while, until the sandbox stops.
pub(crate) async fn run(site: Site) {
    let Some(every) = site.ways.cavs.as_ref().map(|cavs| cavs.every) else { return };
    loop {
        tokio::select! {
            biased;
            () = site.stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        for vouched in site.store.vouched(None).unwrap_or_default() {
            tokio::select! {
                biased;
                () = site.stop.cancelled() => return,
                () = look(&site, &vouched) => {}
            }
        }
    }
}

/// Asks about one authorization.
pub(crate) async fn again(site: &Hospital, authorization: i64) {
    for vouched in site.store.vouched(Some(authorization)).unwrap_or_default() {
        look(site, &vouched).await;
    }
}

async fn look(site: &Hospital, vouched: &Vouched) {
    // Silence changes nothing: a service that is down is no verdict.
    let Some(said) = ask(site, &vouched.jwt).await else { return };
    let doubt = doubt(&said, vouched.was_approved);
    if doubt == vouched.doubt {
        return;
    }
    match site.store.doubt(vouched.authorization, doubt.as_deref()) {
        Ok(()) => site.journal.changed(),
        Err(error) => tracing::error!(%error, "a verdict could not be kept"),
    }
}

/// Why it opens nothing now. Unknown is a doubt only for one that was known.
fn doubt(said: &Verification, was_approved: bool) -> Option<String> {
    if said.is_unknown() && was_approved {
        return Some("the verification service no longer knows that system".to_owned());
    }
    said.refusal()
}
