//! STU3: rules stand at the top, the policy is a URI, and each exception to it permits or denies.
//!
//! <https://hl7.org/fhir/STU3/consent.html>

use serde_json::Value;

use super::{Issues, Shape, categories, is_concept, period, policies};

pub(super) const SHAPE: Shape = Shape {
    statuses: &["draft", "proposed", "active", "rejected", "inactive", "entered-in-error"],
    elements: &[
        "action",
        "actor",
        "category",
        "consentingParty",
        "data",
        "dataPeriod",
        "dateTime",
        "except",
        "organization",
        "patient",
        "period",
        "policy",
        "policyRule",
        "purpose",
        "securityLabel",
        "sourceAttachment",
        "sourceIdentifier",
        "sourceReference",
        "status",
    ],
    patient: "patient",
    date: "dateTime",
    rest,
};

fn rest(issues: &mut Issues, consent: &Value) {
    if consent.get("identifier").is_some_and(Value::is_array) {
        issues.add("structure", "identifier is one in STU3", "Consent.identifier");
    }
    categories(issues, consent);
    policies(issues, consent);
    if consent.get("policyRule").is_some_and(|rule| !rule.is_string()) {
        issues.add("value", "policyRule is a URI in STU3", "Consent.policyRule");
    }
    period(issues, consent.get("period"), "Consent.period");
    actors(issues, consent, "Consent");
    let Some(except) = consent.get("except") else {
        return;
    };
    let Some(except) = except.as_array().filter(|except| !except.is_empty()) else {
        return issues.add("structure", "except is a list", "Consent.except");
    };
    for (index, item) in except.iter().enumerate() {
        let path = format!("Consent.except[{index}]");
        if !matches!(item.get("type").and_then(Value::as_str), Some("permit" | "deny")) {
            issues.add("required", "an exception permits or denies", format!("{path}.type"));
        }
        period(issues, item.get("period"), &format!("{path}.period"));
        actors(issues, item, &path);
    }
}

/// An actor has a role and is somebody.
fn actors(issues: &mut Issues, object: &Value, path: &str) {
    let whole = |actor: &Value| actor.get("role").is_some_and(is_concept) && actor.get("reference").is_some();
    let actors = object.get("actor").and_then(Value::as_array).into_iter().flatten();
    if !actors.into_iter().all(whole) {
        issues.add("required", "an actor needs a role and a reference", format!("{path}.actor"));
    }
}
