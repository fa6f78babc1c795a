//! Reads, writes and operations against a small server.

use serde_json::json;

use super::{FhirClient, On, Written};
use crate::{
    ehr::FhirBase,
    fhir::{
        ConsentId, FhirError, Reply,
        parameters::Outgoing,
        stage::{Says, Stage},
    },
    http::HttpError,
};

fn consent(id: &str) -> serde_json::Value {
    json!({"resourceType": "Consent", "id": id, "status": "active", "meta": {"versionId": "7"}})
}

#[tokio::test]
async fn reads_past_caches_with_the_bearer_and_the_version() {
    let stage = Stage::in_turn([Says::json(200, &consent("c1")).header("etag", "W/\"3\"")]);
    let read = stage.client().read("Consent", "c1").await.unwrap();
    assert_eq!((read.id.as_str(), read.etag.as_deref()), ("c1", Some("W/\"3\"")));
    let asked = stage.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("GET", "/r4/Consent/c1"));
    assert_eq!(asked.header("authorization"), Some("Bearer canary-token"));
    assert_eq!(asked.header("cache-control"), Some("no-cache"));
    assert_eq!(asked.header("accept"), Some("application/fhir+json"));
}

#[tokio::test]
async fn makes_the_etag_from_the_version_id_when_the_header_is_missing() {
    let stage = Stage::in_turn([Says::json(200, &consent("c1"))]);
    assert_eq!(stage.client().read("Consent", "c1").await.unwrap().etag.as_deref(), Some("W/\"7\""));
}

#[tokio::test]
async fn a_read_that_answers_something_else_is_not_believed() {
    for says in [
        Says::json(200, &consent("other")),
        Says::json(200, &json!({"resourceType": "Patient", "id": "c1"})),
        Says::json(200, &json!([1])),
        Says::text(200, "text/html", "<html>Please sign in to this network</html>"),
        Says::status(200),
    ] {
        let stage = Stage::in_turn([says]);
        assert_eq!(stage.client().read("Consent", "c1").await, Err(FhirError::Unreadable));
    }
}

#[tokio::test]
async fn a_right_body_with_a_wrong_type_is_read() {
    for content_type in
        ["application/json", "application/json+fhir", "text/json; charset=utf-8", "text/plain"]
    {
        let stage = Stage::in_turn([Says::text(200, content_type, &consent("c1").to_string())]);
        assert!(stage.client().read("Consent", "c1").await.is_ok(), "{content_type}");
    }
}

#[tokio::test]
async fn an_error_keeps_the_servers_words() {
    let stage = Stage::in_turn([
        Says::outcome(422, "error", "business-rule", "Consent must be active").header("retry-after", "7")
    ]);
    let error = stage.client().read("Consent", "c1").await.unwrap_err();
    assert_eq!(error.status(), Some(422));
    assert_eq!((error.said(), error.issue_code()), (Some("Consent must be active"), Some("business-rule")));
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(7));
}

#[tokio::test]
async fn an_error_page_in_html_or_xml_is_an_error_without_words() {
    for body in ["<html><h1>Oops</h1></html>", "<OperationOutcome xmlns=\"http://hl7.org/fhir\"/>"] {
        let stage = Stage::in_turn([Says::text(500, "text/html", body)]);
        let error = stage.client().read("Consent", "c1").await.unwrap_err();
        assert_eq!((error.status(), error.said()), (Some(500), None));
    }
}

#[tokio::test]
async fn creates_only_when_there_is_none_like_it() {
    let stage = Stage::in_turn([Says::json(201, &consent("c9")).header("etag", "W/\"1\"")]);
    let posted = json!({"resourceType": "Consent", "status": "active"});
    let written = stage.client().create(&posted, Some("identifier=s|v")).await.unwrap();
    assert_eq!(written, Written { id: "c9".to_owned(), etag: Some("W/\"1\"".to_owned()) });
    let asked = stage.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/r4/Consent"));
    assert_eq!(asked.header("if-none-exist"), Some("identifier=s|v"));
    assert_eq!(asked.header("content-type"), Some("application/fhir+json"));
    assert_eq!(asked.json(), posted);
}

