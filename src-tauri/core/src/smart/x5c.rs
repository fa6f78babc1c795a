//! The certificates in a JWT's header (`x5c`, RFC 7515 §4.1.6): do they lead to an anchor that the person has, for this
//! issuer, now, for signing (RFC 5280 §6, done by webpki)?
//!
//! Laws: trust comes from the anchor only, so without one nothing is confirmed; what the header brings along otherwise
//! (`jwk`, `jku`, `x5u`) is not looked at; the first certificate's key is the one that signed, or it is refused.

use std::time::Duration;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use serde_json::{Value, json};
use url::Url;
use webpki::{EndEntityCert, Error, KeyUsage, aws_lc_rs as algorithms};
use x509_cert::{
    Certificate,
    der::{Decode, Reader, SliceReader, asn1::UintRef, oid::ObjectIdentifier},
    ext::pkix,
};

use super::{
    anchor::{Anchor, name_of},
    jwks::Jwks,
    jwt::{self, Claims},
};
use crate::secret::Secret;

/// Most certificates in one header.
const MOST: usize = 6;

/// Signatures of certificates that are taken: nothing with SHA-1.
const TAKEN: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
];

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// Why certificates confirm nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum X5cError {
    /// No list of certificates, or too long a one.
    #[error("no usable certificates")]
    Malformed,
    /// They do not lead to an anchor. Nobody whom the person trusts says anything of them.
    #[error("no anchor for the certificates")]
    UnknownIssuer,
    /// One has expired or is not good yet.
    #[error("a certificate is out of date")]
    OutOfDate,
    /// The first one is of somebody else.
    #[error("the certificate is of somebody else")]
    Name,
    /// The first one is not for signing, or an authority signs for itself.
    #[error("the certificate is not for this use")]
    Usage,
    /// They are not in the order in which each is confirmed by the next.
    #[error("the certificates are out of order")]
    Order,
    /// The first one is for another key than the one that signed.
    #[error("the certificate is for another key")]
    Key,
    /// A signature or a limit in the chain is wrong.
    #[error("the chain of certificates is broken")]
    Broken,
}

/// Who confirmed an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Name of the anchor.
    pub by: String,
    /// The organisation that the certificate is of, cleaned.
    pub organization: Option<String>,
}

/// The certificates of a header, the signer's first.
pub struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    kid: Option<String>,
}

impl Chain {
    /// Reads the header of a JWT; `None` when it shows no certificates.
    ///
    /// # Errors
    /// [`X5cError::Malformed`].
    pub fn of(jwt: &Secret) -> Result<Option<Self>, X5cError> {
        // Only the header is looked at.
        let header = jwt.expose().split('.').next().unwrap_or_default();
        let header = jwt::object(header).map_err(|_| X5cError::Malformed)?;
        let Some(list) = header.get("x5c") else { return Ok(None) };
        let list = list.as_array().filter(|list| (1..=MOST).contains(&list.len()));
        let list = list.ok_or(X5cError::Malformed)?;
        let certificates: Option<Vec<_>> = list
            .iter()
            .map(|item| Some(CertificateDer::from(BASE64_STANDARD.decode(item.as_str()?).ok()?)))
            .collect();
        Ok(Some(Self {
            certificates: certificates.ok_or(X5cError::Malformed)?,
            kid: header.get("kid").and_then(Value::as_str).map(str::to_owned),
        }))
    }

