//! What the window asks for that belongs to no single concept: the state of the whole app.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    ehr::{EhrId, EhrView, Kept},
    kind::Kind,
};

/// Whether the hospitals are real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Real hospitals.
    Real,
    /// The two hospitals inside the app, with made-up people.
    Practice,
}

/// The state of the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppView {
    /// Practice or real.
    pub mode: Mode,
    /// Where sign-ins can be kept on this computer.
    pub kept: Kept,
    /// The name of the person, when a sign-in told it.
    pub person: Option<String>,
    /// All hospitals.
    pub ehrs: Vec<EhrView>,
    /// Whether there is any share, past or present.
    pub any_shares: bool,
    /// Version of the app.
    pub version: String,
}

/// What a sign-in is for: it decides which scopes are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "for", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum SignInFor {
    /// The source of a new share: exactly these kinds, and managing.
    Source {
        /// The ticked kinds.
        kinds: Vec<Kind>,
    },
    /// The target of a new share: these kinds, to show what arrived, and `$connect`.
    Target {
        /// The ticked kinds.
        kinds: Vec<Kind>,
    },
    /// Seeing and stopping shares only.
    Manage,
}

/// A sign-in that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignInStarted {
    /// Where.
    pub ehr: EhrId,
    /// What the browser's address bar must show.
    pub host: String,
    /// The page, to copy when no browser opened.
    pub page: String,
    /// Whether a browser was started.
    pub opened: bool,
    /// Until when the app waits.
    #[ts(type = "string")]
    pub until: Timestamp,
}
