//! R5: the decision denies, so that the only provision, an exception to it, permits. Scopes stand in `documentType`,
//! the one list that is not bound to types of resources.
//!
//! <https://hl7.org/fhir/R5/consent.html>

use serde_json::Value;

use super::{ACTIONS, SIMPLE_OAUTH, Terms, Unfit, only, period, permits_access, scopes, single};

pub(super) fn terms(json: &Value) -> Result<Terms, Unfit> {
    let policy = json.pointer("/policyBasis/url").and_then(Value::as_str);
    // With `permit`, the provision would name what is withheld.
    let denies = json.get("decision").and_then(Value::as_str) == Some("deny");
    if policy != Some(SIMPLE_OAUTH) || !denies {
        return Err(Unfit::Policy);
    }
    let (from, until) = period(json.get("period"))?;
    let permit = single(json.get("provision"))?;
    only(permit, &["id", "extension", "action", "documentType"])?;
    permits_access(permit, ACTIONS)?;
    Ok(Terms { from, until, scopes: scopes(permit.get("documentType"))? })
}
