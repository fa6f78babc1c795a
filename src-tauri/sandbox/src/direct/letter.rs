//! One Direct message: a FHIR Bundle as `bundle.json`, signed and sealed.
//!
//! Applicability Statement for Secure Health Transport; HL7 "Direct" page of FHIR: `multipart/mixed` with one part
//! `application/fhir+json`. In clear outside stand sender, recipient, date and a subject that tells nothing.

use std::time::{Duration, SystemTime};

use lettre::{
    Message,
    message::{
        Mailbox as Named, MultiPart, SinglePart,
        header::{ContentDisposition, ContentTransferEncoding, ContentType},
    },
};
use serde_json::Value;
use x509_cert::Certificate;

use crate::ways::FhirVersion;

use super::{
    address::Address,
    certificate::Mailbox,
    smime::{self, SmimeError},
};

/// What a person reads who opens such a message by hand.
const NOTE: &str =
    "The attached bundle.json holds health records that the patient asked to have sent to you.\r\n";

/// Puts a message together: RFC 5322 bytes, ready for `DATA`.
pub(super) fn write(
    from: &Mailbox,
    to: &Address,
    certificate: &Certificate,
    id: &str,
    (release, bundle): (FhirVersion, &Value),
    now: i64,
) -> Result<Vec<u8>, SmimeError> {
    let records = MultiPart::mixed()
        .singlepart(part("text/plain; charset=UTF-8", None, NOTE.as_bytes().to_vec())?)
        .singlepart(part(&kind(release), Some("bundle.json"), bundle.to_string().into_bytes())?);
    let entity = records.formatted();
    // The line end before the next boundary belongs to the boundary (RFC 2046 §5.1.1).
    let covered = entity.strip_suffix(b"\r\n").unwrap_or(&entity);
    let signature = smime::sign(covered, from, now)?;
    let signed = MultiPart::signed("application/pkcs7-signature".to_owned(), "sha-256".to_owned())
        .multipart(records)
        .singlepart(part("application/pkcs7-signature; name=smime.p7s", Some("smime.p7s"), signature)?);
    let sealed = smime::seal(&signed.formatted(), certificate)?;
    let date = u64::try_from(now).map_err(|_| SmimeError::Make)?;
    Message::builder()
        .from(named(&from.address)?)
        .to(named(to)?)
        .subject("Clinical data communication")
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(date))
        .message_id(Some(format!("<{id}@{}>", from.address.domain())))
        .singlepart(part(
            "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            Some("smime.p7m"),
            sealed,
        )?)
        .map(|message| message.formatted())
        .map_err(|_| SmimeError::Make)
}

/// The media type of records of this release; STU3 knows no parameter for it.
fn kind(release: FhirVersion) -> String {
    let kind = "application/fhir+json; charset=UTF-8";
    match release {
        FhirVersion::Stu3 => kind.to_owned(),
        FhirVersion::R4 | FhirVersion::R4b | FhirVersion::R5 => {
            format!("{kind}; fhirVersion={}", release.parameter())
        }
    }
}

fn part(kind: &str, file: Option<&str>, content: Vec<u8>) -> Result<SinglePart, SmimeError> {
    let mut part = SinglePart::builder()
        .header(ContentType::parse(kind).map_err(|_| SmimeError::Make)?)
        .header(ContentTransferEncoding::Base64);
    if let Some(file) = file {
        part = part.header(ContentDisposition::attachment(file));
    }
    Ok(part.body(content))
}

fn named(address: &Address) -> Result<Named, SmimeError> {
    address.to_string().parse().map(|email| Named::new(None, email)).map_err(|_| SmimeError::Make)
}
