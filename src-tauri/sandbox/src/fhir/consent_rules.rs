//! What an R4 Consent must be before this EHR keeps it: <https://hl7.org/fhir/R4/consent.html>.
//!
//! Structure and the invariants of the resource. Whether it can be *acted on* (policy, scopes, period) is for
//! `$authorize` to say. Elements of other FHIR versions are refused: ignoring a `decision` or an `except` would keep
//! something else than the patient wrote.

use serde_json::Value;

use super::outcome::Issue;
use crate::resources::dates::Stretch;

const STATUSES: [&str; 6] = ["draft", "proposed", "active", "rejected", "inactive", "entered-in-error"];

const ELEMENTS: [&str; 22] = [
    "category",
    "contained",
    "dateTime",
    "extension",
    "id",
    "identifier",
    "implicitRules",
    "language",
    "meta",
    "organization",
    "patient",
    "performer",
    "policy",
    "policyRule",
    "provision",
    "resourceType",
    "scope",
    "sourceAttachment",
    "sourceReference",
    "status",
    "text",
    "verification",
];

/// Whether the Consent names a patient of this server who is not the one of the token.
pub(super) fn names_another_patient(consent: &Value, patient: &str, base: &str) -> bool {
    let Some(reference) = consent.pointer("/patient/reference").and_then(Value::as_str) else {
        return false;
    };
    let relative = reference.strip_prefix(base).map_or(reference, |rest| rest.trim_start_matches('/'));
    relative.strip_prefix("Patient/").is_some_and(|id| id != patient)
}

/// Everything that is wrong with it; empty when it can be kept.
pub(super) fn broken(consent: &Value, patient: &str) -> Vec<Issue> {
    let mut issues = Issues(Vec::new());
    elements(&mut issues, consent);

    match consent.get("status").and_then(Value::as_str) {
        None => issues.add("required", "status is missing", "Consent.status"),
        Some(status) if !STATUSES.contains(&status) => {
            issues.add("code-invalid", format!("{status} is not a status of a Consent"), "Consent.status");
        }
        Some(_) => {}
    }
    if !consent.get("scope").is_some_and(is_concept) {
        issues.add("required", "scope is missing or says nothing", "Consent.scope");
    }
    if !consent.get("category").is_some_and(|category| is_filled_list(category, is_concept)) {
        issues.add("required", "category is missing or says nothing", "Consent.category");
    }
    match consent.pointer("/patient/reference").and_then(Value::as_str) {
        None => issues.add("required", "patient is missing", "Consent.patient"),
        Some(reference) if reference != format!("Patient/{patient}") => {
            issues.add(
                "value",
                "patient must be a relative reference, Patient/[id]",
                "Consent.patient.reference",
            );
        }
        Some(_) => {}
    }
    let policy = consent.get("policy");
    if policy.is_none() && consent.get("policyRule").is_none() {
        issues.add("invariant", "ppc-1: either policy or policyRule is needed", "Consent");
    }
    if policy.is_some_and(|policy| {
        !is_filled_list(policy, |item| {
            item.get("uri").or(item.get("authority")).is_some_and(Value::is_string)
        })
    }) {
        issues.add("value", "each policy needs a uri or an authority", "Consent.policy");
    }
    if consent.get("policyRule").is_some_and(|rule| !is_concept(rule)) {
        issues.add("value", "policyRule says nothing", "Consent.policyRule");
    }
    if consent.get("dateTime").is_some_and(|date| Stretch::of(date).is_none() || !date.is_string()) {
        issues.add("value", "dateTime is no date", "Consent.dateTime");
    }
    if let Some(root) = consent.get("provision") {
        if root.get("type").is_some() {
            issues.add("value", "the root provision has no type", "Consent.provision.type");
        }
        provision(&mut issues, root, "Consent.provision", 0);
    }
    issues.0
}

struct Issues(Vec<Issue>);

impl Issues {
    fn add(&mut self, code: &'static str, text: impl Into<String>, expression: impl Into<String>) {
        self.0.push(Issue { code, text: text.into(), expression: Some(expression.into()) });
    }
}

fn elements(issues: &mut Issues, consent: &Value) {
    for name in consent.as_object().into_iter().flat_map(|consent| consent.keys()) {
        let plain = name.strip_prefix('_').unwrap_or(name);
        if name == "modifierExtension" {
            issues.add(
                "extension",
                "a modifier extension is not understood here",
                "Consent.modifierExtension",
            );
        } else if !ELEMENTS.contains(&plain) {
            issues.add("structure", format!("an R4 Consent has no {name}"), format!("Consent.{name}"));
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

/// Checks a provision and those inside it.
fn provision(issues: &mut Issues, provision: &Value, path: &str, depth: usize) {
    if let Some(period) = provision.get("period") {
        match Stretch::of(period) {
            None => issues.add("value", "the period has no readable start or end", format!("{path}.period")),
            Some(stretch) if stretch.from > stretch.to => {
                issues.add("invariant", "per-1: the period ends before it starts", format!("{path}.period"));
            }
            Some(_) => {}
        }
    }
    let Some(nested) = provision.get("provision") else {
        return;
    };
    let Some(nested) = nested.as_array().filter(|nested| !nested.is_empty()) else {
        return issues.add("structure", "provision is a list", format!("{path}.provision"));
    };
    if depth >= 8 {
        return issues.add("too-costly", "provisions are nested too deep", path);
    }
    for (index, item) in nested.iter().enumerate() {
        let path = format!("{path}.provision[{index}]");
        if !matches!(item.get("type").and_then(Value::as_str), Some("permit" | "deny")) {
            issues.add("required", "a nested provision permits or denies", format!("{path}.type"));
        }
        self::provision(issues, item, &path, depth.saturating_add(1));
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
