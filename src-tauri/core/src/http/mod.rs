//! The only way out: every request of the core is sent here.
//!
//! Laws: https, or a socket of this process (RFC 9700 §2.6); no redirect is followed with a secret or a
//! body; a bearer stays at its EHR; every exchange has deadlines and a size limit that counts while it
//! reads; no cookies, no compression, no retries of the library; the log names the exchange, never its content.

mod address;
mod answer;
mod error;
pub mod json;
mod request;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use reqwest::{
    Client,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION},
};
use tokio::time::{Instant, timeout};
use url::Url;
use zeroize::Zeroizing;

pub use self::{
    answer::Answer,
    error::HttpError,
    request::{Bearer, Body, Request},
};
use crate::ehr::FhirBase;

/// Redirects that a discovery read may follow.
const MOST_REDIRECTS: usize = 3;
/// Header fields and their bytes in one answer.
const MOST_FIELDS: usize = 100;
const MOST_HEADER_BYTES: usize = 64 * 1024;

/// How long an exchange may take. Between two parts of a body at most half of `first_byte` may pass.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until connected: name, TCP, TLS.
    pub connect: Duration,
    /// From then until the answer begins.
    pub first_byte: Duration,
    /// All of it.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(20),
            whole: Duration::from_secs(60),
        }
    }
}

/// The way out. Cheap to clone; all clones trust the same sockets.
#[derive(Clone)]
pub struct Http {
    inner: Arc<Inner>,
}

struct Inner {
    away: Client,
    here: Client,
    limits: Limits,
    trusted: RwLock<HashSet<String>>,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Http")
    }
}

