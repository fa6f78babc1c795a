//! `POST [target]/$connect`: the target is told from where, and under which Consent, to fetch.
//!
//! In: `url` (the source's base as the person gave it, never as a server says), `Consent` (id there), `duration`,
//! `patient` (id here). Out: 200, with or without words. The server that first ran the track said yes with an
//! OperationOutcome of severity `error`; that is understood. Any other error in a 2xx is neither yes nor no.

use jiff::Timestamp;

use super::{
    ConsentId, TargetPatientId,
    introduce::{Card, Introduction},
};
use crate::{
    ehr::FhirBase,
    fhir::{
        FhirClient, FhirError, On, Reply,
        duration::Hours,
        outcome::{Issue, Outcome, Severity},
        parameters::{Outgoing, Parameter},
    },
    secret::Secret,
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
    /// What the target showed at the source, and what the source gave for it.
    pub shown: Shown<'a>,
}

/// What goes to the target beside the Consent's id. The dialect decides.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// Nothing: it signs anew with its own key.
    Nothing,
    /// The key that was authorized, when a bare key was.
    Key(&'a Introduction),
    /// A handle that the source gave although the track page knows none.
    Handle(&'a Secret),
    /// The very JWT that was authorized and the handle for it, as the server of 2017 wants them.
    Both(&'a Introduction, &'a Secret),
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
    let mut input = match tell.shown {
        Shown::Both(introduction, handle) => of_2017(tell, introduction, handle),
        Shown::Nothing | Shown::Key(_) | Shown::Handle(_) => Outgoing::new()
            .uri("url", tell.source.as_str())
            .id("Consent", tell.consent.id())
            .duration("duration", duration),
    };
    if let Some(patient) = tell.patient {
        input = input.id("patient", patient.id());
    }
    match tell.shown {
        Shown::Key(introduction) => {
            if let Card::Key(pem) = introduction.card() {
                input = input.string("publicKey", pem);
            }
        }
        // Into the body of this one request.
        Shown::Handle(handle) => input = input.string("authorization", handle.expose()),
        Shown::Nothing | Shown::Both(..) => {}
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

/// Other names, seconds for the duration, and both halves of what buys a token.
fn of_2017(tell: &Tell<'_>, introduction: &Introduction, handle: &Secret) -> Outgoing {
    let seconds = tell.until.as_second().saturating_sub(tell.now.as_second());
    let input = Outgoing::new()
        .uri("source", tell.source.as_str())
        .id("consent", tell.consent.id())
        .string("expires_in", &seconds.min(i64::from(i32::MAX)).to_string())
        // Both into the body of this one request.
        .string("authorization", handle.expose());
    match introduction.card() {
        Card::Jwt(jwt) => input.string("jwt", jwt.expose()),
        Card::Key(pem) => input.string("publicKey", pem),
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
