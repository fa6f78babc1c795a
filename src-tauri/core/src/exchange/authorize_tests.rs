//! What `$authorize` sends, and what its answers mean.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Authorized, authorize};
use crate::{
    exchange::{ConsentId, introduce::tests::introduction},
    fhir::{
        FhirError,
        duration::Lasts,
        stage::{Asked, Says, Stage},
    },
    smart::operations::Taken,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn ask_at(says: Says, now: &str) -> (Result<Authorized, FhirError>, Vec<Asked>, String) {
    let card = introduction().await;
    let stage = Stage::in_turn([says]);
    let answer = authorize(
        &stage.client(),
        &ConsentId::parse("c1").unwrap(),
        &card,
        &[],
        at(now),
        at("2026-07-15T23:59:59Z"),
    )
    .await;
    (answer, stage.asked(), crate::exchange::introduce::tests::shown(&card).to_owned())
}

async fn ask(says: Says) -> Result<Authorized, FhirError> {
    ask_at(says, "2026-07-12T12:00:00Z").await.0
}

fn parameters(parameter: Value) -> Says {
    Says::json(200, &json!({"resourceType": "Parameters", "parameter": parameter}))
}

#[tokio::test]
async fn sends_the_very_jwt_and_a_duration_within_the_consent() {
    let (_, asked, jwt) = ask_at(parameters(json!([])), "2026-07-12T12:00:00Z").await;
    assert_eq!((asked[0].method.as_str(), asked[0].target.as_str()), ("POST", "/r4/Consent/c1/$authorize"));
    let hours = json!({"value": 83, "unit": "hours", "system": "http://unitsofmeasure.org", "code": "h"});
    assert_eq!(
        asked[0].json(),
        json!({"resourceType": "Parameters", "parameter": [
            {"name": "jwt", "valueString": jwt},
            {"name": "duration", "valueDuration": hours},
        ]})
    );
}

#[tokio::test]
async fn a_consent_that_is_nearly_over_is_not_sent() {
    let (answer, asked, _) = ask_at(parameters(json!([])), "2026-07-15T23:30:00Z").await;
    assert_eq!(answer.unwrap_err(), FhirError::NotSent);
    assert!(asked.is_empty());
}

#[tokio::test]
async fn keeps_what_the_source_says() {
    let said = ask(parameters(json!([
        {"name": "Message", "valueString": "Approved\u{202E} for use"},
        {"name": "duration", "valueQuantity": {"value": "2", "code": "d"}},
        {"name": "endorsement", "part": [
            {"name": "type", "valueCode": "warning"},
            {"name": "comment", "valueString": "Reviewed 2017"},
            {"name": "endorser", "valueString": "A trust"},
        ]},
        {"name": "endorsement", "part": [{"name": "comment", "valueString": "fine"}]},
        {"name": "id", "valueId": "a81de03d-cfad-462d-a81b-3f8254909622"},
    ])))
    .await
    .unwrap();
    assert_eq!(said.message.as_deref(), Some("Approved for use"));
    assert_eq!(said.lasts, Lasts::For(SignedDuration::from_hours(48)));
    assert!(!said.longer_than_asked);
    assert_eq!(said.endorsements, ["warning: Reviewed 2017 (A trust)", "fine"]);
}

#[tokio::test]
async fn tells_shorter_longer_unsaid_and_strange_durations_apart() {
    for (duration, lasts, longer) in [
        (json!({"value": 1, "code": "h"}), Lasts::For(SignedDuration::from_hours(1)), false),
        (json!({"value": 1, "code": "a"}), Lasts::For(SignedDuration::from_hours(8_766)), true),
        (json!({"value": -1, "code": "d"}), Lasts::NotUnderstood, false),
        (json!({"value": 1, "code": "fortnight"}), Lasts::NotUnderstood, false),
    ] {
        let said = ask(parameters(json!([{"name": "duration", "valueDuration": duration}]))).await.unwrap();
        assert_eq!((said.lasts, said.longer_than_asked), (lasts, longer), "{duration}");
    }
    assert_eq!(ask(parameters(json!([]))).await.unwrap().lasts, Lasts::NotSaid);
}

#[tokio::test]
async fn only_parameters_are_a_yes() {
    for says in [
        Says::status(200),
        Says::status(202),
        Says::status(204),
        Says::outcome(200, "information", "informational", "ok"),
        Says::outcome(200, "error", "processing", "no"),
        Says::json(200, &json!({"resourceType": "Consent", "id": "c1"})),
        Says::text(200, "text/html", "<html></html>"),
        Says::hang_up(),
        Says::status(500),
    ] {
        let error = ask(says.clone()).await.unwrap_err();
        assert!(!error.certain(), "{says:?}: the list must be read");
    }
}

#[tokio::test]
async fn a_refusal_is_certain_and_quoted() {
    for status in [400, 403, 422] {
        let error =
            ask(Says::outcome(status, "error", "business-rule", "Consent must be active")).await.unwrap_err();
        assert!(error.certain() && error.refused(), "{status}");
        assert_eq!(error.said(), Some("Consent must be active"));
    }
}

#[tokio::test]
async fn a_lost_answer_is_not_sent_again() {
    let (_, asked, _) = ask_at(Says::hang_up(), "2026-07-12T12:00:00Z").await;
    assert_eq!(asked.len(), 1);
}

async fn asked_in_turn(says: Vec<Says>, takes: &[Taken]) -> (Result<Authorized, FhirError>, Vec<Asked>) {
    let card = introduction().await;
    let stage = Stage::in_turn(says);
    let (consent, now) = (ConsentId::parse("c1").unwrap(), at("2026-07-12T12:00:00Z"));
    let answer = authorize(&stage.client(), &consent, &card, takes, now, at("2026-07-15T23:59:59Z")).await;
    (answer, stage.asked())
}

fn form(asked: &Asked) -> String {
    let json = asked.json();
    let parameter = json["parameter"][0].as_object().unwrap().clone();
    parameter.keys().find(|key| key.starts_with("value")).unwrap().clone()
}

#[tokio::test]
async fn sends_the_jwt_in_the_form_that_the_source_publishes() {
    for (takes, expected) in [
        (&[][..], "valueString"),
        (&[Taken::Text], "valueString"),
        (&[Taken::Binary], "valueBase64Binary"),
        (&[Taken::Text, Taken::Binary], "valueString"),
    ] {
        let (_, asked) = asked_in_turn(vec![parameters(json!([]))], takes).await;
        assert_eq!(form(&asked[0]), expected, "{takes:?}");
    }
}

#[tokio::test]
async fn tries_again_as_binary_only_when_the_refusal_names_that_type() {
    let no = |status, text: &str| Says::outcome(status, "error", "invalid", text);
    let (answer, asked) =
        asked_in_turn(vec![no(400, "jwt must be of type base64Binary"), parameters(json!([]))], &[]).await;
    assert!(answer.is_ok());
    assert_eq!((form(&asked[0]), form(&asked[1])), ("valueString".into(), "valueBase64Binary".into()));
    for refusal in [
        no(400, "Parameter duration must have a value of type String"),
        no(422, "not one of our partners"),
        no(500, "jwt must be of type base64Binary"),
        Says::hang_up(),
    ] {
        let (answer, asked) = asked_in_turn(vec![refusal.clone(), parameters(json!([]))], &[]).await;
        assert!(answer.is_err() && asked.len() == 1, "{refusal:?}");
    }
}

#[tokio::test]
async fn a_handle_is_a_secret_and_an_empty_one_is_none() {
    let handle = |value: &str| parameters(json!([{"name": "id", "valueId": value}]));
    let said = ask(handle("a81de03d")).await.unwrap();
    assert!(!format!("{said:?}").contains("a81de03d"));
    assert!(said.handle.unwrap().same_as("a81de03d"));
    assert!(ask(handle("")).await.unwrap().handle.is_none());
    assert!(ask(parameters(json!([]))).await.unwrap().handle.is_none());
}