impl Http {
    /// Builds the clients.
    ///
    /// # Errors
    /// [`HttpError::NotTrusted`] when the system's store of certificates cannot be used.
    pub fn new(limits: Limits) -> Result<Self, HttpError> {
        let inner = Inner {
            away: client(&limits, false)?,
            here: client(&limits, true)?,
            limits,
            trusted: RwLock::new(HashSet::new()),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Trusts the origin of a socket that this process opened, although it speaks plain http. Anything but
    /// `http://127.0.0.1:port` is left untrusted.
    pub fn trust(&self, origin: &Url) {
        if origin.scheme() == "http" && origin.host_str() == Some("127.0.0.1") && origin.port().is_some() {
            let mut trusted = self.inner.trusted.write().unwrap_or_else(PoisonError::into_inner);
            trusted.insert(origin.origin().ascii_serialization());
        }
    }

    /// Reads the FHIR address that a person typed.
    ///
    /// # Errors
    /// [`HttpError::NotAnAddress`] or [`HttpError::NotSecure`].
    pub fn address(&self, text: &str) -> Result<FhirBase, HttpError> {
        let url = address::typed(text)?;
        self.allowed(&url)?;
        Ok(FhirBase::new(url))
    }

    /// Whether a request may go to this URL.
    ///
    /// # Errors
    /// [`HttpError::NotAnAddress`] or [`HttpError::NotSecure`].
    pub fn allowed(&self, url: &Url) -> Result<(), HttpError> {
        if !address::plain(url) {
            return Err(HttpError::NotAnAddress);
        }
        if url.scheme() == "https" {
            return Ok(());
        }
        let trusted = self.inner.trusted.read().unwrap_or_else(PoisonError::into_inner);
        if trusted.contains(&url.origin().ascii_serialization()) { Ok(()) } else { Err(HttpError::NotSecure) }
    }

    /// Sends a request and reads the whole answer. A status is no error here, a redirect is.
    ///
    /// # Errors
    /// See [`HttpError`]; `written` says whether the server may have seen the request.
    pub async fn send(&self, request: Request) -> Result<Answer, HttpError> {
        let began = Instant::now();
        let (exchange, host) = (request.name, request.url.host_str().unwrap_or_default().to_owned());
        let whole = request.deadline.unwrap_or(self.inner.limits.whole);
        let answer = match timeout(whole, self.follow(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(HttpError::TooSlow { written: true }),
        };
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &answer {
            Ok(answer) => tracing::info!(exchange, host, status = answer.status, ms, "exchange"),
            Err(error) => tracing::warn!(exchange, host, error = error.code(), ms, "exchange"),
        }
        answer
    }

    async fn follow(&self, mut request: Request) -> Result<Answer, HttpError> {
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.exchange(&request).await?;
            if !matches!(answer.status, 300..=303 | 305..=399) {
                return Ok(answer);
            }
            if !request.may_follow() || !answer.headers.contains_key(LOCATION) {
                return Err(HttpError::Redirected);
            }
            request.url = answer.location().ok_or(HttpError::Redirected)?;
        }
        Err(HttpError::Redirected)
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, HttpError> {
        self.allowed(&request.url)?;
        let client = if address::loopback(&request.url) { &self.inner.here } else { &self.inner.away };
        let mut sent = reqwest::Request::new(request.method.clone(), request.url.clone());
        *sent.headers_mut() = fields(request)?;
        if let Some(body) = &request.body {
            *sent.body_mut() = Some(body.bytes()?.into());
        }
        let Limits { connect, first_byte, .. } = self.inner.limits;
        let mut reply = timeout(connect.saturating_add(first_byte), client.execute(sent))
            .await
            .map_err(|_| HttpError::TooSlow { written: true })?
            .map_err(|error| HttpError::sort(&error))?;
        let header_bytes: usize = reply.headers().iter().map(|(n, v)| n.as_str().len() + v.len()).sum();
        let said = reply.content_length().unwrap_or(0);
        if header_bytes > MOST_HEADER_BYTES || said > u64::try_from(request.limit).unwrap_or(u64::MAX) {
            return Err(HttpError::TooLarge);
        }
        let mut body = Vec::new();
        loop {
            let part = timeout(first_byte / 2, reply.chunk()).await;
            match part.map_err(|_| HttpError::TooSlow { written: true })? {
                Ok(Some(bytes)) if body.len().saturating_add(bytes.len()) > request.limit => {
                    return Err(HttpError::TooLarge);
                }
                Ok(Some(bytes)) => body.extend_from_slice(&bytes),
                Ok(None) => break,
                Err(error) if error.is_timeout() => return Err(HttpError::TooSlow { written: true }),
                Err(_) => return Err(HttpError::Unreachable { written: true }),
            }
        }
        Ok(Answer {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            body,
            url: request.url.clone(),
        })
    }
}

fn client(limits: &Limits, here: bool) -> Result<Client, HttpError> {
    #[expect(clippy::disallowed_methods, reason = "this is the only place that builds clients")]
    let builder = Client::builder()
        .user_agent(concat!("consentry/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(limits.connect)
        .timeout(limits.whole)
        .pool_idle_timeout(Duration::from_secs(15))
        .http1_max_headers(MOST_FIELDS)
        .http2_max_header_list_size(64 * 1024)
        .tls_backend_rustls()
        .tls_version_min(reqwest::tls::Version::TLS_1_2);
    let builder = if here { builder.no_proxy() } else { builder.https_only(true) };
    builder.build().map_err(|_| HttpError::NotTrusted)
}

/// Header fields of a request. A value that is none came from a server (an ETag), so it is unreadable.
fn fields(request: &Request) -> Result<HeaderMap, HttpError> {
    let mut fields = HeaderMap::new();
    fields.insert(ACCEPT, HeaderValue::from_static(request.accept));
    if let Some(body) = &request.body {
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(body.content_type()));
    }
    for (name, value) in &request.headers {
        let value = HeaderValue::from_str(value).map_err(|_| HttpError::Unreadable)?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HttpError::Unreadable)?;
        fields.insert(name, value);
    }
    let bearer = request.bearer.as_ref().map(|token| ("Bearer", token));
    if let Some((scheme, secret)) = bearer.or(request.basic.as_ref().map(|pair| ("Basic", pair))) {
        // Into the Authorization field of a request to the bearer's own EHR, or to the place that knows the app's secret.
        let text = Zeroizing::new(format!("{scheme} {}", secret.expose()));
        let mut value = HeaderValue::from_str(&text).map_err(|_| HttpError::Unreadable)?;
        value.set_sensitive(true);
        fields.insert(AUTHORIZATION, value);
    }
    Ok(fields)
}
