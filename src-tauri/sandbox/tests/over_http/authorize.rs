//! Attacks on `$authorize`: forged introductions, and Consents that must authorize nobody.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::bench::{
    Bench, CONSENT_SCOPES, Session, TARGET_SCOPE, client, consent, introduction, knows, link, outcome,
    parameters, post_fhir, session,
};

/// Tries to authorize; must fail with this status and change nothing.
async fn refused(bench: &Bench, paul: &Session, id: &str, jwt: &str, status: StatusCode) -> String {
    let before = knows(bench.source());
    let text = outcome(bench.authorize(paul, id, jwt).await, status).await;
    assert_eq!(knows(bench.source()), before);
    text
}

/// Claims of an honest introduction of the target.
fn claims(bench: &Bench) -> Value {
    json!({
        "iss": bench.target().base().as_str(),
        "sub": bench.target().base().as_str(),
        "exp": 4_000_000_000_i64,
        "client_name": "Tern Bay Hospital"
    })
}

async fn published_kid(bench: &Bench) -> String {
    let keys: Value = client().get(link(bench.target(), "jwks")).send().await.unwrap().json().await.unwrap();
    keys["keys"][0]["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn refuses_an_introduction_signed_with_another_key() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let pkcs8 = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let pkcs8: aws_lc_rs::encoding::Pkcs8V1Der<'_> = aws_lc_rs::encoding::AsDer::as_der(&pkcs8).unwrap();
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(published_kid(&bench).await);
    let forged = jsonwebtoken::encode(&header, &claims(&bench), &rsa(pkcs8.as_ref())).unwrap();
    let text = refused(&bench, &paul, &id, &forged, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(text.contains("signature"), "{text}");
}

#[tokio::test]
async fn refuses_an_introduction_without_a_signature() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64};
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let payload = B64.encode(claims(&bench).to_string());
    for algorithm in ["none", "None", "nOnE"] {
        let header = B64.encode(json!({ "alg": algorithm, "typ": "JWT" }).to_string());
        let forged = format!("{header}.{payload}.");
        refused(&bench, &paul, &id, &forged, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
}

#[tokio::test]
async fn refuses_an_hmac_keyed_with_the_public_key() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let jwks = client().get(link(bench.target(), "jwks")).send().await.unwrap();
    let public = jwks.bytes().await.unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(published_kid(&bench).await);
    let key = EncodingKey::from_secret(&public);
    let forged = jsonwebtoken::encode(&header, &claims(&bench), &key).unwrap();
    let text = refused(&bench, &paul, &id, &forged, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(text.contains("algorithm"), "{text}");
}

#[tokio::test]
async fn refuses_an_expired_introduction() {
    let bench = Bench::start().await;
    let jwt = bench.introduction().await;
    bench.sandbox.advance_clock(Duration::from_secs(25 * 3_600));
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let text = refused(&bench, &paul, &id, &jwt, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(text.contains("expired"), "{text}");
}

#[tokio::test]
async fn refuses_an_issuer_it_does_not_know_and_asks_it_nothing() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let mut stranger = claims(&bench);
    stranger["iss"] = json!("http://127.0.0.1:9/fhir");
    let forged = sign_with_any_key(&stranger);
    let text = refused(&bench, &paul, &id, &forged, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(text.contains("does not know"), "{text}");
    // Its own introduction is no better: a hospital does not fetch from itself.
    let own = introduction(bench.source(), bench.source()).await;
    refused(&bench, &paul, &id, &own, StatusCode::UNPROCESSABLE_ENTITY).await;
}

#[tokio::test]
async fn refuses_the_consent_of_another_patient() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let scope = "launch/patient patient/*.rs patient/Consent.crus operation/Consent.authorize";
    let jon = session(bench.source(), "Jon Lindqvist", scope).await;
    let jwt = bench.introduction().await;
    refused(&bench, &jon, &id, &jwt, StatusCode::NOT_FOUND).await;
    refused(&bench, &jon, "no-such-consent", &jwt, StatusCode::NOT_FOUND).await;
}

#[tokio::test]
async fn refuses_a_consent_that_is_not_active() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let mut body = consent(paul.patient(), CONSENT_SCOPES, "2099-01-01");
    body["status"] = json!("draft");
    let made = post_fhir(bench.source(), "Consent", paul.access(), &body).await;
    let made: Value = made.json().await.unwrap();
    let id = made["id"].as_str().unwrap();
    let jwt = bench.introduction().await;
    let text = refused(&bench, &paul, id, &jwt, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(text.contains("not active"), "{text}");
}

#[tokio::test]
async fn refuses_an_app_without_the_operation_scope() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let scope = "launch/patient patient/*.rs patient/Consent.crus";
    let plain = session(bench.source(), "Paul Tindall", scope).await;
    let jwt = bench.introduction().await;
    refused(&bench, &plain, &id, &jwt, StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn refuses_a_consent_that_reaches_further_than_the_login() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let jwt = bench.introduction().await;
    for wider in ["patient/*.rs", "patient/Condition.rs"] {
        let id = bench.consent_with(&paul, &["patient/Patient.rs", wider], "2099-01-01").await;
        refused(&bench, &paul, &id, &jwt, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
}

#[tokio::test]
async fn refuses_a_consent_that_permits_more_than_reading() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let jwt = bench.introduction().await;
    for scope in ["patient/Consent.crus", "operation/Consent.authorize", "user/Patient.rs"] {
        let id = bench.consent_with(&paul, &[scope], "2099-01-01").await;
        refused(&bench, &paul, &id, &jwt, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
}

#[tokio::test]
async fn refuses_a_duration_longer_than_the_consent() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let jwt = bench.introduction().await;
    let before = knows(bench.source());
    let body = parameters(&[
        json!({ "name": "jwt", "valueString": jwt }),
        json!({ "name": "duration", "valueDuration": {
            "value": 200, "unit": "years", "system": "http://unitsofmeasure.org", "code": "a"
        } }),
    ]);
    let path = format!("Consent/{id}/$authorize");
    let answer = post_fhir(bench.source(), &path, paul.access(), &body).await;
    outcome(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(knows(bench.source()), before);
}

#[tokio::test]
async fn refuses_a_consent_whose_period_is_over() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent_with(&paul, CONSENT_SCOPES, "2021-01-01").await;
    let jwt = bench.introduction().await;
    refused(&bench, &paul, &id, &jwt, StatusCode::UNPROCESSABLE_ENTITY).await;
}

#[tokio::test]
async fn refuses_the_token_of_the_wrong_ehr() {
    let bench = Bench::start().await;
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let at_target = session(bench.target(), "Paul Tindall", TARGET_SCOPE).await;
    let jwt = bench.introduction().await;
    refused(&bench, &at_target, &id, &jwt, StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn authorizing_twice_makes_one_authorization() {
    let bench = Bench::without_copier().await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let base64 = {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        STANDARD.encode(bench.introduction().await)
    };
    let body = parameters(&[
        json!({ "name": "jwt", "valueBase64Binary": base64 }),
        json!({ "name": "duration", "valueDuration": {
            "value": 3, "unit": "months", "system": "http://unitsofmeasure.org", "code": "mo"
        } }),
    ]);
    let path = format!("Consent/{id}/$authorize");
    let answer = post_fhir(bench.source(), &path, paul.access(), &body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    let granted = &answer["parameter"][1];
    assert_eq!(granted["name"], "duration");
    let days = granted["valueDuration"]["value"].as_i64().unwrap() / 86_400;
    assert!((88..=92).contains(&days), "{days}");
    assert_eq!(bench.source().records().authorizations.len(), 1);
}

fn rsa(pkcs8: &[u8]) -> EncodingKey {
    crate::assertion::rsa_key(pkcs8)
}

fn sign_with_any_key(claims: &Value) -> String {
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = aws_lc_rs::encoding::AsDer::as_der(&pair).unwrap();
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &rsa(der.as_ref())).unwrap()
}
