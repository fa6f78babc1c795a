//! STU3: the policy is a URI, the period is the Consent's own, the permit is the only exception.
//!
//! <https://hl7.org/fhir/STU3/consent.html>; the profile is that of the CCDE track, which was written for this release.

use serde_json::Value;

use super::{SIMPLE_OAUTH, Terms, Unfit, names_policy, only, period, permits_access, scopes, single};

const ACTIONS: &str = "http://hl7.org/fhir/consentaction";

pub(super) fn terms(json: &Value) -> Result<Terms, Unfit> {
    if json.get("policyRule").and_then(Value::as_str) != Some(SIMPLE_OAUTH) && !names_policy(json) {
        return Err(Unfit::Policy);
    }
    // `actor` and `purpose` tell people something; these would restrict.
    if ["action", "securityLabel", "dataPeriod", "data"].iter().any(|name| json.get(name).is_some()) {
        return Err(Unfit::Restriction);
    }
    let (from, until) = period(json.get("period"))?;
    let permit = single(json.get("except"))?;
    only(permit, &["id", "extension", "type", "action", "class"])?;
    if permit.get("type").and_then(Value::as_str) != Some("permit") {
        return Err(Unfit::Provision);
    }
    permits_access(permit, ACTIONS)?;
    Ok(Terms { from, until, scopes: scopes(permit.get("class"))? })
}
