//! Saving, finding, reading back and closing a Consent against a small server.

use serde_json::{Value, json};

use super::{close, find, list, read_back, save};
use crate::{
    connection::ConnectionId,
    consent::{compare::Fact, write},
    fhir::{
        ConsentId, FhirError, SourcePatientId,
        stage::{Says, Stage},
    },
};

fn id() -> ConsentId {
    ConsentId::parse("c1").unwrap()
}

fn patient() -> SourcePatientId {
    SourcePatientId::parse("p1").unwrap()
}

fn consent(id: &str, status: &str, connection: Option<ConnectionId>, at: &str) -> Value {
    let identifiers: Vec<Value> = connection
        .iter()
        .map(|c| json!({"system": write::IDENTIFIER_SYSTEM, "value": write::identifier(*c)}))
        .collect();
    json!({"resourceType": "Consent", "id": id, "status": status, "dateTime": at, "identifier": identifiers})
}

fn bundle(resources: &[Value]) -> Says {
    let entries: Vec<Value> = resources.iter().map(|r| json!({"resource": r})).collect();
    Says::json(200, &json!({"resourceType": "Bundle", "entry": entries}))
}

#[tokio::test]
async fn saves_only_when_none_carries_our_identifier() {
    let stage = Stage::in_turn([Says::json(201, &consent("c9", "active", None, "2026"))]);
    let connection = ConnectionId::fresh();
    let saved = save(&stage.client(), &json!({"resourceType": "Consent"}), connection).await.unwrap();
    assert_eq!(saved.as_str(), "c9");
    let expected = format!("identifier=urn:ietf:rfc:3986|urn:uuid:{connection}");
    assert_eq!(stage.asked().remove(0).header("if-none-exist"), Some(expected.as_str()));
}

#[tokio::test]
async fn reads_back_and_names_what_differs() {
    let posted = json!({"resourceType": "Consent", "status": "active"});
    let same = Stage::in_turn([Says::json(
        200,
        &json!({"resourceType": "Consent", "id": "c1", "status": "active"}),
    )]);
    assert_eq!(read_back(&same.client(), &id(), &posted).await.unwrap(), []);
    let other =
        Stage::in_turn([Says::json(200, &json!({"resourceType": "Consent", "id": "c1", "status": "draft"}))]);
    let differences = read_back(&other.client(), &id(), &posted).await.unwrap();
    assert_eq!(differences.iter().map(|d| d.fact).collect::<Vec<_>>(), [Fact::Status]);
}

#[tokio::test]
async fn finds_ours_again_oldest_first_even_when_the_server_lists_others() {
    let ours = ConnectionId::fresh();
    let stage = Stage::in_turn([bundle(&[
        consent("other", "active", Some(ConnectionId::fresh()), "2026-01-01"),
        consent("second", "active", Some(ours), "2026-01-15T10:00:07Z"),
        consent("first", "active", Some(ours), "2026-01-15T10:00:00Z"),
        consent("none", "active", None, "2026-01-01"),
    ])]);
    let found = find(&stage.client(), &patient(), ours).await.unwrap();
    assert_eq!(found.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    let asked = stage.asked().remove(0);
    assert_eq!(asked.param("patient").as_deref(), Some("p1"));
    assert_eq!(asked.param("identifier"), Some(format!("urn:ietf:rfc:3986|urn:uuid:{ours}")));
}

#[tokio::test]
async fn lists_all_of_a_patient() {
    let stage = Stage::in_turn([bundle(&[
        consent("a", "active", None, "2026"),
        consent("b", "inactive", None, "2026"),
    ])]);
    let listed = list(&stage.client(), &patient()).await.unwrap();
    assert_eq!(
        listed.iter().map(|c| (c.id.as_str(), c.is_active())).collect::<Vec<_>>(),
        [("a", true), ("b", false)]
    );
}

#[tokio::test]
async fn closes_the_version_it_read_and_looks_whether_it_is_closed() {
    let stage = Stage::in_turn([
        Says::json(200, &consent("c1", "active", None, "2026")).header("etag", "W/\"4\""),
        Says::status(200),
        Says::json(200, &consent("c1", "inactive", None, "2026")),
    ]);
    close(&stage.client(), &id()).await.unwrap();
    let asked = stage.asked();
    assert_eq!(asked.iter().map(|a| a.method.as_str()).collect::<Vec<_>>(), ["GET", "PUT", "GET"]);
    assert_eq!(asked[1].header("if-match"), Some("W/\"4\""));
    assert_eq!(asked[1].json()["status"], "inactive");
}

#[tokio::test]
async fn a_consent_that_is_no_longer_in_force_is_left_alone() {
    for status in ["inactive", "entered-in-error"] {
        let stage = Stage::in_turn([Says::json(200, &consent("c1", status, None, "2026"))]);
        close(&stage.client(), &id()).await.unwrap();
        assert_eq!(stage.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_consent_that_stays_in_force_or_changed_meanwhile_is_not_called_closed() {
    let active = || Says::json(200, &consent("c1", "active", None, "2026"));
    let lying = Stage::in_turn([active(), Says::status(200), active()]);
    assert_eq!(close(&lying.client(), &id()).await.unwrap_err(), FhirError::NotConfirmed { said: None });
    let changed = Stage::in_turn([active(), Says::status(412)]);
    assert_eq!(close(&changed.client(), &id()).await.unwrap_err().status(), Some(412));
}
