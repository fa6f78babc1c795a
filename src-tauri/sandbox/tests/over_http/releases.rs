//! The same hospital in every FHIR release: what it says of itself, its records, Consents, and copies between any two.

use std::collections::BTreeMap;

use consentry_sandbox::{AuthorizationState, ConnectionState, Ehr, FhirVersion};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::bench::{
    Bench, CONSENT_SCOPES, SOURCE_SCOPE, Session, client, get_fhir, knows, outcome, post_fhir, session, until,
};
use crate::release::{Also, alike, consent, speaking, told};

const WHOLE_CHART: &str = "launch/patient patient/*.rs patient/Consent.crus operation/Consent.authorize";

async fn speaking_bench(version: FhirVersion) -> Bench {
    Bench::with(|options| {
        options.pace = std::time::Duration::from_secs(3_600);
        options.ways = [speaking(version), speaking(version)];
    })
    .await
}

async fn json_of(ehr: &Ehr, path: &str, paul: &Session) -> Value {
    let answer = get_fhir(ehr, path, paul.access()).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

async fn statement(ehr: &Ehr) -> Value {
    let answer = client().get(format!("{}/metadata", ehr.base())).send().await.unwrap();
    answer.json().await.unwrap()
}

/// Types that a CapabilityStatement lists, with the names of their search parameters.
fn listed(statement: &Value) -> BTreeMap<String, Vec<(String, String)>> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let params = |resource: &Value| {
        let params = resource["searchParam"].as_array().unwrap();
        params.iter().map(|param| (text(&param["name"]), text(&param["type"]))).collect()
    };
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    resources.iter().map(|resource| (text(&resource["type"]), params(resource))).collect()
}

