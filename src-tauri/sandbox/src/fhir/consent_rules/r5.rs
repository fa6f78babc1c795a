//! R5: a decision is the rule, and every provision is an exception to it.
//!
//! <https://hl7.org/fhir/R5/consent.html>

use serde_json::Value;

use super::{Issues, Shape, categories, is_filled_list, period};

pub(super) const SHAPE: Shape = Shape {
    statuses: &["draft", "active", "inactive", "not-done", "entered-in-error", "unknown"],
    elements: &[
        "category",
        "controller",
        "date",
        "decision",
        "grantee",
        "grantor",
        "manager",
        "period",
        "policyBasis",
        "policyText",
        "provision",
        "regulatoryBasis",
        "sourceAttachment",
        "sourceReference",
        "status",
        "subject",
        "verification",
    ],
    patient: "subject",
    date: "date",
    rest,
};

fn rest(issues: &mut Issues, consent: &Value) {
    categories(issues, consent);
    if consent.get("date").and_then(Value::as_str).is_some_and(|date| date.contains('T')) {
        issues.add("value", "date is a day, without a time", "Consent.date");
    }
    period(issues, consent.get("period"), "Consent.period");
    match consent.get("decision").map(|decision| decision.as_str().unwrap_or_default()) {
        None | Some("deny" | "permit") => {}
        Some(_) => issues.add("code-invalid", "a decision denies or permits", "Consent.decision"),
    }
    if consent.get("policyBasis").is_some_and(|basis| !basis.is_object()) {
        issues.add("structure", "policyBasis is one object", "Consent.policyBasis");
    }
    provisions(issues, consent, "Consent", 0);
}

/// Checks the provisions of an object and those inside them.
fn provisions(issues: &mut Issues, object: &Value, path: &str, depth: usize) {
    let Some(list) = object.get("provision") else {
        return;
    };
    if !is_filled_list(list, Value::is_object) {
        return issues.add("structure", "provision is a list", format!("{path}.provision"));
    }
    if depth >= 8 {
        return issues.add("too-costly", "provisions are nested too deep", path);
    }
    for (index, item) in list.as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}.provision[{index}]");
        if item.get("type").is_some() {
            issues.add("structure", "a provision has no type since R5", format!("{path}.type"));
        }
        period(issues, item.get("period"), &format!("{path}.period"));
        provisions(issues, item, &path, depth.saturating_add(1));
    }
}
