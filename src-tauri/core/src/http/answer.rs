//! What a server answered, within the bounds of the exchange. `Debug` shows no body: it may hold tokens.

use std::{fmt, time::Duration};

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use serde::de::DeserializeOwned;
use url::Url;

use super::{HttpError, json};

/// An answer of any status but a redirect.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, never longer than the request's limit.
    pub body: Vec<u8>,
    /// The URL that answered.
    pub url: Url,
}

impl Answer {
    /// Whether the status is 2xx.
    #[must_use]
    pub const fn ok(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The media type in lower case, without parameters.
    #[must_use]
    pub fn content_type(&self) -> Option<String> {
        let text = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = text.split(';').next()?.trim().to_ascii_lowercase();
        (!essence.is_empty()).then_some(essence)
    }

    /// The body as JSON, at most 64 levels deep, no name twice.
    ///
    /// # Errors
    /// [`HttpError::Unreadable`].
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        json::read(&self.body)
    }

    /// The `Location`, resolved, when it has the origin of the answer.
    #[must_use]
    pub fn location(&self) -> Option<Url> {
        let text = self.headers.get(LOCATION)?.to_str().ok()?;
        let url = self.url.join(text).ok()?;
        (url.origin() == self.url.origin()).then_some(url)
    }

    /// `Retry-After`, between 1 second and 1 hour.
    #[must_use]
    pub fn retry_after(&self, now: jiff::Timestamp) -> Option<Duration> {
        crate::retry::asked_to_wait(&self.headers, now)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}
