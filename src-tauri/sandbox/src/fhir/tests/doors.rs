//! Who gets in, to what, and how refusals look.

use super::*;

#[tokio::test]
async fn describes_itself_without_a_token() {
    let server = Server::start().await;
    let answer = send(server.client.get(format!("{}/metadata", server.base))).await;
    assert_eq!(answer.header("content-type"), "application/fhir+json; charset=utf-8");
    let statement = answer.json;
    assert_eq!(statement["fhirVersion"], "4.0.1");
    assert_eq!(statement["implementation"]["url"], server.base);
    let rest = &statement["rest"][0];
    let uris = rest["security"]["extension"][0]["extension"].as_array().unwrap();
    assert_eq!(uris[0], json!({"url": "authorize", "valueUri": format!("{}/authorize", server.root)}));
    assert_eq!(uris.len(), 2);
    let consent =
        rest["resource"].as_array().unwrap().iter().find(|resource| resource["type"] == "Consent").unwrap();
    let operations: Vec<_> =
        consent["operation"].as_array().unwrap().iter().map(|op| op["name"].as_str().unwrap()).collect();
    assert_eq!(operations, ["authorize", "authorizations", "revokeAuthorization"]);
    assert!(consent["interaction"].as_array().unwrap().contains(&json!({"code": "create"})));
    let observation = rest["resource"]
        .as_array()
        .unwrap()
        .iter()
        .find(|resource| resource["type"] == "Observation")
        .unwrap();
    assert!(!observation["interaction"].as_array().unwrap().contains(&json!({"code": "create"})));
}

#[tokio::test]
async fn asks_for_a_token_and_says_what_is_wrong_with_one() {
    let server = Server::start().await;
    let bare = send(server.client.get(format!("{}/Observation", server.base))).await;
    assert_eq!(bare.refused(), (401, "login"));
    assert_eq!(bare.header("www-authenticate"), "Bearer realm=\"fhir\"");
    let stale = server.get("/Patient/paul", "old").await;
    assert_eq!(stale.refused(), (401, "login"));
    assert_eq!(
        stale.header("www-authenticate"),
        "Bearer realm=\"fhir\", error=\"invalid_token\", error_description=\"the token has expired\""
    );
}

#[tokio::test]
async fn opens_only_what_the_scopes_name() {
    let server = Server::start().await;
    server.load("paul", &[observation("o", "paul", "2025-01-01", "laboratory")]);
    for (token, path, expected) in [
        ("paul;;patient/Observation.rs", "/Observation/o", 200),
        ("paul;;patient/Observation.rs", "/Observation", 200),
        ("paul;;patient/Observation.read", "/Observation", 200),
        ("paul;;patient/*.rs", "/Observation/o", 200),
        ("paul;;patient/Observation.r", "/Observation", 403),
        ("paul;;patient/Observation.s", "/Observation/o", 403),
        ("paul;;patient/Condition.rs", "/Observation/o", 403),
        ("paul;;openid launch/patient", "/Observation", 403),
        (";;patient/*.rs", "/Observation", 403),
        ("paul;;patient/*.rs", "/Spaceship", 404),
        ("paul;;patient/*.rs", "/Observation/none", 404),
        ("maria;;patient/*.rs", "/Observation/o", 404),
    ] {
        assert_eq!(server.get(path, token).await.status, expected, "{token} {path}");
    }
    let beyond = server.get("/Observation", "paul;;patient/Condition.rs").await;
    assert_eq!(beyond.refused(), (403, "forbidden"));
    assert!(beyond.header("www-authenticate").contains("insufficient_scope"));
}

#[tokio::test]
async fn a_narrowed_scope_shows_only_what_fits_it() {
    let server = Server::start().await;
    server.load(
        "paul",
        &[
            observation("lab", "paul", "2025-01-01", "laboratory"),
            observation("bp", "paul", "2025-01-02", "vital-signs"),
            observation("tobacco", "paul", "2025-01-03", "social-history"),
        ],
    );
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    let lab = format!("paul;;patient/Observation.rs?category={category}|laboratory");
    assert_eq!(server.ids("/Observation", &lab).await, "lab");
    assert_eq!(server.ids("/Observation?category=vital-signs", &lab).await, "");
    assert_eq!(server.get("/Observation/lab", &lab).await.status, 200);
    assert_eq!(server.get("/Observation/bp", &lab).await.status, 404);
    let two = format!("{lab} patient/Observation.rs?category={category}|vital-signs");
    assert_eq!(server.ids("/Observation", &two).await, "bp lab");
    let odd = "paul;;patient/Observation.rs?sparkle=1";
    assert_eq!(server.get("/Observation", odd).await.refused(), (403, "forbidden"));
}

