//! R4 and R4B: the policy is a rule, the period is the root provision's, the permit is nested in it.
//!
//! <https://hl7.org/fhir/R4/consent.html>

use serde_json::Value;

use super::{
    ACTIONS, SIMPLE_OAUTH, Terms, Unfit, each, names_policy, only, period, permits_access, scopes, single,
};

pub(super) fn terms(json: &Value) -> Result<Terms, Unfit> {
    let rule = each(json.pointer("/policyRule/coding")).any(|coding| {
        coding.get("system").and_then(Value::as_str) == Some("urn:ietf:rfc:3986")
            && coding.get("code").and_then(Value::as_str) == Some(SIMPLE_OAUTH)
    });
    if !rule && !names_policy(json) {
        return Err(Unfit::Policy);
    }
    let root = json.get("provision").and_then(Value::as_object).ok_or(Unfit::Provision)?;
    // `actor` and `purpose` tell people something; they compute nothing.
    only(root, &["id", "extension", "type", "period", "actor", "purpose", "provision"])?;
    if root.get("type").is_some_and(|kind| kind != "deny") {
        return Err(Unfit::Provision);
    }
    let (from, until) = period(root.get("period"))?;
    let permit = single(root.get("provision"))?;
    only(permit, &["id", "extension", "type", "action", "class"])?;
    if permit.get("type").and_then(Value::as_str) != Some("permit") {
        return Err(Unfit::Provision);
    }
    permits_access(permit, ACTIONS)?;
    Ok(Terms { from, until, scopes: scopes(permit.get("class"))? })
}
