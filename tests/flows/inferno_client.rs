//! The checks of Inferno's SMART App Launch client suite (`smart_client_stu2_2`), put again to our own requests.
//!
//! Registration (1.01 to 3.01) is judged by the suite from what a tester types; here, from what the app shows to be
//! registered. Its one check that a native app cannot pass unchanged is "https redirect URIs": RFC 8252 §7.3 has them as
//! `http` on the loopback address.

use std::collections::BTreeMap;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use consentry_core::{
    app::client::ClientChange, kind::Kind, secret::Secret, smart::client::ClientKind,
    vault::memory::MemoryVault,
};
use consentry_sandbox::{Client, Clients, Credential, Ways};
use consentry_tests::{
    between::Between,
    hospitals_with,
    proxy::{Call, Canned, Seen, Twist},
};
use jsonwebtoken::{DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

const NAME: &str = "inferno-checks";
const WORD: &str = "word of the hospital";

/// The app before Spruce Harbor, known there as this kind.
async fn known_as(kind: ClientKind) -> Between {
    let client = match kind {
        ClientKind::Secret => Client::app(NAME, "Consentry", Credential::secret(WORD)),
        ClientKind::Public => Client::app(NAME, "Consentry", Credential::None),
        // Its tokens are not needed: only its requests are looked at.
        ClientKind::Key => Client::app(NAME, "Consentry", Credential::Keys(json!({"keys": []}))),
    };
    let ways = Ways { clients: Clients::only(client.credential.kind(), vec![client]), ..Ways::default() };
    let bench = Between::before(hospitals_with([ways, Ways::default()]).await, |_| {
        std::sync::Arc::new(MemoryVault::default())
    })
    .await;
    let secret = (kind == ClientKind::Secret).then(|| Secret::new(WORD));
    let change = ClientChange { client_id: NAME.to_owned(), kind, secret, ports: Vec::new() };
    bench.app.ehr_client_set(&bench.ehr(0), change).await.expect("set");
    bench
}

/// Each parameter, and none twice.
fn parameters(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, value) in pairs {
        assert!(found.insert(name.clone(), value).is_none(), "{name} came twice");
    }
    found
}

fn form(seen: &Seen) -> BTreeMap<String, String> {
    parameters(form_urlencoded::parse(seen.asked.as_bytes()).into_owned())
}

/// The request to the authorization endpoint, and that to the token endpoint.
async fn requests(bench: &Between) -> (Url, Seen) {
    // The answer does not matter to the request.
    drop(bench.sign_in(0, &[Kind::Vaccines]).await);
    let page = bench.opened().pop().expect("a page");
    let token =
        bench.front[0].seen().into_iter().find(|seen| seen.call == Call::Token).expect("a token request");
    (page, token)
}

/// `smart_client_authorization_request_{alca,alcs,alp}_verification` (5.05 to 5.07): all eight checks.
fn authorization_request(bench: &Between, page: &Url) -> BTreeMap<String, String> {
    let asked = parameters(page.query_pairs().into_owned());
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["client_id"], NAME);
    assert!(asked["state"].len() >= 22, "122 bits or more");
    assert_eq!(asked["aud"], bench.front[0].base().as_str(), "the FHIR base");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(&asked["code_challenge"]).expect("base64url").len(), 32);
    for scope in ["openid", "fhirUser", "launch/patient"] {
        assert!(asked["scope"].split(' ').any(|own| own == scope), "{scope}");
    }
    let redirect = Url::parse(&asked["redirect_uri"]).expect("a URL");
    assert_eq!((redirect.scheme(), redirect.host_str()), ("http", Some("127.0.0.1")));
    assert!(!asked.contains_key("launch"), "standalone");
    asked
}

/// What all of `smart_client_token_request_{alca,alcs,alp}_verification` (5.08 to 5.10) check.
fn token_request(asked: &BTreeMap<String, String>, seen: &Seen) -> BTreeMap<String, String> {
    let sent = form(seen);
    assert_eq!(sent["grant_type"], "authorization_code");
    assert!(!sent["code"].is_empty());
    assert_eq!(sent["redirect_uri"], asked["redirect_uri"]);
    let verifier = &sent["code_verifier"];
    assert!((43..=128).contains(&verifier.len()));
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), asked["code_challenge"]);
    assert!(!sent.contains_key("client_secret"));
    sent
}

