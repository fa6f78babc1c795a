//! The R4 Consent: <https://hl7.org/fhir/R4/consent.html>. R4B kept it unchanged.
//!
//! Laws: the root rule has no type (the base policy refuses), what is granted stands in one nested permit; the policy
//! is said in each of the three places where servers look for it.

use serde_json::{Value, json};

use super::{
    SIMPLE_OAUTH, URI_SYSTEM,
    write::{Signed, access, recipient},
};
use crate::fhir::time::instant;

pub(super) fn consent(signed: &Signed<'_>) -> Value {
    json!({
        "resourceType": "Consent",
        "text": signed.narrative(),
        "identifier": [signed.own_identifier()],
        "status": "active",
        "scope": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy",
            "display": "Privacy Consent"
        }]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": signed.subject(),
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
            "period": signed.period(),
            "actor": recipient("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", signed.target_name),
            "purpose": signed.purpose("http://terminology.hl7.org/CodeSystem/v3-ActReason"),
            "provision": [{
                "type": "permit",
                "action": access("http://terminology.hl7.org/CodeSystem/consentaction"),
                "class": signed.scope_codings(),
            }]
        }
    })
}
