//! Attacks on the token exchange of another EHR, played with the target's own key.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use consentry_sandbox::{AuthorizationState, Ehr};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::bench::{
    Bench, client, consent, get_fhir, knows, link, oauth_error, outcome, parameters, post_fhir, redeem,
    session,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A PKCS#8 RSA key as jsonwebtoken takes it.
pub(crate) fn rsa_key(pkcs8: &[u8]) -> EncodingKey {
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD
            .encode(pkcs8)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect::<Vec<_>>()
            .join("\n")
    );
    EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
}

/// The target's private key, read from its database.
fn target_key(bench: &Bench) -> EncodingKey {
    let db = rusqlite::Connection::open(bench.target_file()).unwrap();
    let pkcs8: Vec<u8> =
        db.query_row("SELECT pkcs8 FROM keys WHERE algorithm = 'RS256'", [], |row| row.get(0)).unwrap();
    rsa_key(&pkcs8)
}

fn claims(bench: &Bench, consent: &str, jti: &str) -> Value {
    let now = bench.source().records().authorizations[0].granted_at.as_second();
    json!({
        "iss": bench.target().base().as_str(),
        "sub": bench.target().base().as_str(),
        "aud": link(bench.source(), "oauth/token"),
        "iat": now,
        "exp": now + 120,
        "jti": jti,
        "consent": consent
    })
}

fn sign(key: &EncodingKey, claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, key).unwrap()
}

async fn present(ehr: &Ehr, assertion: &str) -> Response {
    redeem(ehr, &[("grant_type", GRANT), ("assertion", assertion)]).await
}

/// Presents something that must be refused without giving a token.
async fn refused(bench: &Bench, assertion: &str) {
    let before = knows(bench.source());
    let answer = present(bench.source(), assertion).await;
    oauth_error(answer, StatusCode::BAD_REQUEST, "invalid_grant").await;
    let after = knows(bench.source());
    assert_eq!(after.consents, before.consents);
    for (old, new) in before.authorizations.iter().zip(&after.authorizations) {
        assert_eq!((old.tokens_issued, old.state), (new.tokens_issued, new.state));
        assert!(new.refusals >= old.refusals);
    }
}

#[tokio::test]
async fn gives_what_the_consent_gives_and_nothing_more() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let key = target_key(&bench);
    let answer = present(bench.source(), &sign(&key, &claims(&bench, &id, "1"))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let reply: Value = answer.json().await.unwrap();
    assert_eq!(reply["scope"], "patient/Patient.rs patient/Observation.rs");
    assert_eq!(reply["patient"], paul.patient());
    assert!(reply.get("refresh_token").is_none());

    let token = reply["access_token"].as_str().unwrap();
    let source = bench.source();
    let own = get_fhir(source, &format!("Patient/{}", paul.patient()), token).await;
    assert_eq!(own.status(), StatusCode::OK);
    let wider = get_fhir(source, &format!("Condition?patient={}", paul.patient()), token).await;
    outcome(wider, StatusCode::FORBIDDEN).await;
    let jon = session(source, "Jon Lindqvist", "launch/patient patient/Patient.rs").await;
    let foreign = get_fhir(source, &format!("Patient/{}", jon.patient()), token).await;
    outcome(foreign, StatusCode::NOT_FOUND).await;

    // Nor may a hospital manage the Consent it reads under.
    let path = format!("Consent/{id}/$authorizations");
    outcome(get_fhir(source, &path, token).await, StatusCode::FORBIDDEN).await;
    let jwt = parameters(&[json!({ "name": "jwt", "valueString": bench.introduction().await })]);
    let path = format!("Consent/{id}/$authorize");
    outcome(post_fhir(source, &path, token, &jwt).await, StatusCode::FORBIDDEN).await;
    let more = consent(paul.patient(), &["patient/Patient.rs"], "2099-01-01");
    outcome(post_fhir(source, "Consent", token, &more).await, StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn refuses_an_assertion_used_before() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let assertion = sign(&target_key(&bench), &claims(&bench, &id, "once"));
    assert_eq!(present(bench.source(), &assertion).await.status(), StatusCode::OK);
    refused(&bench, &assertion).await;
    let mut same_id = claims(&bench, &id, "once");
    same_id["exp"] = json!(same_id["exp"].as_i64().unwrap() + 1);
    refused(&bench, &sign(&target_key(&bench), &same_id)).await;
    assert_eq!(bench.source().records().authorizations[0].tokens_issued, 1);
}

#[tokio::test]
async fn refuses_an_assertion_for_another_endpoint() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let key = target_key(&bench);
    for audience in [
        json!(link(bench.target(), "oauth/token")),
        json!(bench.source().base().as_str()),
        json!([link(bench.source(), "oauth/token"), "https://evil.example/token"]),
        Value::Null,
    ] {
        let mut claims = claims(&bench, &id, "a");
        claims["aud"] = audience;
        refused(&bench, &sign(&key, &claims)).await;
    }
}

#[tokio::test]
async fn refuses_an_assertion_of_an_app_without_authorization() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let key = target_key(&bench);
    let mut stranger = claims(&bench, &id, "a");
    stranger["iss"] = json!("https://stranger.example/fhir");
    refused(&bench, &sign(&key, &stranger)).await;
    let other = bench.consent(&paul).await;
    refused(&bench, &sign(&key, &claims(&bench, &other, "b"))).await;
    refused(&bench, &sign(&key, &claims(&bench, "no-such-consent", "c"))).await;
    let mut posing = claims(&bench, &id, "d");
    posing["sub"] = json!("https://stranger.example/fhir");
    refused(&bench, &sign(&key, &posing)).await;
}

