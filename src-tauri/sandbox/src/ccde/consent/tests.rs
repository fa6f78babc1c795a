//! Which Consents count, in each release.

use serde_json::json;

use super::*;
use FhirVersion::{R4, R4b, R5, Stu3};

/// A Consent of the release that counts.
fn consent(version: FhirVersion) -> Value {
    let period = json!({"start": "2026-01-15", "end": "2026-07-15T00:00:00Z"});
    let scopes = json!([
        {"system": SCOPES, "code": "patient/Patient.rs"},
        {"system": SCOPES, "code": "patient/Observation.rs?category=laboratory"}
    ]);
    let actor = json!([{"reference": {"display": "Tern Bay Hospital"}}]);
    let mut consent = match version {
        Stu3 => json!({
            "patient": {"reference": "Patient/p1"},
            "policyRule": SIMPLE_OAUTH,
            "period": period,
            "actor": actor,
            "except": [{
                "type": "permit",
                "action": [{"coding": [{"system": "http://hl7.org/fhir/consentaction", "code": "access"}]}],
                "class": scopes
            }]
        }),
        R4 | R4b => json!({
            "patient": {"reference": "Patient/p1"},
            "policyRule": {"coding": [{"system": "urn:ietf:rfc:3986", "code": SIMPLE_OAUTH}]},
            "provision": {
                "period": period,
                "actor": actor,
                "provision": [{
                    "type": "permit",
                    "action": [{"coding": [{"system": ACTIONS, "code": "access"}]}],
                    "class": scopes
                }]
            }
        }),
        R5 => json!({
            "subject": {"reference": "Patient/p1"},
            "policyBasis": {"url": SIMPLE_OAUTH},
            "decision": "deny",
            "period": period,
            "grantee": [{"display": "Tern Bay Hospital"}],
            "provision": [{
                "action": [{"coding": [{"system": ACTIONS, "code": "access"}]}],
                "documentType": scopes
            }]
        }),
    };
    consent["resourceType"] = json!("Consent");
    consent["status"] = json!("active");
    consent
}

/// Where a release keeps the permit, and the scopes in it.
fn places(version: FhirVersion) -> (&'static str, &'static str) {
    match version {
        Stu3 => ("/except", "/except/0/class"),
        R4 | R4b => ("/provision/provision", "/provision/provision/0/class"),
        R5 => ("/provision", "/provision/0/documentType"),
    }
}

/// Why a changed Consent does not count. The pointer's parent must be there.
fn unfit(version: FhirVersion, pointer: &str, value: Value) -> Option<Unfit> {
    let mut json = consent(version);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    json.pointer_mut(parent).unwrap()[name] = value;
    Reading::of(version, &json).in_force("p1").err()
}

#[test]
fn understands_the_profile_in_every_release() {
    for version in FhirVersion::ALL {
        let reading = Reading::of(version, &consent(version));
        let terms = reading.in_force("p1").unwrap();
        let scopes = terms.scopes.to_string();
        assert_eq!(scopes, "patient/Patient.rs patient/Observation.rs?category=laboratory", "{version}");
        assert_eq!((terms.from, terms.until), (Some(1_768_435_200), 1_784_073_600), "{version}");
        assert_eq!(reading.in_force("p2").err(), Some(Unfit::Patient), "{version}");
    }
}

#[test]
fn understands_no_consent_of_another_shape() {
    for version in FhirVersion::ALL {
        for other in FhirVersion::ALL {
            let same = matches!((version, other), (R4 | R4b, R4 | R4b)) || version == other;
            let counts = Reading::of(version, &consent(other)).in_force("p1").is_ok();
            assert_eq!(counts, same, "a {other} Consent at a {version} EHR");
        }
    }
}

#[test]
fn authorizes_nobody_under_what_it_does_not_understand() {
    for (version, pointer, value, expected) in [
        (Stu3, "/status", json!("inactive"), Unfit::Inactive),
        (Stu3, "/policyRule", json!("http://hl7.org/fhir/ConsentPolicy/opt-in"), Unfit::Policy),
        (Stu3, "/period", json!({}), Unfit::Period),
        (Stu3, "/dataPeriod", json!({"start": "2020"}), Unfit::Restriction),
        (Stu3, "/securityLabel", json!([]), Unfit::Restriction),
        (Stu3, "/action", json!([]), Unfit::Restriction),
        (Stu3, "/except/0/type", json!("deny"), Unfit::Provision),
        (Stu3, "/except/0/dataPeriod", json!({"start": "2020"}), Unfit::Restriction),
        (Stu3, "/except/0/action/0/coding/0/code", json!("correct"), Unfit::Action),
        (Stu3, "/except/0/action/0/coding/0/system", json!(ACTIONS), Unfit::Action),
        (R4, "/status", json!("inactive"), Unfit::Inactive),
        (R4, "/policyRule", json!({}), Unfit::Policy),
        (R4, "/provision/period", json!({}), Unfit::Period),
        (R4, "/provision/type", json!("permit"), Unfit::Provision),
        (R4, "/provision/dataPeriod", json!({"start": "2020"}), Unfit::Restriction),
        (R4, "/provision/provision/0/securityLabel", json!([]), Unfit::Restriction),
        (R4, "/provision/provision/0/type", json!("deny"), Unfit::Provision),
        (R4, "/provision/provision/0/action/0/coding/0/code", json!("correct"), Unfit::Action),
        (R5, "/status", json!("inactive"), Unfit::Inactive),
        (R5, "/decision", json!("permit"), Unfit::Policy),
        (R5, "/decision", json!(null), Unfit::Policy),
        (R5, "/policyBasis", json!({}), Unfit::Policy),
        (R5, "/period", json!({"start": "2026-01-01"}), Unfit::Period),
        (R5, "/provision/0/dataPeriod", json!({"start": "2020"}), Unfit::Restriction),
        (R5, "/provision/0/resourceType", json!([{"code": "Patient"}]), Unfit::Restriction),
        (R5, "/provision/0/expression", json!({"language": "text/cql"}), Unfit::Restriction),
        (R5, "/provision/0/provision", json!([{}]), Unfit::Restriction),
        (R5, "/provision/0/action/0/coding/0/code", json!("correct"), Unfit::Action),
    ] {
        assert_eq!(unfit(version, pointer, value.clone()), Some(expected), "{version} {pointer} {value}");
    }
}

#[test]
fn permits_exactly_once() {
    for version in FhirVersion::ALL {
        let (permits, _) = places(version);
        let permit = consent(version).pointer(permits).unwrap()[0].clone();
        for list in [json!([permit, permit]), json!([]), json!(null)] {
            assert_eq!(unfit(version, permits, list), Some(Unfit::Provision), "{version}");
        }
    }
}

#[test]
fn takes_no_scope_but_reading_for_the_patient() {
    for version in FhirVersion::ALL {
        let (_, scopes) = places(version);
        for code in [
            "patient/Observation.cruds",
            "patient/*.write",
            "patient/Observation.*",
            "user/Observation.rs",
            "openid",
            "operation/Consent.authorize",
        ] {
            let list =
                json!([{"system": SCOPES, "code": "patient/Patient.rs"}, {"system": SCOPES, "code": code}]);
            assert_eq!(unfit(version, scopes, list), Some(Unfit::Scope), "{version} {code}");
        }
        assert_eq!(unfit(version, scopes, json!([])), Some(Unfit::Scope), "{version}");
        let foreign = json!([{"system": "http://hl7.org/fhir/resource-types", "code": "Patient"}]);
        assert_eq!(unfit(version, scopes, foreign), Some(Unfit::Scope), "{version}");
    }
}
