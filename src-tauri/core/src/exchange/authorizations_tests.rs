//! Lists of authorizations in every shape that was seen.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Listed, authorizations};
use crate::{
    exchange::ConsentId,
    fhir::{
        FhirError,
        stage::{Says, Stage},
    },
};

async fn ask(says: Says) -> Result<Vec<Listed>, FhirError> {
    let stage = Stage::in_turn([says]);
    let answer = authorizations(&stage.client(), &ConsentId::parse("c1").unwrap()).await;
    let asked = stage.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("GET", "/r4/Consent/c1/$authorizations"));
    assert_eq!(asked.header("cache-control"), Some("no-cache"), "a proof is never read from a cache");
    answer
}

async fn listed(parameter: Value) -> Vec<Listed> {
    ask(Says::json(200, &json!({"resourceType": "Parameters", "parameter": parameter}))).await.unwrap()
}

fn app(key: &str, value: &str) -> Value {
    json!({"name": "app-id", key: value})
}

fn apps(listed: &[Listed]) -> Vec<&str> {
    listed.iter().map(|l| l.app.as_str()).collect()
}

#[tokio::test]
async fn reads_who_may_for_how_long_and_what_is_wrong() {
    let listed = listed(json!([
        {"name": "token", "part": [app("valueUri", "https://a.example"), {"name": "duration", "valueDuration": {"value": 2, "code": "d"}}]},
        {"name": "token", "part": [app("valueUri", "https://b.example"), {"name": "error", "valueString": "withdrawn"}]},
    ]))
    .await;
    assert_eq!(apps(&listed), ["https://a.example", "https://b.example"]);
    assert_eq!((listed[0].lasts, &listed[0].trouble), (Some(SignedDuration::from_hours(48)), &None));
    assert_eq!((listed[1].lasts, listed[1].trouble.as_deref()), (None, Some("withdrawn")));
    assert_eq!(listed[0].scopes, None, "the source did not tell");
}

#[tokio::test]
async fn keeps_the_app_id_exactly_as_it_is_spelled() {
    for key in ["valueUri", "valueUrl", "valueString", "valueCanonical", "valueCode"] {
        let odd = "https://A.example/r4/?x= y";
        assert_eq!(listed(json!([{"name": "token", "part": [app(key, odd)]}])).await[0].app, odd, "{key}");
    }
}

#[tokio::test]
async fn reads_tokens_one_level_deeper_and_several_in_one() {
    let one = json!({"name": "token", "part": [app("valueUri", "a")]});
    let two = json!({"name": "token", "part": [app("valueUri", "b")]});
    for parameter in [
        json!([one, two]),
        json!([{"name": "tokens", "part": [one, two]}]),
        json!([{"name": "token", "part": [one, two]}]),
        json!([{"name": "authorizations", "part": [{"name": "authorization", "part": [app("valueUri", "a")]}, two]}]),
        json!([{"name": "Token", "part": [{"name": "App-ID", "valueUri": "a"}]}, two]),
        json!([{"name": "grant", "part": [app("valueUri", "a")]}, two]),
    ] {
        assert_eq!(apps(&listed(parameter.clone()).await), ["a", "b"], "{parameter}");
    }
}

#[tokio::test]
async fn an_entry_that_names_nobody_is_not_dropped() {
    let listed = listed(
        json!([{"name": "token", "part": [{"name": "error", "valueString": "?"}]}, {"name": "token"}]),
    )
    .await;
    assert_eq!(apps(&listed), ["", ""]);
}

#[tokio::test]
async fn keeps_and_shows_what_it_does_not_know() {
    let listed = listed(json!([{"name": "token", "part": [
        app("valueUri", "a"),
        {"name": "scope", "valueString": "patient/Patient.rs  patient/Condition.rs"},
        {"name": "last\u{202E}Used", "valueDateTime": "2026-01-15"},
        {"name": "duration", "valueDuration": {"value": 1, "code": "fortnight"}},
    ]}]))
    .await;
    assert_eq!(
        listed[0].scopes.as_deref(),
        Some(&["patient/Patient.rs".to_owned(), "patient/Condition.rs".to_owned()][..])
    );
    assert_eq!(listed[0].more, [("lastUsed".to_owned(), "2026-01-15".to_owned())]);
    assert_eq!(listed[0].lasts, None, "a unit nobody knows");
}

#[tokio::test]
async fn an_empty_list_is_a_parameters_resource_without_entries() {
    assert_eq!(ask(Says::json(200, &json!({"resourceType": "Parameters"}))).await.unwrap(), []);
    assert_eq!(listed(json!([])).await, []);
    assert_eq!(listed(json!([{"name": "message", "valueString": "nobody"}])).await, []);
}

#[tokio::test]
async fn nothing_else_is_an_empty_list() {
    for says in [
        Says::status(404),
        Says::status(200),
        Says::status(204),
        Says::status(202),
        Says::outcome(404, "error", "not-found", "no such Consent"),
        Says::outcome(200, "information", "informational", "nobody"),
        Says::json(200, &json!({"resourceType": "Bundle"})),
        Says::json(200, &json!({"parameter": []})),
        Says::text(200, "text/html", "<html></html>"),
        Says::hang_up(),
    ] {
        assert!(ask(says.clone()).await.is_err(), "{says:?} would be a false proof");
    }
}
