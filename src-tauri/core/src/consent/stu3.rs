//! The STU3 Consent: <https://hl7.org/fhir/STU3/consent.html>, in the form that the track of 2017 was written for.
//!
//! Laws: exactly one `except`, a permit, because sources of the time count them; `policyRule` is the bare URI; the
//! identifier is one, not a list; the code systems are those of STU3.

use serde_json::{Value, json};

use super::{
    SIMPLE_OAUTH,
    write::{Signed, access, recipient},
};
use crate::fhir::time::instant;

pub(super) fn consent(signed: &Signed<'_>) -> Value {
    json!({
        "resourceType": "Consent",
        "text": signed.narrative(),
        "identifier": signed.own_identifier(),
        "status": "active",
        "patient": signed.subject(),
        "period": signed.period(),
        "dateTime": instant(signed.at),
        "consentingParty": [{"reference": signed.performer}],
        "actor": recipient("http://hl7.org/fhir/v3/ParticipationType", signed.target_name),
        "organization": [{"display": signed.source_name}],
        "policyRule": SIMPLE_OAUTH,
        "purpose": signed.purpose("http://hl7.org/fhir/v3/ActReason"),
        "except": [{
            "type": "permit",
            "action": access("http://hl7.org/fhir/consentaction"),
            "class": signed.scope_codings(),
        }]
    })
}
