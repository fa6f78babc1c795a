//! One request, as data. A bearer can only be put on a request to its own EHR; a body is a form or JSON.

use std::{fmt, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::Method;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::HttpError;
use crate::{ehr::FhirBase, secret::Secret};

/// An access token together with the only place where it may go (RFC 9700 §4.9).
#[derive(Clone, Debug)]
pub struct Bearer {
    token: Secret,
    base: FhirBase,
}

impl Bearer {
    /// Binds a token to the EHR that it is for.
    #[must_use]
    pub const fn new(token: Secret, base: FhirBase) -> Self {
        Self { token, base }
    }

    /// The EHR.
    #[must_use]
    pub const fn base(&self) -> &FhirBase {
        &self.base
    }

    /// Whether both hold the same token.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        // Compared here, goes nowhere.
        self.token.same_as(other.token.expose())
    }
}

/// What a request carries.
#[derive(Clone)]
pub enum Body {
    /// `application/x-www-form-urlencoded`, each field once.
    Form(Vec<(String, Secret)>),
    /// JSON; may hold a JWT and is never logged.
    Json {
        /// For example `application/fhir+json`.
        content_type: &'static str,
        /// The document.
        value: serde_json::Value,
    },
}

impl Body {
    pub(super) const fn content_type(&self) -> &'static str {
        match self {
            Self::Form(_) => "application/x-www-form-urlencoded",
            Self::Json { content_type, .. } => content_type,
        }
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>, HttpError> {
        match self {
            Self::Form(fields) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, value) in fields {
                    // Into the body of this request.
                    form.append_pair(name, value.expose());
                }
                Ok(form.finish().into_bytes())
            }
            Self::Json { value, .. } => serde_json::to_vec(value).map_err(|_| HttpError::Unreadable),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.content_type())
    }
}

/// A request to send with [`super::Http::send`].
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Body>,
    pub(super) accept: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) bearer: Option<Secret>,
    pub(super) basic: Option<Secret>,
    pub(super) limit: usize,
    pub(super) follow: bool,
    pub(super) deadline: Option<Duration>,
    pub(super) name: &'static str,
}

impl Request {
    fn new(method: Method, url: Url, body: Option<Body>) -> Self {
        Self {
            method,
            url,
            body,
            accept: "application/json",
            headers: Vec::new(),
            bearer: None,
            basic: None,
            limit: 512 * 1024,
            follow: false,
            deadline: None,
            name: "other",
        }
    }

    /// A read.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url, None)
    }

    /// A POST.
    #[must_use]
    pub fn post(url: Url, body: Body) -> Self {
        Self::new(Method::POST, url, Some(body))
    }

    /// A POST without a body.
    #[must_use]
    pub fn post_empty(url: Url) -> Self {
        Self::new(Method::POST, url, None)
    }

    /// A PUT.
    #[must_use]
    pub fn put(url: Url, body: Body) -> Self {
        Self::new(Method::PUT, url, Some(body))
    }

    /// A DELETE.
    #[must_use]
    pub fn delete(url: Url) -> Self {
        Self::new(Method::DELETE, url, None)
    }

    /// What to write in the log for this exchange, for example `token`.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// The content type that is wanted; `application/json` when not said.
    #[must_use]
    pub const fn accept(mut self, content_type: &'static str) -> Self {
        self.accept = content_type;
        self
    }

    /// One more header field.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Signs the request.
    ///
    /// # Errors
    /// [`HttpError::Redirected`] when the URL is not at or below the bearer's base.
    pub fn bearer(mut self, bearer: &Bearer) -> Result<Self, HttpError> {
        if !bearer.base.contains(&self.url) {
            return Err(HttpError::Redirected);
        }
        self.bearer = Some(bearer.token.clone());
        Ok(self)
    }

    /// Names the app and shows its secret (RFC 6749 §2.3.1): both are form-encoded before they are joined.
    #[must_use]
    pub fn basic(mut self, client_id: &str, secret: &Secret) -> Self {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        // Into the Authorization field of this request.
        let pair = Zeroizing::new(format!("{}:{}", encoded(client_id), encoded(secret.expose())));
        self.basic = Some(Secret::new(BASE64_STANDARD.encode(pair.as_bytes())));
        self
    }

    /// The longest body to read, in bytes; 512 KiB when not said.
    #[must_use]
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Follows at most 3 redirects inside the same origin. Only for a GET without a secret; ignored otherwise.
    #[must_use]
    pub const fn follow_same_origin(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    /// The longest time for all of it, when it is not the usual one.
    #[must_use]
    pub const fn deadline(mut self, whole: Duration) -> Self {
        self.deadline = Some(whole);
        self
    }

    /// Whether redirects may be followed at all.
    pub(super) fn may_follow(&self) -> bool {
        let bare = self.bearer.is_none() && self.basic.is_none() && self.body.is_none();
        self.follow && self.method == Method::GET && bare
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} at {}", self.method, self.name, self.url.host_str().unwrap_or_default())
    }
}
