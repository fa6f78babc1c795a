//! Attacks on the token endpoint: codes, verifiers, refresh tokens.

use std::time::Duration;

use consentry_sandbox::Ehr;
use reqwest::{Response, StatusCode};

use crate::{
    bench::{Bench, client, get_fhir, knows, link, oauth_error, redeem, session},
    person::{Launch, Person},
};

const SCOPE: &str = "openid launch/patient offline_access patient/Patient.rs";

async fn code(ehr: &Ehr) -> (Launch, String) {
    let launch = Launch::new(ehr, SCOPE);
    let code = Person::of(ehr, "Paul Tindall").allows(&launch, None).await.code();
    (launch, code)
}

/// Redeems with one field changed; nothing may come of it, and the right form still works after.
async fn refused_with(field: &str, value: Option<&str>, status: StatusCode, error: &str) {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let (launch, code) = code(ehr).await;
    let right = launch.token_form(&code);
    let mut wrong: Vec<(&str, &str)> = right.iter().copied().filter(|(name, _)| *name != field).collect();
    wrong.extend(value.map(|value| (field, value)));
    let before = knows(ehr);
    oauth_error(redeem(ehr, &wrong).await, status, error).await;
    assert_eq!(knows(ehr), before);
    assert_eq!(redeem(ehr, &right).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn refuses_a_wrong_verifier() {
    let verifier = "a".repeat(43);
    refused_with("code_verifier", Some(&verifier), StatusCode::BAD_REQUEST, "invalid_grant").await;
}

#[tokio::test]
async fn refuses_a_missing_verifier() {
    refused_with("code_verifier", None, StatusCode::BAD_REQUEST, "invalid_request").await;
}

#[tokio::test]
async fn refuses_another_redirect() {
    let other = "http://127.0.0.1:43117/callback/tern-bay";
    refused_with("redirect_uri", Some(other), StatusCode::BAD_REQUEST, "invalid_grant").await;
}

#[tokio::test]
async fn refuses_another_client() {
    refused_with("client_id", Some("other"), StatusCode::UNAUTHORIZED, "invalid_client").await;
    refused_with("client_id", None, StatusCode::UNAUTHORIZED, "invalid_client").await;
}

#[tokio::test]
async fn refuses_an_unknown_grant_and_an_unknown_code() {
    let code = "practice-code-guessed";
    refused_with("code", Some(code), StatusCode::BAD_REQUEST, "invalid_grant").await;
    let password = "password";
    let error = "unsupported_grant_type";
    refused_with("grant_type", Some(password), StatusCode::BAD_REQUEST, error).await;
}

#[tokio::test]
async fn refuses_an_expired_code() {
    let bench = Bench::start().await;
    let (launch, code) = code(bench.source()).await;
    let before = knows(bench.source());
    bench.sandbox.advance_clock(Duration::from_secs(61));
    let answer = redeem(bench.source(), &launch.token_form(&code)).await;
    oauth_error(answer, StatusCode::BAD_REQUEST, "invalid_grant").await;
    assert_eq!(knows(bench.source()), before);
}

#[tokio::test]
async fn refuses_a_code_at_the_other_ehr() {
    let bench = Bench::start().await;
    let (launch, code) = code(bench.source()).await;
    let answer = redeem(bench.target(), &launch.token_form(&code)).await;
    oauth_error(answer, StatusCode::BAD_REQUEST, "invalid_grant").await;
}

#[tokio::test]
async fn a_code_used_before_takes_back_what_it_gave() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let (launch, code) = code(ehr).await;
    let first = redeem(ehr, &launch.token_form(&code)).await;
    let first: serde_json::Value = first.json().await.unwrap();
    let again = redeem(ehr, &launch.token_form(&code)).await;
    oauth_error(again, StatusCode::BAD_REQUEST, "invalid_grant").await;
    let records = ehr.records();
    assert_eq!(records.code_reuse, 1);
    assert!(records.sign_ins.iter().all(|sign_in| !sign_in.live));
    let path = format!("Patient/{}", first["patient"].as_str().unwrap());
    let read = get_fhir(ehr, &path, first["access_token"].as_str().unwrap()).await;
    assert_eq!(read.status(), StatusCode::UNAUTHORIZED);
}

async fn refresh(ehr: &Ehr, token: &str, scope: Option<&str>) -> Response {
    let mut form =
        vec![("grant_type", "refresh_token"), ("client_id", "consentry"), ("refresh_token", token)];
    form.extend(scope.map(|scope| ("scope", scope)));
    redeem(ehr, &form).await
}

#[tokio::test]
async fn a_refresh_token_used_before_ends_the_whole_sign_in() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let first = session(ehr, "Paul Tindall", SCOPE).await;
    let second = refresh(ehr, first.refresh(), None).await;
    assert_eq!(second.status(), StatusCode::OK);
    let second: serde_json::Value = second.json().await.unwrap();
    assert_ne!(second["refresh_token"], first.reply["refresh_token"]);

    let again = refresh(ehr, first.refresh(), None).await;
    oauth_error(again, StatusCode::BAD_REQUEST, "invalid_grant").await;
    let records = ehr.records();
    assert_eq!(records.refresh_reuse, 1);
    assert!(!records.sign_ins[0].live);
    // The thief's and the owner's tokens die alike.
    let path = format!("Patient/{}", first.patient());
    for token in [first.access(), second["access_token"].as_str().unwrap()] {
        assert_eq!(get_fhir(ehr, &path, token).await.status(), StatusCode::UNAUTHORIZED);
    }
    let newest = second["refresh_token"].as_str().unwrap();
    let answer = refresh(ehr, newest, None).await;
    oauth_error(answer, StatusCode::BAD_REQUEST, "invalid_grant").await;
}

