//! Why an exchange did not end with an answer. Closed, and free of URLs, bodies and library texts:
//! those quote secrets (a reqwest error holds the URL, a serde error holds the value).

use std::{error::Error, io};

/// What happened to one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum HttpError {
    /// The text is no web address that this app uses.
    #[error("not an address")]
    NotAnAddress,
    /// Not https, and no socket of this program.
    #[error("address is not protected")]
    NotSecure,
    /// The secure connection could not be confirmed (TLS).
    #[error("secure connection not confirmed")]
    NotTrusted,
    /// No connection, or it broke.
    #[error("not reachable")]
    Unreachable {
        /// `false`: certainly nothing of the request was sent.
        written: bool,
    },
    /// A deadline passed.
    #[error("no answer in time")]
    TooSlow {
        /// `false`: certainly nothing of the request was sent.
        written: bool,
    },
    /// The answer is longer than this exchange allows.
    #[error("answer too large")]
    TooLarge,
    /// The server tried to send a request elsewhere, or gave an address that is not its own.
    #[error("sent elsewhere")]
    Redirected,
    /// The answer is not what this exchange expects.
    #[error("answer not understood")]
    Unreadable,
}

impl HttpError {
    /// Whether the server certainly saw nothing of the request: only then may a change be sent again blindly.
    #[must_use]
    pub const fn unsent(self) -> bool {
        matches!(
            self,
            Self::NotAnAddress
                | Self::NotSecure
                | Self::NotTrusted
                | Self::Unreachable { written: false }
                | Self::TooSlow { written: false }
        )
    }

    /// The code for the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAnAddress => "not-an-address",
            Self::NotSecure => "not-secure",
            Self::NotTrusted => "not-trusted",
            Self::Unreachable { written: false } => "unreachable",
            Self::Unreachable { written: true } => "lost",
            Self::TooSlow { written: false } => "slow-connect",
            Self::TooSlow { written: true } => "slow",
            Self::TooLarge => "too-large",
            Self::Redirected => "redirected",
            Self::Unreadable => "unreadable",
        }
    }

    /// Sorts a failure of the HTTP library. Connecting covers name, TCP, proxy tunnel and TLS: before its
    /// end no byte of the request leaves.
    pub(super) fn sort(error: &reqwest::Error) -> Self {
        let connecting = error.is_connect() || error.is_builder();
        if connecting && breaks_tls(error) {
            return Self::NotTrusted;
        }
        if error.is_timeout() {
            return Self::TooSlow { written: !connecting };
        }
        Self::Unreachable { written: !connecting }
    }
}

/// While connecting, rustls reports everything it does not accept as I/O of the kind "invalid data", wrapped
/// in I/O of another kind. An I/O error leaves what it wraps out of `source`, so it is asked directly.
fn breaks_tls(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(cause) = next {
        next = cause.source();
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            if io.kind() == io::ErrorKind::InvalidData {
                return true;
            }
            next = io.get_ref().map(|inner| inner as &(dyn Error + 'static)).or(next);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::HttpError;

    #[test]
    fn only_what_was_never_written_counts_as_unsent() {
        assert!(HttpError::Unreachable { written: false }.unsent());
        assert!(HttpError::TooSlow { written: false }.unsent());
        assert!(HttpError::NotTrusted.unsent());
        for after in [
            HttpError::Unreachable { written: true },
            HttpError::TooSlow { written: true },
            HttpError::TooLarge,
            HttpError::Redirected,
            HttpError::Unreadable,
        ] {
            assert!(!after.unsent(), "{after}");
        }
    }
}
