//! The kinds of clients: each is let in by its own proof alone, and registers itself only where it may.

use std::sync::atomic::Ordering;

use consentry_sandbox::{Client, ClientKind, Clients, Credential, Ehr, Ways};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, client, knows, link, oauth_error, redeem},
    person::{Launch, Page, Person, REDIRECT},
    signer::{Signer, TYPE, serve_keys},
};

const SCOPE: &str = "launch/patient offline_access patient/Patient.rs";
const APP: &str = "desk-app";

fn ways(clients: Clients) -> Ways {
    Ways { clients, ..Ways::default() }
}

fn only(credential: Credential) -> Ways {
    let kind = credential.kind();
    ways(Clients::only(kind, vec![Client::app(APP, "Desk App", credential)]))
}

/// A code for the app, and the launch it came from.
async fn code_for(ehr: &Ehr, app: &str, redirect: &str) -> (Launch, String) {
    let launch = Launch::new(ehr, SCOPE).with("client_id", app).with("redirect_uri", redirect);
    let code = Person::of(ehr, "Paul Tindall").allows(&launch, None).await.code();
    (launch, code)
}

/// The code grant without any client authentication.
fn bare<'a>(launch: &'a Launch, code: &'a str) -> Vec<(&'a str, &'a str)> {
    launch.token_form(code).into_iter().filter(|(name, _)| *name != "client_id").collect()
}

async fn with_basic(ehr: &Ehr, form: &[(&str, &str)], id: &str, secret: &str) -> Response {
    client().post(link(ehr, "oauth/token")).basic_auth(id, Some(secret)).form(form).send().await.unwrap()
}

async fn refused(answer: Response) {
    assert!(answer.headers().contains_key("www-authenticate"));
    oauth_error(answer, StatusCode::UNAUTHORIZED, "invalid_client").await;
}

