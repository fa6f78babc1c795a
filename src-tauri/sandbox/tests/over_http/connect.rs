//! Attacks on `$connect` and on the target's introduction.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, Session, client, introduction, knows, outcome, parameters, post_fhir, session};

async fn refused(bench: &Bench, paul: &Session, body: &[Value], status: StatusCode) {
    let before = knows(bench.target());
    let answer = post_fhir(bench.target(), "$connect", paul.access(), &parameters(body)).await;
    outcome(answer, status).await;
    assert_eq!(knows(bench.target()), before);
    assert!(before.connections.is_empty());
}

fn url(bench: &Bench) -> Value {
    json!({ "name": "url", "valueUri": bench.source().base().as_str() })
}

fn consent() -> Value {
    json!({ "name": "Consent", "valueId": "c1" })
}

#[tokio::test]
async fn refuses_to_fetch_into_another_patients_chart() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_target().await;
    let jon = session(bench.target(), "Jon Lindqvist", "launch/patient patient/Patient.rs").await;
    let foreign = json!({ "name": "patient", "valueId": jon.patient() });
    refused(&bench, &paul, &[url(&bench), consent(), foreign], StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn refuses_a_source_it_does_not_know() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_target().await;
    for address in ["http://127.0.0.1:9/fhir", "https://evil.example/fhir", bench.target().base().as_str()] {
        let stranger = json!({ "name": "url", "valueUri": address });
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        refused(&bench, &paul, &[stranger, consent()], status).await;
    }
}

#[tokio::test]
async fn refuses_what_is_missing_doubled_or_malformed() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_target().await;
    let bad = StatusCode::BAD_REQUEST;
    refused(&bench, &paul, &[consent()], bad).await;
    refused(&bench, &paul, &[url(&bench)], bad).await;
    refused(&bench, &paul, &[url(&bench), consent(), consent()], bad).await;
    let path = json!({ "name": "Consent", "valueId": "../Patient/1" });
    refused(&bench, &paul, &[url(&bench), path], bad).await;
}

#[tokio::test]
async fn refuses_an_introduction_of_somebody_else() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_target().await;
    let theirs = introduction(bench.source(), bench.target()).await;
    let jwt = json!({ "name": "jwt", "valueString": theirs });
    refused(&bench, &paul, &[url(&bench), consent(), jwt], StatusCode::BAD_REQUEST).await;
    let pem = json!({ "name": "publicKey", "valueString": "-----BEGIN PUBLIC KEY-----\nAA==\n" });
    refused(&bench, &paul, &[url(&bench), consent(), pem], StatusCode::BAD_REQUEST).await;
}

#[tokio::test]
async fn refuses_an_app_that_is_not_signed_in_here() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    refused(&bench, &paul, &[url(&bench), consent()], StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn connecting_twice_makes_one_connection() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_target().await;
    let own = introduction(bench.target(), bench.source()).await;
    let body = parameters(&[
        url(&bench),
        consent(),
        json!({ "name": "jwt", "valueString": own }),
        json!({ "name": "patient", "valueId": paul.patient() }),
    ]);
    for _ in 0..2 {
        let answer = post_fhir(bench.target(), "$connect", paul.access(), &body).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    assert_eq!(bench.target().records().connections.len(), 1);
}

#[tokio::test]
async fn an_introduction_needs_a_named_source() {
    let bench = Bench::start().await;
    for query in ["", "?source=", "?source=not-a-url", "?source=a:b&source=c:d"] {
        let link = format!("{}/$jwt{query}", bench.target().base());
        let answer = client().get(link).send().await.unwrap();
        outcome(answer, StatusCode::BAD_REQUEST).await;
    }
}
