//! What the failure of each act means for the person: the one place for meanings that depend on what was asked.
//!
//! Builds on [`FhirError::what`], where statuses get their general meaning.

use crate::{
    fhir::FhirError,
    problem::{Problem, Records, What},
};

/// What was asked of a hospital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Save the Consent at the source.
    SaveConsent,
    /// Set the Consent to inactive at the source.
    CloseConsent,
    /// Fetch the target's JWT.
    Introduce,
    /// `$authorize` at the source.
    Authorize,
    /// `$connect` at the target.
    Connect,
    /// `$authorizations` at the source.
    List,
    /// `$revokeAuthorization` at the source.
    Revoke,
}

impl Act {
    /// The problem that an error of this act is.
    #[must_use]
    pub fn problem(self, error: &FhirError, ehr_name: &str) -> Problem {
        Problem::new(self.what(error)).at(ehr_name).said(error.said()).records(self.records(error))
    }

    fn what(self, error: &FhirError) -> What {
        if error.refused()
            && let Some(what) = self.refused_as(error.status())
        {
            return what;
        }
        match error.what() {
            // The operation is not there; the Consent would be missed with an outcome that says so.
            What::Gone
                if error.status() == Some(404) && self.is_operation() && !self.misses_the_consent(error) =>
            {
                What::NotOffered
            }
            What::EhrTrouble | What::Unreachable | What::Unreadable if self.changes() && !error.certain() => {
                What::NotConfirmed
            }
            What::NotConfirmed if !self.changes() => What::Unreadable,
            what => what,
        }
    }

    /// What a plain no means here; `None` when it has no meaning of its own.
    const fn refused_as(self, status: Option<u16>) -> Option<What> {
        match (self, status) {
            // A 403 for one's own paperwork is about the account, not about the choices.
            (Self::SaveConsent, Some(403)) => None,
            (Self::SaveConsent, _) => Some(What::ConsentRefused),
            (Self::Introduce, _) => Some(What::NoIdCard),
            (Self::Authorize, _) => Some(What::AuthorizeRefused),
            (Self::Connect, _) => Some(What::ConnectRefused),
            (Self::CloseConsent | Self::List | Self::Revoke, _) => None,
        }
    }

    fn records(self, error: &FhirError) -> Records {
        match self {
            Self::SaveConsent | Self::Introduce => Records::NothingShared,
            Self::Authorize if error.certain() => Records::NothingShared,
            Self::Connect => Records::AlreadyAllowed,
            Self::Revoke if error.certain() => Records::StillShared,
            Self::Authorize | Self::Revoke => Records::NotKnown,
            Self::CloseConsent | Self::List => Records::Unchanged,
        }
    }

    fn misses_the_consent(self, error: &FhirError) -> bool {
        matches!(self, Self::Authorize | Self::List | Self::Revoke)
            && matches!(error.issue_code(), Some("not-found" | "deleted"))
    }

    const fn is_operation(self) -> bool {
        !matches!(self, Self::SaveConsent | Self::CloseConsent)
    }

    const fn changes(self) -> bool {
        !matches!(self, Self::Introduce | Self::List)
    }
}

#[cfg(test)]
#[path = "problem_tests.rs"]
mod tests;
