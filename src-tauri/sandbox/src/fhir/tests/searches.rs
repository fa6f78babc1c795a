//! Parameters, totals and pages.

use std::collections::BTreeSet;

use super::*;

fn three() -> [Value; 3] {
    [
        observation("a", "paul", "2025-01-01", "laboratory"),
        observation("b", "paul", "2025-02-01T10:00:00Z", "vital-signs"),
        observation("c", "paul", "2025-03", "laboratory"),
    ]
}

#[tokio::test]
async fn finds_by_the_parameters_it_declares() {
    let server = Server::start().await;
    server.load("paul", &three());
    for (query, expected) in [
        ("", "c b a"),
        ("?_sort=date", "a b c"),
        ("?_sort=-_lastUpdated", "c b a"),
        ("?_id=a,c", "c a"),
        ("?category=laboratory", "c a"),
        ("?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory", "c a"),
        ("?category=other|laboratory", ""),
        ("?category=laboratory,vital-signs&date=lt2025-02-15", "b a"),
        ("?code=http://loinc.org%7C4548-4&status=final", "c b a"),
        ("?code=1-1", ""),
        ("?date=ge2025-02-01", "c b"),
        ("?date=gt2025-02-01", "c"),
        ("?date=le2025-02-01", "b a"),
        ("?date=lt2025-02-01", "a"),
        ("?date=2025-03", "c"),
        ("?date=ge2025-02&date=lt2025-03", "b"),
        ("?_lastUpdated=ge2026-01-15", "c b a"),
        ("?_lastUpdated=gt2026-01-15", ""),
        ("?_source=http://elsewhere.example/fhir", ""),
        ("?_format=json", "c b a"),
    ] {
        assert_eq!(server.ids(&format!("/Observation{query}"), ALL).await, expected, "{query}");
    }
}

#[tokio::test]
async fn refuses_values_and_modifiers_it_cannot_honour() {
    let server = Server::start().await;
    for query in [
        "date=yesterday",
        "date=ap2025",
        "_count=many",
        "_sort=colour",
        "_total=roughly",
        "category:not=laboratory",
        "_cursor=x",
    ] {
        assert_eq!(
            server.get(&format!("/Observation?{query}"), ALL).await.refused(),
            (400, "invalid"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn leaves_out_the_unknown_or_refuses_it_as_preferred() {
    let server = Server::start().await;
    server.load("paul", &three());
    let lenient = server.get("/Observation?colour=red&status=final", ALL).await;
    assert_eq!(lenient.json["total"], 3);
    assert_eq!(lenient.json["link"][0]["url"], format!("{}/Observation?status=final", server.base));
    let strict =
        server.request(Method::GET, "/Observation?colour=red", ALL).header("prefer", "handling=strict");
    assert_eq!(send(strict).await.refused(), (400, "invalid"));
}

#[tokio::test]
async fn counts_without_showing() {
    let server = Server::start().await;
    server.load("paul", &three());
    for query in ["_summary=count", "_count=0", "_summary=count&_count=2"] {
        let answer = server.get(&format!("/Observation?category=laboratory&{query}"), ALL).await;
        assert_eq!(answer.json["total"], 2, "{query}");
        assert_eq!(answer.json.get("entry"), None, "{query}");
    }
    let silent = server.get("/Observation?_total=none", ALL).await;
    assert_eq!(silent.json.get("total"), None);
    assert_eq!(ids(&silent.json).len(), 3);
}

#[tokio::test]
async fn the_next_links_lead_past_every_entry_once() {
    let server = Server::start().await;
    let many: Vec<Value> = (0..23)
        .map(|n| observation(&format!("o{n}"), "paul", &format!("2025-01-{:02}", n % 4 + 1), "laboratory"))
        .collect();
    server.load("paul", &many);
    let mut address = "/Observation?_count=5&category=laboratory".to_owned();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let page = server.get(&address, ALL).await.json;
        assert_eq!(page["total"], 23);
        assert!(ids(&page).len() <= 5);
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let links = page["link"].as_array().unwrap();
        match links.iter().find(|link| link["relation"] == "next") {
            Some(next) => address = next["url"].as_str().unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23);
}

#[tokio::test]
async fn a_cursor_serves_its_own_search_only() {
    let server = Server::start().await;
    server.load("paul", &three());
    let page = server.get("/Observation?_count=1", ALL).await.json;
    let next = page["link"][1]["url"].as_str().unwrap();
    assert_eq!(server.ids(next, ALL).await, "b");
    let other = next.replace("_count=1", "_count=1&category=laboratory");
    assert_eq!(server.get(&other, ALL).await.refused(), (400, "invalid"));
    assert_eq!(server.get(next, "maria;;patient/*.rs").await.refused(), (400, "invalid"));
}

#[tokio::test]
async fn searches_by_post_as_by_get() {
    let server = Server::start().await;
    server.load("paul", &three());
    let form = server
        .request(Method::POST, "/Observation/_search", ALL)
        .form(&[("category", "laboratory"), ("_count", "1")]);
    let answer = send(form).await;
    assert_eq!(ids(&answer.json), ["c"]);
    assert_eq!(answer.json["total"], 2);
    assert_eq!(server.ids(answer.json["link"][1]["url"].as_str().unwrap(), ALL).await, "a");
    let json =
        server.request(Method::POST, "/Observation/_search", ALL).json(&json!({"category": "laboratory"}));
    assert_eq!(send(json).await.refused(), (415, "not-supported"));
    let patients = server.request(Method::POST, "/Observation/_search", ALL).form(&[("patient", "maria")]);
    assert_eq!(send(patients).await.refused(), (403, "forbidden"));
}

#[tokio::test]
async fn finds_the_trail_of_one_consent() {
    let server = Server::start().await;
    let event = |id: &str, consent: &str| {
        json!({
            "resourceType": "AuditEvent", "id": id, "type": {"system": "urn:t", "code": "rest"}, "recorded": "2026-01-10T10:00:00Z",
            "agent": [{"requestor": true}], "source": {"observer": {"display": "SH"}},
            "entity": [{"what": {"reference": format!("Consent/{consent}")}}, {"what": {"reference": "Patient/paul"}}]
        })
    };
    server.load("paul", &[event("1", "c"), event("2", "d")]);
    assert_eq!(server.ids("/AuditEvent?entity=Consent/c", ALL).await, "1");
    assert_eq!(
        server.ids(&format!("/AuditEvent?entity={}/Consent/d&date=2026-01-10", server.base), ALL).await,
        "2"
    );
}
