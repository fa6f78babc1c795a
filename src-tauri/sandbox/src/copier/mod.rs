//! The target's side of a connection: fetch the patient's records from the source, again and again,
//! as long as the source lets it.
//!
//! This is what makes "stopped" observable: after a stop the source really refuses a real request.
//! A refusal slows the copier down and, after a while, ends its trying; nothing else does.

mod fetch;
mod linked;
mod of_2017;
mod party;
mod token;

use std::collections::HashMap;

use tokio::time::Instant;

use crate::{
    hospital::{Hospital, Site},
    records::ConnectionState,
    store::{ConnectionRow, Under},
};

/// How much slower a refused connection is tried.
const SLOWER: u32 = 4;

/// Longest refusal text that is kept.
const LONGEST_TEXT: usize = 300;

/// Why a round did not go through.
#[derive(Debug, thiserror::Error)]
enum Failed {
    /// The source said no.
    #[error("{0}")]
    Refused(String),
    /// No usable answer; says nothing about the authorization.
    #[error("{0}")]
    Trouble(String),
}

impl From<crate::http::Unusable> for Failed {
    fn from(error: crate::http::Unusable) -> Self {
        Self::Trouble(error.to_string())
    }
}

impl From<reqwest::Error> for Failed {
    fn from(error: reqwest::Error) -> Self {
        Self::Trouble(error.to_string())
    }
}

impl From<crate::elsewhere::NoTokens> for Failed {
    fn from(error: crate::elsewhere::NoTokens) -> Self {
        match error {
            crate::elsewhere::NoTokens::Refused(why) => Self::Refused(why),
            crate::elsewhere::NoTokens::Unusable(error) => error.into(),
        }
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Trouble(error.to_string())
    }
}

impl From<crate::resources::StoreError> for Failed {
    fn from(error: crate::resources::StoreError) -> Self {
        Self::Trouble(error.to_string())
    }
}

/// Copies until the sandbox stops.
pub(crate) async fn run(site: Site) {
    let mut due: HashMap<i64, Instant> = HashMap::new();
    loop {
        for connection in tried(&site) {
            let now = Instant::now();
            if due.get(&connection.id).is_some_and(|at| *at > now) {
                continue;
            }
            let pause = tokio::select! {
                biased;
                () = site.stop.cancelled() => return,
                pause = attempt(&site, &connection) => pause,
            };
            due.insert(connection.id, Instant::now() + pause);
        }
        let open: Vec<i64> = tried(&site).into_iter().map(|connection| connection.id).collect();
        due.retain(|id, _| open.contains(id));
        let next = open.iter().map(|id| due.get(id).copied().unwrap_or_else(Instant::now)).min();
        tokio::select! {
            biased;
            () = site.stop.cancelled() => return,
            () = site.wake.notified() => due.clear(),
            () = sleep_until(next) => {}
        }
    }
}

async fn sleep_until(next: Option<Instant>) {
    match next {
        Some(next) => tokio::time::sleep_until(next).await,
        None => std::future::pending().await,
    }
}

fn tried(site: &Hospital) -> Vec<ConnectionRow> {
    match site.store.connections() {
        Ok(rows) => rows.into_iter().filter(ConnectionRow::is_tried).collect(),
        Err(error) => {
            tracing::error!(%error, "connections could not be read");
            Vec::new()
        }
    }
}

/// One round and what is to be remembered of it; gives back how long to wait.
async fn attempt(site: &Hospital, connection: &ConnectionRow) -> std::time::Duration {
    let slow = site.pace.saturating_mul(SLOWER);
    if site.faults.manners().down {
        return site.pace;
    }
    if connection.until.is_some_and(|until| until <= site.second()) {
        note(site.store.end_connection(connection.id));
        site.journal.changed();
        return slow;
    }
    let outcome = round(site, connection).await;
    let now = site.second();
    let pause = match &outcome {
        Ok(()) => {
            note(site.store.note_round(connection.id));
            site.pace
        }
        Err(Failed::Refused(text)) => {
            let text: String = text.chars().take(LONGEST_TEXT).collect();
            note(site.store.note_refusal(connection.id, &text, now));
            slow
        }
        Err(Failed::Trouble(text)) => {
            tracing::debug!(%text, "a round did not go through");
            match connection.state {
                ConnectionState::Refused => slow,
                ConnectionState::Copying | ConnectionState::Ended => site.pace,
            }
        }
    };
    site.journal.changed();
    pause
}

async fn round(site: &Hospital, connection: &ConnectionRow) -> Result<(), Failed> {
    let token = match connection.under() {
        Under::Consent(_) => token::buy(site, connection).await?,
        Under::Policy { patient } => party::buy(site, patient).await?,
        Under::SignIn { patient } => linked::buy(site, connection, patient).await?,
    };
    fetch::everything(site, connection, &token).await
}

fn note(result: rusqlite::Result<()>) {
    if let Err(error) = result {
        tracing::error!(%error, "a round could not be noted");
    }
}