#[tokio::test]
async fn says_which_release_it_speaks_and_in_its_words() {
    for version in FhirVersion::ALL {
        let bench = speaking_bench(version).await;
        let ehr = bench.source();
        let answer = client().get(format!("{}/metadata", ehr.base())).send().await.unwrap();
        let media = answer.headers()["content-type"].to_str().unwrap().to_owned();
        let parameter = format!("application/fhir+json; charset=utf-8; fhirVersion={}", version.parameter());
        let expected =
            if version == FhirVersion::Stu3 { "application/fhir+json; charset=utf-8" } else { &parameter };
        assert_eq!(media, expected);
        let statement: Value = answer.json().await.unwrap();
        assert_eq!(statement["fhirVersion"], version.number());
        let rest = &statement["rest"][0];
        let service = rest["security"]["service"][0]["coding"][0]["system"].as_str().unwrap();
        let consent = rest["resource"]
            .as_array()
            .unwrap()
            .iter()
            .find(|resource| resource["type"] == "Consent")
            .unwrap();
        let anywhere: Vec<&str> =
            rest["operation"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
        if version == FhirVersion::Stu3 {
            assert_eq!(statement["acceptUnknown"], "no");
            assert_eq!(service, "http://hl7.org/fhir/restful-security-service");
            assert!(consent.get("operation").is_none());
            assert!(anywhere.contains(&"authorize"), "{anywhere:?}");
            assert!(rest["operation"][0]["definition"]["reference"].is_string());
        } else {
            assert!(statement.get("acceptUnknown").is_none());
            assert_eq!(service, "http://terminology.hl7.org/CodeSystem/restful-security-service");
            assert_eq!(consent["operation"].as_array().unwrap().len(), 3);
            assert!(rest["operation"][0]["definition"].is_string());
        }

        // It gives no other release than its own.
        for other in FhirVersion::ALL {
            let accept = format!("application/fhir+json; fhirVersion={}", other.parameter());
            let asked = client().get(format!("{}/metadata", ehr.base())).header("accept", accept);
            let status = asked.send().await.unwrap().status();
            let expected = if other == version { StatusCode::OK } else { StatusCode::NOT_ACCEPTABLE };
            assert_eq!(status, expected, "{other} from {version}");
        }
    }
}

#[tokio::test]
async fn every_release_finds_as_many_of_each_kind_by_its_own_parameters() {
    let mut counts: Vec<BTreeMap<String, u64>> = Vec::new();
    for version in FhirVersion::ALL {
        let bench = speaking_bench(version).await;
        let ehr = bench.source();
        let paul = session(ehr, "Paul Tindall", "launch/patient patient/*.rs").await;
        let mut count = BTreeMap::new();
        for (kind, params) in listed(&statement(ehr).await) {
            let all = json_of(ehr, &format!("{kind}?_count=3"), &paul).await;
            let entries = all["entry"].as_array().cloned().unwrap_or_default();
            count.insert(kind.clone(), all["total"].as_u64().unwrap());
            for entry in &entries {
                assert_eq!(entry["resource"]["resourceType"], kind.as_str());
            }
            for (name, is) in params {
                let (value, expected) = match (name.as_str(), is.as_str()) {
                    ("patient" | "subject", _) => (paul.patient().to_owned(), all["total"].as_u64()),
                    (_, "date") => ("lt2999-01-01".to_owned(), None),
                    (_, "reference") => ("Nothing/0".to_owned(), Some(0)),
                    _ => ("none-such".to_owned(), Some(0)),
                };
                let found = json_of(ehr, &format!("{kind}?{name}={value}"), &paul).await;
                let used = found["link"][0]["url"].as_str().unwrap();
                assert!(used.contains(&format!("{name}=")), "{version} {kind} ignores {name}");
                if let Some(expected) = expected {
                    assert_eq!(found["total"].as_u64(), Some(expected), "{version} {kind}?{name}={value}");
                }
                // All but the appointments to come, and what has no date, happened before the year 2999.
                if is == "date" && !entries.is_empty() {
                    assert!(found["total"].as_u64() > Some(0), "{version} {kind} has no {name}");
                }
            }
        }
        counts.push(count);
    }
    for count in &counts {
        assert_eq!(count, &counts[0], "the same records in every release");
    }
    assert!(counts[0].values().sum::<u64>() > 400, "{counts:?}");
}

#[tokio::test]
async fn a_parameter_of_another_release_is_not_known() {
    for (version, known, unknown) in [
        (FhirVersion::Stu3, "DocumentReference?indexed=lt2999", "DocumentReference?date=lt2999"),
        (FhirVersion::Stu3, "Condition?asserted-date=lt2999", "Condition?recorded-date=lt2999"),
        (
            FhirVersion::Stu3,
            "MedicationRequest?context=Encounter/1",
            "MedicationRequest?encounter=Encounter/1",
        ),
        (FhirVersion::Stu3, "Goal?status=on-target", "Goal?lifecycle-status=active"),
        (FhirVersion::R4, "Condition?recorded-date=lt2999", "Condition?asserted-date=lt2999"),
        (FhirVersion::R4b, "AuditEvent?type=rest", "AuditEvent?code=read"),
        (FhirVersion::R5, "AuditEvent?code=read", "AuditEvent?type=rest"),
        (FhirVersion::R5, "DocumentReference?context=Encounter/1", "DocumentReference?encounter=Encounter/1"),
    ] {
        let bench = speaking_bench(version).await;
        let paul = session(bench.source(), "Paul Tindall", "launch/patient patient/*.rs").await;
        for (path, expected) in [(known, StatusCode::OK), (unknown, StatusCode::BAD_REQUEST)] {
            let asked = client()
                .get(format!("{}/{path}", bench.source().base()))
                .header("prefer", "handling=strict")
                .bearer_auth(paul.access());
            assert_eq!(asked.send().await.unwrap().status(), expected, "{version} {path}");
        }
    }
}

#[tokio::test]
async fn keeps_a_consent_as_it_was_written_and_none_of_another_release() {
    for version in FhirVersion::ALL {
        let bench = speaking_bench(version).await;
        let ehr = bench.source();
        let paul = bench.paul_at_source().await;
        for other in FhirVersion::ALL {
            let sent = consent(other, paul.patient(), CONSENT_SCOPES, "2099-01-01");
            let before = knows(ehr);
            let made = post_fhir(ehr, "Consent", paul.access(), &sent).await;
            if !alike(version, other) {
                outcome(made, StatusCode::UNPROCESSABLE_ENTITY).await;
                assert_eq!(knows(ehr), before, "a {other} Consent at a {version} hospital");
                continue;
            }
            assert_eq!(made.status(), StatusCode::CREATED, "a {other} Consent at a {version} hospital");
            let made: Value = made.json().await.unwrap();
            let mut kept = json_of(ehr, &format!("Consent/{}", made["id"].as_str().unwrap()), &paul).await;
            for name in ["id", "meta"] {
                kept.as_object_mut().unwrap().remove(name);
            }
            assert_eq!(kept, sent, "letter by letter");
        }
    }
}

#[tokio::test]
async fn finds_a_consent_by_its_identifier_in_every_release() {
    for version in FhirVersion::ALL {
        let bench = speaking_bench(version).await;
        let paul = bench.paul_at_source().await;
        let mut sent = consent(version, paul.patient(), CONSENT_SCOPES, "2099-01-01");
        let identifier = json!({"system": "urn:ietf:rfc:3986", "value": "urn:uuid:7"});
        sent["identifier"] = if version == FhirVersion::Stu3 { identifier } else { json!([identifier]) };
        let made = post_fhir(bench.source(), "Consent", paul.access(), &sent).await;
        assert_eq!(made.status(), StatusCode::CREATED);
        let path = format!("Consent?patient={}&identifier=urn:ietf:rfc:3986|urn:uuid:7", paul.patient());
        assert_eq!(json_of(bench.source(), &path, &paul).await["total"], 1, "{version}");
        assert_eq!(
            bench.source().records().consents[0].identifier.as_deref(),
            Some("urn:uuid:7"),
            "{version}"
        );
    }
}

#[tokio::test]
async fn authorizes_nobody_under_a_consent_that_means_something_else() {
    let scopes = |names: &[&str]| {
        let coding = |name: &&str| json!({"system": "http://smarthealthit.org/fhir/scopes", "code": name});
        names.iter().map(coding).collect::<Value>()
    };
    let wider = || scopes(&["patient/Patient.rs", "patient/Condition.rs"]);
    for (version, changes) in [
        (
            FhirVersion::Stu3,
            vec![
                ("/except/0/class", wider()),
                ("/except/0/type", json!("deny")),
                ("/policyRule", json!("http://hl7.org/fhir/ConsentPolicy/opt-in")),
                ("/dataPeriod", json!({"start": "2024-01-01"})),
                ("/period/end", json!("2021-01-01")),
                ("/status", json!("inactive")),
            ],
        ),
        (
            FhirVersion::R4b,
            vec![
                ("/provision/provision/0/class", wider()),
                ("/provision/provision/0/type", json!("deny")),
                ("/provision/period/end", json!("2021-01-01")),
            ],
        ),
        (
            FhirVersion::R5,
            vec![
                ("/provision/0/documentType", wider()),
                ("/decision", json!("permit")),
                ("/policyBasis/url", json!("http://hl7.org/fhir/ConsentPolicy/opt-in")),
                ("/provision/0/resourceType", json!([{"code": "Patient"}])),
                ("/period/end", json!("2021-01-01")),
                ("/status", json!("inactive")),
            ],
        ),
    ] {
        let bench = speaking_bench(version).await;
        let paul = bench.paul_at_source().await;
        let jwt = bench.introduction().await;
        for (pointer, value) in changes {
            let good = consent(version, paul.patient(), CONSENT_SCOPES, "2099-01-01");
            let made = post_fhir(bench.source(), "Consent", paul.access(), &good.also(pointer, value)).await;
            assert_eq!(made.status(), StatusCode::CREATED, "{version} {pointer} is well formed");
            let made: Value = made.json().await.unwrap();
            let answer = bench.authorize(&paul, made["id"].as_str().unwrap(), &jwt).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{version} {pointer}");
        }
        assert!(bench.source().records().authorizations.is_empty());
    }
}

/// Sets up, looks, stops; gives back what was copied, by type.
async fn exchange(from: FhirVersion, to: FhirVersion) -> BTreeMap<String, Vec<Value>> {
    let bench = Bench::with(|options| options.ways = [speaking(from), speaking(to)]).await;
    let (source, target) = (bench.source(), bench.target());
    let here = session(source, "Paul Tindall", WHOLE_CHART).await;
    let there = bench.paul_at_target().await;
    let body = consent(from, here.patient(), &["patient/*.rs"], "2099-01-01");
    let made: Value = post_fhir(source, "Consent", here.access(), &body).await.json().await.unwrap();
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}"));
    let granted = bench.authorize(&here, id, &bench.introduction().await).await;
    assert_eq!(granted.status(), StatusCode::OK, "{from} to {to}");
    assert_eq!(bench.connect(&there, id).await.status(), StatusCode::OK, "{from} to {to}");
    let records = until(target, "a round", |records| {
        records.connections.first().is_some_and(|connection| connection.rounds >= 1)
    })
    .await;
    assert!(records.connections[0].total > 400, "{:?}", records.connections[0].received);

    assert_eq!(bench.revoke(&here, id).await.status(), StatusCode::OK);
    until(target, "a refusal", |records| records.connections[0].state == ConnectionState::Refused).await;
    assert_eq!(source.records().authorizations[0].state, AuthorizationState::Revoked);

    // The source's log tells the story in its own release.
    let log = json_of(source, &format!("AuditEvent?entity=Consent/{id}&_count=50"), &here).await;
    let events: Vec<_> =
        log["entry"].as_array().unwrap().iter().map(|entry| told(from, &entry["resource"])).collect();
    for event in &events {
        assert_eq!(event.app, target.base().as_str());
        let patient = format!("Patient/{}", here.patient());
        assert_eq!(event.entities, [format!("Consent/{id}"), patient]);
    }
    let some = |well, action| events.iter().any(|event| event.went_well == well && event.action == action);
    assert!(some(true, "E") && some(true, "R") && some(false, "E"), "{events:?}");

    // What was copied is served, says where it came from, and belongs to Paul.
    let reader = session(target, "Paul Tindall", "launch/patient patient/*.rs").await;
    let mut copies = BTreeMap::new();
    for (kind, count) in &records.connections[0].received {
        let path = format!("{kind}?_source={}&_count=250", source.base());
        let mut found = Vec::new();
        let mut next = Some(path);
        while let Some(path) = next.take() {
            let page = json_of(target, &path, &reader).await;
            found.extend(
                page["entry"].as_array().into_iter().flatten().map(|entry| entry["resource"].clone()),
            );
            let link = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
            let base = format!("{}/", target.base());
            next = link.map(|link| link["url"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned());
        }
        assert_eq!(u64::try_from(found.len()).unwrap(), *count, "{from} to {to}: {kind}");
        copies.insert(kind.clone(), found);
    }
    copies
}

/// Names of the members of all resources of a type, lists left out: how a release writes it.
fn shape(value: &Value, path: &str, found: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                shape(member, &format!("{path}.{name}"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| shape(item, &format!("{path}[]"), found)),
        _ => drop(found.insert(path.to_owned())),
    }
}

/// What reaches a target from any source is written as the target writes its own; a source that had no place for
/// something cannot pass it on.
async fn copies_look_native_at(to: FhirVersion) {
    let mut shapes = BTreeMap::new();
    for from in FhirVersion::ALL {
        let mut all = std::collections::BTreeSet::new();
        for (kind, copies) in exchange(from, to).await {
            for copy in &copies {
                shape(copy, &kind, &mut all);
            }
        }
        shapes.insert(from, all);
    }
    let native = &shapes[&to];
    for (from, shape) in &shapes {
        let strange: Vec<&String> = shape.difference(native).collect();
        // Through STU3, one category, role or author more than that is no longer seen; never something new.
        assert_eq!(strange, Vec::<&String>::new(), "{to} from {from}");
    }
}

#[tokio::test]
async fn copies_from_every_release_look_native_in_stu3() {
    copies_look_native_at(FhirVersion::Stu3).await;
}

#[tokio::test]
async fn copies_from_every_release_look_native_in_r4() {
    copies_look_native_at(FhirVersion::R4).await;
}

#[tokio::test]
async fn copies_from_every_release_look_native_in_r4b() {
    copies_look_native_at(FhirVersion::R4b).await;
}

#[tokio::test]
async fn copies_from_every_release_look_native_in_r5() {
    copies_look_native_at(FhirVersion::R5).await;
}

#[tokio::test]
async fn every_release_refuses_with_an_outcome() {
    for version in FhirVersion::ALL {
        let bench = speaking_bench(version).await;
        let paul = session(bench.source(), "Paul Tindall", SOURCE_SCOPE).await;
        let missing = get_fhir(bench.source(), "Patient/none", paul.access()).await;
        outcome(missing, StatusCode::NOT_FOUND).await;
        let mut nobody = consent(version, paul.patient(), CONSENT_SCOPES, "2099-01-01");
        nobody["status"] = json!("on");
        let refused = post_fhir(bench.source(), "Consent", paul.access(), &nobody).await;
        assert!(outcome(refused, StatusCode::UNPROCESSABLE_ENTITY).await.contains("status"));
    }
}

#[tokio::test]
async fn a_folder_keeps_its_release() {
    let bench = speaking_bench(FhirVersion::R5).await;
    let folder = bench.folder;
    bench.sandbox.stop().await;
    let open = |version| consentry_sandbox::Options {
        storage: consentry_sandbox::Storage::Folder(folder.path().to_owned()),
        ways: [speaking(version), speaking(version)],
        ..consentry_sandbox::Options::default()
    };
    let other = consentry_sandbox::Sandbox::start(open(FhirVersion::R4)).await;
    assert!(other.err().unwrap().to_string().contains("speaks FHIR R5"));
    consentry_sandbox::Sandbox::start(open(FhirVersion::R5)).await.unwrap().stop().await;
}
