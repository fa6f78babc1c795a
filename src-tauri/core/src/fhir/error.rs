//! What can go wrong in one FHIR call, and the question that matters after a change: did it happen?
//!
//! Law: [`FhirError::certain`] is true only when the server certainly did not do it. Everything else is looked up by
//! reading, never sent again blindly.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::header::{DATE, HeaderMap};

use crate::{http::HttpError, retry::asked_to_wait};

/// The issue type for what a server does not do at all.
pub(super) const NOT_SUPPORTED: &str = "not-supported";

/// Why a call did not end as it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FhirError {
    /// The request did not get through, or the answer did not get back.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server answered with a status that is no 2xx.
    #[error("the server answered {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The server's own words, cleaned.
        said: Option<String>,
        /// The issue type of its OperationOutcome, for example `not-supported`.
        issue_code: Option<String>,
        /// How long it asks to wait: 1 s to 1 h.
        retry_after: Option<Duration>,
    },
    /// A 2xx whose body is not what FHIR says.
    #[error("the server's answer could not be read")]
    Unreadable,
    /// Nothing was sent: there was nothing right to send, for example because the time is over.
    #[error("nothing was sent")]
    NotSent,
    /// A 2xx that does not say that it was done.
    #[error("the server did not confirm it")]
    NotConfirmed {
        /// The server's own words, cleaned.
        said: Option<String>,
    },
}

impl FhirError {
    /// Whether the server certainly did not do what was asked. False means that nobody knows: read before anything else.
    #[must_use]
    pub fn certain(&self) -> bool {
        match self {
            Self::Http(error) => error.unsent(),
            // 408: the request may have arrived. 409, 412: somebody did something, perhaps our own lost call.
            Self::Status { status, .. } => matches!(status, 400..=407 | 410 | 411 | 413..=499 | 501),
            Self::NotSent => true,
            Self::Unreadable | Self::NotConfirmed { .. } => false,
        }
    }

    /// Whether the server understood what was asked and said no: not a matter of sign-in, of waiting, or of what the
    /// server offers at all.
    #[must_use]
    pub fn refused(&self) -> bool {
        match self {
            Self::Status { issue_code: Some(code), .. } if code == NOT_SUPPORTED => false,
            Self::Status { status, .. } => {
                matches!(status, 400 | 402 | 403 | 406 | 407 | 411 | 414..=428 | 430..=499)
            }
            Self::Http(_) | Self::Unreadable | Self::NotSent | Self::NotConfirmed { .. } => false,
        }
    }

    /// The status, when there was an answer.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::Http(_) | Self::Unreadable | Self::NotSent | Self::NotConfirmed { .. } => None,
        }
    }

    /// The server's own words.
    #[must_use]
    pub fn said(&self) -> Option<&str> {
        match self {
            Self::Status { said, .. } | Self::NotConfirmed { said } => said.as_deref(),
            Self::Http(_) | Self::Unreadable | Self::NotSent => None,
        }
    }

    /// The issue type of the server's OperationOutcome.
    #[must_use]
    pub fn issue_code(&self) -> Option<&str> {
        match self {
            Self::Status { issue_code, .. } => issue_code.as_deref(),
            Self::Http(_) | Self::Unreadable | Self::NotSent | Self::NotConfirmed { .. } => None,
        }
    }

    /// How long the server asks to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Http(_) | Self::Unreadable | Self::NotSent | Self::NotConfirmed { .. } => None,
        }
    }
}

/// `Retry-After`, kept between 1 s and 1 h. A date is measured against the answer's own `Date`, so that this computer's
/// clock plays no part.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let sent = headers.get(DATE).and_then(|date| date.to_str().ok());
    let sent = sent.and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
    // Without a `Date`, a date to wait for counts as passed.
    asked_to_wait(headers, sent.unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

    use super::{FhirError, retry_after};
    use crate::http::HttpError;

    fn status(status: u16) -> FhirError {
        FhirError::Status { status, said: None, issue_code: None, retry_after: None }
    }

    #[test]
    fn only_what_certainly_did_not_happen_is_certain() {
        for (error, certain) in [
            (FhirError::Http(HttpError::Unreachable { written: false }), true),
            (FhirError::Http(HttpError::Unreachable { written: true }), false),
            (FhirError::Http(HttpError::TooSlow { written: false }), true),
            (FhirError::Http(HttpError::TooSlow { written: true }), false),
            (FhirError::Http(HttpError::NotTrusted), true),
            (FhirError::Http(HttpError::TooLarge), false),
            (FhirError::Http(HttpError::Redirected), false),
            (FhirError::Unreadable, false),
            (FhirError::NotSent, true),
            (FhirError::NotConfirmed { said: None }, false),
        ] {
            assert_eq!(error.certain(), certain, "{error:?}");
        }
        for certain in [400, 401, 403, 404, 405, 410, 413, 422, 429, 501] {
            assert!(status(certain).certain(), "{certain}");
        }
        for unclear in [303, 408, 409, 412, 500, 502, 503, 504] {
            assert!(!status(unclear).certain(), "{unclear}");
        }
    }

    #[test]
    fn a_refusal_is_neither_a_matter_of_sign_in_nor_of_what_is_offered() {
        for refused in [400, 403, 422] {
            assert!(status(refused).refused(), "{refused}");
        }
        for other in [401, 404, 405, 408, 409, 410, 412, 413, 429, 500, 501, 503] {
            assert!(!status(other).refused(), "{other}");
        }
        let unsupported = FhirError::Status {
            status: 400,
            said: None,
            issue_code: Some("not-supported".to_owned()),
            retry_after: None,
        };
        assert!(!unsupported.refused());
    }

    #[test]
    fn a_date_to_wait_for_is_measured_by_the_servers_own_clock() {
        for (text, date, seconds) in [
            ("5", "", Some(5)),
            ("Sat, 21 Nov 2026 10:00:30 GMT", "Sat, 21 Nov 2026 10:00:00 GMT", Some(30)),
            ("Fri, 20 Nov 2026 10:00:00 GMT", "Sat, 21 Nov 2026 10:00:00 GMT", Some(1)),
            ("Sat, 21 Nov 2026 10:00:30 GMT", "", Some(1)),
            ("soon", "Sat, 21 Nov 2026 10:00:00 GMT", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            headers.insert(DATE, HeaderValue::from_static(date));
            assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
