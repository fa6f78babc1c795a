//! What an app sends and finds in each FHIR release.

use consentry_sandbox::{
    Dialect,
    FhirVersion::{self, R4, R4b, R5, Stu3},
    Ways,
};
use serde_json::{Value, json};

use crate::bench;

const SIMPLE_OAUTH: &str = "http://hl7.org/fhir/ConsentDefinition/simple-oauth";

/// A hospital that speaks this release and is otherwise as ever.
pub(crate) fn speaking(fhir: FhirVersion) -> Ways {
    Ways { fhir, dialect: Dialect::Track, ..Ways::default() }
}

/// A Consent that this release understands and that counts.
pub(crate) fn consent(version: FhirVersion, patient: &str, scopes: &[&str], end: &str) -> Value {
    let subject = json!({"reference": format!("Patient/{patient}")});
    let period = json!({"start": "2020-01-01", "end": end});
    let scopes: Vec<Value> = scopes
        .iter()
        .map(|scope| json!({"system": "http://smarthealthit.org/fhir/scopes", "code": scope}))
        .collect();
    match version {
        Stu3 => json!({
            "resourceType": "Consent",
            "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"},
            "status": "active",
            "patient": subject,
            "period": period,
            "dateTime": "2026-01-15T10:00:00Z",
            "consentingParty": [subject],
            "actor": [{
                "role": {"coding": [{"system": "http://hl7.org/fhir/v3/ParticipationType", "code": "IRCP"}]},
                "reference": {"display": "Tern Bay Hospital"}
            }],
            "policyRule": SIMPLE_OAUTH,
            "except": [{
                "type": "permit",
                "action": [{"coding": [{"system": "http://hl7.org/fhir/consentaction", "code": "access"}]}],
                "class": scopes
            }]
        }),
        R4 | R4b => bench::consent(patient, &[], end).also("/provision/provision/0/class", json!(scopes)),
        R5 => json!({
            "resourceType": "Consent",
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}],
            "status": "active",
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "subject": subject,
            "date": "2026-01-15",
            "period": period,
            "grantor": [subject],
            "grantee": [{"display": "Tern Bay Hospital"}],
            "policyBasis": {"url": SIMPLE_OAUTH},
            "decision": "deny",
            "provision": [{
                "action": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "access"
                }]}],
                "documentType": scopes
            }]
        }),
    }
}

/// Whether two releases write a Consent alike.
pub(crate) fn alike(one: FhirVersion, other: FhirVersion) -> bool {
    one == other || matches!((one, other), (R4 | R4b, R4 | R4b))
}

/// Changing one member of a resource.
pub(crate) trait Also {
    /// Sets what the pointer names; its parent must be there.
    fn also(self, pointer: &str, value: Value) -> Self;
}

impl Also for Value {
    fn also(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        self.pointer_mut(parent).unwrap()[name] = value;
        self
    }
}

/// The parts of an AuditEvent that tell who did what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) app: String,
    pub(crate) went_well: bool,
    pub(crate) action: String,
    pub(crate) entities: Vec<String>,
}

/// Reads an AuditEvent of this release.
pub(crate) fn told(version: FhirVersion, event: &Value) -> Told {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (app, outcome, entity) = match version {
        Stu3 => ("/agent/0/userId/value", text("/outcome") == "0", "reference"),
        R4 | R4b => ("/agent/0/who/identifier/value", text("/outcome") == "0", "what"),
        R5 => ("/agent/0/who/identifier/value", text("/outcome/code/code") == "success", "what"),
    };
    let entities = event["entity"].as_array().unwrap();
    Told {
        app: text(app),
        went_well: outcome,
        action: text("/action"),
        entities: entities
            .iter()
            .map(|item| item[entity]["reference"].as_str().unwrap_or_default().to_owned())
            .collect(),
    }
}