/// `smart_client_registration_alp_verification` (3.01), `smart_client_access_alp_interaction` (5.03), 5.07, 5.10, 5.12.
#[tokio::test(flavor = "multi_thread")]
async fn a_public_client_passes() {
    let bench = known_as(ClientKind::Public).await;
    let (page, seen) = requests(&bench).await;
    let asked = authorization_request(&bench, &page);
    let sent = token_request(&asked, &seen);
    assert_eq!(sent["client_id"], NAME);
    assert!(seen.authorization.is_none() && !sent.contains_key("client_assertion"));
    let client = bench.app.ehr_client(&bench.ehr(0)).await.expect("a view");
    let path = Url::parse(&client.redirects[0]).expect("a URL").path().to_owned();
    assert_eq!(
        path,
        Url::parse(&asked["redirect_uri"]).expect("a URL").path(),
        "what is registered is what is sent"
    );

    // smart_client_token_use_verification (5.12): the token that was issued is the one that is shown, and only there.
    let issued: Value = serde_json::from_str(&seen.answered).expect("JSON");
    let bearer = format!("Bearer {}", issued["access_token"].as_str().expect("a token"));
    let shown: Vec<Seen> =
        bench.front[0].seen().into_iter().filter(|one| one.authorization.is_some()).collect();
    assert!(
        !shown.is_empty() && shown.iter().all(|one| one.authorization.as_deref() == Some(bearer.as_str()))
    );
    assert!(bench.front[1].seen().iter().all(|one| one.authorization.is_none()));
}

/// `smart_client_registration_alcs_verification` (2.01), `smart_client_access_alcs_interaction` (5.02), 5.06, 5.09, 5.12.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_secret_passes() {
    let bench = known_as(ClientKind::Secret).await;
    let (page, seen) = requests(&bench).await;
    let sent = token_request(&authorization_request(&bench, &page), &seen);
    let basic = seen.authorization.as_deref().and_then(|line| line.strip_prefix("Basic ")).expect("Basic");
    let pair = String::from_utf8(BASE64_STANDARD.decode(basic).expect("base64")).expect("text");
    assert_eq!(pair, format!("{NAME}:word+of+the+hospital"));
    for once in ["client_id", "client_assertion", "client_assertion_type"] {
        assert!(!sent.contains_key(once), "one way to prove it: {once}");
    }
    assert_eq!(seen.status, 200, "{}", seen.answered);
}

/// `smart_client_registration_alca_verification` (1.01), `smart_client_access_alca_interaction` (5.01), 5.05, 5.08.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_key_passes() {
    let bench = known_as(ClientKind::Key).await;
    bench.front[0].once(Call::Token, Twist::Instead(Canned::json(400, &json!({"error": "invalid_grant"}))));
    let (page, seen) = requests(&bench).await;
    let sent = token_request(&authorization_request(&bench, &page), &seen);
    assert_eq!(sent["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert!(seen.authorization.is_none());
    let assertion = &sent["client_assertion"];
    let header = jsonwebtoken::decode_header(assertion).expect("a JWT");
    assert_eq!(header.typ.as_deref(), Some("JWT"));
    assert!(matches!(header.alg, jsonwebtoken::Algorithm::ES384 | jsonwebtoken::Algorithm::RS384));
    let keys: JwkSet = serde_json::from_str(&bench.app.client_keys().await.expect("keys")).expect("a set");
    let key = keys.find(header.kid.as_deref().expect("a kid")).expect("a registered key");
    let mut rules = Validation::new(header.alg);
    rules.set_audience(&[format!("{}oauth/token", bench.front[0].base().join("/").expect("a root"))]);
    rules.set_issuer(&[NAME]);
    rules.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    let claims =
        jsonwebtoken::decode::<Value>(assertion, &DecodingKey::from_jwk(key).expect("a key"), &rules);
    let claims = claims.expect("a good assertion").claims;
    assert_eq!(claims["sub"], NAME);
    assert!(claims["jti"].as_str().is_some_and(|jti| jti.len() >= 22));
    let life = claims["exp"].as_i64().expect("exp") - claims["iat"].as_i64().expect("iat");
    assert!((1..=300).contains(&life), "five minutes at most");
}
