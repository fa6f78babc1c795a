//! Reading an R4 Consent that follows the CCDE profile: base policy `simple-oauth` (nothing but what
//! is granted), one nested permit, one coding per SMART scope.
//!
//! What is not understood makes the whole Consent unfit: a restriction that this EHR would not
//! enforce must not be passed over.

use serde_json::{Map, Value};

use crate::{resources::dates::Stretch, scope::Scopes};

/// Everything is refused except what the Consent permits.
pub(crate) const SIMPLE_OAUTH: &str = "http://hl7.org/fhir/ConsentDefinition/simple-oauth";

/// Coding system of SMART scopes.
pub(crate) const SCOPES: &str = "http://smarthealthit.org/fhir/scopes";

const ACTIONS: &str = "http://terminology.hl7.org/CodeSystem/consentaction";

/// Why nobody can be authorized under a Consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("the Consent is not active")]
    Inactive,
    #[error("the Consent names no patient of this EHR")]
    Patient,
    #[error("the Consent does not follow the policy simple-oauth")]
    Policy,
    #[error("the Consent needs a period with an end")]
    Period,
    #[error("the Consent must have exactly one nested permit")]
    Provision,
    #[error("the Consent restricts in a way this EHR cannot honour")]
    Restriction,
    #[error("the Consent must permit access and nothing else")]
    Action,
    #[error("the Consent names no SMART scope of the patient to read with")]
    Scope,
}

/// A Consent as this EHR understands it.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) active: bool,
    pub(crate) patient: Option<String>,
    /// Start and end in seconds, and scopes; or why they do not count.
    pub(crate) terms: Result<Terms, Unfit>,
}

/// What a fit Consent grants.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) from: Option<i64>,
    pub(crate) until: i64,
    pub(crate) scopes: Scopes,
}

impl Reading {
    /// Reads a Consent resource.
    pub(crate) fn of(json: &Value) -> Self {
        Self {
            active: json.get("status").and_then(Value::as_str) == Some("active"),
            patient: json
                .pointer("/patient/reference")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix("Patient/"))
                .map(str::to_owned),
            terms: terms(json),
        }
    }

    /// The terms of an active Consent about this patient.
    pub(crate) fn in_force(&self, patient: &str) -> Result<&Terms, Unfit> {
        if !self.active {
            return Err(Unfit::Inactive);
        }
        if self.patient.as_deref() != Some(patient) {
            return Err(Unfit::Patient);
        }
        self.terms.as_ref().map_err(|unfit| *unfit)
    }
}

fn terms(json: &Value) -> Result<Terms, Unfit> {
    if !follows_simple_oauth(json) {
        return Err(Unfit::Policy);
    }
    let root = json.get("provision").and_then(Value::as_object).ok_or(Unfit::Provision)?;
    // `actor` and `purpose` tell people something; they compute nothing.
    only(root, &["id", "extension", "type", "period", "actor", "purpose", "provision"])?;
    if root.get("type").is_some_and(|kind| kind != "deny") {
        return Err(Unfit::Provision);
    }
    let bound = |name: &str| {
        root.get("period")
            .and_then(|period| period.get(name))
            .map(|end| end.as_str().and_then(Stretch::parse).ok_or(Unfit::Period))
            .transpose()
    };
    let from = bound("start")?.map(|start| start.from.div_euclid(1_000));
    let until = bound("end")?.ok_or(Unfit::Period)?.to.div_euclid(1_000);

    let nested = root.get("provision").and_then(Value::as_array).ok_or(Unfit::Provision)?;
    let [permit] = nested.as_slice() else {
        return Err(Unfit::Provision);
    };
    let permit = permit.as_object().ok_or(Unfit::Provision)?;
    only(permit, &["id", "extension", "type", "action", "class"])?;
    if permit.get("type").and_then(Value::as_str) != Some("permit") {
        return Err(Unfit::Provision);
    }
    if !permits_access(permit) {
        return Err(Unfit::Action);
    }
    Ok(Terms { from, until, scopes: scopes(permit)? })
}

fn follows_simple_oauth(json: &Value) -> bool {
    let rule = each(json.pointer("/policyRule/coding")).any(|coding| {
        coding.get("system").and_then(Value::as_str) == Some("urn:ietf:rfc:3986")
            && coding.get("code").and_then(Value::as_str) == Some(SIMPLE_OAUTH)
    });
    let policy = each(json.get("policy"))
        .any(|policy| policy.get("uri").and_then(Value::as_str) == Some(SIMPLE_OAUTH));
    rule || policy
}

fn permits_access(permit: &Map<String, Value>) -> bool {
    let mut codings = each(permit.get("action")).flat_map(|action| each(action.get("coding"))).peekable();
    codings.peek().is_some()
        && codings.all(|coding| {
            coding.get("system").and_then(Value::as_str) == Some(ACTIONS)
                && coding.get("code").and_then(Value::as_str) == Some("access")
        })
}

