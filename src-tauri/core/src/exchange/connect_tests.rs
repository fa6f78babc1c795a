//! What `$connect` sends, and which answers are a yes.

use jiff::Timestamp;
use serde_json::json;
use url::Url;

use super::{Accepted, Tell, connect, says_accepted};
use crate::{
    ehr::FhirBase,
    exchange::{ConsentId, TargetPatientId},
    fhir::{
        FhirError,
        stage::{Asked, Says, Stage},
    },
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn tell(says: Says, patient: Option<&str>, now: &str) -> (Result<Accepted, FhirError>, Vec<Asked>) {
    let stage = Stage::in_turn([says]);
    let source = FhirBase::new(Url::parse("https://source.example/r4/").unwrap());
    let (consent, patient) =
        (ConsentId::parse("consent-17").unwrap(), patient.and_then(TargetPatientId::parse));
    let tell = Tell {
        source: &source,
        consent: &consent,
        patient: patient.as_ref(),
        now: at(now),
        until: at("2026-07-15T23:59:59Z"),
        shown: super::Shown::Nothing,
    };
    let answer = connect(&stage.client(), &tell).await;
    (answer, stage.asked())
}

async fn answer(says: Says) -> Result<Accepted, FhirError> {
    tell(says, None, "2026-07-12T12:00:00Z").await.0
}

fn note(words: &str) -> Result<Accepted, FhirError> {
    Ok(Accepted { note: Some(words.to_owned()) })
}

#[tokio::test]
async fn sends_the_sources_base_the_consent_there_and_the_patient_here() {
    let (_, asked) = tell(Says::status(200), Some("target-patient-9"), "2026-07-12T12:00:00Z").await;
    assert_eq!((asked[0].method.as_str(), asked[0].target.as_str()), ("POST", "/r4/$connect"));
    let hours = json!({"value": 83, "unit": "hours", "system": "http://unitsofmeasure.org", "code": "h"});
    assert_eq!(
        asked[0].json(),
        json!({"resourceType": "Parameters", "parameter": [
            {"name": "url", "valueUri": "https://source.example/r4"},
            {"name": "Consent", "valueId": "consent-17"},
            {"name": "duration", "valueDuration": hours},
            {"name": "patient", "valueId": "target-patient-9"},
        ]})
    );
}

#[tokio::test]
async fn the_patient_may_be_left_to_the_target() {
    let (_, asked) = tell(Says::status(200), None, "2026-07-12T12:00:00Z").await;
    assert_eq!(asked[0].json()["parameter"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_consent_that_is_nearly_over_is_not_sent() {
    let (answer, asked) = tell(Says::status(200), None, "2026-07-15T23:30:00Z").await;
    assert_eq!(answer, Err(FhirError::NotSent));
    assert!(asked.is_empty());
}

#[tokio::test]
async fn a_plain_success_is_yes() {
    for status in [200, 201, 204] {
        assert_eq!(answer(Says::status(status)).await, Ok(Accepted { note: None }), "{status}");
    }
    assert_eq!(
        answer(Says::json(200, &json!({"resourceType": "Parameters"}))).await,
        Ok(Accepted { note: None })
    );
    let said = json!({"resourceType": "Parameters", "parameter": [{"name": "Message", "valueString": "We will fetch tonight"}]});
    assert_eq!(answer(Says::json(200, &said)).await, note("We will fetch tonight"));
}

#[tokio::test]
async fn an_outcome_that_informs_or_warns_is_yes_with_a_note() {
    for severity in ["information", "warning"] {
        assert_eq!(
            answer(Says::outcome(200, severity, "informational", "Connection Accepted")).await,
            note("Connection Accepted")
        );
    }
}

#[tokio::test]
async fn an_error_that_says_accepted_is_yes_with_a_note() {
    assert_eq!(
        answer(Says::outcome(200, "error", "informational", "Connection Accepted")).await,
        note("Connection Accepted")
    );
    assert_eq!(answer(Says::outcome(200, "error", "informational", "")).await, Ok(Accepted { note: None }));
    assert_eq!(
        answer(Says::outcome(200, "error", "processing", "The connection was accepted.")).await,
        note("The connection was accepted.")
    );
}

#[tokio::test]
async fn any_other_error_in_a_success_is_neither_yes_nor_no() {
    let two = json!({"resourceType": "OperationOutcome", "issue": [
        {"severity": "error", "code": "informational", "diagnostics": "Connection Accepted"},
        {"severity": "error", "code": "processing", "diagnostics": "but the queue is full"},
    ]});
    for says in [
        Says::outcome(200, "error", "processing", "no patient"),
        Says::outcome(200, "error", "processing", "could not be accepted"),
        Says::outcome(200, "fatal", "informational", "Connection Accepted"),
        Says::json(200, &two),
        Says::json(200, &json!({"resourceType": "Bundle"})),
        Says::status(202),
    ] {
        let error = answer(says.clone()).await.unwrap_err();
        assert!(matches!(error, FhirError::NotConfirmed { .. }) && !error.certain(), "{says:?}: {error}");
    }
    assert_eq!(
        answer(Says::outcome(200, "error", "processing", "no patient")).await.unwrap_err().said(),
        Some("no patient")
    );
}

#[tokio::test]
async fn a_page_of_the_network_is_no_yes() {
    let error = answer(Says::text(200, "text/html", "<html>Connection Accepted</html>")).await.unwrap_err();
    assert_eq!(error, FhirError::Unreadable);
    assert!(!error.certain());
}

#[tokio::test]
async fn a_refusal_is_certain_and_quoted() {
    let error =
        answer(Says::outcome(422, "error", "business-rule", "we do not know that source")).await.unwrap_err();
    assert!(error.certain() && error.refused());
    assert_eq!(error.said(), Some("we do not know that source"));
}

#[tokio::test]
async fn a_lost_answer_is_not_sent_again() {
    let (answer, asked) = tell(Says::hang_up(), None, "2026-07-12T12:00:00Z").await;
    assert!(!answer.unwrap_err().certain());
    assert_eq!(asked.len(), 1);
}

#[test]
fn accepted_is_a_word_without_a_no_beside_it() {
    for yes in ["Connection Accepted", "accepted", "Your request was ACCEPTED."] {
        assert!(says_accepted(yes), "{yes}");
    }
    for no in [
        "not accepted",
        "It wasn't accepted",
        "It wasn’t accepted",
        "cannot be accepted",
        "unaccepted",
        "acceptance",
        "",
    ] {
        assert!(!says_accepted(no), "{no}");
    }
}

async fn sent(shown: super::Shown<'_>) -> serde_json::Value {
    let stage = Stage::in_turn([Says::outcome(200, "error", "informational", "Connection Accepted")]);
    let source = FhirBase::new(Url::parse("https://source.example/r4").unwrap());
    let (consent, patient) = (ConsentId::parse("c1").unwrap(), TargetPatientId::parse("p9").unwrap());
    let (now, until) = (at("2026-07-12T12:00:00Z"), at("2026-07-15T12:00:00Z"));
    let tell = Tell { source: &source, consent: &consent, patient: Some(&patient), now, until, shown };
    connect(&stage.client(), &tell).await.unwrap();
    stage.asked().remove(0).json()["parameter"].clone()
}

#[tokio::test]
async fn the_server_of_2017_is_given_both_halves_under_its_own_names() {
    let card = crate::exchange::introduce::tests::introduction().await;
    let handle = crate::secret::Secret::new("a81de03d");
    assert_eq!(
        sent(super::Shown::Both(&card, &handle)).await,
        json!([
            {"name": "source", "valueUri": "https://source.example/r4"},
            {"name": "consent", "valueId": "c1"},
            {"name": "expires_in", "valueString": "259200"},
            {"name": "authorization", "valueString": "a81de03d"},
            {"name": "jwt", "valueString": crate::exchange::introduce::tests::shown(&card)},
            {"name": "patient", "valueId": "p9"},
        ])
    );
}

#[tokio::test]
async fn a_handle_that_the_track_page_does_not_know_is_handed_on_all_the_same() {
    let handle = crate::secret::Secret::new("a81de03d");
    let parameter = sent(super::Shown::Handle(&handle)).await;
    assert_eq!(parameter[0], json!({"name": "url", "valueUri": "https://source.example/r4"}));
    assert_eq!(parameter[4], json!({"name": "authorization", "valueString": "a81de03d"}));
}