    /// Checks that the chain confirms this issuer at `now`.
    ///
    /// # Errors
    /// See [`X5cError`].
    pub fn confirm(&self, issuer: &str, anchors: &[Anchor], now: Timestamp) -> Result<Confirmed, X5cError> {
        let (first, others) = self.certificates.split_first().ok_or(X5cError::Malformed)?;
        let leaf = EndEntityCert::try_from(first).map_err(|_| X5cError::Malformed)?;
        let parsed = Certificate::from_der(first).map_err(|_| X5cError::Malformed)?;
        self.in_order()?;
        signs(&parsed)?;
        let trusted: Vec<TrustAnchor<'_>> = anchors
            .iter()
            .filter(|anchor| anchor.is_good_at(now))
            .filter_map(|anchor| webpki::anchor_from_trusted_cert(&anchor.der).ok())
            .collect();
        let second = u64::try_from(now.as_second()).map_err(|_| X5cError::OutOfDate)?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(second));
        let path = leaf
            .verify_for_usage(TAKEN, &trusted, others, time, KeyUsage::client_auth(), None, None)
            .map_err(|error| sort(&error))?;
        is_of(&leaf, issuer)?;
        let used = path.anchor();
        let by = anchors.iter().find(|anchor| {
            webpki::anchor_from_trusted_cert(&anchor.der).is_ok_and(|one| {
                one.subject == used.subject && one.subject_public_key_info == used.subject_public_key_info
            })
        });
        Ok(Confirmed {
            by: by.map(|anchor| anchor.name.clone()).ok_or(X5cError::UnknownIssuer)?,
            organization: name_of(&parsed),
        })
    }

    /// Checks the JWT's signature with the first certificate's key. Says nothing of whom the certificate is.
    ///
    /// # Errors
    /// [`X5cError::Key`] when another key signed.
    pub fn verify(&self, jwt: &Secret) -> Result<Claims, X5cError> {
        jwt::verify(jwt, &self.key()?).map_err(|_| X5cError::Key)
    }

    /// Checks that the key which signed is the first certificate's.
    ///
    /// # Errors
    /// [`X5cError::Key`].
    pub fn is_signed_by(&self, claims: &Claims) -> Result<(), X5cError> {
        if self.key()?.thumbprints().any(|own| own == claims.key_thumbprint()) {
            Ok(())
        } else {
            Err(X5cError::Key)
        }
    }

    /// The first certificate's key, as a set of one.
    fn key(&self) -> Result<Jwks, X5cError> {
        let first = self.certificates.first().ok_or(X5cError::Malformed)?;
        let parsed = Certificate::from_der(first).map_err(|_| X5cError::Malformed)?;
        let mut jwk = jwk_of(&parsed).ok_or(X5cError::Key)?;
        if let Some(kid) = &self.kid {
            jwk["kid"] = json!(kid);
        }
        Jwks::of(&[jwk]).map_err(|_| X5cError::Key)
    }

    /// "Each subsequent certificate being the one used to certify the previous one."
    fn in_order(&self) -> Result<(), X5cError> {
        for (one, next) in self.certificates.iter().zip(self.certificates.iter().skip(1)) {
            let (one, next) = match (EndEntityCert::try_from(one), EndEntityCert::try_from(next)) {
                (Ok(one), Ok(next)) => (one, next),
                _ => return Err(X5cError::Malformed),
            };
            if one.issuer() != next.subject() {
                return Err(X5cError::Order);
            }
        }
        Ok(())
    }
}

/// Key usage, when it is limited at all, must allow signatures. webpki looks at the extended one only.
fn signs(leaf: &Certificate) -> Result<(), X5cError> {
    let usage: Option<(bool, pkix::KeyUsage)> =
        leaf.tbs_certificate.get().map_err(|_| X5cError::Malformed)?;
    if usage.is_none_or(|(_, usage)| usage.digital_signature()) { Ok(()) } else { Err(X5cError::Usage) }
}

/// A certificate that names addresses (URI) must name the issuer; one that names hosts only, the issuer's host.
fn is_of(leaf: &EndEntityCert<'_>, issuer: &str) -> Result<(), X5cError> {
    let bare = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
    let mut addresses = leaf.valid_uri_names().peekable();
    if addresses.peek().is_some() {
        return if addresses.any(|one| bare(one) == bare(issuer)) { Ok(()) } else { Err(X5cError::Name) };
    }
    let host = Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.ok_or(X5cError::Name)?;
    let host = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(|_| X5cError::Name)?;
    leaf.verify_is_valid_for_subject_name(&host).map_err(|_| X5cError::Name)
}

fn sort(error: &Error) -> X5cError {
    match error {
        Error::UnknownIssuer => X5cError::UnknownIssuer,
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } => X5cError::OutOfDate,
        Error::RequiredEkuNotFoundContext(_) | Error::CaUsedAsEndEntity => X5cError::Usage,
        Error::BadDer | Error::BadDerTime => X5cError::Malformed,
        _ => X5cError::Broken,
    }
}

fn jwk_of(certificate: &Certificate) -> Option<Value> {
    let spki = &certificate.tbs_certificate.subject_public_key_info;
    let key = spki.subject_public_key.as_bytes()?;
    let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    match spki.algorithm.oid {
        RSA => {
            // RFC 8017 A.1.1: RSAPublicKey.
            let mut reader = SliceReader::new(key).ok()?;
            let (n, e) =
                reader.sequence(|inner| Ok((UintRef::decode(inner)?, UintRef::decode(inner)?))).ok()?;
            Some(json!({ "kty": "RSA", "n": text(n.as_bytes()), "e": text(e.as_bytes()) }))
        }
        EC => {
            let curve: ObjectIdentifier = spki.algorithm.parameters.as_ref()?.decode_as().ok()?;
            let (name, length) = match curve {
                P256 => ("P-256", 32),
                P384 => ("P-384", 48),
                _ => return None,
            };
            // SEC 1 §2.3.3, uncompressed.
            let point = key.strip_prefix(&[4])?;
            let (x, y) = point.split_at_checked(length)?;
            (y.len() == length).then(|| json!({ "kty": "EC", "crv": name, "x": text(x), "y": text(y) }))
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "x5c_tests.rs"]
mod tests;
