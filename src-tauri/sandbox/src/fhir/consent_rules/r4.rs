//! R4 and R4B: rules stand in one root provision and those inside it, and a scope and a category are required.
//!
//! <https://hl7.org/fhir/R4/consent.html>

use serde_json::Value;

use super::{Issues, Shape, is_concept, is_filled_list, period, policies};

pub(super) const SHAPE: Shape = Shape {
    statuses: &["draft", "proposed", "active", "rejected", "inactive", "entered-in-error"],
    elements: &[
        "category",
        "dateTime",
        "organization",
        "patient",
        "performer",
        "policy",
        "policyRule",
        "provision",
        "scope",
        "sourceAttachment",
        "sourceReference",
        "status",
        "verification",
    ],
    patient: "patient",
    date: "dateTime",
    rest,
};

fn rest(issues: &mut Issues, consent: &Value) {
    if !consent.get("scope").is_some_and(is_concept) {
        issues.add("required", "scope is missing or says nothing", "Consent.scope");
    }
    if !consent.get("category").is_some_and(|category| is_filled_list(category, is_concept)) {
        issues.add("required", "category is missing or says nothing", "Consent.category");
    }
    policies(issues, consent);
    if consent.get("policyRule").is_some_and(|rule| !is_concept(rule)) {
        issues.add("value", "policyRule says nothing", "Consent.policyRule");
    }
    if let Some(root) = consent.get("provision") {
        if root.get("type").is_some() {
            issues.add("value", "the root provision has no type", "Consent.provision.type");
        }
        provision(issues, root, "Consent.provision", 0);
    }
}

/// Checks a provision and those inside it.
fn provision(issues: &mut Issues, provision: &Value, path: &str, depth: usize) {
    period(issues, provision.get("period"), &format!("{path}.period"));
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