#[tokio::test]
async fn a_confidential_client_is_let_in_by_its_secret() {
    let bench = Bench::speaking(only(Credential::secret("p:a ss")), Ways::default()).await;
    let ehr = bench.source();
    let (launch, code) = code_for(ehr, APP, REDIRECT).await;
    let form = bare(&launch, &code);
    let before = knows(ehr);
    refused(with_basic(ehr, &form, APP, "wrong").await).await;
    refused(with_basic(ehr, &form, "consentry", "p%3Aa+ss").await).await;
    refused(
        redeem(ehr, &launch.token_form(&code).map(|(n, v)| if n == "client_id" { (n, APP) } else { (n, v) }))
            .await,
    )
    .await;
    refused(
        redeem(ehr, &[form.clone(), vec![("client_id", APP), ("client_secret", "p:a ss")]].concat()).await,
    )
    .await;
    assert_eq!(knows(ehr), before);

    let answer = with_basic(ehr, &form, APP, "p%3Aa+ss").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let tokens: Value = answer.json().await.unwrap();
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    refused(redeem(ehr, &refresh).await).await;
    assert_eq!(with_basic(ehr, &refresh, APP, "p%3Aa+ss").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_confidential_client_ends_its_token_only_with_its_secret() {
    let bench = Bench::speaking(only(Credential::secret("word")), Ways::default()).await;
    let ehr = bench.source();
    let (launch, code) = code_for(ehr, APP, REDIRECT).await;
    let tokens: Value = with_basic(ehr, &bare(&launch, &code), APP, "word").await.json().await.unwrap();
    let form = [("token", tokens["refresh_token"].as_str().unwrap()), ("client_id", APP)];
    let revoke = || client().post(link(ehr, "oauth/revoke")).form(&form);
    refused(revoke().send().await.unwrap()).await;
    assert!(ehr.records().sign_ins[0].live);
    assert_eq!(revoke().basic_auth(APP, Some("word")).send().await.unwrap().status(), StatusCode::OK);
    assert!(!ehr.records().sign_ins[0].live);
}

#[tokio::test]
async fn a_client_with_a_key_is_let_in_by_a_fresh_signature() {
    for signer in [Signer::es384(), Signer::rsa(jsonwebtoken::Algorithm::RS384)] {
        let bench = Bench::speaking(only(Credential::Keys(signer.jwks())), Ways::default()).await;
        let ehr = bench.source();
        let (launch, code) = code_for(ehr, APP, REDIRECT).await;
        let form = bare(&launch, &code);
        let proof = signer.assertion(ehr, APP);
        let signed =
            [form, vec![("client_assertion_type", TYPE), ("client_assertion", proof.as_str())]].concat();
        let answer = redeem(ehr, &signed).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
        // The same assertion again, with a grant that is good in itself.
        let tokens: Value = answer.json().await.unwrap();
        let again = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
            ("client_assertion_type", TYPE),
            ("client_assertion", proof.as_str()),
        ];
        refused(redeem(ehr, &again).await).await;
        let fresh = signer.assertion(ehr, APP);
        let again =
            again.map(|(name, value)| (name, if name == "client_assertion" { &fresh } else { value }));
        assert_eq!(redeem(ehr, &again).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn the_keys_of_a_client_are_fetched_from_where_it_said() {
    let signer = Signer::es384();
    let (place, asked) = serve_keys(signer.jwks()).await;
    let keys = Credential::KeysAt(place.parse().unwrap());
    let bench = Bench::speaking(only(keys), Ways::default()).await;
    let ehr = bench.source();
    let (launch, code) = code_for(ehr, APP, REDIRECT).await;
    let header = jsonwebtoken::Header { jku: Some(place), ..signer.header() };
    let elsewhere =
        jsonwebtoken::Header { jku: Some("http://127.0.0.1:9/jwks.json".to_owned()), ..signer.header() };
    let form = |proof: String| {
        let mut form: Vec<(String, String)> =
            bare(&launch, &code).into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        form.push(("client_assertion_type".to_owned(), TYPE.to_owned()));
        form.push(("client_assertion".to_owned(), proof));
        client().post(link(ehr, "oauth/token")).form(&form)
    };
    let claims = || Signer::claims(ehr, APP);
    refused(form(signer.sign_as(&elsewhere, &claims())).send().await.unwrap()).await;
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    let answer = form(signer.sign_as(&header, &claims())).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_ehr_for_confidential_clients_turns_a_public_one_away_at_the_first_page() {
    let strict = Clients { kinds: [ClientKind::Asymmetric].into(), ..Clients::default() };
    let bench = Bench::speaking(ways(strict), Ways::default()).await;
    let page = Page::of(Launch::new(bench.source(), SCOPE).open().await).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.html.contains("not let in here"), "{}", page.html);
}

#[tokio::test]
async fn a_fixed_redirect_is_good_at_its_own_port_only() {
    let fixed = "http://127.0.0.1:8642/callback/desk";
    let app = Client::app(APP, "Desk App", Credential::None).at_exactly([fixed.to_owned()]);
    let clients = Clients { known: vec![app], ..Clients::default() };
    let bench = Bench::speaking(ways(clients), Ways::default()).await;
    let launch = async |uri: &str| {
        Launch::new(bench.source(), SCOPE).with("client_id", APP).with("redirect_uri", uri).open().await
    };
    assert_eq!(launch(fixed).await.status(), StatusCode::OK);
    let other = launch("http://127.0.0.1:8643/callback/desk").await;
    assert_eq!(other.status(), StatusCode::BAD_REQUEST);
    assert!(!other.headers().contains_key("location"));
}

async fn register(ehr: &Ehr, metadata: &Value) -> Response {
    client().post(link(ehr, "oauth/register")).json(metadata).send().await.unwrap()
}

#[tokio::test]
async fn an_app_registers_itself_and_is_let_in() {
    let bench = Bench::speaking(ways(Clients::registering([ClientKind::Public])), Ways::default()).await;
    let ehr = bench.source();
    let answer = register(
        ehr,
        &json!({
            "client_name": "Walk-in App",
            "redirect_uris": ["http://127.0.0.1/callback/here"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": SCOPE,
            "made_up_member": true
        }),
    )
    .await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let registered: Value = answer.json().await.unwrap();
    assert!(registered["client_id_issued_at"].is_i64());
    assert_eq!(registered["redirect_uris"], json!(["http://127.0.0.1/callback/here"]));
    assert!(registered.get("client_secret").is_none() && registered.get("made_up_member").is_none());
    let id = registered["client_id"].as_str().unwrap();

    // Any port of the registered address (RFC 8252 §7.3), and the name that it gave itself on the page.
    let redirect = "http://127.0.0.1:40404/callback/here";
    let launch = Launch::new(ehr, SCOPE).with("client_id", id).with("redirect_uri", redirect);
    let person = Person::of(ehr, "Paul Tindall");
    assert!(person.reaches_decision(&launch, None).await.html.contains("Walk-in App"));
    let code = person.allows(&launch, None).await.code();
    let form =
        launch.token_form(&code).map(|(name, value)| (name, if name == "client_id" { id } else { value }));
    assert_eq!(redeem(ehr, &form).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_registered_secret_is_told_once_and_works() {
    let bench = Bench::speaking(ways(Clients::registering([ClientKind::Symmetric])), Ways::default()).await;
    let ehr = bench.source();
    // Without a method RFC 7591 means client_secret_basic.
    let answer = register(ehr, &json!({ "redirect_uris": [REDIRECT] })).await;
    let registered: Value = answer.json().await.unwrap();
    assert_eq!(registered["client_secret_expires_at"], 0);
    let (id, secret) =
        (registered["client_id"].as_str().unwrap(), registered["client_secret"].as_str().unwrap());
    let (launch, code) = code_for(ehr, id, REDIRECT).await;
    assert_eq!(with_basic(ehr, &bare(&launch, &code), id, secret).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn bad_registrations_are_refused_and_leave_nothing() {
    let kinds = [ClientKind::Public, ClientKind::Asymmetric];
    let bench = Bench::speaking(ways(Clients::registering(kinds)), Ways::default()).await;
    let keys = Signer::es384().jwks();
    let good = json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none" });
    for (error, changes) in [
        ("invalid_redirect_uri", json!({ "redirect_uris": [] })),
        ("invalid_redirect_uri", json!({ "redirect_uris": ["https://app.example/callback"] })),
        ("invalid_redirect_uri", json!({ "redirect_uris": [REDIRECT, "http://localhost/callback/a"] })),
        ("invalid_redirect_uri", json!({ "redirect_uris": ["http://127.0.0.1/callback/a?next=x"] })),
        ("invalid_client_metadata", json!({ "redirect_uris": "here" })),
        ("invalid_client_metadata", json!({ "token_endpoint_auth_method": "client_secret_post" })),
        ("invalid_client_metadata", json!({ "token_endpoint_auth_method": "client_secret_basic" })),
        ("invalid_client_metadata", json!({ "grant_types": ["password"] })),
        ("invalid_client_metadata", json!({ "grant_types": ["client_credentials"] })),
        ("invalid_client_metadata", json!({ "response_types": ["token"] })),
        ("invalid_client_metadata", json!({ "jwks": keys })),
        ("invalid_client_metadata", json!({ "token_endpoint_auth_method": "private_key_jwt" })),
        (
            "invalid_client_metadata",
            json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": keys, "jwks_uri": "http://127.0.0.1/k" }),
        ),
        (
            "invalid_client_metadata",
            json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/k" }),
        ),
        (
            "invalid_client_metadata",
            json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [{ "kty": "EC", "d": "x" }] } }),
        ),
    ] {
        let mut metadata = good.clone();
        metadata.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let answer = register(bench.source(), &metadata).await;
        oauth_error(answer, StatusCode::BAD_REQUEST, error).await;
    }
    assert_eq!(register(bench.source(), &good).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn nobody_registers_where_that_is_not_offered() {
    let bench = Bench::start().await;
    let answer = register(bench.source(), &json!({ "redirect_uris": [REDIRECT] })).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let document: Value = client()
        .get(format!("{}/.well-known/smart-configuration", bench.source().base()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(document.get("registration_endpoint").is_none());
}
