//! What a Consent must be before this EHR keeps it, by release: <https://hl7.org/fhir/R4/consent.html> and its
//! neighbours.
//!
//! Structure and the invariants of the resource. Whether it can be *acted on* (policy, scopes, period) is for
//! `$authorize` to say. Elements of other FHIR releases are refused: ignoring a `decision` or an `except` would keep
//! something else than the patient wrote.

mod r4;
mod r5;
mod stu3;

use serde_json::Value;

use super::outcome::Issue;
use crate::resources::dates::Stretch;
use crate::ways::FhirVersion;

/// What the releases have in common, under different names.
struct Shape {
    statuses: &'static [&'static str],
    /// Besides those that every resource has.
    elements: &'static [&'static str],
    /// The element that names the patient.
    patient: &'static str,
    /// The element that says when it was written.
    date: &'static str,
    /// What else must hold.
    rest: fn(&mut Issues, &Value),
}

/// Elements of every resource.
const COMMON: [&str; 9] = [
    "contained",
    "extension",
    "id",
    "identifier",
    "implicitRules",
    "language",
    "meta",
    "resourceType",
    "text",
];

fn shape(version: FhirVersion) -> &'static Shape {
    match version {
        FhirVersion::Stu3 => &stu3::SHAPE,
        FhirVersion::R4 | FhirVersion::R4b => &r4::SHAPE,
        FhirVersion::R5 => &r5::SHAPE,
    }
}

/// Whether the Consent names a patient of this server who is not the one of the token.
pub(super) fn names_another_patient(
    version: FhirVersion,
    consent: &Value,
    patient: &str,
    base: &str,
) -> bool {
    let named = consent.get(shape(version).patient).and_then(|named| named.get("reference"));
    let Some(reference) = named.and_then(Value::as_str) else {
        return false;
    };
    let relative = reference.strip_prefix(base).map_or(reference, |rest| rest.trim_start_matches('/'));
    relative.strip_prefix("Patient/").is_some_and(|id| id != patient)
}

/// Everything that is wrong with it; empty when it can be kept.
pub(super) fn broken(version: FhirVersion, consent: &Value, patient: &str) -> Vec<Issue> {
    let shape = shape(version);
    let mut issues = Issues(Vec::new());
    elements(&mut issues, version, shape, consent);

    match consent.get("status").and_then(Value::as_str) {
        None => issues.add("required", "status is missing", "Consent.status"),
        Some(status) if !shape.statuses.contains(&status) => {
            issues.add("code-invalid", format!("{status} is not a status of a Consent"), "Consent.status");
        }
        Some(_) => {}
    }
    let named = shape.patient;
    match consent.get(named).and_then(|named| named.get("reference")).and_then(Value::as_str) {
        None => issues.add("required", format!("{named} is missing"), format!("Consent.{named}")),
        Some(reference) if reference != format!("Patient/{patient}") => {
            issues.add(
                "value",
                format!("{named} must be a relative reference, Patient/[id]"),
                format!("Consent.{named}.reference"),
            );
        }
        Some(_) => {}
    }
    let date = shape.date;
    if consent.get(date).is_some_and(|date| Stretch::of(date).is_none() || !date.is_string()) {
        issues.add("value", format!("{date} is no date"), format!("Consent.{date}"));
    }
    (shape.rest)(&mut issues, consent);
    issues.0
}

struct Issues(Vec<Issue>);

impl Issues {
    fn add(&mut self, code: &'static str, text: impl Into<String>, expression: impl Into<String>) {
        self.0.push(Issue { code, text: text.into(), expression: Some(expression.into()) });
    }
}

fn elements(issues: &mut Issues, version: FhirVersion, shape: &Shape, consent: &Value) {
    for name in consent.as_object().into_iter().flat_map(|consent| consent.keys()) {
        let plain = name.strip_prefix('_').unwrap_or(name);
        if name == "modifierExtension" {
            issues.add(
                "extension",
                "a modifier extension is not understood here",
                "Consent.modifierExtension",
            );
        } else if !COMMON.contains(&plain) && !shape.elements.contains(&plain) {
            let text = format!("a Consent of FHIR {version} has no {name}");
            issues.add("structure", text, format!("Consent.{name}"));
        }
    }
    if let Some(text) = consent.get("text") {
        let div = text.get("div").and_then(Value::as_str).unwrap_or_default();
        if !div.starts_with("<div") || text.get("status").and_then(Value::as_str).is_none() {
            issues.add("structure", "text needs a status and a div", "Consent.text");
        }
        if div.to_ascii_lowercase().contains("<script") {
            issues.add("invariant", "txt-1: no active content in text", "Consent.text.div");
        }
    }
}

/// Checks a period, where there is one.
fn period(issues: &mut Issues, period: Option<&Value>, path: &str) {
    match period.map(Stretch::of) {
        None => {}
        Some(None) => issues.add("value", "the period has no readable start or end", path),
        Some(Some(stretch)) if stretch.from > stretch.to => {
            issues.add("invariant", "per-1: the period ends before it starts", path);
        }
        Some(Some(_)) => {}
    }
}

/// Checks `policy`, as STU3 and R4 have it.
fn policies(issues: &mut Issues, consent: &Value) {
    let policy = consent.get("policy");
    if policy.is_none() && consent.get("policyRule").is_none() {
        issues.add("invariant", "ppc-1: either policy or policyRule is needed", "Consent");
    }
    let named = |item: &Value| item.get("uri").or(item.get("authority")).is_some_and(Value::is_string);
    if policy.is_some_and(|policy| !is_filled_list(policy, named)) {
        issues.add("value", "each policy needs a uri or an authority", "Consent.policy");
    }
}

/// Checks `category`, where there is one.
fn categories(issues: &mut Issues, consent: &Value) {
    if consent.get("category").is_some_and(|category| !is_filled_list(category, is_concept)) {
        issues.add("value", "category says nothing", "Consent.category");
    }
}

/// A CodeableConcept that says something.
fn is_concept(value: &Value) -> bool {
    let coded = value
        .get("coding")
        .is_some_and(|coding| is_filled_list(coding, |item| item.get("code").is_some_and(Value::is_string)));
    coded || value.get("text").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
}

fn is_filled_list(value: &Value, each: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(each))
}
