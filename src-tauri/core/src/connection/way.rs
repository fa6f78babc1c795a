//! How a share is set up and ended: fixed when the person signs, and kept with the share. The plans of all ways are
//! here, side by side; the journal walks them, `run` and `end` do what each step says.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::journal::{EndStep, Step};

/// A way to share (a pattern of the track, in a dialect).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Pattern 2: the target trades the Consent for tokens. The track page's operations.
    #[default]
    ConsentTokens,
    /// The same under a Consent that the source already has: one more hospital gets records under it.
    ExistingConsent,
    /// Pattern 2 as the server of the track had it in 2017: the target is given the JWT that was authorized and a handle for
    /// it. Nothing lists the share and nothing stops it but its end.
    ReferenceTokens,
    /// The person's wish is put on file at the source, and no more: what follows from it, the source decides.
    Filed,
}

impl Way {
    /// The steps of setting it up, in order.
    #[must_use]
    pub const fn plan(self) -> &'static [Step] {
        match self {
            Self::ConsentTokens => &[
                Step::FileConsent,
                Step::ReadBack,
                Step::CheckIdCard,
                Step::Authorize,
                Step::Connect,
                Step::Confirm,
            ],
            Self::ExistingConsent => &[Step::CheckIdCard, Step::Authorize, Step::Connect, Step::Confirm],
            Self::ReferenceTokens => {
                &[Step::FileConsent, Step::ReadBack, Step::CheckIdCard, Step::Authorize, Step::Connect]
            }
            Self::Filed => &[Step::FileConsent, Step::ReadBack],
        }
    }

    /// The steps of ending it, in order: data stops first, paperwork last.
    #[must_use]
    pub const fn end_plan(self) -> &'static [EndStep] {
        match self {
            Self::ConsentTokens | Self::ExistingConsent => {
                &[EndStep::Revoke, EndStep::LookAgain, EndStep::CloseConsent]
            }
            Self::ReferenceTokens | Self::Filed => &[EndStep::CloseConsent, EndStep::SeeClosed],
        }
    }

    /// The step after which records may flow.
    #[must_use]
    pub const fn grants(self) -> Option<Step> {
        match self {
            Self::ConsentTokens | Self::ExistingConsent => Some(Step::Authorize),
            // Without the handle, which only this app has until then, the authorization opens nothing.
            Self::ReferenceTokens => Some(Step::Connect),
            Self::Filed => None,
        }
    }

    /// Whether the source lists the share, so that its being on and its end can be shown.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        match self {
            Self::ConsentTokens | Self::ExistingConsent => true,
            Self::ReferenceTokens | Self::Filed => false,
        }
    }

    /// Whether a Consent of ours is kept at the source.
    #[must_use]
    pub fn files_a_consent(self) -> bool {
        self.plan().contains(&Step::FileConsent)
    }
}

#[cfg(test)]
mod tests {
    use super::Way;
    use crate::connection::journal::EndStep;

    const ALL: [Way; 4] = [Way::ConsentTokens, Way::ExistingConsent, Way::ReferenceTokens, Way::Filed];

    #[test]
    fn what_grants_is_part_of_the_plan_and_leaves_a_trace() {
        for way in ALL {
            if let Some(step) = way.grants() {
                assert!(way.plan().contains(&step) && step.leaves_a_trace(), "{way:?}");
            }
        }
    }

    #[test]
    fn records_stop_before_the_paper_is_closed() {
        for way in ALL {
            let paper = way.end_plan().iter().position(|step| *step == EndStep::CloseConsent);
            let stop = way.end_plan().iter().position(|step| step.takes_back());
            assert!(paper.is_none() || stop.is_none() || stop < paper, "{way:?}");
        }
    }
}
