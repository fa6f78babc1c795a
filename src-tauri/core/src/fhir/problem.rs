//! From a FHIR error to a [`Problem`]: the one place where statuses get their meaning for the person.
//!
//! Law: every status has exactly one meaning here. What a refusal of a certain step means is said in
//! [`crate::exchange::Act`], which builds on this.

use super::{FhirError, error::NOT_SUPPORTED};
use crate::{
    http::HttpError,
    problem::{Problem, What},
};

impl FhirError {
    /// What this means when something was read: nothing changed.
    #[must_use]
    pub fn problem(&self, ehr_name: &str) -> Problem {
        Problem::new(self.what()).at(ehr_name).said(self.said())
    }

    /// What happened, whatever was asked.
    #[must_use]
    pub fn what(&self) -> What {
        match self {
            Self::Http(error) => what_of_http(*error),
            Self::Unreadable => What::Unreadable,
            // What was to be sent cannot be right any more: the person chooses anew.
            Self::NotSent => What::FormIncomplete,
            Self::NotConfirmed { .. } => What::NotConfirmed,
            Self::Status { issue_code: Some(code), status: 400..=599, .. } if code == NOT_SUPPORTED => {
                What::NotOffered
            }
            Self::Status { status, retry_after, .. } => match status {
                300..=399 => What::SentElsewhere,
                401 => What::SignInNeeded,
                404 | 410 => What::Gone,
                405 | 501 => What::NotOffered,
                409 | 412 => What::ChangedMeanwhile,
                // Larger than the hospital takes: nothing that the person could change.
                413 => What::Internal,
                429 => What::TooBusy,
                503 if retry_after.is_some() => What::TooBusy,
                408 | 500..=599 => What::EhrTrouble,
                400..=499 => What::NotAllowed,
                _ => What::Unreadable,
            },
        }
    }
}

fn what_of_http(error: HttpError) -> What {
    match error {
        HttpError::NotAnAddress => What::NotAnAddress,
        HttpError::NotSecure => What::NotSecure,
        HttpError::NotTrusted => What::NotTrusted,
        HttpError::Unreachable { .. } | HttpError::TooSlow { .. } => What::Unreachable,
        HttpError::TooLarge | HttpError::Unreadable => What::Unreadable,
        HttpError::Redirected => What::SentElsewhere,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{
        fhir::FhirError,
        http::HttpError,
        problem::{Records, What},
    };

    fn status(status: u16, issue_code: Option<&str>, wait: Option<u64>) -> FhirError {
        FhirError::Status {
            status,
            said: Some("their words".to_owned()),
            issue_code: issue_code.map(str::to_owned),
            retry_after: wait.map(Duration::from_secs),
        }
    }

    #[test]
    fn each_status_has_one_meaning() {
        for (code, what) in [
            (301, What::SentElsewhere),
            (400, What::NotAllowed),
            (401, What::SignInNeeded),
            (403, What::NotAllowed),
            (404, What::Gone),
            (405, What::NotOffered),
            (408, What::EhrTrouble),
            (409, What::ChangedMeanwhile),
            (410, What::Gone),
            (412, What::ChangedMeanwhile),
            (413, What::Internal),
            (422, What::NotAllowed),
            (429, What::TooBusy),
            (500, What::EhrTrouble),
            (501, What::NotOffered),
            (502, What::EhrTrouble),
            (503, What::EhrTrouble),
            (504, What::EhrTrouble),
        ] {
            assert_eq!(status(code, None, None).what(), what, "{code}");
        }
        assert_eq!(status(503, None, Some(5)).what(), What::TooBusy);
        assert_eq!(status(400, Some("not-supported"), None).what(), What::NotOffered);
        assert_eq!(status(500, Some("not-supported"), None).what(), What::NotOffered);
    }

    #[test]
    fn a_failed_read_names_the_hospital_quotes_it_and_changes_nothing() {
        let problem = status(500, None, None).problem("Tern Bay Hospital");
        assert_eq!(problem.ehr.as_deref(), Some("Tern Bay Hospital"));
        assert_eq!(problem.said.as_deref(), Some("their words"));
        assert_eq!(problem.records, Records::Unchanged);
    }

    #[test]
    fn the_network_has_its_own_meanings() {
        for (error, what) in [
            (HttpError::Unreachable { written: true }, What::Unreachable),
            (HttpError::TooSlow { written: false }, What::Unreachable),
            (HttpError::NotTrusted, What::NotTrusted),
            (HttpError::Redirected, What::SentElsewhere),
            (HttpError::TooLarge, What::Unreadable),
        ] {
            assert_eq!(FhirError::Http(error).what(), what);
        }
    }
}
