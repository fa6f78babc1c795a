//! Searches to their last page, and links that lead elsewhere.

use serde_json::{Value, json};

use super::escaped;
use crate::fhir::{
    FhirError,
    stage::{Asked, Says, Stage},
};

fn page(ids: &[&str], next: Option<&str>) -> Value {
    let entries: Vec<Value> =
        ids.iter().map(|id| json!({"resource": {"resourceType": "Consent", "id": id}})).collect();
    let links: Vec<Value> = next.into_iter().map(|url| json!({"relation": "next", "url": url})).collect();
    json!({"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": links})
}

fn ids(found: &[Value]) -> Vec<&str> {
    found.iter().filter_map(|r| r.get("id")?.as_str()).collect()
}

fn own(asked: &Asked) -> String {
    format!("http://{}/r4", asked.header("host").unwrap_or_default())
}

#[tokio::test]
async fn reads_a_list_to_its_end() {
    let stage = Stage::open(|asked| match asked.param("page").as_deref() {
        None => Says::json(200, &page(&["1", "2"], Some(&format!("{}/Consent?page=2", own(asked))))),
        Some("2") => Says::json(200, &page(&["3"], Some("?page=3"))),
        _ => Says::json(200, &page(&[], None)),
    });
    let found = stage.client().search("Consent", &[("patient", "p 1"), ("identifier", "s|v")]).await.unwrap();
    assert_eq!(ids(&found), ["1", "2", "3"]);
    let first = stage.asked().remove(0);
    assert_eq!(
        first.query(),
        [("patient".to_owned(), "p 1".to_owned()), ("identifier".to_owned(), "s|v".to_owned())]
    );
    assert_eq!(stage.asked().len(), 3);
}

#[tokio::test]
async fn a_list_that_leads_elsewhere_is_no_list() {
    let trap = Stage::in_turn([]);
    for next in [
        "https://evil.example/r4/Consent?page=2",
        &format!("{}/Consent?page=2", trap.base),
        "/other/Consent?page=2",
    ] {
        let stage = Stage::in_turn([Says::json(200, &page(&["1"], Some(next)))]);
        assert_eq!(stage.client().search("Consent", &[]).await, Err(FhirError::Unreadable), "{next}");
        assert_eq!(stage.asked().len(), 1, "{next} was not followed");
    }
    assert!(trap.asked().is_empty(), "no bearer for strangers");
}

#[tokio::test]
async fn a_list_in_a_circle_or_without_an_end_is_no_list() {
    let circle =
        Stage::open(|asked| Says::json(200, &page(&["1"], Some(&format!("{}/Consent?page=2", own(asked))))));
    assert_eq!(circle.client().search("Consent", &[]).await, Err(FhirError::Unreadable));
    assert_eq!(circle.asked().len(), 2);
    let endless = Stage::open(|asked| {
        let next: u32 = asked.param("page").and_then(|n| n.parse().ok()).unwrap_or(0) + 1;
        Says::json(200, &page(&["1"], Some(&format!("{}/Consent?page={next}", own(asked)))))
    });
    assert_eq!(endless.client().search("Consent", &[]).await, Err(FhirError::Unreadable));
    assert_eq!(endless.asked().len(), 64);
}

#[tokio::test]
async fn a_list_of_which_the_server_left_something_out_is_no_list() {
    let mut bundle = page(&["1"], None);
    let outcome = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "shard 2 is down"}]});
    bundle["entry"].as_array_mut().unwrap().push(json!({"resource": outcome, "search": {"mode": "outcome"}}));
    let stage = Stage::in_turn([Says::json(200, &bundle)]);
    let error = stage.client().search("Consent", &[]).await.unwrap_err();
    assert_eq!(error.said(), Some("shard 2 is down"));
}

