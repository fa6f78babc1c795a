//! `POST [target]/$connect`: the target is told from where, and under which Consent, to fetch.
//!
//! In: `url` (the source's base as the person gave it, never as a server says), `Consent` (id there), `duration`,
//! `patient` (id here). Out: 200, with or without words. The server that first ran the track said yes with an
//! OperationOutcome of severity `error`; that is understood. Any other error in a 2xx is neither yes nor no.

use jiff::Timestamp;

use super::{ConsentId, TargetPatientId};
use crate::{
    ehr::FhirBase,
    fhir::{
        FhirClient, FhirError, On, Reply,
        duration::Hours,
        outcome::{Issue, Outcome, Severity},
        parameters::{Outgoing, Parameter},
    },
    text::quoted,
};

/// What the target is told.
#[derive(Clone, Debug)]
pub struct Tell<'a> {
    /// The source's base.
    pub source: &'a FhirBase,
    /// The Consent at the source.
    pub consent: &'a ConsentId,
    /// The patient at the target; the target takes the one who is signed in when it is missing.
    pub patient: Option<&'a TargetPatientId>,
    /// The time now.
    pub now: Timestamp,
    /// The end of the Consent.
    pub until: Timestamp,
}

/// The target's yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What the target says about it, cleaned.
    pub note: Option<String>,
}

/// Tells the target.
///
/// # Errors
/// [`FhirError::NotSent`] when less than an hour is left; [`FhirError::NotConfirmed`] when the answer is no clear yes;
/// else what the target answers. There is no way to look: never to be repeated unasked.
pub async fn connect(target: &FhirClient<'_>, tell: &Tell<'_>) -> Result<Accepted, FhirError> {
    let duration = Hours::until(tell.now, tell.until).ok_or(FhirError::NotSent)?;
    let mut input = Outgoing::new()
        .uri("url", tell.source.as_str())
        .id("Consent", tell.consent.id())
        .duration("duration", duration);
    if let Some(patient) = tell.patient {
        input = input.id("patient", patient.id());
    }
    match target.call(On::System, "connect", Some(input)).await? {
        Reply::Nothing => Ok(Accepted { note: None }),
        Reply::Parameters(said) => {
            let note = said.get("message").and_then(Parameter::text).map(|m| quoted(&m, 300));
            Ok(Accepted { note: note.filter(|note| !note.is_empty()) })
        }
        Reply::Outcome(outcome) if outcome.issues.iter().all(is_yes) => Ok(Accepted { note: note(&outcome) }),
        Reply::Outcome(outcome) => Err(FhirError::NotConfirmed { said: outcome.said() }),
        Reply::Resource(_) => Err(FhirError::NotConfirmed { said: None }),
    }
}

fn note(outcome: &Outcome) -> Option<String> {
    Some(outcome.notes().join(" ")).filter(|note| !note.is_empty())
}

fn is_yes(issue: &Issue) -> bool {
    match issue.severity {
        Severity::Fatal => false,
        Severity::Error => {
            issue.code.as_deref() == Some("informational")
                || issue.words.as_deref().is_some_and(says_accepted)
        }
        Severity::Warning | Severity::Information => true,
    }
}

/// "Connection Accepted", but not "could not be accepted".
fn says_accepted(words: &str) -> bool {
    let words: Vec<String> =
        words.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').map(str::to_lowercase).collect();
    let no = |word: &String| {
        matches!(
            word.as_str(),
            "not" | "no" | "never" | "cannot" | "nothing" | "without" | "failed" | "refused" | "rejected"
        ) || word.ends_with("n't")
            || word.ends_with("n’t")
    };
    words.iter().any(|word| word == "accepted") && !words.iter().any(no)
}

#[cfg(test)]
#[path = "connect_tests.rs"]
mod tests;
