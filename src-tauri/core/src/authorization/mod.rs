//! Who may get records, as each source lists it: the live lists.
//!
//! Law: a list is shown with its freshness or not at all, and a list that could not be read never looks empty.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    connection::Freshness,
    context::Context,
    ehr::EhrId,
    exchange::authorizations::same_app,
    problem::{Problem, What},
    store::{StoreError, seen::SeenRow},
};

pub mod round;
pub mod watch;

/// A list older than this is no longer called fresh, for example when the computer slept.
const OLD: SignedDuration = SignedDuration::from_mins(6);

/// One authorization that a source lists, with what its Consent says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// The Consent's id.
    pub consent: String,
    /// The `app-id` exactly as listed.
    pub app: String,
    /// Why the source no longer honours it, in its words.
    pub trouble: Option<String>,
    /// Until when, as the source says.
    pub until: Option<Timestamp>,
    /// The scopes of the Consent as it stands now.
    pub scopes: Vec<String>,
    /// The recipient's name in the Consent: a description, not proven.
    pub recipient: Option<String>,
    /// The last time the app asked, as the source's log says.
    pub last_asked: Option<Timestamp>,
}

/// One look at the source by a target, from the source's own log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The Consent's id.
    pub consent: String,
    /// The app.
    pub app: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was let in.
    pub allowed: bool,
    /// The source's words.
    pub detail: Option<String>,
}

/// What is known of one source's list.
#[derive(Clone, Debug, Default)]
pub struct ListState {
    /// The patient it is about.
    pub patient: Option<String>,
    /// When it was last read completely.
    pub as_of: Option<Timestamp>,
    /// Whether it is being read now.
    pub asking: bool,
    /// Why the last try failed.
    pub failure: Option<Problem>,
    /// How many tries failed in a row.
    pub failures: u32,
    /// What it listed.
    pub entries: Vec<Authorization>,
    /// The Consents of the patient that are in force there.
    pub in_force: BTreeSet<String>,
    /// What its log says, newest first.
    pub looks: Vec<Look>,
    /// Consents of shares that should be on, for which the source gave no list: their entries are from before.
    pub unanswered: BTreeSet<String>,
}

impl ListState {
    /// The list as it was last seen before this start.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn restored(ctx: &Context, ehr: &EhrId) -> Result<Self, StoreError> {
        let Some((patient, as_of)) = ctx.store.asked(ehr)? else {
            return Ok(Self::default());
        };
        let entries = ctx
            .store
            .seen()?
            .into_iter()
            .filter(|row| row.ehr == *ehr && row.listed && row.patient == patient)
            .filter_map(|row: SeenRow| serde_json::from_str(&row.entry).ok())
            .collect();
        Ok(Self { patient: Some(patient), as_of: Some(as_of), entries, ..Self::default() })
    }

    /// The entry of an app under a Consent.
    #[must_use]
    pub fn entry(&self, consent: &str, app: &str) -> Option<&Authorization> {
        self.entries.iter().find(|e| e.consent == consent && same_app(&e.app, app))
    }

    /// What a patient's list had under a Consent.
    #[must_use]
    pub fn under(&self, patient: &str, consent: &str) -> Vec<Authorization> {
        let own = self.entries.iter().filter(|_| self.patient.as_deref() == Some(patient));
        own.filter(|e| e.consent == consent).cloned().collect()
    }

    /// Whether this patient's list was read, and nothing failed since. What is known of one patient tells nothing of another.
    #[must_use]
    pub fn is_fresh_for(&self, patient: &str) -> bool {
        self.patient.as_deref() == Some(patient) && self.as_of.is_some() && self.failure.is_none()
    }

    /// How fresh it is, as it is shown. `signed_in` is the patient for whom the app could ask.
    #[must_use]
    pub fn freshness(&self, signed_in: Option<&str>, offered: bool, now: Timestamp) -> Freshness {
        if !offered {
            return Freshness::NotOffered;
        }
        let Some(patient) = signed_in else { return Freshness::SignedOut { as_of: self.as_of } };
        if self.patient.as_deref().is_some_and(|own| own != patient) {
            return Freshness::Asking { as_of: None };
        }
        let old = |at: Timestamp| now.duration_since(at) > OLD;
        match (&self.failure, self.as_of) {
            (Some(because), as_of) if because.what == What::SignInNeeded => Freshness::SignedOut { as_of },
            (Some(because), as_of) => Freshness::Stale { as_of, because: because.clone() },
            (None, Some(as_of)) if !self.asking && !old(as_of) => Freshness::Fresh { as_of },
            (None, as_of) => Freshness::Asking { as_of },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::ListState;
    use crate::{
        connection::Freshness,
        problem::{Problem, What},
    };

    #[test]
    fn a_list_that_failed_is_never_fresh_and_keeps_its_date() {
        let because = Problem::new(What::Unreachable);
        let list = ListState {
            patient: Some("p1".to_owned()),
            as_of: Some(Timestamp::UNIX_EPOCH),
            failure: Some(because.clone()),
            ..ListState::default()
        };
        assert_eq!(
            list.freshness(Some("p1"), true, Timestamp::UNIX_EPOCH),
            Freshness::Stale { as_of: Some(Timestamp::UNIX_EPOCH), because }
        );
        assert!(!list.is_fresh_for("p1"));
    }

    #[test]
    fn a_list_that_was_never_read_is_being_asked_not_empty() {
        let (blank, now) = (ListState::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(blank.freshness(Some("p1"), true, now), Freshness::Asking { as_of: None });
        assert_eq!(blank.freshness(None, true, now), Freshness::SignedOut { as_of: None });
        assert_eq!(blank.freshness(Some("p1"), false, now), Freshness::NotOffered);
    }

    #[test]
    fn a_list_is_fresh_for_its_patient_and_for_a_few_minutes() {
        let at = Timestamp::UNIX_EPOCH;
        let list = ListState { patient: Some("p1".to_owned()), as_of: Some(at), ..ListState::default() };
        let later = |minutes| at.checked_add(SignedDuration::from_mins(minutes)).unwrap();
        assert!(list.is_fresh_for("p1") && !list.is_fresh_for("p2"));
        assert_eq!(list.freshness(Some("p1"), true, later(5)), Freshness::Fresh { as_of: at });
        assert_eq!(list.freshness(Some("p1"), true, later(60)), Freshness::Asking { as_of: Some(at) });
        assert_eq!(list.freshness(Some("p2"), true, later(5)), Freshness::Asking { as_of: None });
    }
}
