//! `POST [source]/Consent/[id]/$authorize`: the source lets the target fetch under a Consent.
//!
//! In: `jwt` (or the target's key) and `duration`. Out: `duration` (the longest it will last), and whatever the source wants
//! to say; in the dialect of 2017 also a handle, with which, and the JWT, anybody could get records. Only a Parameters
//! resource is a yes. The duration sent never reaches beyond the Consent.

use jiff::Timestamp;

use super::{
    ConsentId,
    introduce::{Card, Introduction},
};
use crate::{
    fhir::{
        FhirClient, FhirError, On, Reply,
        duration::{Hours, Lasts},
        parameters::{Outgoing, Parameter},
    },
    secret::Secret,
    smart::operations::Taken,
    text::quoted,
};

/// What the source said yes to.
#[derive(Clone, Debug)]
pub struct Authorized {
    /// How long it lasts, as the source says.
    pub lasts: Lasts,
    /// Whether that is longer than was asked.
    pub longer_than_asked: bool,
    /// What the source says about it, cleaned.
    pub message: Option<String>,
    /// What the target needs beside its JWT: kept in memory, given to the target, never written down.
    pub handle: Option<Secret>,
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
    takes: &[Taken],
    now: Timestamp,
    until: Timestamp,
) -> Result<Authorized, FhirError> {
    let asked = Hours::until(now, until).ok_or(FhirError::NotSent)?;
    let on = On::Instance("Consent", consent.id());
    let binary = takes.contains(&Taken::Binary) && !takes.contains(&Taken::Text);
    let form = if binary { Taken::Binary } else { Taken::Text };
    let first = source.call(on, "authorize", Some(input(target, form, asked))).await;
    let answer = match first {
        // It did nothing, and says in which type it wants the JWT.
        Err(error) if !binary && error.certain() && wants_binary(&error) => {
            source.call(on, "authorize", Some(input(target, Taken::Binary, asked))).await?
        }
        other => other?,
    };
    match answer {
        Reply::Parameters(said) => {
            let lasts = said.lasts("duration");
            Ok(Authorized {
                lasts,
                longer_than_asked: lasts.is_longer_than(asked),
                // Into the body of `$connect`.
                handle: said.get("id").and_then(Parameter::text).filter(|id| !id.is_empty()).map(Secret::new),
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

/// The target goes into the body of this one request.
fn input(target: &Introduction, form: Taken, asked: Hours) -> Outgoing {
    let input = Outgoing::new();
    let input = match (target.card(), form) {
        (Card::Key(pem), _) => input.string("publicKey", pem),
        (Card::Jwt(jwt), Taken::Binary) => input.binary("jwt", jwt.expose().as_bytes()),
        (Card::Jwt(jwt), _) => input.string("jwt", jwt.expose()),
    };
    input.duration("duration", asked)
}

fn wants_binary(error: &FhirError) -> bool {
    error.said().is_some_and(|said| said.to_ascii_lowercase().contains("base64"))
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
