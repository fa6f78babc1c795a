//! The whole story: two sign-ins, a Consent, an introduction, records that arrive, a stop that holds.

use consentry_sandbox::{AuthorizationState, ConnectionState};
use reqwest::StatusCode;
use serde_json::Value;

use crate::bench::{Bench, get_fhir, session, until};

#[tokio::test]
async fn records_arrive_until_they_are_stopped() {
    let bench = Bench::start().await;
    let (source, target) = (bench.source(), bench.target());
    let here = bench.paul_at_source().await;
    let there = bench.paul_at_target().await;
    let consent = bench.authorized(&here).await;
    assert_eq!(bench.connect(&there, &consent).await.status(), StatusCode::OK);

    let records = until(target, "a second round", |records| {
        records.connections.first().is_some_and(|connection| connection.rounds >= 2)
    })
    .await;
    let connection = &records.connections[0];
    assert_eq!(connection.state, ConnectionState::Copying);
    assert_eq!(connection.received["Patient"], 1);
    assert!(connection.received["Observation"] > 20, "{:?}", connection.received);
    assert_eq!(connection.received.len(), 2, "nothing but what the Consent names");
    assert_eq!(connection.total, connection.received.values().sum::<u64>());

    // The copies are in Paul's chart at the target and say where they come from.
    let scope = "launch/patient patient/Observation.rs";
    let reader = session(target, "Paul Tindall", scope).await;
    let path = format!("Observation?patient={}&_source={}&_count=10", there.patient(), source.base());
    let bundle: Value = get_fhir(target, &path, reader.access()).await.json().await.unwrap();
    assert_eq!(bundle["total"].as_u64(), Some(connection.received["Observation"]), "{bundle}");
    let copy = &bundle["entry"][0]["resource"];
    assert_eq!(copy["subject"]["reference"], format!("Patient/{}", there.patient()));
    assert!(copy["meta"]["source"].as_str().unwrap().starts_with(source.base().as_str()));

    // The source knows who reads.
    let at_source = source.records();
    let authorization = &at_source.authorizations[0];
    assert_eq!(authorization.state, AuthorizationState::Live);
    assert_eq!(authorization.app, target.base().as_str());
    assert!(authorization.tokens_issued >= 2 && authorization.reads >= 4);

    // Stop: the target really tries again, and is really refused.
    assert_eq!(bench.revoke(&here, &consent).await.status(), StatusCode::OK);
    // A round that was under way is refused at its next read; the one after it, at the token.
    let refused = until(target, "a refusal that says why", |records| {
        let connection = &records.connections[0];
        connection.state == ConnectionState::Refused
            && connection.refusal.as_deref().is_some_and(|said| said.contains("stopped"))
    })
    .await;
    assert!(refused.connections[0].last_refusal.is_some());
    let stopped = source.records().authorizations[0].clone();
    assert_eq!(stopped.state, AuthorizationState::Revoked);
    assert!(stopped.refusals >= 1);
    let later =
        until(source, "another refusal", |records| records.authorizations[0].refusals > stopped.refusals)
            .await;
    assert_eq!(later.authorizations[0].tokens_issued, stopped.tokens_issued);
    assert_eq!(later.authorizations[0].reads, stopped.reads);
}

#[tokio::test]
async fn the_patient_reads_in_the_log_what_happened() {
    let bench = Bench::start().await;
    let (source, target) = (bench.source(), bench.target());
    let here = bench.paul_at_source().await;
    let there = bench.paul_at_target().await;
    let consent = bench.authorized(&here).await;
    bench.connect(&there, &consent).await;
    until(target, "a round", |records| {
        records.connections.first().is_some_and(|connection| connection.rounds >= 1)
    })
    .await;
    bench.revoke(&here, &consent).await;
    until(source, "a refusal", |records| records.authorizations[0].refusals >= 1).await;

    let path = format!("AuditEvent?patient={}&entity=Consent/{consent}&_count=50", here.patient());
    let answer = get_fhir(source, &path, here.access()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let bundle: Value = answer.json().await.unwrap();
    let events: Vec<&Value> =
        bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]).collect();
    let of = |outcome: &str, action: &str| {
        events.iter().filter(|event| event["outcome"] == outcome && event["action"] == action).count()
    };
    assert!(of("0", "E") >= 1, "token exchanges");
    assert!(of("0", "R") >= 1, "rounds of reading");
    assert!(of("8", "E") >= 1, "refusals");
    assert!(of("0", "R") <= of("0", "E"), "one event per round, not per page");
    for event in &events {
        assert_eq!(event["type"]["code"], "rest");
        let agent = &event["agent"][0];
        assert_eq!(agent["who"]["identifier"]["value"], target.base().as_str());
        assert_eq!(agent["requestor"], true);
        assert_eq!(event["source"]["observer"]["display"], "Spruce Harbor Clinic");
    }
    let refusal = events.iter().find(|event| event["outcome"] == "8").unwrap();
    assert!(refusal["outcomeDesc"].as_str().unwrap().contains("stopped"));

    // Somebody else's log shows nothing of it.
    let scope = "launch/patient patient/AuditEvent.rs";
    let jon = session(source, "Jon Lindqvist", scope).await;
    let other = get_fhir(source, "AuditEvent", jon.access()).await;
    let other: Value = other.json().await.unwrap();
    assert!(other.get("entry").is_none(), "{other}");
}

