//! Whole sign-ins, with a browser that is a socket and EHRs that are honest or not.

use std::sync::{Arc, Mutex};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

use super::{Asked, Launch, LaunchError, TokenSet};
use crate::{
    ehr::{EhrId, FhirBase},
    http::{Http, HttpError},
    outside::Clock,
    secret::Secret,
    smart::{
        client::{CLIENT_ID, Credential, RedirectPolicy},
        client_key::{ClientKey, KeyAlgorithm},
        discovery::{Endpoints, Features, S256},
        id_token::{IdTokenError, Identity},
        jwks::Jwks,
        jwt::JwtError,
        reply::OAuthCode,
        scopes::Scopes,
        testing::{Act, Server, TestClock, TestKey, http},
    },
};

const NOW: i64 = 1_795_255_200;
const SCOPES: &str = "launch/patient openid fhirUser patient/Patient.rs";

fn clock() -> Arc<TestClock> {
    TestClock::at("2026-11-21T10:00:00Z")
}

fn pairs(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().into_owned().collect()
}

fn one(url: &Url, name: &str) -> String {
    let mut values = url.query_pairs().filter(|(own, _)| own == name);
    let value = values.next().unwrap_or_else(|| panic!("{name} is missing")).1.into_owned();
    assert!(values.next().is_none(), "{name} comes twice");
    value
}

/// An EHR that answers every token request with `reply`; `change` edits claims before they are signed.
struct Ehr {
    server: Server,
    nonce: Arc<Mutex<String>>,
}

impl Ehr {
    async fn with(reply: Value, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        let key = TestKey::fresh("k");
        let nonce = Arc::new(Mutex::new(String::new()));
        let own = Arc::clone(&nonce);
        let server = Server::start(move |seen| match seen.target.as_str() {
            "/jwks" => Act::json(200, &key.jwks()),
            "/token" => {
                let mut claims = json!({"iss": "https://issuer.example", "aud": "consentry", "sub": "u1", "iat": NOW, "exp": NOW + 300,
                    "nonce": own.lock().unwrap().clone(), "fhirUser": "Patient/p1"});
                change(&mut claims);
                let mut reply = reply.clone();
                if reply.get("id_token").is_none() {
                    reply["id_token"] = json!(key.sign(&claims).expose());
                }
                Act::json(200, &reply)
            }
            _ => Act::http(200, "", b""),
        })
        .await;
        Self { server, nonce }
    }

    async fn honest() -> Self {
        Self::with(reply(), |_| {}).await
    }

    fn features(&self) -> Features {
        Features {
            name: "Spruce Harbor Clinic".into(),
            fhir: crate::version::FhirVersion::R4,
            dialect: None,
            cavs: None,
            brands: None,
            describes: crate::ehr::Describes::Itself,
            operations: crate::smart::operations::Operations::default(),
            scopes: crate::smart::syntax::ScopeSyntax::V2Granular,
            endpoints: Endpoints {
                issuer: Some("https://issuer.example".into()),
                authorize: self.server.url("authorize?tenant=7"),
                token: self.server.url("token"),
                revoke: Some(self.server.url("revoke")),
                jwks: Some(self.server.url("jwks")),
                manage: None,
                iss_promised: false,
                s256: S256::Announced,
                says_who: true,
            },
            abilities: Vec::new(),
            scopes_supported: Vec::new(),
            clients: crate::smart::client::ClientsOffered::default(),
        }
    }

    async fn begin(&self, features: &Features) -> (Launch, Http) {
        let http = http(&[&self.server]);
        let base = FhirBase::new(self.server.url("r4/"));
        let (scopes, credential) = (Scopes::parse(SCOPES), Credential::public(CLIENT_ID));
        let asked = Asked { scopes: &scopes, credential: &credential, redirect: &RedirectPolicy::AnyPort };
        let launch =
            Launch::begin(&http, &EhrId::stored("e1"), &base, features, asked, &*clock()).await.unwrap();
        *self.nonce.lock().unwrap() = one(launch.page(), "nonce");
        (launch, http)
    }

