//! Reading a Consent that follows the CCDE profile, with one reader for each FHIR release: base policy `simple-oauth`
//! (nothing but what is granted), one permit, one coding per SMART scope.
//!
//! What is not understood makes the whole Consent unfit: a restriction that this EHR would not
//! enforce must not be passed over.

mod r4;
mod r5;
mod stu3;

use serde_json::{Map, Value};

use crate::{resources::dates::Stretch, scope::Scopes, ways::FhirVersion};

/// Everything is refused except what the Consent permits.
pub(crate) const SIMPLE_OAUTH: &str = "http://hl7.org/fhir/ConsentDefinition/simple-oauth";

/// Coding system of SMART scopes.
pub(crate) const SCOPES: &str = "http://smarthealthit.org/fhir/scopes";

/// Coding system of what a Consent permits to do, since R4.
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
    #[error("the Consent must have exactly one permit")]
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
    /// Reads a Consent resource of this release.
    pub(crate) fn of(version: FhirVersion, json: &Value) -> Self {
        let (patient, terms) = match version {
            FhirVersion::Stu3 => ("/patient/reference", stu3::terms(json)),
            FhirVersion::R4 | FhirVersion::R4b => ("/patient/reference", r4::terms(json)),
            FhirVersion::R5 => ("/subject/reference", r5::terms(json)),
        };
        Self {
            active: json.get("status").and_then(Value::as_str) == Some("active"),
            patient: json
                .pointer(patient)
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix("Patient/"))
                .map(str::to_owned),
            terms,
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

/// Start and end in seconds; an end is needed.
fn period(period: Option<&Value>) -> Result<(Option<i64>, i64), Unfit> {
    let bound = |name: &str| {
        period
            .and_then(|period| period.get(name))
            .map(|end| end.as_str().and_then(Stretch::parse).ok_or(Unfit::Period))
            .transpose()
    };
    let from = bound("start")?.map(|start| start.from.div_euclid(1_000));
    let until = bound("end")?.ok_or(Unfit::Period)?.to.div_euclid(1_000);
    Ok((from, until))
}

/// The only member of a list.
fn single(list: Option<&Value>) -> Result<&Map<String, Value>, Unfit> {
    match list.and_then(Value::as_array).map(Vec::as_slice) {
        Some([one]) => one.as_object().ok_or(Unfit::Provision),
        _ => Err(Unfit::Provision),
    }
}

/// Whether `policy[].uri` names the policy (STU3, R4).
fn names_policy(json: &Value) -> bool {
    each(json.get("policy")).any(|policy| policy.get("uri").and_then(Value::as_str) == Some(SIMPLE_OAUTH))
}

/// Whether the actions are access and nothing else, in this coding system.
fn permits_access(permit: &Map<String, Value>, system: &str) -> Result<(), Unfit> {
    let mut codings = each(permit.get("action")).flat_map(|action| each(action.get("coding"))).peekable();
    let some = codings.peek().is_some();
    let access = codings.all(|coding| {
        coding.get("system").and_then(Value::as_str) == Some(system)
            && coding.get("code").and_then(Value::as_str) == Some("access")
    });
    if some && access { Ok(()) } else { Err(Unfit::Action) }
}

/// Classes are alternatives, so one of another system would widen the grant in a way nobody asked for.
fn scopes(classes: Option<&Value>) -> Result<Scopes, Unfit> {
    let mut codes = Vec::new();
    for class in each(classes) {
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
mod tests;