#[tokio::test]
async fn refuses_a_refresh_that_asks_for_more() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let first = session(ehr, "Paul Tindall", SCOPE).await;
    let before = knows(ehr);
    let wider = refresh(ehr, first.refresh(), Some("openid patient/*.rs")).await;
    oauth_error(wider, StatusCode::BAD_REQUEST, "invalid_scope").await;
    assert_eq!(knows(ehr), before);
    let narrower = refresh(ehr, first.refresh(), Some("openid")).await;
    let narrower: serde_json::Value = narrower.json().await.unwrap();
    assert_eq!(narrower["scope"], "openid");
    let path = format!("Patient/{}", first.patient());
    let read = get_fhir(ehr, &path, narrower["access_token"].as_str().unwrap()).await;
    assert_eq!(read.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_access_token_is_no_refresh_token_and_the_reverse() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let first = session(ehr, "Paul Tindall", SCOPE).await;
    let before = knows(ehr);
    let answer = refresh(ehr, first.access(), None).await;
    oauth_error(answer, StatusCode::BAD_REQUEST, "invalid_grant").await;
    let path = format!("Patient/{}", first.patient());
    let read = get_fhir(ehr, &path, first.refresh()).await;
    assert_eq!(read.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(knows(ehr), before);
}

#[tokio::test]
async fn an_access_token_expires_and_a_revoked_sign_in_is_over() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let first = session(ehr, "Paul Tindall", SCOPE).await;
    assert_eq!(first.reply["expires_in"], 300);
    let path = format!("Patient/{}", first.patient());
    assert_eq!(get_fhir(ehr, &path, first.access()).await.status(), StatusCode::OK);
    bench.sandbox.advance_clock(Duration::from_secs(301));
    assert_eq!(get_fhir(ehr, &path, first.access()).await.status(), StatusCode::UNAUTHORIZED);

    let form = [("token", first.refresh()), ("client_id", "consentry")];
    let revoked = client().post(link(ehr, "oauth/revoke")).form(&form).send().await.unwrap();
    assert_eq!(revoked.status(), StatusCode::OK);
    assert!(!ehr.records().sign_ins[0].live);
    let answer = refresh(ehr, first.refresh(), None).await;
    oauth_error(answer, StatusCode::BAD_REQUEST, "invalid_grant").await;
    assert_eq!(ehr.records().refresh_reuse, 0);
}

#[tokio::test]
async fn the_id_token_is_signed_by_a_published_key() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let first = session(ehr, "Paul Tindall", "openid fhirUser launch/patient").await;
    let keys: jsonwebtoken::jwk::JwkSet =
        client().get(link(ehr, "jwks")).send().await.unwrap().json().await.unwrap();
    let token = first.reply["id_token"].as_str().unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&["consentry"]);
    rules.set_issuer(&[ehr.origin().as_str().trim_end_matches('/')]);
    let claims = jsonwebtoken::decode::<serde_json::Value>(
        token,
        &jsonwebtoken::DecodingKey::from_jwk(key).unwrap(),
        &rules,
    )
    .unwrap()
    .claims;
    assert_eq!(claims["nonce"], "nonce-of-this-try");
    let user = format!("{}/Patient/{}", ehr.base(), first.patient());
    assert_eq!(claims["fhirUser"], user.as_str());
}

#[tokio::test]
async fn tells_about_tokens_of_the_same_sign_in_only() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let paul = session(ehr, "Paul Tindall", SCOPE).await;
    let jon = session(ehr, "Jon Lindqvist", SCOPE).await;
    for (asker, active) in [(&paul, true), (&jon, false)] {
        let answer = client()
            .post(link(ehr, "oauth/introspect"))
            .bearer_auth(asker.access())
            .form(&[("token", paul.access())])
            .send()
            .await
            .unwrap();
        let answer: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(answer["active"], active);
        assert_eq!(answer.get("patient").is_some(), active);
    }
}
