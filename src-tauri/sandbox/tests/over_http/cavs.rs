//! The verification service: what it says of whom, and that the source acts on it, then and later.

use std::time::Duration;

use consentry_sandbox::{
    AuthorizationState, Cavs, CavsLayout, Endorsement, EndorsementKind, Exchange, Fault, Verdict, Ways,
};
use reqwest::StatusCode;
use serde_json::Value;

use crate::bench::{Bench, client, get_fhir, knows, link, outcome, until};

fn way(layout: CavsLayout) -> Ways {
    Ways { cavs: Some(Cavs { layout, every: Duration::from_millis(60) }), ..Ways::default() }
}

async fn bench() -> Bench {
    Bench::with_ways([way(CavsLayout::Inside), Ways::default()], Duration::from_millis(40)).await
}

async fn ask(bench: &Bench, jwt: &str) -> Value {
    let asked = client().post(link(bench.source(), "oauth/cavs")).form(&[("jwt", jwt)]).send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::OK);
    asked.json().await.unwrap()
}

#[tokio::test]
async fn an_ehr_without_one_answers_and_names_nothing() {
    let bench = Bench::without_copier().await;
    let asked = client().post(link(bench.source(), "oauth/cavs")).form(&[("jwt", "a.b.c")]).send().await;
    assert_eq!(asked.unwrap().status(), StatusCode::NOT_FOUND);
    let found = client().get(format!("{}/.well-known/smart-configuration", bench.source().base())).send();
    let found: Value = found.await.unwrap().json().await.unwrap();
    assert!(found.get("cavs_endpoint").is_none());
}

#[tokio::test]
async fn it_knows_the_other_ehr_by_issuer_and_key_and_nobody_else() {
    let bench = bench().await;
    let jwt = bench.introduction().await;
    let said = ask(&bench, &jwt).await;
    assert_eq!(said["status"], "approved");
    assert_eq!(said["endorsements"][0]["endorser"]["type"], "approval");
    // Another JWT of the same key is the same application.
    assert_eq!(ask(&bench, &bench.introduction().await).await["status"], "approved");
    let own = crate::bench::introduction(bench.source(), bench.target()).await;
    assert_eq!(ask(&bench, &own).await["status"], "unknown");
    let (head, signature) = jwt.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    for forged in [format!("{head}.{turned}"), "no".to_owned(), "a.b.c".to_owned()] {
        assert_eq!(ask(&bench, &forged).await["status"], "invalid", "{forged}");
    }
    let none =
        client().post(link(bench.source(), "oauth/cavs")).form(&[("token", "x")]).send().await.unwrap();
    assert_eq!(none.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn both_layouts_of_an_endorsement_can_be_had() {
    let bench =
        Bench::with_ways([way(CavsLayout::Beside), Ways::default()], Duration::from_secs(3_600)).await;
    let warning = Endorsement {
        endorser: "Coast Patients' Union".into(),
        url: "https://coast-patients.example".into(),
        kind: EndorsementKind::Warning,
        comment: "Answers letters slowly".into(),
    };
    bench.source().endorse(bench.target().base().as_str(), &[warning]);
    let said = ask(&bench, &bench.introduction().await).await;
    assert_eq!(said["endorsements"][0]["type"], "warning");
    assert_eq!(said["endorsements"][0]["endorser"]["name"], "Coast Patients' Union");
}

#[tokio::test]
async fn what_it_says_comes_with_the_answer_to_authorize() {
    let bench = bench().await;
    let here = bench.paul_at_source().await;
    let consent = bench.consent(&here).await;
    let answer = bench.authorize(&here, &consent, &bench.introduction().await).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["parameter"][0]["name"], "message");
    assert_eq!(answer["parameter"][1]["name"], "endorsement");
    assert_eq!(answer["parameter"][1]["part"][0]["valueCode"], "approval");
    assert_eq!(answer["parameter"][2]["name"], "duration");
}

#[tokio::test]
async fn an_unsuitable_system_is_refused_and_an_unknown_one_is_the_patients_to_judge() {
    let bench = bench().await;
    let here = bench.paul_at_source().await;
    let consent = bench.consent(&here).await;
    let app = bench.target().base().as_str().to_owned();
    for verdict in [Verdict::Unsuitable("inactive".into()), Verdict::Other("pending".into())] {
        bench.source().judge(&app, &verdict);
        let before = knows(bench.source());
        let answer = bench.authorize(&here, &consent, &bench.introduction().await).await;
        let said = outcome(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(said.contains("does not approve"), "{said}");
        assert_eq!(knows(bench.source()).authorizations, before.authorizations);
    }
    bench.source().judge(&app, &Verdict::Unknown);
    let answer = bench.authorize(&here, &consent, &bench.introduction().await).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["parameter"][1]["part"][0]["valueCode"], "warning", "{answer}");
}

#[tokio::test]
async fn a_service_that_is_down_is_no_verdict() {
    let bench = bench().await;
    let here = bench.paul_at_source().await;
    let consent = bench.consent(&here).await;
    bench.source().faults().next(Exchange::PeerCavs, Fault::Html(503));
    let answer = bench.authorize(&here, &consent, &bench.introduction().await).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(bench.source().faults().waiting(), 0);
}

#[tokio::test]
async fn a_withdrawn_approval_turns_the_target_away_until_it_is_back() {
    let bench = bench().await;
    let (source, target) = (bench.source(), bench.target());
    let here = bench.paul_at_source().await;
    let there = bench.paul_at_target().await;
    let consent = bench.authorized(&here).await;
    bench.connect(&there, &consent).await;
    until(target, "a round", |r| r.connections.first().is_some_and(|c| c.rounds >= 1)).await;

    source.judge(target.base().as_str(), &Verdict::Unsuitable("withdrawn".into()));
    until(source, "suspended", |r| r.authorizations[0].state == AuthorizationState::Suspended).await;
    let refused = until(target, "a refusal", |r| {
        r.connections[0].refusal.as_deref().is_some_and(|said| said.contains("withdrawn"))
    })
    .await;
    let path = format!("Consent/{consent}/$authorizations");
    let list: Value = get_fhir(source, &path, here.access()).await.json().await.unwrap();
    assert_eq!(list["parameter"][0]["part"][1]["name"], "error", "{list}");

    source.judge(target.base().as_str(), &Verdict::Approved);
    until(source, "live again", |r| r.authorizations[0].state == AuthorizationState::Live).await;
    let rounds = refused.connections[0].rounds;
    until(target, "records again", |r| r.connections[0].rounds > rounds).await;
}

#[tokio::test]
async fn each_token_is_asked_about_also_between_two_looks() {
    let ways =
        Ways { cavs: Some(Cavs { every: Duration::from_secs(3_600), ..Cavs::default() }), ..Ways::default() };
    let bench = Bench::with_ways([ways, Ways::default()], Duration::from_millis(40)).await;
    let (source, target) = (bench.source(), bench.target());
    let here = bench.paul_at_source().await;
    let there = bench.paul_at_target().await;
    let consent = bench.authorized(&here).await;
    bench.connect(&there, &consent).await;
    until(target, "a round", |r| r.connections.first().is_some_and(|c| c.rounds >= 1)).await;
    source.judge(target.base().as_str(), &Verdict::Unknown);
    until(target, "a refusal", |r| {
        r.connections[0].refusal.as_deref().is_some_and(|said| said.contains("no longer knows"))
    })
    .await;
}