#[tokio::test]
async fn the_list_shows_who_may_fetch_and_for_how_long() {
    let bench = Bench::without_copier().await;
    let here = bench.paul_at_source().await;
    let consent = bench.authorized(&here).await;
    let path = format!("Consent/{consent}/$authorizations");
    let list: Value = get_fhir(bench.source(), &path, here.access()).await.json().await.unwrap();
    let parts = list["parameter"][0]["part"].as_array().unwrap();
    assert_eq!(list["parameter"][0]["name"], "token");
    assert_eq!(parts[0]["name"], "app-id");
    assert_eq!(parts[0]["valueUri"], bench.target().base().as_str());
    assert_eq!(parts[1]["name"], "duration");
    assert!(parts[1]["valueDuration"]["value"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn a_consent_for_everything_brings_the_whole_chart() {
    let bench = Bench::start().await;
    let (source, target) = (bench.source(), bench.target());
    let scope = "launch/patient patient/*.rs patient/Consent.crus operation/Consent.authorize";
    let here = session(source, "Paul Tindall", scope).await;
    let there = bench.paul_at_target().await;
    let consent = bench.consent_with(&here, &["patient/*.rs"], "2099-01-01").await;
    let answer = bench.authorize(&here, &consent, &bench.introduction().await).await;
    assert_eq!(answer.status(), StatusCode::OK);
    bench.connect(&there, &consent).await;
    let records = until(target, "two whole rounds", |records| {
        records.connections.first().is_some_and(|connection| connection.rounds >= 2)
    })
    .await;
    let received = &records.connections[0].received;
    assert!(records.connections[0].total >= 400, "{received:?}");
    assert!(!received.contains_key("Consent") && !received.contains_key("AuditEvent"), "{received:?}");
    for (name, count) in received {
        if matches!(name.as_str(), "Patient" | "Practitioner" | "Organization" | "Location") {
            continue;
        }
        let path = format!("{name}?patient={}&_summary=count", here.patient());
        let bundle: Value = get_fhir(source, &path, here.access()).await.json().await.unwrap();
        assert_eq!(bundle["total"].as_u64(), Some(*count), "{name}");
    }
}

#[tokio::test]
async fn a_narrowed_scope_brings_only_its_part() {
    let bench = Bench::start().await;
    let (source, target) = (bench.source(), bench.target());
    let of = |code: &str| {
        let system = "http://terminology.hl7.org/CodeSystem/observation-category";
        format!("patient/Observation.rs?category={system}|{code}")
    };
    let (labs, vitals) = (of("laboratory"), of("vital-signs"));
    let scope = format!("launch/patient {labs} {vitals} patient/Consent.crus operation/Consent.authorize");
    let here = session(source, "Paul Tindall", &scope).await;
    assert_eq!(here.reply["scope"], scope.as_str());
    let there = bench.paul_at_target().await;
    let consent = bench.consent_with(&here, &[&labs], "2099-01-01").await;
    let answer = bench.authorize(&here, &consent, &bench.introduction().await).await;
    assert_eq!(answer.status(), StatusCode::OK);
    bench.connect(&there, &consent).await;
    let records = until(target, "a round", |records| {
        records.connections.first().is_some_and(|connection| connection.rounds >= 1)
    })
    .await;
    let count = async |category: &str| {
        let path = format!("Observation?patient={}&category={category}&_summary=count", here.patient());
        let bundle: Value = get_fhir(source, &path, here.access()).await.json().await.unwrap();
        bundle["total"].as_u64().unwrap()
    };
    assert!(count("vital-signs").await > 0);
    assert_eq!(records.connections[0].received["Observation"], count("laboratory").await);
    assert_eq!(records.connections[0].received.len(), 1);
}

#[tokio::test]
async fn either_ehr_can_be_the_source() {
    let bench = Bench::start().await;
    let [spruce, tern] = bench.sandbox.ehrs();
    let here = session(tern, "Maria Okafor", crate::bench::SOURCE_SCOPE).await;
    let there = session(spruce, "Maria Okafor", crate::bench::TARGET_SCOPE).await;
    let consent = crate::bench::consent(here.patient(), crate::bench::CONSENT_SCOPES, "2099-01-01");
    let made = crate::bench::post_fhir(tern, "Consent", here.access(), &consent).await;
    let made: Value = made.json().await.unwrap();
    let id = made["id"].as_str().unwrap();
    let jwt = crate::bench::introduction(spruce, tern).await;
    let body = crate::bench::parameters(&[serde_json::json!({ "name": "jwt", "valueString": jwt })]);
    let path = format!("Consent/{id}/$authorize");
    let answer = crate::bench::post_fhir(tern, &path, here.access(), &body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body = crate::bench::parameters(&[
        serde_json::json!({ "name": "url", "valueUri": tern.base().as_str() }),
        serde_json::json!({ "name": "Consent", "valueId": id }),
    ]);
    let answer = crate::bench::post_fhir(spruce, "$connect", there.access(), &body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    until(spruce, "a round", |records| records.connections[0].rounds >= 1).await;
}