    /// Signs in; the browser comes back with `answer` after the state.
    async fn sign_in(&self, answer: &str) -> Result<TokenSet, LaunchError> {
        self.sign_in_with(&self.features(), answer).await
    }

    async fn sign_in_with(&self, features: &Features, answer: &str) -> Result<TokenSet, LaunchError> {
        let (launch, http) = self.begin(features).await;
        come_back(launch.page(), answer).await;
        launch.finish(&http, &*clock()).await
    }

    fn to(&self, path: &str) -> usize {
        self.server.seen().iter().filter(|seen| seen.target == path).count()
    }
}

fn reply() -> Value {
    json!({"access_token": "acc-1", "token_type": "Bearer", "expires_in": "3600", "refresh_token": "ref-1", "patient": "p1",
        "scope": "patient/Patient.rs openid"})
}

/// What the browser does when the EHR sends it back.
async fn come_back(page: &Url, answer: &str) {
    let redirect = Url::parse(&one(page, "redirect_uri")).unwrap();
    let target = format!("{}?state={}&{answer}", redirect.path(), one(page, "state"));
    let host = format!("127.0.0.1:{}", redirect.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 303 "), "{response}");
}

#[tokio::test]
async fn the_page_asks_for_each_thing_exactly_once() {
    let ehr = Ehr::honest().await;
    let (launch, _) = ehr.begin(&ehr.features()).await;
    let page = launch.page();
    let mut names: Vec<String> = pairs(page).into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "aud",
            "client_id",
            "code_challenge",
            "code_challenge_method",
            "nonce",
            "redirect_uri",
            "response_type",
            "scope",
            "state",
            "tenant"
        ]
    );
    assert_eq!(one(page, "response_type"), "code");
    assert_eq!(one(page, "client_id"), "consentry");
    assert_eq!(one(page, "scope"), SCOPES);
    assert_eq!(one(page, "code_challenge_method"), "S256");
    assert_eq!(one(page, "aud"), ehr.server.url("r4").as_str(), "the base without a slash at its end");
    assert!(
        one(page, "redirect_uri").starts_with("http://127.0.0.1:")
            && one(page, "redirect_uri").ends_with("/callback/e1")
    );
    for (name, least) in [("state", 22), ("nonce", 22), ("code_challenge", 43)] {
        assert!(one(page, name).len() >= least, "{name}");
    }
    assert_eq!(launch.host(), ehr.server.origin.authority());
    assert_eq!(launch.until().to_string(), "2026-11-21T10:10:00Z");
    assert!(!format!("{launch:?}").contains("state"));
}

#[tokio::test]
async fn no_two_attempts_share_a_secret() {
    let ehr = Ehr::honest().await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let (launch, _) = ehr.begin(&ehr.features()).await;
        for name in ["state", "nonce", "code_challenge"] {
            assert!(seen.insert(one(launch.page(), name)));
        }
    }
}

