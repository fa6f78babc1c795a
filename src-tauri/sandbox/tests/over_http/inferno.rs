//! The checks of Inferno's SMART App Launch server suites, asked of the practice EHRs.
//!
//! Each test names the ids that it re-expresses (suites `smart_stu2_2` and its backend services group). Checks of TLS have
//! no counterpart here: the practice EHRs answer on the loopback only.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use consentry_sandbox::{Client, Credential, Ehr};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Session, client, get_fhir, link, redeem},
    person::{Launch, Person},
    signer::{Signer, TYPE},
};

const SCOPE: &str = "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Observation.rs";

async fn json(place: &str) -> Value {
    let answer = client().get(place).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{place}");
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/json"), "{kind}");
    answer.json().await.unwrap()
}

async fn smart_configuration(ehr: &Ehr) -> Value {
    json(&format!("{}/.well-known/smart-configuration", ehr.base())).await
}

/// A launch and the answer of the token endpoint.
async fn launched(ehr: &Ehr) -> (Launch, Response) {
    let launch = Launch::new(ehr, SCOPE);
    let callback = Person::of(ehr, "Paul Tindall").allows(&launch, None).await;
    let code = callback.code();
    let answer = redeem(ehr, &launch.token_form(&code)).await;
    (launch, answer)
}

async fn session(ehr: &Ehr) -> Session {
    Session { reply: launched(ehr).await.1.json().await.unwrap() }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is no text in {value}"))
}

fn list<'a>(value: &'a Value, name: &str) -> Vec<&'a str> {
    let list = value[name].as_array().unwrap_or_else(|| panic!("{name} is no list in {value}"));
    list.iter().map(|one| one.as_str().unwrap()).collect()
}

/// `well_known_endpoint`, `well_known_capabilities_stu2`
#[tokio::test]
async fn the_smart_configuration_has_what_is_required() {
    let bench = Bench::start().await;
    let configuration = smart_configuration(bench.source()).await;
    for endpoint in ["authorization_endpoint", "token_endpoint", "issuer", "jwks_uri"] {
        assert!(url::Url::parse(text(&configuration, endpoint)).is_ok(), "{endpoint}");
    }
    assert!(list(&configuration, "grant_types_supported").contains(&"authorization_code"));
    let methods = list(&configuration, "code_challenge_methods_supported");
    assert!(methods.contains(&"S256") && !methods.contains(&"plain"));
    let capabilities = list(&configuration, "capabilities");
    for one in ["launch-standalone", "client-public", "context-standalone-patient", "permission-patient"] {
        assert!(capabilities.contains(&one), "{one}");
    }
    assert!(capabilities.contains(&"sso-openid-connect"), "so issuer and jwks_uri are required");
}

/// `smart_app_redirect_stu2`, `smart_code_received`
#[tokio::test]
async fn a_standalone_launch_brings_a_code_and_the_state_back() {
    let bench = Bench::start().await;
    let launch = Launch::new(bench.source(), SCOPE);
    let callback = Person::of(bench.source(), "Paul Tindall").allows(&launch, None).await;
    assert!(callback.get("error").is_none());
    assert!(!callback.code().is_empty());
    assert_eq!(callback.get("state"), launch.parameters.get("state").map(String::as_str));
}

/// `smart_token_exchange_stu2_2`, `smart_token_response_body_stu2_2`, `smart_token_response_headers`
#[tokio::test]
async fn the_token_answer_has_the_right_body_and_headers() {
    let bench = Bench::start().await;
    let (_, answer) = launched(bench.source()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["cache-control"].to_str().unwrap().contains("no-store"));
    assert!(answer.headers()["pragma"].to_str().unwrap().contains("no-cache"));
    let body: Value = answer.json().await.unwrap();
    for member in ["access_token", "token_type", "scope", "refresh_token", "patient", "id_token"] {
        assert!(!text(&body, member).is_empty(), "{member}");
    }
    assert!(text(&body, "token_type").eq_ignore_ascii_case("bearer"));
    assert!(body["expires_in"].is_i64());
    let path = format!("Patient/{}", text(&body, "patient"));
    let read = get_fhir(bench.source(), &path, text(&body, "access_token"));
    assert_eq!(read.await.status(), StatusCode::OK);
}

/// `smart_openid_decode_id_token`, `smart_openid_retrieve_configuration`,
/// `smart_openid_required_configuration_fields`, `smart_openid_retrieve_jwks`, `smart_openid_token_header`,
/// `smart_openid_token_payload`, `smart_openid_fhir_user_claim`
#[tokio::test]
async fn the_id_token_can_be_verified_by_what_its_issuer_publishes() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let session = session(ehr).await;
    let id_token = text(&session.reply, "id_token");
    let header = jsonwebtoken::decode_header(id_token).unwrap();
    assert_eq!(header.alg, Algorithm::RS256);
    let payload = id_token.split('.').nth(1).unwrap();
    let unverified: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();

    let issuer = text(&unverified, "iss");
    let provider = json(&format!("{issuer}/.well-known/openid-configuration")).await;
    assert_eq!(text(&provider, "issuer"), issuer);
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        assert!(url::Url::parse(text(&provider, endpoint)).is_ok(), "{endpoint}");
    }
    assert!(list(&provider, "response_types_supported").contains(&"code"));
    assert!(!list(&provider, "subject_types_supported").is_empty());
    assert!(list(&provider, "id_token_signing_alg_values_supported").contains(&"RS256"));

    let keys: JwkSet = serde_json::from_value(json(text(&provider, "jwks_uri")).await).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&["consentry"]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims = jsonwebtoken::decode::<Value>(id_token, &DecodingKey::from_jwk(key).unwrap(), &rules);
    let claims = claims.unwrap().claims;
    assert!(claims["iat"].is_i64());
    let sub = text(&claims, "sub");
    assert!(!sub.is_empty() && sub.len() < 256 && sub.is_ascii());

    let user = text(&claims, "fhirUser").strip_prefix(ehr.base().as_str()).unwrap().trim_start_matches('/');
    let kinds = ["Patient/", "RelatedPerson/", "Practitioner/", "PractitionerRole/", "Person/"];
    assert!(kinds.iter().any(|kind| user.starts_with(kind)), "{user}");
    assert_eq!(get_fhir(ehr, user, session.access()).await.status(), StatusCode::OK);
}