/// Classes are alternatives, so one of another system would widen the grant in a way nobody asked for.
fn scopes(permit: &Map<String, Value>) -> Result<Scopes, Unfit> {
    let mut codes = Vec::new();
    for class in each(permit.get("class")) {
        let system = class.get("system").and_then(Value::as_str);
        let code = class.get("code").and_then(Value::as_str);
        match (system, code) {
            (Some(SCOPES), Some(code)) if reads_only(code) => codes.push(code),
            _ => return Err(Unfit::Scope),
        }
    }
    if codes.is_empty() {
        return Err(Unfit::Scope);
    }
    Ok(Scopes::from_each(codes))
}

/// `patient/…` and no more than reading: the Consent permits access, not correction.
fn reads_only(scope: &str) -> bool {
    let name = scope.split('?').next().unwrap_or(scope);
    let Some((resource_type, letters)) = name.strip_prefix("patient/").and_then(|rest| rest.split_once('.'))
    else {
        return false;
    };
    !resource_type.is_empty() && matches!(letters, "r" | "s" | "rs" | "read")
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), Unfit> {
    if object.keys().all(|key| known.contains(&key.as_str())) { Ok(()) } else { Err(Unfit::Restriction) }
}

fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn consent() -> Value {
        json!({
            "resourceType": "Consent",
            "status": "active",
            "patient": { "reference": "Patient/p1" },
            "policyRule": { "coding": [
                { "system": "urn:ietf:rfc:3986", "code": SIMPLE_OAUTH }
            ] },
            "provision": {
                "period": { "start": "2026-01-15", "end": "2026-07-15T00:00:00Z" },
                "actor": [{ "reference": { "display": "Tern Bay Hospital" } }],
                "provision": [{
                    "type": "permit",
                    "action": [{ "coding": [{ "system": ACTIONS, "code": "access" }] }],
                    "class": [
                        { "system": SCOPES, "code": "patient/Patient.rs" },
                        { "system": SCOPES, "code": "patient/Observation.rs?category=laboratory" }
                    ]
                }]
            }
        })
    }

    fn unfit(change: impl FnOnce(&mut Value)) -> Option<Unfit> {
        let mut json = consent();
        change(&mut json);
        Reading::of(&json).in_force("p1").err()
    }

    #[test]
    fn understands_the_profile() {
        let reading = Reading::of(&consent());
        let terms = reading.in_force("p1").unwrap();
        assert_eq!(terms.scopes.to_string(), "patient/Patient.rs patient/Observation.rs?category=laboratory");
        assert_eq!(terms.until, 1_784_073_600);
    }

    #[test]
    fn authorizes_nobody_under_what_it_does_not_understand() {
        assert_eq!(unfit(|c| c["status"] = json!("inactive")), Some(Unfit::Inactive));
        assert_eq!(unfit(|c| c["patient"]["reference"] = json!("Patient/p2")), Some(Unfit::Patient));
        assert_eq!(unfit(|c| c["policyRule"] = json!({})), Some(Unfit::Policy));
        assert_eq!(unfit(|c| c["provision"]["period"] = json!({})), Some(Unfit::Period));
        assert_eq!(unfit(|c| c["provision"]["type"] = json!("permit")), Some(Unfit::Provision));
        assert_eq!(
            unfit(|c| c["provision"]["dataPeriod"] = json!({ "start": "2020" })),
            Some(Unfit::Restriction)
        );
        assert_eq!(
            unfit(|c| c["provision"]["provision"][0]["securityLabel"] = json!([])),
            Some(Unfit::Restriction)
        );
        assert_eq!(unfit(|c| c["provision"]["provision"][0]["type"] = json!("deny")), Some(Unfit::Provision));
        assert_eq!(
            unfit(|c| {
                let again = c["provision"]["provision"][0].clone();
                c["provision"]["provision"] = json!([again, again]);
            }),
            Some(Unfit::Provision)
        );
        assert_eq!(
            unfit(|c| c["provision"]["provision"][0]["action"][0]["coding"][0]["code"] = json!("correct")),
            Some(Unfit::Action)
        );
    }

    #[test]
    fn takes_no_scope_but_reading_for_the_patient() {
        for code in [
            "patient/Observation.cruds",
            "patient/*.write",
            "patient/Observation.*",
            "user/Observation.rs",
            "openid",
            "operation/Consent.authorize",
        ] {
            assert_eq!(
                unfit(|c| c["provision"]["provision"][0]["class"][0]["code"] = json!(code)),
                Some(Unfit::Scope),
                "{code}"
            );
        }
        assert_eq!(unfit(|c| c["provision"]["provision"][0]["class"] = json!([])), Some(Unfit::Scope));
        assert_eq!(
            unfit(|c| c["provision"]["provision"][0]["class"][1]["system"] =
                json!("http://hl7.org/fhir/resource-types")),
            Some(Unfit::Scope)
        );
    }
}
