//! `POST [source]/Consent/[id]/$authorize`: the source lets the target fetch under a Consent.
//!
//! In: `jwt` and `duration`. Out: `duration` (the longest it will last), and whatever the source wants to say. Only a
//! Parameters resource is a yes. The duration sent never reaches beyond the Consent.

use jiff::Timestamp;

use super::{ConsentId, introduce::Introduction};
use crate::{
    fhir::{
        FhirClient, FhirError, On, Reply,
        duration::{Hours, Lasts},
        parameters::{Outgoing, Parameter},
    },
    text::quoted,
};

/// What the source said yes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorized {
    /// How long it lasts, as the source says.
    pub lasts: Lasts,
    /// Whether that is longer than was asked.
    pub longer_than_asked: bool,
    /// What the source says about it, cleaned.
    pub message: Option<String>,
    /// What others say about the target, as the source quotes them: warnings, approvals. Cleaned.
    pub endorsements: Vec<String>,
}

/// Authorizes the target until `until`, the end of the Consent.
///
/// # Errors
/// [`FhirError::NotSent`] when less than an hour is left; else what the source answers. Not to be repeated before
/// `$authorizations` was read.
pub async fn authorize(
    source: &FhirClient<'_>,
    consent: &ConsentId,
    target: &Introduction,
    now: Timestamp,
    until: Timestamp,
) -> Result<Authorized, FhirError> {
    let asked = Hours::until(now, until).ok_or(FhirError::NotSent)?;
    // Into the body of this one request.
    let input = Outgoing::new().string("jwt", target.jwt().expose()).duration("duration", asked);
    match source.call(On::Instance("Consent", consent.id()), "authorize", Some(input)).await? {
        Reply::Parameters(said) => {
            let lasts = said.lasts("duration");
            Ok(Authorized {
                lasts,
                longer_than_asked: lasts.is_longer_than(asked),
                message: said
                    .get("message")
                    .and_then(Parameter::text)
                    .map(|m| quoted(&m, 300))
                    .filter(|m| !m.is_empty()),
                endorsements: said.iter().filter(|p| p.is("endorsement")).filter_map(endorsement).collect(),
            })
        }
        Reply::Outcome(outcome) => Err(FhirError::NotConfirmed { said: outcome.said() }),
        Reply::Resource(_) | Reply::Nothing => Err(FhirError::NotConfirmed { said: None }),
    }
}

/// "type: comment (endorser)", of which each part may be missing.
fn endorsement(parameter: &Parameter) -> Option<String> {
    let part = |name| parameter.part(name).and_then(Parameter::text);
    let words = [part("type"), part("comment")].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let words = part("endorser").map_or_else(|| words.clone(), |by| format!("{words} ({by})"));
    Some(quoted(words.trim(), 300)).filter(|words| !words.is_empty())
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