/// `smart_token_refresh`, `smart_token_refresh_body_stu2`, with and without scopes
#[tokio::test]
async fn a_refresh_works_with_scopes_and_without() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let session = session(ehr).await;
    let mut refresh = session.refresh().to_owned();
    for scope in [Some(text(&session.reply, "scope").to_owned()), None] {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("client_id", "consentry"),
        ];
        form.extend(scope.as_deref().map(|scope| ("scope", scope)));
        let answer = redeem(ehr, &form).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers()["cache-control"].to_str().unwrap().contains("no-store"));
        assert!(answer.headers()["pragma"].to_str().unwrap().contains("no-cache"));
        let body: Value = answer.json().await.unwrap();
        assert_ne!(text(&body, "access_token"), session.access());
        assert!(text(&body, "token_type").eq_ignore_ascii_case("bearer"));
        assert_eq!(text(&body, "scope"), text(&session.reply, "scope"));
        assert_eq!(get_fhir(ehr, "Patient", text(&body, "access_token")).await.status(), StatusCode::OK);
        refresh = text(&body, "refresh_token").to_owned();
    }
}

/// `smart_token_introspection_stu2_2`: response of an active and of an invalid token
#[tokio::test]
async fn introspection_agrees_with_the_token_answer() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let session = session(ehr).await;
    let ask = async |token: &str| -> Value {
        let request = client().post(link(ehr, "oauth/introspect")).bearer_auth(session.access());
        request.form(&[("token", token)]).send().await.unwrap().json().await.unwrap()
    };
    let told = ask(session.access()).await;
    assert_eq!(told["active"], true);
    assert_eq!(text(&told, "client_id"), "consentry");
    for member in ["scope", "patient"] {
        assert_eq!(told[member], session.reply[member], "{member}");
    }
    let payload = text(&session.reply, "id_token").split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    for member in ["iss", "sub", "fhirUser"] {
        assert_eq!(told[member], claims[member], "{member}");
    }
    assert!(told["exp"].is_i64());
    assert_eq!(ask("invalid_token_value").await, json!({ "active": false }));
}

/// `smart_backend_services_invalid_grant_type`, `smart_backend_services_invalid_client_assertion`,
/// `smart_backend_services_invalid_jwt`, `smart_backend_services_auth_request_success`,
/// `smart_backend_services_auth_response_body`
#[tokio::test]
async fn backend_services_refuse_what_is_wrong_and_answer_what_is_right() {
    for signer in [Signer::es384(), Signer::rsa(Algorithm::RS384)] {
        let bench = Bench::start().await;
        let ehr = bench.source();
        let keys = Credential::Keys(signer.jwks());
        ehr.register(&Client::backend("inferno-like", "Suite", keys, "system/*.rs")).unwrap();
        let good = |proof: String| {
            vec![
                ("grant_type".to_owned(), "client_credentials".to_owned()),
                ("scope".to_owned(), "system/Patient.rs".to_owned()),
                ("client_assertion_type".to_owned(), TYPE.to_owned()),
                ("client_assertion".to_owned(), proof),
            ]
        };
        let send = async |form: Vec<(String, String)>, change: (&str, &str)| {
            let form: Vec<(String, String)> = form
                .into_iter()
                .map(
                    |(name, value)| {
                        if name == change.0 { (name, change.1.to_owned()) } else { (name, value) }
                    },
                )
                .collect();
            client().post(link(ehr, "oauth/token")).form(&form).send().await.unwrap()
        };
        let fresh = || good(signer.assertion(ehr, "inferno-like"));
        let wrong_grant = send(fresh(), ("grant_type", "not_a_grant_type")).await;
        assert_eq!(wrong_grant.status(), StatusCode::BAD_REQUEST);
        let wrong_type = send(fresh(), ("client_assertion_type", "not_an_assertion_type")).await;
        assert_eq!(wrong_type.status(), StatusCode::BAD_REQUEST);
        let wrong_issuer = signer.sign(&{
            let mut claims = Signer::claims(ehr, "inferno-like");
            claims["iss"] = json!("not_a_valid_iss");
            claims
        });
        let wrong_jwt = send(good(wrong_issuer), ("", "")).await;
        assert!(matches!(wrong_jwt.status(), StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED));
        assert_eq!(text(&wrong_jwt.json().await.unwrap(), "error"), "invalid_client");

        let answer = send(fresh(), ("", "")).await;
        assert!(matches!(answer.status(), StatusCode::OK | StatusCode::CREATED));
        let body: Value = answer.json().await.unwrap();
        for member in ["access_token", "token_type", "expires_in", "scope"] {
            assert!(!body[member].is_null(), "{member}");
        }
        assert_eq!(get_fhir(ehr, "Patient", text(&body, "access_token")).await.status(), StatusCode::OK);
    }
}