#[tokio::test]
async fn what_is_included_beside_is_not_taken_for_a_find() {
    let mut bundle = page(&["1"], None);
    let entries = bundle["entry"].as_array_mut().unwrap();
    entries.push(json!({"resource": {"resourceType": "Patient", "id": "p"}}));
    entries.push(json!({"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "diagnostics": "w"}]}}));
    entries.push(json!({"fullUrl": "urn:x"}));
    let stage = Stage::in_turn([Says::json(200, &bundle)]);
    assert_eq!(ids(&stage.client().search("Consent", &[]).await.unwrap()), ["1"]);
}

#[tokio::test]
async fn something_else_than_a_bundle_is_no_list() {
    for says in [
        Says::json(200, &json!({"resourceType": "Consent", "id": "1"})),
        Says::outcome(200, "information", "informational", "nothing"),
        Says::status(204),
        Says::text(200, "text/html", "<html></html>"),
    ] {
        let stage = Stage::in_turn([says.clone()]);
        assert!(stage.client().search("Consent", &[]).await.is_err(), "{says:?}");
    }
}

#[tokio::test]
async fn the_newest_are_one_page() {
    let stage =
        Stage::open(|asked| Says::json(200, &page(&["1"], Some(&format!("{}/Consent?page=2", own(asked))))));
    assert_eq!(ids(&stage.client().newest("Consent", &[("_count", "50")]).await.unwrap()), ["1"]);
    assert_eq!(stage.asked().len(), 1);
}

fn total(total: &Value, own: Option<&str>) -> Says {
    let links: Vec<Value> = own.into_iter().map(|url| json!({"relation": "self", "url": url})).collect();
    Says::json(200, &json!({"resourceType": "Bundle", "type": "searchset", "total": total, "link": links}))
}

#[tokio::test]
async fn counts_when_the_server_counts() {
    let stage = Stage::in_turn([total(&json!(42), None)]);
    assert_eq!(stage.client().count("Condition", &[("patient", "p")]).await.unwrap(), Some(42));
    let asked = stage.asked().remove(0);
    assert_eq!(asked.target, "/r4/Condition?patient=p&_summary=count");
    assert_eq!(asked.header("prefer"), Some("handling=strict"));
}

#[tokio::test]
async fn does_not_believe_a_count_that_left_out_a_criterion() {
    for (own, source, count) in [
        (Some("x?patient=p&_source=s&_summary=count"), true, Some(3)),
        (Some("x?_source:below=s&patient=p"), true, Some(3)),
        (Some("x?patient=p&_summary=count"), true, None),
        (None, true, None),
        (None, false, Some(3)),
        (Some("x?_summary=count"), false, None),
    ] {
        let stage = Stage::in_turn([total(&json!(3), own)]);
        let mut params = vec![("patient", "p")];
        params.extend(source.then_some(("_source", "s")));
        assert_eq!(stage.client().count("Condition", &params).await.unwrap(), count, "{own:?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_count_is_no_error() {
    for says in [
        Says::outcome(400, "error", "not-supported", "unknown parameter"),
        Says::status(403),
        Says::status(404),
        Says::status(405),
        Says::status(501),
        total(&Value::Null, None),
        total(&json!(-1), None),
        total(&json!("3"), None),
        Says::outcome(200, "error", "invalid", "no"),
    ] {
        let stage = Stage::in_turn([says.clone()]);
        assert_eq!(stage.client().count("Condition", &[]).await.unwrap(), None, "{says:?}");
    }
}

#[tokio::test]
async fn a_count_that_failed_is_an_error() {
    for status in [401, 429, 500, 503] {
        let stage = Stage::in_turn([Says::status(status)]);
        assert_eq!(stage.client().count("Condition", &[]).await.unwrap_err().status(), Some(status));
    }
}

#[test]
fn escapes_what_has_a_meaning_in_a_search() {
    assert_eq!(escaped("https://a.example/r4,x|y$z\\"), "https://a.example/r4\\,x\\|y\\$z\\\\");
}
