//! Certificates that a person takes as the word of somebody they trust: the anchors of a hospital list.
//!
//! Law: an anchor comes from the person (or from who runs this computer), never from a server that it would vouch for.

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use x509_cert::{
    Certificate,
    der::{Decode, Encode, oid::db::rfc4519},
    ext::pkix::{BasicConstraints, KeyUsage},
};

/// Longest text that is read as anchors, in bytes, and most of them in one.
const LONGEST: usize = 64 * 1024;
const MOST: usize = 8;

/// A certificate that confirms others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Who it is of: its organisation, else its common name; cleaned.
    pub name: String,
    /// When it ends.
    pub until: Timestamp,
    pub(super) der: CertificateDer<'static>,
    from: Timestamp,
}

/// Why a text is no anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// It holds no certificate in PEM, or too many.
    #[error("no certificate")]
    Unreadable,
    /// A certificate in it may not confirm others.
    #[error("not an authority")]
    NotAnAuthority,
    /// A certificate in it names nobody.
    #[error("nobody is named")]
    Nameless,
}

impl Anchor {
    /// Reads certificates in PEM (RFC 7468). White space alone is none.
    ///
    /// # Errors
    /// See [`AnchorError`].
    pub fn read(pem: &str) -> Result<Vec<Self>, AnchorError> {
        if pem.trim().is_empty() {
            return Ok(Vec::new());
        }
        if pem.len() > LONGEST {
            return Err(AnchorError::Unreadable);
        }
        // Windows line ends and what stands around the blocks do not matter.
        let pem = pem.replace("\r\n", "\n");
        let found =
            Certificate::load_pem_chain(pem.trim().as_bytes()).map_err(|_| AnchorError::Unreadable)?;
        if found.is_empty() || found.len() > MOST {
            return Err(AnchorError::Unreadable);
        }
        found.iter().map(Self::of).collect()
    }

    /// One that was kept as DER.
    ///
    /// # Errors
    /// See [`AnchorError`].
    pub fn from_der(der: &[u8]) -> Result<Self, AnchorError> {
        Self::of(&Certificate::from_der(der).map_err(|_| AnchorError::Unreadable)?)
    }

    /// The certificate, to keep.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it may be used at `now`.
    #[must_use]
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        self.from <= now && now <= self.until
    }

    fn of(certificate: &Certificate) -> Result<Self, AnchorError> {
        let body = &certificate.tbs_certificate;
        let basic: Option<(bool, BasicConstraints)> = body.get().map_err(|_| AnchorError::Unreadable)?;
        let usage: Option<(bool, KeyUsage)> = body.get().map_err(|_| AnchorError::Unreadable)?;
        let signs = usage.is_none_or(|(_, usage)| usage.key_cert_sign());
        if !signs || !basic.is_some_and(|(_, basic)| basic.ca) {
            return Err(AnchorError::NotAnAuthority);
        }
        let name = name_of(certificate).ok_or(AnchorError::Nameless)?;
        let at = |time: x509_cert::time::Time| {
            let second = i64::try_from(time.to_unix_duration().as_secs()).ok();
            second.and_then(|second| Timestamp::from_second(second).ok()).ok_or(AnchorError::Unreadable)
        };
        let der = certificate.to_der().map_err(|_| AnchorError::Unreadable)?;
        Ok(Self {
            name,
            from: at(body.validity.not_before)?,
            until: at(body.validity.not_after)?,
            der: CertificateDer::from(der),
        })
    }
}

/// Who a certificate is of: its organisation, else its common name.
pub(super) fn name_of(certificate: &Certificate) -> Option<String> {
    let subject = &certificate.tbs_certificate.subject;
    [rfc4519::O, rfc4519::CN].into_iter().find_map(|wanted| {
        subject
            .0
            .iter()
            .flat_map(|set| set.0.iter())
            .filter(|part| part.oid == wanted)
            // A string of any kind: all of those that matter are ASCII or UTF-8 inside.
            .filter_map(|part| std::str::from_utf8(part.value.value()).ok())
            .map(crate::text::name)
            .find(|name| !name.is_empty())
    })
}
