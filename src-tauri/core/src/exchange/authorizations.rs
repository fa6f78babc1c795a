//! `GET [source]/Consent/[id]/$authorizations`: who may fetch under a Consent now, as the source says.
//!
//! Each authorization is a parameter `token` with the parts `app-id`, `duration`, `error`. Laws: an entry is never
//! dropped, also when it names nobody; only a whole Parameters resource is a list. A 404 is an error, not an empty list:
//! it would be a false proof of a stop.

use jiff::SignedDuration;

use super::ConsentId;
use crate::{
    fhir::{
        FhirClient, FhirError, On, Reply,
        duration::Lasts,
        parameters::{Parameter, Parameters, lasts},
    },
    text::quoted,
};

/// One authorization, as the source lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The `app-id`, exactly as the source spells it: it is sent back to revoke. Empty when the source names nobody.
    pub app: String,
    /// "Up to" this long; whether it is what is left or all of it, the track does not say.
    pub lasts: Option<SignedDuration>,
    /// Why it opens nothing now, although nobody revoked it. In the source's words.
    pub trouble: Option<String>,
    /// The scopes, when the source tells them.
    pub scopes: Option<Vec<String>>,
    /// Everything else that the source tells, cleaned.
    pub more: Vec<(String, String)>,
}

/// Reads the list past all caches.
///
/// # Errors
/// When there is no list: then nothing is known.
pub async fn authorizations(source: &FhirClient<'_>, consent: &ConsentId) -> Result<Vec<Listed>, FhirError> {
    match source.call(On::Instance("Consent", consent.id()), "authorizations", None).await? {
        Reply::Parameters(list) if !list.is_torn() => Ok(read(&list)),
        Reply::Outcome(outcome) => Err(FhirError::NotConfirmed { said: outcome.said() }),
        Reply::Parameters(_) | Reply::Resource(_) | Reply::Nothing => Err(FhirError::Unreadable),
    }
}

/// Whether two spellings of an `app-id` are the same app: white space around it, one trailing slash, and what an
/// address may be written in without being another make no difference.
#[must_use]
pub fn same_app(a: &str, b: &str) -> bool {
    fn bare(text: &str) -> String {
        let text = text.trim();
        let url = url::Url::parse(text).map_or_else(|_| text.to_owned(), String::from);
        url.strip_suffix('/').map_or_else(|| url.clone(), str::to_owned)
    }
    a == b || (!a.trim().is_empty() && bare(a) == bare(b))
}

fn read(list: &Parameters) -> Vec<Listed> {
    let mut listed = Vec::new();
    for parameter in list.iter() {
        entries(parameter, &mut listed);
    }
    listed
}

/// One entry, or entries one level deeper: `tokens` around `token`, or several `token` in one.
fn entries(parameter: &Parameter, listed: &mut Vec<Listed>) {
    let inner: Vec<&Parameter> = parameter.parts.iter().filter(|part| is_entry(part)).collect();
    if inner.is_empty() {
        // One with parts of its own may be an entry in words that nobody knows here.
        if is_entry(parameter) || !parameter.parts.is_empty() {
            listed.push(entry(parameter));
        }
    } else {
        if parameter.part("app-id").is_some() {
            listed.push(entry(parameter));
        }
        for part in inner {
            entries(part, listed);
        }
    }
}

fn is_entry(parameter: &Parameter) -> bool {
    ["token", "tokens", "authorization", "authorizations"].iter().any(|name| parameter.is(name))
        || parameter.part("app-id").is_some()
}

fn entry(parameter: &Parameter) -> Listed {
    let part = |name| parameter.part(name).and_then(Parameter::text);
    let scopes: Vec<String> = parameter
        .parts
        .iter()
        .filter(|part| is_scope(part))
        .filter_map(Parameter::text)
        .flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let known = |p: &&Parameter| {
        ["app-id", "duration", "error"].iter().any(|name| p.is(name)) || is_scope(p) || is_entry(p)
    };
    let more = parameter
        .parts
        .iter()
        .filter(|p| !known(p))
        .filter_map(|p| Some((quoted(&p.name, 80), quoted(&p.text()?, 300))));
    Listed {
        app: part("app-id").unwrap_or_default(),
        lasts: match lasts(parameter.part("duration")) {
            Lasts::For(length) => Some(length),
            Lasts::NotSaid | Lasts::NotUnderstood => None,
        },
        trouble: parameter.part("error").map(|p| quoted(&p.text().unwrap_or_default(), 300)),
        scopes: parameter.parts.iter().any(is_scope).then_some(scopes),
        more: more.collect(),
    }
}

fn is_scope(parameter: &Parameter) -> bool {
    parameter.is("scope") || parameter.is("scopes")
}

#[cfg(test)]
#[path = "authorizations_tests.rs"]
mod tests;
