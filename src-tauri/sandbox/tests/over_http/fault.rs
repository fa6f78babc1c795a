//! Faults happen as they say: the state changed or not, the reply lost for real.

use consentry_sandbox::{ConnectionState, Exchange, Fault};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, CONSENT_SCOPES, client, consent, get_fhir, knows, link, outcome, until};

async fn try_consent(bench: &Bench, access: &str, patient: &str) -> reqwest::Result<StatusCode> {
    let body = consent(patient, CONSENT_SCOPES, "2099-01-01");
    let answer = client()
        .post(format!("{}/Consent", bench.source().base()))
        .bearer_auth(access)
        .header("content-type", "application/fhir+json")
        .body(body.to_string())
        .send()
        .await?;
    Ok(answer.status())
}

#[tokio::test]
async fn a_reply_lost_before_commit_changes_nothing_and_after_commit_everything() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let faults = bench.source().faults();

    faults.next(Exchange::ConsentCreate, Fault::LoseReplyBeforeCommit);
    let before = knows(bench.source());
    assert!(try_consent(&bench, paul.access(), paul.patient()).await.is_err());
    assert_eq!(knows(bench.source()), before);

    faults.next(Exchange::ConsentCreate, Fault::LoseReplyAfterCommit);
    assert!(try_consent(&bench, paul.access(), paul.patient()).await.is_err());
    assert_eq!(bench.source().records().consents.len(), 1);
    assert_eq!(faults.waiting(), 0);
    let fine = try_consent(&bench, paul.access(), paul.patient()).await;
    assert_eq!(fine.unwrap(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_stall_never_answers_and_ends_with_the_sandbox() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let faults = bench.source().faults();
    faults.next(Exchange::ConsentCreate, Fault::StallAfterCommit);
    let (access, patient) = (paul.access().to_owned(), paul.patient().to_owned());
    let url = format!("{}/Consent", bench.source().base());
    let stalled = tokio::spawn(async move {
        let body = consent(&patient, CONSENT_SCOPES, "2099-01-01");
        client()
            .post(url)
            .bearer_auth(access)
            .header("content-type", "application/fhir+json")
            .body(body.to_string())
            .send()
            .await
    });
    until(bench.source(), "the Consent", |records| records.consents.len() == 1).await;
    assert!(!stalled.is_finished());
    bench.sandbox.stop().await;
    let ended = stalled.await.unwrap();
    assert!(ended.is_err() || ended.unwrap().status() == StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn statuses_and_pages_come_as_queued() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let faults = bench.source().faults();
    let told = json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": "error", "code": "throttled", "diagnostics": "slow down" }]
    });
    faults.next(Exchange::Patient, Fault::Status(429, Some(told)));
    faults.next(Exchange::Patient, Fault::Html(502));
    faults.next("patient".parse().unwrap(), Fault::Status(500, None));
    let path = format!("Patient/{}", paul.patient());
    let first = get_fhir(bench.source(), &path, paul.access()).await;
    assert_eq!(outcome(first, StatusCode::TOO_MANY_REQUESTS).await, "slow down");
    let second = get_fhir(bench.source(), &path, paul.access()).await;
    assert_eq!(second.status(), StatusCode::BAD_GATEWAY);
    assert!(second.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let third = get_fhir(bench.source(), &path, paul.access()).await;
    assert_eq!(third.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let fourth = get_fhir(bench.source(), &path, paul.access()).await;
    assert_eq!(fourth.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_liar_says_stopped_and_goes_on() {
    let bench = Bench::start().await;
    let here = bench.paul_at_source().await;
    let there = bench.paul_at_target().await;
    let consent = bench.authorized(&here).await;
    bench.connect(&there, &consent).await;
    bench.source().faults().lie_on_revoke(true);
    assert_eq!(bench.revoke(&here, &consent).await.status(), StatusCode::OK);
    let so_far = bench.source().records().authorizations[0].tokens_issued;
    until(bench.source(), "more tokens", |records| records.authorizations[0].tokens_issued > so_far).await;
    bench.source().faults().lie_on_revoke(false);
    assert_eq!(bench.revoke(&here, &consent).await.status(), StatusCode::OK);
    until(bench.target(), "a refusal", |records| records.connections[0].state == ConnectionState::Refused)
        .await;
}

#[tokio::test]
async fn an_ehr_can_grant_more_than_was_asked() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    bench.source().faults().grants_more(true);
    let read = get_fhir(bench.source(), &format!("Consent/{id}"), paul.access()).await;
    let read: Value = read.json().await.unwrap();
    let classes = read["provision"]["provision"][0]["class"].as_array().unwrap();
    assert_eq!(classes.len(), CONSENT_SCOPES.len() + 1);
    let path = format!("Consent/{id}/$authorizations");
    let list = get_fhir(bench.source(), &path, paul.access()).await.text().await.unwrap();
    assert!(list.contains("patient/*.cruds"));
    let wider = bench.paul_at_source().await;
    assert!(wider.reply["scope"].as_str().unwrap().contains("patient/*.cruds"));
}

#[tokio::test]
async fn refusals_carry_the_reason_and_acceptance_can_look_like_an_error() {
    let bench = Bench::without_copier().await;
    let here = bench.paul_at_source().await;
    let there = bench.paul_at_target().await;
    let id = bench.consent(&here).await;
    let jwt = bench.introduction().await;
    bench.source().faults().refuse_target(Some("this hospital is not on our list"));
    let text = outcome(bench.authorize(&here, &id, &jwt).await, StatusCode::FORBIDDEN).await;
    assert_eq!(text, "this hospital is not on our list");
    bench.target().faults().refuse_connect(Some("we are moving house"));
    let text = outcome(bench.connect(&there, &id).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(text, "we are moving house");
    assert!(bench.source().records().authorizations.is_empty());
    assert!(bench.target().records().connections.is_empty());

    bench.target().faults().clear();
    bench.target().faults().connect_accepts_as_error(true);
    let answer = bench.connect(&there, &id).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["issue"][0]["severity"], "error");
    assert_eq!(answer["issue"][0]["code"], "informational");
    assert_eq!(answer["issue"][0]["diagnostics"], "Connection Accepted");
    assert_eq!(bench.target().records().connections.len(), 1);
}

#[tokio::test]
async fn an_ehr_that_is_down_answers_nobody_and_comes_back() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    bench.source().faults().down(true);
    let path = format!("Patient/{}", paul.patient());
    let answer = get_fhir(bench.source(), &path, paul.access()).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = client().get(link(bench.source(), "")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    bench.source().faults().down(false);
    let answer = get_fhir(bench.source(), &path, paul.access()).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_source_in_trouble_is_not_a_refusal() {
    let bench = Bench::start().await;
    let here = bench.paul_at_source().await;
    let there = bench.paul_at_target().await;
    let consent = bench.authorized(&here).await;
    let faults = bench.source().faults();
    faults.next(Exchange::PeerToken, Fault::Html(502));
    faults.next(Exchange::PeerRead, Fault::LoseReplyBeforeCommit);
    bench.connect(&there, &consent).await;
    let records = until(bench.target(), "a round after the trouble", |records| {
        records.connections.first().is_some_and(|connection| connection.rounds >= 1)
    })
    .await;
    assert_eq!(faults.waiting(), 0);
    assert_eq!(records.connections[0].last_refusal, None);
}

#[tokio::test]
async fn lost_token_replies_are_noticed_when_the_code_comes_again() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let launch = crate::person::Launch::new(ehr, "launch/patient patient/Patient.rs");
    let paul = crate::person::Person::of(ehr, "Paul Tindall");
    let code = paul.allows(&launch, None).await.code();
    ehr.faults().next(Exchange::Token, Fault::LoseReplyAfterCommit);
    let form = launch.token_form(&code);
    assert!(client().post(link(ehr, "oauth/token")).form(&form).send().await.is_err());
    assert!(ehr.records().sign_ins[0].live);
    let again = crate::bench::redeem(ehr, &form).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    assert_eq!(ehr.records().code_reuse, 1);
    assert!(!ehr.records().sign_ins[0].live);
}
