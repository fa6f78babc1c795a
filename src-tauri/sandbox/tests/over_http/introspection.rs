//! Who is told about a token (RFC 7662), and an EHR that asks a central server about every one.

use std::time::Duration;

use consentry_sandbox::{Client, Credential, Ehr, Introspection, Ways};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    bench::{Bench, client, get_fhir, link, until},
    signer::{Signer, TYPE},
};

async fn asked_with(ehr: &Ehr, bearer: &str, token: &str) -> Value {
    let form = [("token", token)];
    let request = client().post(link(ehr, "oauth/introspect")).bearer_auth(bearer).form(&form);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn an_app_learns_about_the_tokens_of_its_own_sign_in() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let (paul, again) = (bench.paul_at_source().await, bench.paul_at_source().await);
    let told = asked_with(ehr, paul.access(), paul.access()).await;
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!("consentry")));
    assert_eq!(told["scope"], paul.reply["scope"]);
    assert_eq!(told["patient"], paul.patient());
    assert!(told["exp"].is_i64());
    let id_token = paul.reply["id_token"].as_str().unwrap();
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(id_token).unwrap().claims;
    for name in ["iss", "sub", "fhirUser"] {
        assert_eq!(told[name], claims[name], "{name}");
    }
    assert_eq!(asked_with(ehr, paul.access(), paul.refresh()).await["active"], true);
    for other in [again.access(), again.refresh(), "made-up"] {
        assert_eq!(asked_with(ehr, paul.access(), other).await, json!({ "active": false }));
    }
}

#[tokio::test]
async fn a_client_with_a_key_learns_about_its_own_tokens_and_a_public_one_about_none() {
    let signer = Signer::es384();
    let bench = Bench::start().await;
    let ehr = bench.source();
    let keys = Credential::Keys(signer.jwks());
    ehr.register(&Client::backend("night-report", "Night Report", keys, "system/*.rs")).unwrap();
    let proof = || signer.assertion(ehr, "night-report");
    let (first, second) = (proof(), proof());
    let bought: Value = client()
        .post(link(ehr, "oauth/token"))
        .form(&[
            ("grant_type", "client_credentials"),
            ("scope", "system/Patient.rs"),
            ("client_assertion_type", TYPE),
            ("client_assertion", first.as_str()),
        ])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let token = bought["access_token"].as_str().unwrap();
    let ask = async |more: &[(&str, &str)]| {
        let form = [&[("token", token)], more].concat();
        client().post(link(ehr, "oauth/introspect")).form(&form).send().await.unwrap()
    };
    let told: Value =
        ask(&[("client_assertion_type", TYPE), ("client_assertion", &second)]).await.json().await.unwrap();
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!("night-report")));
    assert_eq!(told["scope"], "system/Patient.rs");
    assert!(told.get("patient").is_none());
    assert_eq!(ask(&[("client_id", "consentry")]).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&[]).await.status(), StatusCode::UNAUTHORIZED);
}

fn central(keep: u64) -> Ways {
    Ways { introspection: Introspection::Central { keep: Duration::from_secs(keep) }, ..Ways::default() }
}

#[tokio::test]
async fn every_token_is_asked_about_and_a_stop_works_at_once() {
    let bench = Bench::speaking(central(0), Ways::default()).await;
    let ehr = bench.source();
    let (paul, at_target) = (bench.paul_at_source().await, bench.paul_at_target().await);
    let before = bench.sandbox.central_asked();
    for _ in 0..3 {
        assert_eq!(get_fhir(ehr, "Patient", paul.access()).await.status(), StatusCode::OK);
    }
    assert_eq!(bench.sandbox.central_asked(), before + 3);
    assert_eq!(get_fhir(ehr, "Patient", "made-up").await.status(), StatusCode::UNAUTHORIZED);

    let consent = bench.authorized(&paul).await;
    assert_eq!(bench.connect(&at_target, &consent).await.status(), StatusCode::OK);
    until(bench.target(), "records arrive", |records| {
        records.connections.first().is_some_and(|connection| connection.total > 0)
    })
    .await;
    assert_eq!(bench.revoke(&paul, &consent).await.status(), StatusCode::OK);
    until(bench.target(), "a refusal", |records| records.connections[0].last_refusal.is_some()).await;
}

#[tokio::test]
async fn an_answer_is_used_again_only_as_long_as_the_central_server_allowed() {
    let bench = Bench::speaking(central(20), Ways::default()).await;
    let ehr = bench.source();
    let paul = bench.paul_at_source().await;
    let read = async || get_fhir(ehr, "Patient", paul.access()).await.status();
    assert_eq!(read().await, StatusCode::OK);
    let asked = bench.sandbox.central_asked();
    let form = [("token", paul.refresh()), ("client_id", "consentry")];
    client().post(link(ehr, "oauth/revoke")).form(&form).send().await.unwrap();
    assert_eq!(read().await, StatusCode::OK, "the kept answer is still allowed");
    assert_eq!(bench.sandbox.central_asked(), asked);
    bench.sandbox.advance_clock(Duration::from_secs(21));
    assert_eq!(read().await, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.sandbox.central_asked(), asked + 1);
}

#[tokio::test]
async fn nobody_is_let_in_while_the_central_server_gives_no_answer() {
    let bench = Bench::speaking(central(0), Ways::default()).await;
    let ehr = bench.source();
    let paul = bench.paul_at_source().await;
    bench.sandbox.central_down(true);
    assert_eq!(get_fhir(ehr, "Patient", paul.access()).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    bench.sandbox.central_down(false);
    assert_eq!(get_fhir(ehr, "Patient", paul.access()).await.status(), StatusCode::OK);
}