#[tokio::test]
async fn takes_the_id_from_the_location_when_there_is_no_body() {
    for (location, id) in [
        ("{base}/Consent/c9/_history/1", Some("c9")),
        ("{base}/Consent/c9", Some("c9")),
        ("Consent/c9/_history/1", Some("c9")),
        ("/r4/Consent/c9/_history/1", Some("c9")),
        ("{base}/Patient/c9", None),
        ("https://evil.example/r4/Consent/c9", None),
        ("{base}/Consent/..", None),
    ] {
        let template = location.to_owned();
        let stage = Stage::open(move |asked| {
            let base = format!("http://{}/r4", asked.header("host").unwrap_or_default());
            Says::status(201).header("location", &template.replace("{base}", &base))
        });
        let written = stage.client().create(&json!({"resourceType": "Consent"}), None).await;
        match id {
            Some(id) => assert_eq!(written.unwrap().id, id, "{location}"),
            None => assert_eq!(written.unwrap_err(), FhirError::NotConfirmed { said: None }, "{location}"),
        }
    }
}

#[tokio::test]
async fn a_success_that_does_not_say_so_is_not_confirmed() {
    for says in [
        Says::status(200),
        Says::status(202),
        Says::status(204),
        Says::outcome(200, "error", "processing", "no"),
        Says::outcome(201, "fatal", "exception", "no"),
        Says::json(201, &json!({"resourceType": "Patient", "id": "x"})),
    ] {
        let stage = Stage::in_turn([says.clone()]);
        let error = stage.client().create(&json!({"resourceType": "Consent"}), None).await.unwrap_err();
        assert!(matches!(error, FhirError::NotConfirmed { .. }), "{says:?}: {error}");
        assert!(!error.certain(), "nobody knows whether it happened");
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_it_open_whether_it_happened() {
    let stage = Stage::in_turn([Says::hang_up()]);
    let error = stage.client().create(&json!({"resourceType": "Consent"}), None).await.unwrap_err();
    assert_eq!(error, FhirError::Http(HttpError::Unreachable { written: true }));
    assert!(!error.certain());
    assert_eq!(stage.asked().len(), 1, "a change is never sent again by itself");
}

#[tokio::test]
async fn updates_only_the_version_it_read() {
    let stage = Stage::in_turn([Says::json(200, &consent("c1")), Says::status(412)]);
    stage.client().update(&consent("c1"), Some("W/\"7\"")).await.unwrap();
    let asked = stage.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("PUT", "/r4/Consent/c1"));
    assert_eq!(asked.header("if-match"), Some("W/\"7\""));
    let changed = stage.client().update(&consent("c1"), Some("W/\"7\"")).await.unwrap_err();
    assert_eq!(changed.status(), Some(412));
}

#[tokio::test]
async fn calls_operations_on_one_resource_and_on_the_server() {
    let empty = json!({"resourceType": "Parameters"});
    let stage = Stage::in_turn([Says::json(200, &empty), Says::status(204), Says::json(200, &empty)]);
    let id = ConsentId::parse("c1").unwrap();
    let client = stage.client();
    let on = On::Instance("Consent", id.id());
    assert!(matches!(client.call(on, "authorizations", None).await.unwrap(), Reply::Parameters(_)));
    let input = Outgoing::new().uri("app-id", "x");
    assert_eq!(client.call(on, "revokeAuthorization", Some(input.clone())).await.unwrap(), Reply::Nothing);
    client.call(On::System, "connect", Some(input)).await.unwrap();
    let asked: Vec<String> = stage.asked().iter().map(|a| format!("{} {}", a.method, a.target)).collect();
    assert_eq!(
        asked,
        [
            "GET /r4/Consent/c1/$authorizations",
            "POST /r4/Consent/c1/$revokeAuthorization",
            "POST /r4/$connect"
        ]
    );
}

#[tokio::test]
async fn the_bearer_goes_nowhere_else() {
    let stage = Stage::in_turn([]);
    let other = Stage::in_turn([]);
    let elsewhere: FhirBase = other.base.clone();
    let crossed = FhirClient::new(&other.http, &elsewhere, &stage.bearer);
    assert_eq!(crossed.read("Patient", "1").await, Err(FhirError::Http(HttpError::Redirected)));
    assert!(other.asked().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let trap = Stage::in_turn([Says::json(200, &consent("c1"))]);
    let location = format!("{}/Consent/c1", trap.base);
    let stage = Stage::open(move |_| Says::status(307).header("location", &location));
    assert_eq!(stage.client().read("Consent", "c1").await, Err(FhirError::Http(HttpError::Redirected)));
    assert!(trap.asked().is_empty());
}
