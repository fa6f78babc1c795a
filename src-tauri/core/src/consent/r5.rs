//! The R5 Consent: <https://hl7.org/fhir/R5/consent.html>.
//!
//! Laws: `decision` is the base and every provision its exception, so the base is `deny` and never `permit`: that would
//! turn the person's wish around. A purpose would make the exception hold for that purpose only, which no token says, so
//! the reason stands in the narrative alone. The scopes stand in `documentType`, which may hold codes of any system; a
//! `resourceType` inside a provision is left out, because parsers take that key for the type of a resource.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{
    SIMPLE_OAUTH,
    write::{Signed, access},
};

pub(super) fn consent(signed: &Signed<'_>) -> Value {
    json!({
        "resourceType": "Consent",
        "text": signed.narrative(),
        "identifier": [signed.own_identifier()],
        "status": "active",
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "subject": signed.subject(),
        // R5 keeps the day only.
        "date": signed.at.to_zoned(TimeZone::UTC).date().to_string(),
        "period": signed.period(),
        "grantor": [{"reference": signed.performer}],
        "grantee": [{"display": signed.target_name}],
        "controller": [{"display": signed.source_name}],
        "policyBasis": {"url": SIMPLE_OAUTH},
        "decision": "deny",
        "provision": [{
            "action": access("http://terminology.hl7.org/CodeSystem/consentaction"),
            "documentType": signed.scope_codings(),
        }]
    })
}
