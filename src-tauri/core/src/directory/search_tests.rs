//! The directory's answers: pages, missing endpoints, and what is no directory.

use serde_json::{Value, json};

use super::{is_directory, search};
use crate::{
    directory::{
        Reach,
        brands::{self, Brands, ListError},
    },
    fhir::stage::{Asked, Says, Stage},
};

fn organization(name: &str) -> Value {
    json!({ "resource": { "resourceType": "Organization", "id": "o", "name": name, "endpoint": [{ "reference": "Endpoint/e" }] } })
}

fn endpoint() -> Value {
    json!({ "resource": {
        "resourceType": "Endpoint", "id": "e", "connectionType": { "code": "hl7-fhir-rest" },
        "address": "https://tern.example/r4",
    }, "search": { "mode": "include" } })
}

fn bundle(entries: &[Value], next: Option<&str>) -> Says {
    let link: Vec<Value> = next.into_iter().map(|url| json!({ "relation": "next", "url": url })).collect();
    Says::json(200, &json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries, "link": link }))
}

#[tokio::test]
async fn asks_for_name_and_place_and_nothing_else() {
    let stage = Stage::open(|_| bundle(&[organization("Tern Bay"), endpoint()], None));
    let found = search(&stage.http, stage.base.url(), " tern & b ", "ME").await.unwrap();
    assert_eq!((found.hospitals.len(), found.more), (1, false));
    let asked = stage.asked().remove(0);
    assert_eq!((asked.path(), asked.header("authorization")), ("/r4/Organization", None));
    let query: Vec<(String, String)> = asked.query();
    let names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["name:contains", "address:contains", "_include", "_count"]);
    assert_eq!(query[0].1, "tern");
}

#[tokio::test]
async fn follows_pages_below_the_directory_only_and_not_for_ever() {
    let stage = Stage::open(|asked: &Asked| {
        let at = asked.param("at").and_then(|at| at.parse::<u32>().ok()).unwrap_or(0);
        bundle(
            &[organization(&format!("H{at}")), endpoint()],
            Some(&format!("/r4/Organization?at={}", at + 1)),
        )
    });
    let found = search(&stage.http, stage.base.url(), "h", "").await.unwrap();
    assert_eq!((stage.asked().len(), found.more), (4, true));
    for elsewhere in ["https://evil.example/r4/Organization?x", "/other/Organization", "//evil.example"] {
        let stage = Stage::in_turn([bundle(&[organization("H"), endpoint()], Some(elsewhere))]);
        let found = search(&stage.http, stage.base.url(), "h", "").await.unwrap();
        assert_eq!((found.hospitals.len(), stage.asked().len()), (1, 1), "{elsewhere}");
    }
}

#[tokio::test]
async fn endpoints_that_did_not_come_along_are_asked_for() {
    let stage = Stage::in_turn([bundle(&[organization("Tern Bay")], None), bundle(&[endpoint()], None)]);
    let found = search(&stage.http, stage.base.url(), "t", "").await.unwrap();
    assert_eq!(found.hospitals[0].reach, Reach::Ready);
    assert_eq!(stage.asked()[1].param("_id").as_deref(), Some("e"));
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_none() {
    for (says, error) in [
        (Says::status(401), ListError::Status(401)),
        (Says::status(500), ListError::Status(500)),
        (Says::text(200, "text/html", "<html>"), ListError::NotAList),
    ] {
        let stage = Stage::in_turn([says]);
        assert_eq!(search(&stage.http, stage.base.url(), "t", "").await.unwrap_err(), error);
    }
}

#[tokio::test]
async fn a_directory_says_so_in_its_capability_statement() {
    let statement = |types: &[&str]| {
        let resource: Vec<Value> = types.iter().map(|kind| json!({ "type": kind })).collect();
        Says::json(200, &json!({ "resourceType": "CapabilityStatement", "rest": [{ "resource": resource }] }))
    };
    for (says, directory) in [
        (statement(&["Organization", "Endpoint"]), true),
        (statement(&["Patient", "Organization"]), false),
        (Says::json(200, &json!({})), false),
    ] {
        let stage = Stage::in_turn([says]);
        assert_eq!(is_directory(&stage.http, stage.base.url()).await, Ok(directory));
    }
}

#[tokio::test]
async fn a_bundle_is_fetched_once_and_then_only_for_changes() {
    let document = json!({ "resourceType": "Bundle", "type": "collection", "entry": [organization("Tern Bay"), endpoint()] });
    let stage = Stage::open(move |asked| {
        if asked.header("if-none-match") == Some("\"7\"") {
            Says::status(304)
        } else {
            Says::json(200, &document).header("etag", "\"7\"")
        }
    });
    let place = stage.base.url();
    let Ok(Brands::Now { etag, hospitals }) = brands::fetch(&stage.http, place, None).await else {
        panic!("no bundle")
    };
    assert_eq!((etag.as_deref(), hospitals.len()), (Some("\"7\""), 1));
    assert!(matches!(brands::fetch(&stage.http, place, Some("\"7\"")).await, Ok(Brands::Unchanged)));
}

#[tokio::test]
async fn what_is_no_bundle_of_brands_is_refused() {
    for says in [
        Says::json(200, &json!({ "resourceType": "Bundle", "type": "searchset" })),
        Says::json(200, &json!({ "resourceType": "Organization" })),
        Says::text(200, "text/html", "<html>"),
        Says::status(304),
        Says::status(404),
    ] {
        let stage = Stage::in_turn([says]);
        let found = brands::fetch(&stage.http, stage.base.url(), None).await;
        assert!(matches!(found, Err(ListError::NotAList | ListError::Status(_))), "{found:?}");
    }
}