#[tokio::test]
async fn refuses_an_assertion_signed_with_another_key() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = aws_lc_rs::encoding::AsDer::as_der(&pair).unwrap();
    refused(&bench, &sign(&rsa_key(der.as_ref()), &claims(&bench, &id, "a"))).await;
    let hmac = jsonwebtoken::encode(
        &Header::new(Algorithm::HS256),
        &claims(&bench, &id, "b"),
        &EncodingKey::from_secret(b"guess"),
    )
    .unwrap();
    refused(&bench, &hmac).await;
    // The introduction itself buys nothing: it names no Consent and is for nobody in particular.
    refused(&bench, &bench.introduction().await).await;
}

#[tokio::test]
async fn refuses_an_assertion_that_is_old_or_lives_too_long() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let key = target_key(&bench);
    let old = sign(&key, &claims(&bench, &id, "a"));
    let mut long = claims(&bench, &id, "b");
    long["exp"] = json!(long["exp"].as_i64().unwrap() + 86_400);
    refused(&bench, &sign(&key, &long)).await;
    let mut nameless = claims(&bench, &id, "c");
    nameless.as_object_mut().unwrap().remove("jti");
    refused(&bench, &sign(&key, &nameless)).await;
    bench.sandbox.advance_clock(Duration::from_secs(121));
    refused(&bench, &old).await;
}

#[tokio::test]
async fn refuses_to_let_the_target_choose_scopes() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let assertion = sign(&target_key(&bench), &claims(&bench, &id, "a"));
    let form = [("grant_type", GRANT), ("assertion", &assertion), ("scope", "patient/*.rs")];
    let answer = redeem(bench.source(), &form).await;
    oauth_error(answer, StatusCode::BAD_REQUEST, "invalid_scope").await;
    assert_eq!(bench.source().records().authorizations[0].tokens_issued, 0);
}

#[tokio::test]
async fn a_stop_ends_live_tokens_at_once() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let key = target_key(&bench);
    let reply: Value =
        present(bench.source(), &sign(&key, &claims(&bench, &id, "1"))).await.json().await.unwrap();
    let token = reply["access_token"].as_str().unwrap();
    let path = format!("Patient/{}", paul.patient());
    assert_eq!(get_fhir(bench.source(), &path, token).await.status(), StatusCode::OK);

    assert_eq!(bench.revoke(&paul, &id).await.status(), StatusCode::OK);
    let read = get_fhir(bench.source(), &path, token).await;
    outcome(read, StatusCode::UNAUTHORIZED).await;
    refused(&bench, &sign(&key, &claims(&bench, &id, "2"))).await;
    let record = bench.source().records().authorizations[0].clone();
    assert_eq!(record.state, AuthorizationState::Revoked);
    assert_eq!((record.tokens_issued, record.reads, record.refusals), (1, 1, 2));
    // Stopping again is no error; the list is empty.
    assert_eq!(bench.revoke(&paul, &id).await.status(), StatusCode::OK);
    let path = format!("Consent/{id}/$authorizations");
    let list: Value = get_fhir(bench.source(), &path, paul.access()).await.json().await.unwrap();
    assert!(list.get("parameter").is_none(), "{list}");
}

#[tokio::test]
async fn an_inactive_consent_ends_live_tokens_too() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let key = target_key(&bench);
    let reply: Value =
        present(bench.source(), &sign(&key, &claims(&bench, &id, "1"))).await.json().await.unwrap();
    let mut body = consent(paul.patient(), crate::bench::CONSENT_SCOPES, "2099-01-01");
    body["id"] = json!(id);
    body["status"] = json!("inactive");
    let put = client()
        .put(format!("{}/Consent/{id}", bench.source().base()))
        .bearer_auth(paul.access())
        .header("content-type", "application/fhir+json")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(put.status(), StatusCode::OK);
    let path = format!("Patient/{}", paul.patient());
    let read = get_fhir(bench.source(), &path, reply["access_token"].as_str().unwrap()).await;
    outcome(read, StatusCode::UNAUTHORIZED).await;
    refused(&bench, &sign(&key, &claims(&bench, &id, "2"))).await;
    let path = format!("Consent/{id}/$authorizations");
    let list: Value = get_fhir(bench.source(), &path, paul.access()).await.json().await.unwrap();
    assert_eq!(list["parameter"][0]["part"][1]["name"], "error", "{list}");
}

#[tokio::test]
async fn nothing_outlives_the_duration() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let body = parameters(&[
        json!({ "name": "jwt", "valueString": bench.introduction().await }),
        json!({ "name": "duration", "valueDuration": {
            "value": 60, "unit": "s", "system": "http://unitsofmeasure.org", "code": "s"
        } }),
    ]);
    let path = format!("Consent/{id}/$authorize");
    let answer = post_fhir(bench.source(), &path, paul.access(), &body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let key = target_key(&bench);
    let reply: Value =
        present(bench.source(), &sign(&key, &claims(&bench, &id, "1"))).await.json().await.unwrap();
    assert!(reply["expires_in"].as_i64().unwrap() <= 60);
    bench.sandbox.advance_clock(Duration::from_secs(61));
    let path = format!("Patient/{}", paul.patient());
    let read = get_fhir(bench.source(), &path, reply["access_token"].as_str().unwrap()).await;
    outcome(read, StatusCode::UNAUTHORIZED).await;
    refused(&bench, &sign(&key, &claims(&bench, &id, "2"))).await;
    let state = bench.source().records().authorizations[0].state;
    assert_eq!(state, AuthorizationState::Expired);
}
