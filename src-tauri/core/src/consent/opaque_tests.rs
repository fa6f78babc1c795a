//! What is not understood is named; what we write ourselves is understood.

use serde_json::{Value, json};

use super::Opaque;

const SCOPES: &str = "http://smarthealthit.org/fhir/scopes";

/// An R4 Consent that is understood, with one change.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<Opaque> {
    let mut consent = json!({
        "resourceType": "Consent",
        "policy": [{"uri": "http://hl7.org/fhir/ConsentDefinition/simple-oauth"}],
        "provision": {
            "period": {"end": "2026-07-15"},
            "actor": [{"reference": {"display": "Tern Bay Hospital"}}],
            "purpose": [{"code": "TREAT"}],
            "provision": [{
                "type": "permit",
                "action": [{"coding": [{"code": "access"}]}],
                "class": [{"system": SCOPES, "code": "patient/Patient.rs"}]
            }]
        }
    });
    change(&mut consent);
    Opaque::of(&consent)
}

#[test]
fn what_follows_the_profile_is_understood() {
    assert_eq!(changed(|_| {}), []);
    assert_eq!(changed(|c| c["provision"]["type"] = json!("deny")), [], "the frame repeats the base");
    assert_eq!(changed(|c| c["provision"]["dataPeriod"] = json!({"start": "2020"})), [], "it is shown");
    let opt_out = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUTE"}]});
    assert_eq!(
        changed(|c| {
            c["policy"] = json!(null);
            c["policyRule"] = opt_out;
        }),
        []
    );
}

#[test]
fn what_does_not_is_named() {
    let permit = |c: &mut Value, key: &str, value: Value| c["provision"]["provision"][0][key] = value;
    assert_eq!(changed(|c| c["policy"] = json!([])), [Opaque::Base]);
    assert_eq!(
        changed(|c| c["policyRule"] = json!({"coding": [{"code": "OPTIN"}]})),
        [],
        "one policy that refuses is enough"
    );
    assert_eq!(changed(|c| permit(c, "action", json!([]))), [Opaque::Actions]);
    assert_eq!(
        changed(|c| permit(c, "action", json!([{"coding": [{"code": "correct"}]}]))),
        [Opaque::Actions]
    );
    assert_eq!(changed(|c| permit(c, "class", json!([]))), [Opaque::AnyRecords]);
    assert_eq!(
        changed(|c| permit(c, "class", json!([{"system": "urn:ietf:bcp:13", "code": "x"}]))),
        [Opaque::Records]
    );
    assert_eq!(changed(|c| permit(c, "securityLabel", json!([{"code": "N"}]))), [Opaque::Limits]);
    assert_eq!(changed(|c| permit(c, "data", json!([{"meaning": "instance"}]))), [Opaque::Limits]);
    assert_eq!(changed(|c| permit(c, "actor", json!([{"role": {}}]))), [Opaque::Limits]);
    assert_eq!(changed(|c| c["modifierExtension"] = json!([{"url": "x"}])), [Opaque::Modifiers]);
    assert_eq!(changed(|c| c["implicitRules"] = json!("http://else.example")), [Opaque::Modifiers]);
    let denies = json!({"type": "deny", "action": [{"coding": [{"code": "access"}]}], "class": [{"system": SCOPES, "code": "patient/Condition.rs"}]});
    let add = |c: &mut Value| {
        if let Some(rules) = c["provision"]["provision"].as_array_mut() {
            rules.push(denies);
        }
    };
    assert_eq!(changed(add), [Opaque::Refusals]);
}

#[test]
fn a_consent_that_says_nothing_allows_nobody_knows_what() {
    assert_eq!(Opaque::of(&json!({"resourceType": "Consent"})), [Opaque::Base, Opaque::AnyRecords]);
}

#[test]
fn in_r5_a_base_that_permits_is_named() {
    let consent = |base: &str| {
        json!({"decision": base, "provision": [{
            "action": [{"coding": [{"code": "access"}]}],
            "documentType": [{"system": SCOPES, "code": "patient/Patient.rs"}]
        }]})
    };
    assert_eq!(Opaque::of(&consent("deny")), []);
    assert_eq!(Opaque::of(&consent("permit")), [Opaque::AllowsTheRest, Opaque::Refusals]);
    assert_eq!(Opaque::of(&consent("maybe")), [Opaque::Base]);
}

#[test]
fn in_stu3_limits_of_the_whole_are_named() {
    let consent = json!({
        "policyRule": "http://hl7.org/fhir/ConsentDefinition/simple-oauth",
        "securityLabel": [{"code": "N"}],
        "except": [{"type": "permit", "action": [{"coding": [{"code": "access"}]}], "class": [{"system": SCOPES, "code": "patient/Patient.rs"}]}]
    });
    assert_eq!(Opaque::of(&consent), [Opaque::Limits]);
}
