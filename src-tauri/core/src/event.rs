//! What the core tells the window. Events carry what changed, not the data: the window asks for that.

use serde::Serialize;
use ts_rs::TS;

use crate::{
    connection::{ConnectionId, journal::Step},
    ehr::EhrId,
};

/// A change that somebody who watches wants to know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// Hospitals or sign-ins changed.
    EhrsChanged,
    /// A sign-in went on or ended.
    SignInChanged {
        /// Where.
        ehr: EhrId,
    },
    /// The lists of shares changed, or how fresh they are.
    SharingChanged,
    /// A line was written in a share's journal.
    ConnectionChanged {
        /// Which share.
        id: ConnectionId,
        /// The step that the line is about.
        step: Option<Step>,
    },
}
