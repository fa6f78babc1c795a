//! The log of a source, read with care.

use serde_json::{Value, json};

use super::{Look, looks};
use crate::fhir::{
    ConsentId, SourcePatientId,
    stage::{Says, Stage},
};

fn event(recorded: &str, outcome: Option<&str>, consent: &str) -> Value {
    let mut event = json!({
        "resourceType": "AuditEvent",
        "recorded": recorded,
        "outcomeDesc": "Tern Bay Hospital began to read records",
        "agent": [
            {"requestor": false, "who": {"identifier": {"value": "the source itself"}}},
            {"requestor": true, "who": {"identifier": {"system": "urn:ietf:rfc:3986", "value": "https://target.example/r4"}}},
        ],
        "entity": [{"what": {"reference": consent}}, {"what": {"reference": "Patient/p1"}}],
    });
    if let Some(outcome) = outcome {
        event["outcome"] = json!(outcome);
    }
    event
}

async fn read(events: Vec<Value>) -> (Vec<Look>, Stage) {
    let entries: Vec<Value> = events.into_iter().map(|e| json!({"resource": e})).collect();
    let stage = Stage::in_turn([Says::json(200, &json!({"resourceType": "Bundle", "entry": entries}))]);
    let (patient, consent) = (SourcePatientId::parse("p1").unwrap(), ConsentId::parse("c1").unwrap());
    let looks = looks(&stage.client(), &patient, &consent).await.unwrap();
    (looks, stage)
}

#[tokio::test]
async fn asks_for_the_newest_lines_about_one_consent() {
    let (_, stage) = read(vec![]).await;
    let asked = stage.asked().remove(0);
    assert_eq!(asked.path(), "/r4/AuditEvent");
    let query = [("patient", "p1"), ("entity", "Consent/c1"), ("_sort", "-date"), ("_count", "50")];
    assert_eq!(asked.query(), query.map(|(n, v)| (n.to_owned(), v.to_owned())));
}

#[tokio::test]
async fn tells_who_looked_and_who_was_turned_away() {
    let (looks, _) = read(vec![
        event("2026-01-15T10:00:00Z", Some("0"), "Consent/c1"),
        event("2026-01-15T12:00:00+01:00", Some("8"), "Consent/c1/_history/2"),
        event("2026-01-15T12:30:00Z", Some("4"), "https://source.example/r4/Consent/c1"),
    ])
    .await;
    let seen: Vec<(&str, bool)> = looks.iter().map(|l| (l.app.as_str(), l.allowed)).collect();
    assert_eq!(
        seen,
        [
            ("https://target.example/r4", false),
            ("https://target.example/r4", false),
            ("https://target.example/r4", true)
        ]
    );
    assert!(looks.is_sorted_by(|a, b| a.at >= b.at), "newest first");
    assert_eq!(looks[0].detail.as_deref(), Some("Tern Bay Hospital began to read records"));
}

#[tokio::test]
async fn a_line_that_does_not_say_how_it_ended_proves_no_refusal() {
    let (looks, _) = read(vec![event("2026-01-15T10:00:00Z", None, "Consent/c1")]).await;
    assert!(looks[0].allowed);
}

#[tokio::test]
async fn lines_about_other_consents_are_left_out() {
    let (looks, _) = read(vec![
        event("2026-01-15T10:00:00Z", Some("8"), "Consent/c2"),
        event("2026-01-15T10:00:00Z", Some("8"), "Consent/c11"),
        event("2026-01-15T10:00:00Z", Some("8"), "OtherConsent/c1"),
        event("no time", Some("8"), "Consent/c1"),
    ])
    .await;
    assert_eq!(looks, []);
}

#[tokio::test]
async fn a_line_without_a_known_agent_names_nobody() {
    let mut unnamed = event("2026-01-15T10:00:00Z", Some("0"), "Consent/c1");
    unnamed["agent"] = json!([{"requestor": true, "name": "somebody"}]);
    let mut other = unnamed.clone();
    other["agent"] = json!({"altId": "urn:uuid:1"});
    let (looks, _) = read(vec![unnamed, other]).await;
    assert_eq!(looks.iter().map(|l| l.app.as_str()).collect::<Vec<_>>(), ["", "urn:uuid:1"]);
}

#[tokio::test]
async fn the_logs_of_stu3_and_r5_say_the_same() {
    let who = json!({"system": "urn:ietf:rfc:3986", "value": "https://target.example/r4"});
    let stu3 = |outcome: &str| {
        json!({
            "resourceType": "AuditEvent", "recorded": "2026-01-15T10:00:00Z", "outcome": outcome,
            "outcomeDesc": "Tern Bay Hospital was refused",
            "agent": [{"requestor": true, "userId": who}],
            "entity": [{"reference": {"reference": "Consent/c1"}}],
        })
    };
    let r5 = |outcome: &str| {
        json!({
            "resourceType": "AuditEvent", "recorded": "2026-01-15T10:00:00Z",
            "outcome": {"code": {"code": outcome}, "detail": [{"text": "Tern Bay Hospital was refused"}]},
            "agent": [{"requestor": true, "who": {"identifier": who}}],
            "entity": [{"what": {"reference": "Consent/c1"}}],
        })
    };
    for (event, allowed) in [
        (stu3("0"), true),
        (stu3("8"), false),
        (r5("0"), true),
        (r5("success"), true),
        (r5("warning"), true),
        (r5("8"), false),
        (r5("error"), false),
        (r5("fatal"), false),
    ] {
        let (looks, _) = read(vec![event.clone()]).await;
        assert_eq!(looks.len(), 1, "{event}");
        assert_eq!(
            (looks[0].app.as_str(), looks[0].allowed),
            ("https://target.example/r4", allowed),
            "{event}"
        );
        assert_eq!(looks[0].detail.as_deref(), Some("Tern Bay Hospital was refused"), "{event}");
    }
}
