//! Writes the R4 Consent of one decision: <https://hl7.org/fhir/R4/consent.html>.
//!
//! Laws: it is made from the same values as the sentence on the screen and from nothing else; the root rule has no
//! type (the base policy refuses), what is granted stands in one nested permit; it always has an end.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{SCOPES_SYSTEM, SIMPLE_OAUTH, URI_SYSTEM};
use crate::{
    choice::{Choice, Purpose},
    connection::ConnectionId,
    fhir::{
        SourcePatientId,
        time::{day_start, instant},
    },
    statement::Statement,
    text::quoted,
};

/// Coding system of [`identifier`].
pub const IDENTIFIER_SYSTEM: &str = URI_SYSTEM;

/// What the person signed.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
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
    let Signed { choice, statement, patient, .. } = signed;
    let classes: Vec<Value> =
        choice.scopes().into_iter().map(|scope| json!({"system": SCOPES_SYSTEM, "code": scope})).collect();
    json!({
        "resourceType": "Consent",
        "text": {"status": "generated", "div": statement.narrative()},
        "identifier": [{"system": IDENTIFIER_SYSTEM, "value": identifier(signed.identifier)}],
        "status": "active",
        "scope": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy",
            "display": "Privacy Consent"
        }]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": format!("Patient/{patient}")},
        "dateTime": instant(signed.at),
        "performer": [{"reference": signed.performer}],
        "organization": [{"display": signed.source_name}],
        "policy": [{"uri": SIMPLE_OAUTH}],
        "policyRule": {"coding": [
            {"system": URI_SYSTEM, "code": SIMPLE_OAUTH},
            {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                "code": "OPTOUTE",
                "display": "opt-out with exceptions"
            }
        ]},
        "provision": {
            "period": {
                // The day, not the moment: a server whose clock is behind ours must not find it too early.
                "start": instant(day_start(signed.at)),
                "end": format!("{}T23:59:59Z", choice.last_day),
            },
            "actor": [{
                "role": {"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                    "code": "IRCP",
                    "display": "information recipient"
                }]},
                "reference": {"display": signed.target_name}
            }],
            "purpose": purpose(&choice.purpose),
            "provision": [{
                "type": "permit",
                "action": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/consentaction",
                    "code": "access",
                    "display": "Access"
                }]}],
                "class": classes
            }]
        }
    })
}

/// The code for computers and, as a coding of its own, the words of the sentence. `Coding` has no text.
fn purpose(purpose: &Purpose) -> Value {
    let (code, display, words) = match purpose {
        Purpose::MyCare => ("TREAT", "treatment", "care".to_owned()),
        Purpose::SecondOpinion => ("TREAT", "treatment", "a second opinion".to_owned()),
        Purpose::MovingCare => ("TREAT", "treatment", "moving care".to_owned()),
        Purpose::Other { words } => ("PATRQT", "patient requested", quoted(words, 80)),
    };
    json!([
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": code, "display": display},
        {"display": words}
    ])
}

#[cfg(test)]
#[path = "r4_tests.rs"]
mod tests;
