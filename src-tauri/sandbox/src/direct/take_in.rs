//! A letter becomes records in a chart: open it, check who signed it, find whose it is, keep copies.
//!
//! The laws kept here: nothing inside is looked at before the signature of a known sender holds; records go into the one
//! chart whose name, birth date and sex are those of the Patient in the letter, or nowhere.

use std::collections::BTreeSet;

use mailparse::ParsedMail;
use serde_json::Value;
use x509_cert::Certificate;

use crate::{hospital::Hospital, resources::StoreError, store::NewLetter, ways::FhirVersion};

use super::{
    Post,
    address::Address,
    certificate::Unsealable,
    smime::{self, SmimeError},
};

/// Why nothing was taken in. Told to the sender.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("the letter cannot be read")]
    Form,
    #[error("the sender is not known: {0}")]
    Sender(#[from] Unsealable),
    #[error(transparent)]
    Smime(#[from] SmimeError),
    #[error("the letter names no patient")]
    Nobody,
    #[error("no one patient here has this name, birth date and sex")]
    NoMatch,
    #[error("the records could not be kept")]
    Store(#[from] StoreError),
}

impl From<mailparse::MailParseError> for Refused {
    fn from(_: mailparse::MailParseError) -> Self {
        Self::Form
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Takes in one letter; how many records it held.
pub(super) fn letter(site: &Hospital, post: &Post, from: &Address, raw: &[u8]) -> Result<usize, Refused> {
    let signer = post.register.find(from, site.second())?;
    let outer = mailparse::parse_mail(raw)?;
    if !is(&outer, "application/pkcs7-mime") {
        return Err(Refused::Form);
    }
    let signed = smime::open(&outer.get_body_raw()?, &post.mailbox)?;
    let covered = checked(&signed, &signer)?;
    let (release, bundle) = bundle(&mailparse::parse_mail(covered)?).ok_or(Refused::Form)?;
    let sender = from.to_string();
    let about = about(&bundle).ok_or(Refused::Nobody)?;
    let patient = match person(&bundle) {
        Some(person) => whose(site, person)?,
        // Later letters bring only what changed: an earlier one of the same sender said whose they are.
        None => site.store.patient_of_letters(&sender, &about)?.ok_or(Refused::Nobody)?,
    };
    let now = site.clock.now();
    for (base, resource) in entries(&bundle) {
        site.resources.put_copy(base, release, &patient, resource, now)?;
    }
    let records = entries(&bundle).count();
    site.store.keep_letter(&NewLetter {
        sender: &sender,
        about: &about,
        patient: &patient,
        records,
        now: now.as_second(),
    })?;
    site.journal.changed();
    Ok(records)
}

/// The signed entity of a `multipart/signed` (RFC 8551 §3.5.3), once its signature holds.
fn checked<'a>(signed: &'a [u8], signer: &Certificate) -> Result<&'a [u8], Refused> {
    let parsed = mailparse::parse_mail(signed)?;
    let [_, signature] = parsed.subparts.as_slice() else { return Err(Refused::Form) };
    if !is(&parsed, "multipart/signed") || !is(signature, "application/pkcs7-signature") {
        return Err(Refused::Form);
    }
    let boundary = parsed.ctype.params.get("boundary").ok_or(Refused::Form)?;
    let covered = first_part(signed, boundary).ok_or(Refused::Form)?;
    smime::verify(covered, &signature.get_body_raw()?, signer)?;
    Ok(covered)
}

/// The exact bytes between the first two boundaries.
fn first_part<'a>(whole: &'a [u8], boundary: &str) -> Option<&'a [u8]> {
    let opening = format!("--{boundary}\r\n");
    let after = whole.get(find(whole, opening.as_bytes())?.checked_add(opening.len())?..)?;
    after.get(..find(after, format!("\r\n--{boundary}").as_bytes())?)
}

fn find(whole: &[u8], part: &[u8]) -> Option<usize> {
    whole.windows(part.len()).position(|window| window == part)
}

fn is(part: &ParsedMail<'_>, kind: &str) -> bool {
    part.ctype.mimetype.eq_ignore_ascii_case(kind)
}

/// The records, and the release they are written in: STU3 when the media type names none.
fn bundle(inner: &ParsedMail<'_>) -> Option<(FhirVersion, Value)> {
    let part = inner.parts().find(|part| is(part, "application/fhir+json"))?;
    let bundle: Value = serde_json::from_slice(&part.get_body_raw().ok()?).ok()?;
    let release = match part.ctype.params.get("fhirversion").or_else(|| part.ctype.params.get("fhirVersion"))
    {
        Some(number) => FhirVersion::of_number(number)?,
        None => FhirVersion::Stu3,
    };
    (bundle.get("resourceType")? == "Bundle" && bundle.get("type")? == "collection")
        .then_some((release, bundle))
}

fn entries(bundle: &Value) -> impl Iterator<Item = (&str, &Value)> {
    bundle.get("entry").and_then(Value::as_array).into_iter().flatten().filter_map(|entry| {
        let (url, resource) = (entry.get("fullUrl")?.as_str()?, entry.get("resource")?);
        let kind = resource.get("resourceType")?.as_str()?;
        let id = resource.get("id")?.as_str()?;
        Some((url.strip_suffix(&format!("/{kind}/{id}"))?, resource))
    })
}

/// The one Patient of a letter.
fn person(bundle: &Value) -> Option<&Value> {
    entries(bundle).map(|(_, resource)| resource).find(|resource| kind(resource) == "Patient")
}

/// The address, at the sender, of the one patient that the whole letter is about.
fn about(bundle: &Value) -> Option<String> {
    let mut named = BTreeSet::new();
    for (base, resource) in entries(bundle) {
        if kind(resource) == "Patient" {
            named.insert(format!("{base}/Patient/{}", text(resource, "/id")?));
        }
        for place in ["/subject/reference", "/patient/reference", "/beneficiary/reference"] {
            if let Some(reference) = text(resource, place).filter(|text| text.starts_with("Patient/")) {
                named.insert(format!("{base}/{reference}"));
            }
        }
    }
    let mut named = named.into_iter();
    named.next().filter(|_| named.next().is_none())
}

/// The one patient here who has the same names, birth date and sex.
fn whose(site: &Hospital, person: &Value) -> Result<String, Refused> {
    let wanted = identity(person).ok_or(Refused::NoMatch)?;
    let mut fitting = Vec::new();
    for id in site.people.patients() {
        let stored = site.resources.read("Patient", id)?;
        if stored.is_some_and(|stored| identity(&stored.json).as_ref() == Some(&wanted)) {
            fitting.push(id.to_owned());
        }
    }
    match fitting.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(Refused::NoMatch),
    }
}

/// Family name, first given name, birth date, sex; none when one is missing.
fn identity(person: &Value) -> Option<[String; 4]> {
    let at = |place| text(person, place).map(str::to_lowercase);
    Some([at("/name/0/family")?, at("/name/0/given/0")?, at("/birthDate")?, at("/gender")?])
}

fn kind(resource: &Value) -> &str {
    text(resource, "/resourceType").unwrap_or_default()
}

fn text<'a>(json: &'a Value, place: &str) -> Option<&'a str> {
    json.pointer(place).and_then(Value::as_str)
}
