//! Writes the Consent of one decision, natively in the release of FHIR that the source speaks.
//!
//! Laws: it is made from the same values as the sentence on the screen and from nothing else, and never by converting
//! another release's Consent (HL7's own converters lose the policy on the way to R5); the base refuses, and what is
//! granted is its one exception; it always has an end.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{SCOPES_SYSTEM, URI_SYSTEM, r4, r5, stu3};
use crate::{
    choice::{Choice, Purpose},
    connection::ConnectionId,
    fhir::{
        SourcePatientId,
        time::{day_start, instant},
    },
    smart::syntax::ScopeSyntax,
    statement::Statement,
    text::quoted,
    version::FhirVersion,
};

/// Coding system of [`identifier`].
pub const IDENTIFIER_SYSTEM: &str = URI_SYSTEM;

/// What the person signed.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    /// The release that the source speaks.
    pub version: FhirVersion,
    /// How the source spells scopes.
    pub syntax: ScopeSyntax,
    /// The decision.
    pub choice: &'a Choice,
    /// The sentence, as it was on the screen.
    pub statement: &'a Statement,
    /// Whose records, at the source.
    pub patient: &'a SourcePatientId,
    /// Who signed: `Patient/…`, or `RelatedPerson/…` for somebody else.
    pub performer: String,
    /// Name of the source.
    pub source_name: &'a str,
    /// Name of the target.
    pub target_name: &'a str,
    /// Our name for the connection.
    pub identifier: ConnectionId,
    /// When it was signed.
    pub at: Timestamp,
}

/// The Consent's `identifier.value`, by which a lost answer is found again.
#[must_use]
pub fn identifier(id: ConnectionId) -> String {
    format!("urn:uuid:{id}")
}

/// The search for it, as a token: `system|value`.
#[must_use]
pub fn identifier_token(id: ConnectionId) -> String {
    format!("{IDENTIFIER_SYSTEM}|{}", identifier(id))
}

/// Writes the Consent.
#[must_use]
pub fn write(signed: &Signed<'_>) -> Value {
    match signed.version {
        FhirVersion::Stu3 => stu3::consent(signed),
        // R4B kept the Consent of R4.
        FhirVersion::R4 | FhirVersion::R4b => r4::consent(signed),
        FhirVersion::R5 => r5::consent(signed),
    }
}

/// The parts that mean the same in every release. Where they stand is for each release to say.
impl Signed<'_> {
    pub(super) fn narrative(&self) -> Value {
        json!({"status": "generated", "div": self.statement.narrative()})
    }

    pub(super) fn own_identifier(&self) -> Value {
        json!({"system": IDENTIFIER_SYSTEM, "value": identifier(self.identifier)})
    }

    pub(super) fn subject(&self) -> Value {
        json!({"reference": format!("Patient/{}", self.patient)})
    }

    pub(super) fn period(&self) -> Value {
        json!({
            // The day, not the moment: a server whose clock is behind ours must not find it too early.
            "start": instant(day_start(self.at)),
            "end": format!("{}T23:59:59Z", self.choice.last_day),
        })
    }

    /// One coding for each scope.
    pub(super) fn scope_codings(&self) -> Vec<Value> {
        let scopes = self.syntax.of_kinds(&self.choice.kinds, self.version);
        scopes.into_iter().map(|scope| json!({"system": SCOPES_SYSTEM, "code": scope})).collect()
    }

    /// The code for computers, in the release's own code system, and, as a coding of its own, the words of the sentence:
    /// `Coding` has no text.
    pub(super) fn purpose(&self, system: &str) -> Value {
        let (code, display, words) = match &self.choice.purpose {
            Purpose::MyCare => ("TREAT", "treatment", "care".to_owned()),
            Purpose::SecondOpinion => ("TREAT", "treatment", "a second opinion".to_owned()),
            Purpose::MovingCare => ("TREAT", "treatment", "moving care".to_owned()),
            Purpose::Other { words } => ("PATRQT", "patient requested", quoted(words, 80)),
        };
        json!([{"system": system, "code": code, "display": display}, {"display": words}])
    }
}

/// "May be accessed", and nothing more, in the release's own code system.
pub(super) fn access(system: &str) -> Value {
    json!([{"coding": [{"system": system, "code": "access", "display": "Access"}]}])
}

/// The target as the one who receives, in the release's own code system. It has a name here and no address.
pub(super) fn recipient(system: &str, name: &str) -> Value {
    json!([{
        "role": {"coding": [{"system": system, "code": "IRCP", "display": "information recipient"}]},
        "reference": {"display": name}
    }])
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
