//! The directory, the brands bundle, and what an introduction carries besides its issuer.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use consentry_sandbox::{Certificate, Credentials, Ways};
use reqwest::StatusCode;
use serde_json::Value;

use crate::bench::{Bench, client, link};

async fn search(bench: &Bench, path: &str) -> Value {
    let answer = client().get(format!("{}/{path}", bench.sandbox.directory())).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

fn names(bundle: &Value) -> Vec<&str> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    entries
        .iter()
        .filter(|entry| entry["search"]["mode"] == "match")
        .filter_map(|entry| entry["resource"]["name"].as_str())
        .collect()
}

#[tokio::test]
async fn hospitals_are_found_by_name_and_place() {
    let bench = Bench::without_copier().await;
    for (query, found) in [
        ("Organization?name=tern", vec!["Tern Bay Hospital"]),
        ("Organization?name=bay", vec![]),
        ("Organization?name:contains=bay", vec!["Tern Bay Hospital"]),
        ("Organization?name:contains=little", vec!["Spruce Harbor Children's Clinic"]),
        ("Organization?address-city=Old", vec!["Spruce Harbor Children's Clinic"]),
        ("Organization?address:contains=04999", vec!["Spruce Harbor Clinic", "Gull Point Urgent Care"]),
        ("Organization?name=zzz", vec![]),
    ] {
        assert_eq!(names(&search(&bench, query).await), found, "{query}");
    }
    let with = search(&bench, "Organization?name=tern&_include=Organization:endpoint").await;
    let endpoint = &with["entry"][1]["resource"];
    assert_eq!(endpoint["connectionType"]["code"], "hl7-fhir-rest");
    assert_eq!(endpoint["address"], bench.target().base().as_str());
}

#[tokio::test]
async fn a_long_list_has_pages_and_an_unknown_parameter_is_an_error() {
    let bench = Bench::without_copier().await;
    let first = search(&bench, "Organization?_count=3").await;
    assert_eq!((first["total"].as_u64(), names(&first).len()), (Some(4), 3));
    let next = first["link"][0]["url"].as_str().unwrap();
    let second: Value = client().get(next).send().await.unwrap().json().await.unwrap();
    assert_eq!(names(&second).len(), 1);
    for query in ["Organization?zip=1", "Organization?name:exact=x", "Patient"] {
        let answer = client().get(format!("{}/{query}", bench.sandbox.directory())).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{query}");
    }
    let one = search(&bench, "Endpoint/tern-bay").await;
    assert_eq!(one["resourceType"], "Endpoint");
}

#[tokio::test]
async fn the_brands_bundle_is_sent_once() {
    let bench = Bench::without_copier().await;
    let address = link(bench.source(), "brands");
    let first = client().get(&address).send().await.unwrap();
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    let bundle: Value = first.json().await.unwrap();
    assert_eq!(bundle["type"], "collection");
    assert_eq!(bundle["entry"][1]["resource"]["address"], bench.source().base().as_str());
    let again = client().get(&address).header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let other = client().get(&address).header("if-none-match", "\"other\"").send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
    let named = client().get(format!("{}/.well-known/smart-configuration", bench.source().base())).send();
    let named: Value = named.await.unwrap().json().await.unwrap();
    assert_eq!(named["user_access_brand_bundle"], address.as_str());
}

fn part(jwt: &str, which: usize) -> Value {
    let part = jwt.split('.').nth(which).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn an_introduction_says_organisation_role_and_purpose_in_three_ways() {
    for (credentials, organization, purpose) in [
        (Credentials::B2b, "/extensions/hl7-b2b/organization_name", "/extensions/hl7-b2b/purpose_of_use/0"),
        (
            Credentials::Iua,
            "/extensions/ihe_iua/subject_organization",
            "/extensions/ihe_iua/purpose_of_use/0/code",
        ),
        (
            Credentials::Xspa,
            "/urn:oasis:names:tc:xspa:1.0:subject:organization",
            "/urn:oasis:names:tc:xspa:1.0:subject:purposeofuse",
        ),
    ] {
        let way = Ways { credentials, ..Ways::default() };
        let bench = Bench::with_ways([Ways::default(), way], Duration::from_secs(3_600)).await;
        let claims = part(&bench.introduction().await, 1);
        assert_eq!(claims.pointer(organization).unwrap(), "Tern Bay Hospital");
        assert!(claims.pointer(purpose).unwrap().as_str().unwrap().contains("TREAT"));
    }
}

#[tokio::test]
async fn an_introduction_shows_its_certificates_only_when_it_has_some() {
    let way = |certificate| Ways { certificate, ..Ways::default() };
    let ways = [way(Certificate::None), way(Certificate::Good)];
    let bench = Bench::with_ways(ways, Duration::from_secs(3_600)).await;
    let header = part(&bench.introduction().await, 0);
    assert_eq!(header["x5c"].as_array().unwrap().len(), 2);
    let own = part(&crate::bench::introduction(bench.source(), bench.target()).await, 0);
    assert!(own.get("x5c").is_none());
    assert!(bench.sandbox.anchor().starts_with("-----BEGIN CERTIFICATE-----\n"));
}