#[tokio::test]
async fn never_shows_another_patients_record() {
    let server = Server::start().await;
    server.load("paul", &[observation("p", "paul", "2025-01-01", "laboratory")]);
    server.load("maria", &[observation("m", "maria", "2025-01-01", "laboratory")]);
    assert_eq!(server.ids("/Observation", ALL).await, "p");
    assert_eq!(server.ids("/Observation?patient=Patient/paul&subject=paul", ALL).await, "p");
    assert_eq!(server.ids(&format!("/Observation?patient={}/Patient/paul", server.base), ALL).await, "p");
    assert_eq!(server.ids("/Observation?_id=m", ALL).await, "");
    for path in [
        "/Observation?patient=maria",
        "/Observation?subject=Patient/maria",
        "/Observation?patient=paul,maria",
    ] {
        assert_eq!(server.get(path, ALL).await.refused(), (403, "forbidden"), "{path}");
    }
    assert_eq!(server.get("/Observation/m", ALL).await.refused(), (404, "not-found"));
    assert_eq!(server.get("/Observation/m/_history/1", ALL).await.refused(), (404, "not-found"));
}

#[tokio::test]
async fn shares_the_hospitals_own_directory_with_every_patient() {
    let server = Server::start().await;
    let staff = [json!({"resourceType": "Practitioner", "id": "doc", "name": [{"family": "Vale"}]})];
    server.resources.load(&staff, None, "2026-01-15T09:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(server.get("/Practitioner/doc", ALL).await.status, 200);
    assert_eq!(server.get("/Practitioner/doc", "paul;;patient/Patient.rs").await.status, 403);
}

#[tokio::test]
async fn gives_version_and_time_with_each_resource() {
    let server = Server::start().await;
    server.load("paul", &[observation("o", "paul", "2025-01-01", "laboratory")]);
    let answer = server.get("/Observation/o", ALL).await;
    assert_eq!(answer.header("etag"), "W/\"1\"");
    assert_eq!(answer.header("last-modified"), "Thu, 15 Jan 2026 09:00:00 GMT");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.json["meta"]["versionId"], "1");
    let again =
        send(server.request(Method::GET, "/Observation/o", ALL).header("if-none-match", "W/\"1\"")).await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn refuses_what_it_does_not_speak_or_do() {
    let server = Server::start().await;
    let xml =
        send(server.request(Method::GET, "/Observation", ALL).header("accept", "application/fhir+xml")).await;
    assert_eq!(xml.refused(), (406, "not-supported"));
    assert_eq!(server.get("/Observation?_format=xml", ALL).await.refused(), (406, "not-supported"));
    let stu3 = "application/fhir+json; fhirVersion=3.0";
    let old = send(server.request(Method::GET, "/Observation", ALL).header("accept", stu3)).await;
    assert_eq!(old.status, 406);
    let either = "application/fhir+xml, application/fhir+json; fhirVersion=4.0";
    assert_eq!(
        send(server.request(Method::GET, "/Observation", ALL).header("accept", either)).await.status,
        200
    );
    assert_eq!(server.get("/Observation?_format=application/fhir+json", ALL).await.status, 200);

    let written = send(server.request(Method::POST, "/Observation", ALL).json(&json!({}))).await;
    assert_eq!(written.refused(), (405, "not-supported"));
    let deleted = send(server.request(Method::DELETE, "/Consent/x", ALL)).await;
    assert_eq!(deleted.refused(), (405, "not-supported"));
    assert_eq!(server.get("/Observation/o/a/b/c", ALL).await.refused(), (404, "not-found"));
}

#[tokio::test]
async fn leaves_room_for_the_operations() {
    let server = Server::start().await;
    for path in ["/Consent/c/$authorize", "/$connect"] {
        assert_eq!(send(server.request(Method::POST, path, ALL)).await.status, 200, "{path}");
    }
    assert_eq!(server.get("/Consent/c", ALL).await.refused(), (404, "not-found"));
}
