//! Certificates for mail: this EHR's own, and where those of recipients are found.
//!
//! Applicability Statement for Secure Health Transport (Direct) §5: a certificate is bound to the whole address or to
//! its domain. Real systems look in the DNS and in LDAP; here a fixed register is given at the start. The law kept
//! here: no certificate that fits, no letter.

use std::collections::BTreeMap;

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _};
use rcgen::{CertificateParams, DnType, KeyUsagePurpose, PKCS_RSA_SHA256, SanType};
use x509_cert::{
    Certificate,
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use crate::store::Store;

use super::address::Address;

/// Under which name the key for mail is stored.
const KEY: &str = "mail";
const CERTIFICATE: &str = "mail-certificate";

/// Why there is no own certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailboxError {
    #[error("a key for mail could not be made")]
    Key,
    #[error("a certificate for mail could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("the certificate for mail is damaged: {0}")]
    Damaged(#[from] der::Error),
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

/// Why no letter can be sealed for an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsealable {
    #[error("no certificate is known for this address")]
    Unknown,
    #[error("the certificate that is known for this address belongs to another")]
    Stranger,
    #[error("the certificate of this address is not valid today")]
    OutOfDate,
    #[error("the certificate of this address cannot be used")]
    Unusable,
}

/// An address of this EHR with its key.
pub(crate) struct Mailbox {
    pub(crate) address: Address,
    /// PKCS#8.
    pub(super) key: Vec<u8>,
    pub(crate) certificate: Certificate,
}

impl Mailbox {
    /// The stored key and certificate, or fresh ones that are stored at once.
    pub(crate) fn load_or_make(store: &Store, address: Address) -> Result<Self, MailboxError> {
        let key = match store.keys()?.remove(KEY) {
            Some(key) => key,
            None => {
                let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| MailboxError::Key)?;
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| MailboxError::Key)?;
                store.keep_key(KEY, pkcs8.as_ref())?;
                pkcs8.as_ref().to_vec()
            }
        };
        let certificate = match store.fact(CERTIFICATE)? {
            Some(pem) => Certificate::from_pem(pem)?,
            None => {
                let certificate = self_signed(&key, &address)?;
                store.keep_fact(CERTIFICATE, &pem(&certificate)?)?;
                certificate
            }
        };
        Ok(Self { address, key, certificate })
    }
}

fn self_signed(pkcs8: &[u8], address: &Address) -> Result<Certificate, MailboxError> {
    let key = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.into(), &PKCS_RSA_SHA256)?;
    let mut params = CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    params.subject_alt_names = vec![SanType::Rfc822Name(address.to_string().try_into()?)];
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, address.to_string());
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    Ok(Certificate::from_der(params.self_signed(&key)?.der())?)
}

/// Where certificates of other mailboxes are found.
#[derive(Debug, Default)]
pub(crate) struct Register(BTreeMap<String, String>);

impl Register {
    /// From PEM texts by address or domain.
    pub(crate) fn of(entries: &BTreeMap<String, String>) -> Self {
        Self(entries.iter().map(|(name, pem)| (name.to_ascii_lowercase(), pem.clone())).collect())
    }

    /// Adds a mailbox that this EHR knows by itself.
    pub(crate) fn add(&mut self, mailbox: &Mailbox) {
        if let Ok(pem) = pem(&mailbox.certificate) {
            self.0.entry(mailbox.address.to_string().to_ascii_lowercase()).or_insert(pem);
        }
    }

    /// The certificate for an address at a second; that of the whole address goes before that of its domain.
    pub(crate) fn find(&self, address: &Address, now: i64) -> Result<Certificate, Unsealable> {
        let pem = self
            .0
            .get(&address.to_string().to_ascii_lowercase())
            .or_else(|| self.0.get(address.domain()))
            .ok_or(Unsealable::Unknown)?;
        let certificate = Certificate::from_pem(pem).map_err(|_| Unsealable::Unusable)?;
        if !is_bound_to(&certificate, address) {
            return Err(Unsealable::Stranger);
        }
        let validity = &certificate.tbs_certificate.validity;
        let second = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
        };
        if now < second(validity.not_before) || now > second(validity.not_after) {
            return Err(Unsealable::OutOfDate);
        }
        Ok(certificate)
    }
}

/// A certificate as text.
pub(crate) fn pem(certificate: &Certificate) -> der::Result<String> {
    certificate.to_pem(der::pem::LineEnding::LF)
}

/// The `SubjectPublicKeyInfo`, DER.
pub(super) fn public_key(certificate: &Certificate) -> der::Result<Vec<u8>> {
    certificate.tbs_certificate.subject_public_key_info.to_der()
}

/// By `rfc822Name` to the address, or by `dNSName` to its domain.
fn is_bound_to(certificate: &Certificate, address: &Address) -> bool {
    certificate
        .tbs_certificate
        .extensions
        .iter()
        .flatten()
        .filter(|extension| extension.extn_id.to_string() == "2.5.29.17")
        .filter_map(|extension| SubjectAltName::from_der(extension.extn_value.as_bytes()).ok())
        .flat_map(|names| names.0)
        .any(|name| match name {
            GeneralName::Rfc822Name(name) => Address::parse(name.as_str()).as_ref() == Some(address),
            GeneralName::DnsName(name) => name.as_str().eq_ignore_ascii_case(address.domain()),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_768_000_000;

    fn mailbox(address: &str) -> Mailbox {
        Mailbox::load_or_make(&Store::in_memory().unwrap(), Address::parse(address).unwrap()).unwrap()
    }

    fn register(name: &str, of: &Mailbox) -> Register {
        Register::of(&BTreeMap::from([(name.to_owned(), pem(&of.certificate).unwrap())]))
    }

    #[test]
    fn the_own_key_is_the_same_after_a_restart() {
        let store = Store::in_memory().unwrap();
        let address = Address::parse("records@direct.tern-bay.example").unwrap();
        let first = Mailbox::load_or_make(&store, address.clone()).unwrap();
        let second = Mailbox::load_or_make(&store, address).unwrap();
        assert_eq!(first.key, second.key);
        assert_eq!(first.certificate, second.certificate);
    }

    #[test]
    fn finds_only_a_certificate_that_is_bound_to_the_address_and_valid() {
        let records = mailbox("records@direct.tern-bay.example");
        let known = register("records@direct.tern-bay.example", &records);
        assert!(known.find(&records.address, NOW).is_ok());
        assert_eq!(known.find(&records.address, 4_000_000_000).unwrap_err(), Unsealable::OutOfDate);
        let other = Address::parse("desk@direct.tern-bay.example").unwrap();
        assert_eq!(known.find(&other, NOW).unwrap_err(), Unsealable::Unknown);
        let wrong = register("desk@direct.tern-bay.example", &records);
        assert_eq!(wrong.find(&other, NOW).unwrap_err(), Unsealable::Stranger);
        let junk = Register::of(&BTreeMap::from([(other.to_string(), "no certificate".to_owned())]));
        assert_eq!(junk.find(&other, NOW).unwrap_err(), Unsealable::Unusable);
    }
}
