//! What `$revokeAuthorization` sends, and what its answers mean.

use serde_json::json;

use super::revoke_authorization;
use crate::{
    exchange::ConsentId,
    fhir::{
        FhirError,
        stage::{Says, Stage},
    },
};

async fn revoke(says: Says) -> (Result<(), FhirError>, Stage) {
    let stage = Stage::in_turn([says]);
    let answer = revoke_authorization(&stage.client(), &ConsentId::parse("c1").unwrap(), "urn:uuid:1 ").await;
    (answer, stage)
}

#[tokio::test]
async fn names_the_app_exactly_as_it_was_listed() {
    let (_, stage) = revoke(Says::status(200)).await;
    let asked = stage.asked().remove(0);
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("POST", "/r4/Consent/c1/$revokeAuthorization")
    );
    let expected =
        json!({"resourceType": "Parameters", "parameter": [{"name": "app-id", "valueUri": "urn:uuid:1 "}]});
    assert_eq!(asked.json(), expected);
}

#[tokio::test]
async fn an_empty_or_friendly_success_is_what_the_source_says() {
    for says in [
        Says::status(200),
        Says::status(204),
        Says::outcome(200, "information", "informational", "stopped"),
        Says::json(200, &json!({"resourceType": "Parameters"})),
    ] {
        assert_eq!(revoke(says.clone()).await.0, Ok(()), "{says:?}");
    }
}

#[tokio::test]
async fn everything_else_is_not_done_or_not_known() {
    for (says, certain) in [
        (Says::status(404), true),
        (Says::status(403), true),
        (Says::status(202), false),
        (Says::status(500), false),
        (Says::outcome(200, "error", "processing", "no"), false),
        (Says::json(200, &json!({"resourceType": "Bundle"})), false),
        (Says::hang_up(), false),
    ] {
        assert_eq!(revoke(says.clone()).await.0.unwrap_err().certain(), certain, "{says:?}");
    }
}
