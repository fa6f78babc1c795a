//! What is asked of a registration endpoint, and which answers are a registration.

use serde_json::{Value, json};

use super::{ClientKind, RegisterError, Registered, Wanted, redirects, register};
use crate::{
    ehr::EhrId,
    smart::testing::{Act, Server, http},
};

fn wanted(kind: ClientKind) -> Wanted {
    let jwks = (kind == ClientKind::Key).then(|| json!({"keys": [{"kty": "EC"}]}));
    Wanted { kind, redirects: redirects(&EhrId::stored("e1"), Some(&[49_813, 51_427])), jwks }
}

async fn ask(kind: ClientKind, act: Act) -> (Result<Registered, RegisterError>, Value) {
    let server = Server::script(vec![act]).await;
    let answer = register(&http(&[&server]), &server.url("register"), &wanted(kind)).await;
    let sent = server.seen().pop().map(|seen| serde_json::from_str(&seen.body).unwrap());
    (answer, sent.unwrap_or_default())
}

#[tokio::test]
async fn registers_a_native_app_with_its_redirects_and_its_way() {
    let answer = json!({"client_id": "c-1", "token_endpoint_auth_method": "private_key_jwt"});
    let (registered, sent) = ask(ClientKind::Key, Act::json(201, &answer)).await;
    let registered = registered.unwrap();
    assert_eq!((registered.client_id.as_str(), registered.kind), ("c-1", ClientKind::Key));
    assert!(registered.secret.is_none());
    assert_eq!(sent["application_type"], "native");
    assert_eq!(sent["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(
        sent["redirect_uris"],
        json!(["http://127.0.0.1:49813/callback/e1", "http://127.0.0.1:51427/callback/e1"])
    );
    assert_eq!(sent["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(sent["jwks"], json!({"keys": [{"kty": "EC"}]}));
    let (_, sent) = ask(ClientKind::Public, Act::json(201, &json!({"client_id": "c"}))).await;
    assert!(sent.get("jwks").is_none(), "keys are for those who asked for keys");
    assert_eq!(redirects(&EhrId::stored("e1"), None), ["http://127.0.0.1/callback/e1"]);
}

#[tokio::test]
async fn a_secret_is_taken_where_the_server_wants_one_and_prints_nowhere() {
    let answer = json!({"client_id": "c-1", "client_secret": "canary-s", "client_secret_expires_at": 0,
        "token_endpoint_auth_method": "client_secret_basic"});
    for kind in [ClientKind::Secret, ClientKind::Public] {
        let registered = ask(kind, Act::json(201, &answer)).await.0.unwrap();
        assert_eq!(registered.kind, ClientKind::Secret, "the server's word counts");
        assert_eq!(registered.secret.as_ref().unwrap().expose(), "canary-s");
        assert!(!format!("{registered:?}").contains("canary"));
    }
}

#[tokio::test]
async fn what_is_no_registration_of_this_app_is_refused() {
    for answer in [
        json!({}),
        json!({"client_id": ""}),
        json!({"client_id": 7}),
        json!({"client_id": "a\r\nX: 1"}),
        json!({"client_id": " a"}),
        json!({"client_id": "c", "token_endpoint_auth_method": "client_secret_post", "client_secret": "s"}),
        json!({"client_id": "c", "token_endpoint_auth_method": "tls_client_auth"}),
        json!({"client_id": "c", "token_endpoint_auth_method": "client_secret_basic"}),
        json!({"client_id": "c", "token_endpoint_auth_method": "private_key_jwt"}),
        json!({"client_id": "c", "redirect_uris": ["http://127.0.0.1:49813/callback/e1"]}),
        json!({"client_id": "c", "redirect_uris": ["https://evil.example/"]}),
        json!({"client_id": "c", "client_secret": "a\nb"}),
    ] {
        let (registered, _) = ask(ClientKind::Public, Act::json(201, &answer)).await;
        assert_eq!(registered.err(), Some(RegisterError::Unusable), "{answer}");
    }
    let (page, _) = ask(ClientKind::Public, Act::http(200, "Content-Type: text/html\r\n", b"<html>")).await;
    assert_eq!(page.err(), Some(RegisterError::Unusable));
}

#[tokio::test]
async fn a_no_is_told_from_trouble() {
    let words = json!({"error": "invalid_redirect_uri", "error_description": "no\u{202e} loopback"});
    let (refused, _) = ask(ClientKind::Public, Act::json(400, &words)).await;
    assert_eq!(refused.err(), Some(RegisterError::Refused { said: Some("no loopback".into()) }));
    let (closed, _) = ask(ClientKind::Public, Act::http(401, "", b"")).await;
    assert_eq!(closed.err(), Some(RegisterError::Refused { said: None }));
    for status in [429, 500, 503] {
        let (trouble, _) = ask(ClientKind::Public, Act::http(status, "", b"")).await;
        assert_eq!(trouble.err(), Some(RegisterError::Trouble));
    }
    let elsewhere = Act::http(307, "Location: https://evil.example/\r\n", b"");
    assert!(matches!(ask(ClientKind::Public, elsewhere).await.0, Err(RegisterError::Http(_))));
}
