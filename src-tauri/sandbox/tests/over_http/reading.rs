//! Attacks on the records, and on the server itself.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, client, consent, get_fhir, knows, link, outcome, parameters, post_fhir, session};

#[tokio::test]
async fn refuses_another_patients_record() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let scope = "launch/patient patient/*.rs";
    let jon = session(ehr, "Jon Lindqvist", scope).await;
    let john = session(ehr, "John Lindquist", scope).await;
    let before = knows(ehr);
    let own = get_fhir(ehr, &format!("Patient/{}", jon.patient()), jon.access()).await;
    assert_eq!(own.status(), StatusCode::OK);
    let foreign = get_fhir(ehr, &format!("Patient/{}", john.patient()), jon.access()).await;
    outcome(foreign, StatusCode::NOT_FOUND).await;
    for search in ["Observation", "Condition", "Patient"] {
        let query = if search == "Patient" { "_id" } else { "patient" };
        let path = format!("{search}?{query}={}", john.patient());
        let answer = get_fhir(ehr, &path, jon.access()).await;
        if answer.status().is_success() {
            let bundle: Value = answer.json().await.unwrap();
            assert!(bundle.get("entry").is_none(), "{bundle}");
        }
    }
    assert_eq!(knows(ehr), before);
}

#[tokio::test]
async fn refuses_a_type_that_no_scope_opens() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let paul = session(ehr, "Paul Tindall", "launch/patient patient/Patient.rs").await;
    let before = knows(ehr);
    let path = format!("Observation?patient={}", paul.patient());
    outcome(get_fhir(ehr, &path, paul.access()).await, StatusCode::FORBIDDEN).await;
    outcome(get_fhir(ehr, "AuditEvent", paul.access()).await, StatusCode::FORBIDDEN).await;
    assert_eq!(knows(ehr), before);
}

#[tokio::test]
async fn refuses_to_write_without_a_scope_that_writes() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let scope = "launch/patient patient/Consent.rs patient/Patient.rs";
    let paul = session(ehr, "Paul Tindall", scope).await;
    let before = knows(ehr);
    let body = consent(paul.patient(), &["patient/Patient.rs"], "2099-01-01");
    outcome(post_fhir(ehr, "Consent", paul.access(), &body).await, StatusCode::FORBIDDEN).await;
    assert_eq!(knows(ehr), before);
}

#[tokio::test]
async fn refuses_a_consent_about_somebody_else() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let paul = bench.paul_at_source().await;
    let jon = session(ehr, "Jon Lindqvist", "launch/patient patient/Patient.rs").await;
    let before = knows(ehr);
    let body = consent(jon.patient(), &["patient/Patient.rs"], "2099-01-01");
    outcome(post_fhir(ehr, "Consent", paul.access(), &body).await, StatusCode::FORBIDDEN).await;
    assert_eq!(knows(ehr), before);
}

#[tokio::test]
async fn refuses_an_update_of_a_version_that_is_gone() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let mut body = consent(paul.patient(), &["patient/Patient.rs"], "2099-01-01");
    body["id"] = json!(id);
    let put = |tag: &'static str, body: Value| {
        client()
            .put(format!("{}/Consent/{id}", ehr.base()))
            .bearer_auth(paul.access())
            .header("content-type", "application/fhir+json")
            .header("if-match", tag)
            .body(body.to_string())
            .send()
    };
    let before = knows(ehr);
    let stale = put("W/\"7\"", body.clone()).await.unwrap();
    outcome(stale, StatusCode::PRECONDITION_FAILED).await;
    assert_eq!(knows(ehr), before);
    body["status"] = json!("inactive");
    assert_eq!(put("W/\"1\"", body).await.unwrap().status(), StatusCode::OK);
    let records = ehr.records();
    assert_eq!((records.consents[0].status.as_str(), records.consents[0].version), ("inactive", 2));
}

#[tokio::test]
async fn refuses_everybody_without_a_token() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    for path in ["Patient", "Observation", "Consent/1", "Consent/1/$authorizations", "AuditEvent"] {
        let answer = client().get(format!("{}/{path}", ehr.base())).send().await.unwrap();
        assert!(answer.headers().contains_key("www-authenticate"), "{path}");
        outcome(answer, StatusCode::UNAUTHORIZED).await;
    }
    let metadata = client().get(format!("{}/metadata", ehr.base())).send().await.unwrap();
    assert_eq!(metadata.status(), StatusCode::OK);
}

#[tokio::test]
async fn refuses_any_other_host_name() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let port = ehr.origin().port().unwrap();
    let before = ehr.records();
    for host in ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1"] {
        for path in ["", "records", "jwks", "fhir/metadata", "oauth/authorize"] {
            let answer = client().get(link(ehr, path)).header("host", host).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST, "{host} {path} {port}");
        }
    }
    assert_eq!(ehr.records(), before);
}

#[tokio::test]
async fn gives_no_permission_to_other_origins() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    for path in ["records", "jwks", "fhir/metadata", "fhir/.well-known/smart-configuration"] {
        let answer =
            client().get(link(ehr, path)).header("origin", "https://evil.example").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let cors = answer.headers().keys().any(|name| name.as_str().starts_with("access-control"));
        assert!(!cors, "{path}");
    }
}

#[tokio::test]
async fn discovery_says_what_is_true() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let smart = format!("{}/.well-known/smart-configuration", ehr.base());
    let smart: Value = client().get(smart).send().await.unwrap().json().await.unwrap();
    let issuer = ehr.origin().as_str().trim_end_matches('/');
    assert_eq!(smart["issuer"], issuer);
    assert_eq!(smart["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(smart["authorization_response_iss_parameter_supported"], true);
    for endpoint in ["jwks_uri", "authorization_endpoint", "management_endpoint"] {
        let url = smart[endpoint].as_str().unwrap();
        assert!(url.starts_with(issuer), "{url}");
        let answer = client().get(url).send().await.unwrap();
        assert_ne!(answer.status(), StatusCode::NOT_FOUND, "{url}");
    }
    let openid = link(ehr, ".well-known/openid-configuration");
    let openid: Value = client().get(openid).send().await.unwrap().json().await.unwrap();
    assert_eq!(openid["issuer"], issuer);
    let keys: Value = client().get(link(ehr, "jwks")).send().await.unwrap().json().await.unwrap();
    let algorithms: Vec<&str> =
        keys["keys"].as_array().unwrap().iter().filter_map(|key| key["alg"].as_str()).collect();
    assert_eq!(algorithms, ["RS256", "ES256", "ES384"]);
}

#[tokio::test]
async fn its_own_records_hold_no_secret() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let consent = bench.authorized(&paul).await;
    let shown = client().get(link(bench.source(), "records")).send().await.unwrap();
    let shown = shown.text().await.unwrap();
    assert!(shown.contains(&consent));
    let login = bench.source().logins().into_iter().find(|login| login.who == "Paul Tindall");
    let password = login.unwrap().password;
    for secret in [paul.access(), paul.refresh(), password.as_str(), "practice-code", "eyJ"] {
        assert!(!shown.contains(secret));
    }
}

#[tokio::test]
async fn an_operation_wants_a_parameters_body() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let path = format!("Consent/{id}/$authorize");
    let before = knows(bench.source());
    for body in [json!({ "resourceType": "Patient" }), parameters(&[]), json!([])] {
        let answer = post_fhir(bench.source(), &path, paul.access(), &body).await;
        outcome(answer, StatusCode::BAD_REQUEST).await;
    }
    assert_eq!(knows(bench.source()), before);
}