#[tokio::test]
async fn signs_in_and_sends_the_code_once_with_the_verifier() {
    let ehr = Ehr::honest().await;
    let (launch, http) = ehr.begin(&ehr.features()).await;
    let page = launch.page().clone();
    come_back(&page, "code=x%26client_id%3Devil%20%2B").await;
    let set = launch.finish(&http, &*clock()).await.unwrap();
    assert_eq!(
        (set.access.expose(), set.refresh.unwrap().expose().to_owned()),
        ("acc-1", "ref-1".to_owned())
    );
    assert_eq!(set.expires_at.to_string(), "2026-11-21T11:00:00Z");
    assert_eq!(set.patient.as_deref(), Some("p1"));
    assert_eq!(set.scopes.to_string(), "patient/Patient.rs openid");
    assert_eq!(
        set.identity,
        Identity::Proven {
            issuer: "https://issuer.example".into(),
            subject: "u1".into(),
            fhir_user: Some("Patient/p1".into())
        }
    );
    let seen = ehr.server.seen().into_iter().find(|seen| seen.target == "/token").unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.header("content-type")),
        ("POST", Some("application/x-www-form-urlencoded"))
    );
    assert!(seen.header("authorization").is_none());
    let form = |name: &str| seen.form(name).unwrap();
    assert_eq!(form("grant_type"), "authorization_code");
    assert_eq!(form("code"), "x&client_id=evil +");
    assert_eq!(form("client_id"), "consentry");
    assert_eq!(form("redirect_uri"), one(&page, "redirect_uri"));
    let verifier = form("code_verifier");
    assert!(
        (43..=128).contains(&verifier.len())
            && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
    );
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)), one(&page, "code_challenge"));
    assert!(seen.form("client_secret").is_none());
    assert_eq!((ehr.to("/token"), ehr.to("/revoke")), (1, 0));
}

#[tokio::test]
async fn scopes_that_are_not_said_are_those_that_were_asked() {
    let mut silent = reply();
    silent.as_object_mut().unwrap().remove("scope");
    let set = Ehr::with(silent, |_| {}).await.sign_in("code=a").await.unwrap();
    assert_eq!(set.scopes.to_string(), SCOPES);
}

#[tokio::test]
async fn an_answer_from_another_issuer_stops_before_any_token_request() {
    let ehr = Ehr::honest().await;
    for iss in [
        "https%3A%2F%2Fevil.example",
        "https%3A%2F%2Fissuer.example%2F",
        "HTTPS%3A%2F%2Fissuer.example",
        "https%253A%252F%252Fissuer.example",
        "",
    ] {
        assert_eq!(
            ehr.sign_in(&format!("code=a&iss={iss}")).await.err(),
            Some(LaunchError::MixedUp),
            "{iss}"
        );
    }
    let mut promised = ehr.features();
    promised.endpoints.iss_promised = true;
    assert_eq!(
        ehr.sign_in_with(&promised, "code=a").await.err(),
        Some(LaunchError::MixedUp),
        "promised and missing"
    );
    assert_eq!(
        ehr.sign_in_with(&promised, "error=access_denied").await.err(),
        Some(LaunchError::MixedUp),
        "errors, too"
    );
    assert_eq!(ehr.to("/token"), 0);
    assert!(ehr.sign_in_with(&promised, "code=a&iss=https%3A%2F%2Fissuer.example").await.is_ok());
}

