//! The alliance's certificate authority: a root that people take as an anchor, and an intermediate that signs.
//!
//! Made anew at each start; the anchor is handed out by the sandbox itself and never by what it signs.

use std::iter::once;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};

use super::Certificate;

/// Who issues the certificates.
const NAME: &str = "Harbor Health Alliance";

type Error = rcgen::Error;

/// A root and the intermediate below it.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    year: i32,
}

impl Authority {
    /// A fresh one, good for some years around `now`.
    pub(crate) fn make(now: Timestamp) -> Result<Self, Error> {
        let year = i32::from(now.to_zoned(TimeZone::UTC).year());
        let root = CertifiedIssuer::self_signed(issuer("Root", year, 1), KeyPair::generate()?)?;
        let intermediate =
            CertifiedIssuer::signed_by(issuer("Members", year, 0), KeyPair::generate()?, &root)?;
        Ok(Self { root, intermediate, year })
    }

    /// The root as PEM, for a person's hospital list.
    pub(crate) fn anchor(&self) -> String {
        let body = STANDARD.encode(self.root.der());
        let lines: Vec<&str> =
            body.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap_or_default()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// The `x5c` of an EHR: its own certificate first, then the intermediate. `pkcs8` is the key that it signs with.
    pub(crate) fn chain(
        &self,
        kind: Certificate,
        name: &str,
        issuer: &str,
        pkcs8: &[u8],
    ) -> Result<Vec<String>, Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = named(&format!("{name} signing"), name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.not_before = date_time_ymd(self.year - 3, 1, 1);
        params.not_after = date_time_ymd(self.year + 3, 1, 1);
        let mut subject = issuer.to_owned();
        let mut key = KeyPair::try_from(pkcs8)?;
        match kind {
            Certificate::None => return Ok(Vec::new()),
            Certificate::Good | Certificate::UnknownRoot => {}
            Certificate::Expired => params.not_after = date_time_ymd(self.year - 1, 1, 1),
            Certificate::OtherName => subject.push_str("/other"),
            Certificate::OtherKey => key = KeyPair::generate()?,
        }
        params.subject_alt_names = vec![SanType::URI(subject.try_into()?)];
        let stranger;
        let signer = if kind == Certificate::UnknownRoot {
            let params = self::issuer("Strangers", self.year, 0);
            stranger = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
            &stranger
        } else {
            &self.intermediate
        };
        let leaf = params.signed_by(&key, signer)?;
        Ok(once(leaf.der()).chain(once(signer.der())).map(|der| STANDARD.encode(der)).collect())
    }
}

fn issuer(part: &str, year: i32, below: u8) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(&format!("{NAME} {part}"), NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(year - 5, 1, 1);
    params.not_after = date_time_ymd(year + 15, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn named(common: &str, organization: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name.push(DnType::OrganizationName, organization);
    name
}