#[tokio::test]
async fn swapped_callbacks_of_two_sign_ins_are_noise() {
    let (one_ehr, other_ehr) = (Ehr::honest().await, Ehr::honest().await);
    let (first, _) = one_ehr.begin(&one_ehr.features()).await;
    let (second, _) = other_ehr.begin(&other_ehr.features()).await;
    let redirect = Url::parse(&one(first.page(), "redirect_uri")).unwrap();
    let host = format!("127.0.0.1:{}", redirect.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let target = format!("{}?code=a&state={}", redirect.path(), one(second.page(), "state"));
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 400 "));
    assert_eq!((one_ehr.to("/token"), other_ehr.to("/token")), (0, 0));
    drop((first, second));
}

#[tokio::test]
async fn the_servers_no_has_its_own_meaning() {
    let ehr = Ehr::honest().await;
    let said = Some("No, thank you".to_owned());
    for (error, meaning) in [
        ("access_denied", LaunchError::Cancelled { said: said.clone() }),
        ("unauthorized_client", LaunchError::AppUnknown { said: said.clone() }),
        ("invalid_scope", LaunchError::ScopesRefused { said: said.clone() }),
        ("temporarily_unavailable", LaunchError::Trouble { wait: None }),
        ("whatever", LaunchError::Refused { code: OAuthCode::Other, said }),
    ] {
        assert_eq!(
            ehr.sign_in(&format!("error={error}&error_description=No,+thank+you")).await.err(),
            Some(meaning),
            "{error}"
        );
    }
    assert_eq!(ehr.to("/token"), 0);
}

#[tokio::test]
async fn tokens_with_a_wrong_id_token_are_revoked_and_not_returned() {
    type Change = fn(&mut Value);
    let cases: [(Change, LaunchError); 6] = [
        (|c| c["nonce"] = json!("another"), LaunchError::NotConfirmed(IdTokenError::Nonce)),
        (|c| c["iss"] = json!("https://evil.example"), LaunchError::NotConfirmed(IdTokenError::Issuer)),
        (|c| c["aud"] = json!(["consentry", "other"]), LaunchError::NotConfirmed(IdTokenError::Audience)),
        (|c| c["sub"] = json!(""), LaunchError::NotConfirmed(IdTokenError::Subject)),
        (|c| c["at_hash"] = json!("x"), LaunchError::NotConfirmed(IdTokenError::Hash)),
        (
            |c| {
                c["iat"] = json!(NOW - 7200);
                c["exp"] = json!(NOW - 6900);
            },
            LaunchError::ClockWrong { minutes: 120 },
        ),
    ];
    for (change, error) in cases {
        let ehr = Ehr::with(reply(), change).await;
        assert_eq!(ehr.sign_in("code=a").await.err(), Some(error));
        let revoked = ehr.server.seen().into_iter().find(|seen| seen.target == "/revoke").unwrap();
        assert_eq!(
            (revoked.form("token").as_deref(), revoked.form("token_type_hint").as_deref()),
            (Some("ref-1"), Some("refresh_token"))
        );
    }
}

#[tokio::test]
async fn an_id_token_that_is_missing_or_foreign_is_not_confirmed() {
    let foreign = TestKey::fresh("k").sign(&json!({"iss": "https://issuer.example"}));
    for (id_token, error) in [
        (json!(null), IdTokenError::Missing),
        (json!("a.b.c"), IdTokenError::Jwt(JwtError::Malformed)),
        (json!(foreign.expose()), IdTokenError::Jwt(JwtError::Signature)),
    ] {
        let mut body = reply();
        body["id_token"] = id_token;
        assert_eq!(
            Ehr::with(body, |_| {}).await.sign_in("code=a").await.err(),
            Some(LaunchError::NotConfirmed(error))
        );
    }
    let ehr = Ehr::honest().await;
    let mut keyless = ehr.features();
    keyless.endpoints.jwks = None;
    assert_eq!(
        ehr.sign_in_with(&keyless, "code=a").await.err(),
        Some(LaunchError::NotConfirmed(IdTokenError::Issuer))
    );
}

#[tokio::test]
async fn a_patient_that_is_no_id_is_of_no_use_and_one_that_is_not_said_is_not_made_up() {
    for patient in [json!("../Patient/p1"), json!(7)] {
        let mut body = reply();
        body["patient"] = patient;
        let ehr = Ehr::with(body, |_| {}).await;
        assert_eq!(ehr.sign_in("code=a").await.err(), Some(LaunchError::NoPatient));
        assert_eq!(ehr.to("/revoke"), 1, "tokens that nobody wants are ended");
    }
    for patient in [json!(""), json!(null)] {
        let mut body = reply();
        body["patient"] = patient;
        assert_eq!(Ehr::with(body, |_| {}).await.sign_in("code=a").await.unwrap().patient, None);
    }
}

#[tokio::test]
async fn an_older_server_that_proves_nobody_can_be_signed_in_to_and_is_told_from_one_that_breaks_its_word() {
    let mut body = reply();
    body["id_token"] = json!(null);
    let ehr = Ehr::with(body, |_| {}).await;
    let mut older = ehr.features();
    (older.endpoints.issuer, older.endpoints.jwks, older.endpoints.says_who) = (None, None, false);
    let set = ehr.sign_in_with(&older, "code=a").await.unwrap();
    assert_eq!(set.identity, Identity::Unproven);
    assert!(ehr.sign_in_with(&older, "code=a&iss=https%3A%2F%2Fissuer.example").await.is_ok());
    let missing = ehr.sign_in("code=a").await.err();
    assert_eq!(missing, Some(LaunchError::NotConfirmed(IdTokenError::Missing)));
    // One that promises nothing and sends an id_token all the same is held to it where it can be checked.
    let ehr = Ehr::with(reply(), |claims| claims["nonce"] = json!("another")).await;
    let mut silent = ehr.features();
    silent.endpoints.says_who = false;
    let wrong = ehr.sign_in_with(&silent, "code=a").await.err();
    assert_eq!(wrong, Some(LaunchError::NotConfirmed(IdTokenError::Nonce)));
}

/// The token request of a sign-in as this app.
async fn as_app(credential: &Credential) -> crate::smart::testing::Seen {
    let ehr = Ehr::with(reply(), |claims| claims["aud"] = json!("app-7")).await;
    let (http, base) = (http(&[&ehr.server]), FhirBase::new(ehr.server.url("r4")));
    let scopes = Scopes::parse(SCOPES);
    let asked = Asked { scopes: &scopes, credential, redirect: &RedirectPolicy::AnyPort };
    let launch =
        Launch::begin(&http, &EhrId::stored("e1"), &base, &ehr.features(), asked, &*clock()).await.unwrap();
    assert_eq!(one(launch.page(), "client_id"), "app-7");
    *ehr.nonce.lock().unwrap() = one(launch.page(), "nonce");
    come_back(launch.page(), "code=a").await;
    launch.finish(&http, &*clock()).await.unwrap();
    ehr.server.seen().into_iter().find(|seen| seen.target == "/token").unwrap()
}

#[tokio::test]
async fn a_shared_secret_is_shown_in_the_header_and_nowhere_else() {
    let seen = as_app(&Credential::secret("app-7", Secret::new("s e:c%"))).await;
    // Form-encoded first: `app-7:s+e%3Ac%25`.
    assert_eq!(seen.header("authorization"), Some("Basic YXBwLTc6cytlJTNBYyUyNQ=="));
    for absent in ["client_id", "client_secret", "client_assertion", "client_assertion_type"] {
        assert_eq!(seen.form(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn a_key_signs_an_assertion_for_this_token_endpoint() {
    for algorithm in KeyAlgorithm::ALL {
        let key = ClientKey::of(algorithm, &ClientKey::fresh(algorithm).unwrap()).unwrap();
        let keys = Jwks::parse(json!({"keys": [key.public()]}).to_string().as_bytes()).unwrap();
        let seen = as_app(&Credential::key("app-7", Arc::new(key))).await;
        assert!(seen.header("authorization").is_none());
        assert_eq!(
            seen.form("client_assertion_type").as_deref(),
            Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        );
        let assertion = Secret::new(seen.form("client_assertion").unwrap());
        let claims = crate::smart::jwt::verify(&assertion, &keys).unwrap();
        assert_eq!(claims.text("sub"), Some("app-7"));
        let aud = format!("http://{}/token", seen.header("host").unwrap());
        assert_eq!(claims.text("aud"), Some(aud.as_str()));
        assert!(seen.form("client_id").is_none() && seen.form("client_secret").is_none());
    }
}

#[tokio::test]
async fn a_fixed_port_that_is_taken_leads_to_the_next_one_and_then_to_a_plain_word() {
    let ehr = Ehr::honest().await;
    let taken = [
        tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap(),
        tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap(),
    ];
    let ports: Vec<u16> = taken.iter().map(|one| one.local_addr().unwrap().port()).collect();
    let begin = async |ports: Vec<u16>| {
        let (scopes, credential) = (Scopes::parse(SCOPES), Credential::public(CLIENT_ID));
        let redirect = RedirectPolicy::FixedPorts(ports);
        let asked = Asked { scopes: &scopes, credential: &credential, redirect: &redirect };
        let (http, base) = (http(&[&ehr.server]), FhirBase::new(ehr.server.url("r4")));
        Launch::begin(&http, &EhrId::stored("e1"), &base, &ehr.features(), asked, &*clock()).await
    };
    let refused = begin(ports.clone()).await.err();
    assert_eq!(refused, Some(LaunchError::PortsTaken { ports: ports.clone() }));
    let [first, second] = taken;
    drop(second);
    let launch = begin(ports.clone()).await.unwrap();
    assert!(one(launch.page(), "redirect_uri").starts_with(&format!("http://127.0.0.1:{}/", ports[1])));
    drop(first);
}

#[tokio::test]
async fn a_code_whose_answer_was_lost_is_not_sent_again() {
    let server = Server::script(vec![]).await;
    let mut ehr = Ehr::honest().await;
    ehr.server = server;
    assert_eq!(
        ehr.sign_in("code=a").await.err(),
        Some(LaunchError::Http(HttpError::Unreachable { written: true }))
    );
    assert_eq!(ehr.to("/token"), 1);
}

#[tokio::test]
async fn refusals_of_the_token_endpoint_keep_their_meaning() {
    for (act, error) in [
        (
            Act::json(400, &json!({"error": "invalid_grant"})),
            LaunchError::Refused { code: OAuthCode::InvalidGrant, said: None },
        ),
        (Act::json(401, &json!({"error": "invalid_client"})), LaunchError::AppUnknown { said: None }),
        (Act::http(500, "", b"oops"), LaunchError::Trouble { wait: None }),
        (Act::http(200, "Content-Type: text/html\r\n", b"<html>"), LaunchError::Unreadable),
        (Act::http(307, "Location: /elsewhere\r\n", b""), LaunchError::Http(HttpError::Redirected)),
    ] {
        let mut ehr = Ehr::honest().await;
        ehr.server = Server::script(vec![act]).await;
        assert_eq!(ehr.sign_in("code=a").await.err(), Some(error));
        assert_eq!(ehr.server.seen().len(), 1);
    }
}

#[tokio::test]
async fn dropping_a_sign_in_closes_its_port() {
    let ehr = Ehr::honest().await;
    let (launch, _) = ehr.begin(&ehr.features()).await;
    let redirect = Url::parse(&one(launch.page(), "redirect_uri")).unwrap();
    let address = format!("127.0.0.1:{}", redirect.port().unwrap());
    assert!(TcpStream::connect(&address).await.is_ok());
    drop(launch);
    let began = std::time::Instant::now();
    while TcpStream::connect(&address).await.is_ok() {
        assert!(began.elapsed().as_secs() < 3, "still open");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_unprotected_page_is_never_made() {
    let ehr = Ehr::honest().await;
    let base = FhirBase::new(ehr.server.url("r4"));
    for page in ["http://ehr.example/authorize", "file:///etc/passwd", "https://u@ehr.example/"] {
        let mut features = ehr.features();
        features.endpoints.authorize = page.parse().unwrap();
        let (scopes, credential) = (Scopes::parse(SCOPES), Credential::public(CLIENT_ID));
        let asked = Asked { scopes: &scopes, credential: &credential, redirect: &RedirectPolicy::AnyPort };
        let http = http(&[&ehr.server]);
        let launch = Launch::begin(&http, &EhrId::fresh(), &base, &features, asked, &*clock()).await;
        assert!(
            matches!(launch.err(), Some(LaunchError::Http(HttpError::NotSecure | HttpError::NotAnAddress))),
            "{page}"
        );
    }
    assert!(clock().now().as_second() == NOW);
}
