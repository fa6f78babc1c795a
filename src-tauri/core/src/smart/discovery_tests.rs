//! What different servers say of themselves, and what is made of it.

use serde_json::{Value, json};

use super::{DiscoveryError, Endpoints, Features, S256, discover};
use crate::{
    ehr::{Ability, FhirBase},
    http::HttpError,
    smart::{
        client::ClientKind,
        syntax::ScopeSyntax,
        testing::{Act, Server, http},
    },
    version::FhirVersion,
};

/// An EHR whose documents are given; `null` is 404. `BASE` in them becomes its FHIR base.
async fn ehr(configuration: Value, metadata: Value, openid: Value) -> Server {
    Server::start(move |seen| {
        let base = format!("http://{}/r4", seen.header("host").unwrap());
        let document = match seen.target.as_str() {
            "/r4/.well-known/smart-configuration" => &configuration,
            "/r4/metadata" => &metadata,
            "/r4/.well-known/openid-configuration" => &openid,
            _ => &Value::Null,
        };
        if document.is_null() {
            return Act::http(404, "", b"");
        }
        Act::http(
            200,
            "Content-Type: application/json\r\n",
            document.to_string().replace("BASE", &base).as_bytes(),
        )
    })
    .await
}

fn configuration() -> Value {
    json!({
        "issuer": "BASE", "jwks_uri": "BASE/jwks", "authorization_endpoint": "BASE/authorize", "token_endpoint": "BASE/token",
        "revocation_endpoint": "BASE/revoke", "code_challenge_methods_supported": ["S256"],
        "capabilities": ["launch-standalone", "permission-offline"], "scopes_supported": ["openid", "patient/*.rs"],
        "authorization_response_iss_parameter_supported": true
    })
}

fn metadata() -> Value {
    json!({
        "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "implementation": {"description": "Spruce Harbor Clinic"},
        "rest": [{"mode": "server",
            "operation": [{"name": "jwt"}, {"name": "connect"}],
            "resource": [
                {"type": "Consent", "interaction": [{"code": "create"}], "operation": [{"name": "authorize"}, {"name": "authorizations"}, {"name": "revokeAuthorization"}]},
                {"type": "AuditEvent", "interaction": [{"code": "search-type"}]}]}]
    })
}

/// The good configuration with one member changed; `null` takes it out.
fn with(name: &str, value: Value) -> Value {
    let mut document = configuration();
    if value.is_null() {
        document.as_object_mut().unwrap().remove(name);
    } else {
        document[name] = value;
    }
    document
}

async fn ask(server: &Server) -> Result<Features, DiscoveryError> {
    discover(&http(&[server]), &FhirBase::new(server.url("r4"))).await
}

async fn found(configuration: Value, metadata: Value) -> Result<Features, DiscoveryError> {
    ask(&ehr(configuration, metadata, Value::Null).await).await
}

#[tokio::test]
async fn a_complete_ehr_has_all_abilities() {
    let server = ehr(configuration(), metadata(), Value::Null).await;
    let features = ask(&server).await.unwrap();
    let base = server.url("r4").to_string();
    assert_eq!(features.name, "Spruce Harbor Clinic");
    assert_eq!(features.fhir, FhirVersion::R4);
    assert_eq!(features.abilities, Ability::ALL);
    assert_eq!(features.scopes_supported, ["openid", "patient/*.rs"]);
    assert_eq!(
        features.endpoints,
        Endpoints {
            issuer: Some(base.clone()),
            authorize: server.url("r4/authorize"),
            token: server.url("r4/token"),
            revoke: Some(server.url("r4/revoke")),
            jwks: Some(server.url("r4/jwks")),
            manage: None,
            iss_promised: true,
            s256: S256::Announced,
            says_who: false,
        }
    );
    assert!(server.seen().iter().all(|seen| seen.method == "GET" && seen.header("authorization").is_none()));
}

#[tokio::test]
async fn abilities_are_what_is_declared() {
    let bare =
        json!({"issuer": "BASE", "jwks_uri": "jwks", "authorization_endpoint": "a", "token_endpoint": "t"});
    let empty = json!({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"});
    let features = found(bare, empty).await.unwrap();
    assert_eq!(features.abilities, [Ability::SignIn]);
    assert!(features.name.starts_with("127.0.0.1:"), "without a name it is the host");
    let ehr_launch_only = found(with("capabilities", json!(["launch-ehr"])), metadata()).await.unwrap();
    assert!(!ehr_launch_only.abilities.contains(&Ability::SignIn));
    let no_keys = found(with("jwks_uri", Value::Null), metadata()).await.unwrap();
    assert!(no_keys.abilities.contains(&Ability::SignIn), "an older server can be signed in to");
    assert!(!no_keys.endpoints.says_who, "but who signed in is not proven");
}

#[tokio::test]
async fn relative_addresses_start_at_the_fhir_base() {
    for (written, path) in [("oauth/token", "r4/oauth/token"), ("/oauth/token", "oauth/token"), ("../t", "t")]
    {
        let server = ehr(with("token_endpoint", json!(written)), metadata(), Value::Null).await;
        assert_eq!(ask(&server).await.unwrap().endpoints.token, server.url(path), "{written}");
    }
}

#[tokio::test]
async fn sign_in_protection_that_excludes_s256_is_too_weak() {
    for methods in [json!(["plain"]), json!([]), json!(["s256"])] {
        let weak = found(with("code_challenge_methods_supported", methods.clone()), metadata()).await;
        assert_eq!(weak.err(), Some(DiscoveryError::Weak), "{methods}");
    }
    let both =
        found(with("code_challenge_methods_supported", json!(["plain", "S256"])), metadata()).await.unwrap();
    assert_eq!(both.endpoints.s256, S256::Announced);
    let silent = found(with("code_challenge_methods_supported", Value::Null), metadata()).await.unwrap();
    assert_eq!(silent.endpoints.s256, S256::NotSaid);
    assert!(!silent.abilities.contains(&Ability::ProtectedSignIn));
}

#[tokio::test]
async fn the_old_extension_is_used_when_there_is_no_configuration() {
    let mut old = metadata();
    old["rest"][0]["security"] = json!({"extension": [{"url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", "extension": [
        {"url": "authorize", "valueUri": "BASE/old/auth"}, {"url": "token", "valueUri": "BASE/old/token"}]}]});
    let server = ehr(Value::Null, old.clone(), Value::Null).await;
    let features = ask(&server).await.unwrap();
    assert_eq!(features.endpoints.authorize, server.url("r4/old/auth"));
    assert_eq!((&features.endpoints.issuer, features.endpoints.s256), (&None, S256::NotSaid));
    assert!(features.abilities.contains(&Ability::SignIn) && !features.endpoints.says_who);
    // With an OpenID document beside it there is an issuer, too.
    let server = ehr(Value::Null, old, json!({"issuer": "BASE", "jwks_uri": "BASE/keys"})).await;
    let features = ask(&server).await.unwrap();
    assert_eq!(features.endpoints.jwks, Some(server.url("r4/keys")));
    assert!(features.abilities.contains(&Ability::SignIn));
}

#[tokio::test]
async fn the_issuers_own_document_knows_its_keys_best() {
    let server =
        ehr(configuration(), metadata(), json!({"issuer": "BASE", "jwks_uri": "BASE/own-keys"})).await;
    assert_eq!(ask(&server).await.unwrap().endpoints.jwks, Some(server.url("r4/own-keys")));
}

#[tokio::test]
async fn settings_that_contradict_each_other_are_refused() {
    let other_issuer = ehr(configuration(), metadata(), json!({"issuer": "https://other.example"})).await;
    assert_eq!(ask(&other_issuer).await.err(), Some(DiscoveryError::Contradicts));
    let other_token = json!({"issuer": "BASE", "authorization_endpoint": "BASE/authorize", "token_endpoint": "BASE/elsewhere"});
    let collects_codes = ehr(configuration(), metadata(), other_token).await;
    assert_eq!(ask(&collects_codes).await.err(), Some(DiscoveryError::Contradicts));
    for own in [
        "BASE/authorize?client_id=x",
        "BASE/authorize?redirect_uri=http://evil",
        "BASE/authorize?a=1&state=x",
    ] {
        assert_eq!(
            found(with("authorization_endpoint", json!(own)), metadata()).await.err(),
            Some(DiscoveryError::Contradicts),
            "{own}"
        );
    }
    assert!(
        found(with("authorization_endpoint", json!("BASE/authorize?tenant=7")), metadata()).await.is_ok()
    );
}

#[tokio::test]
async fn two_ehrs_that_share_the_page_but_not_the_codes_mix_up() {
    let own = found(configuration(), metadata()).await.unwrap().endpoints;
    let mut other = own.clone();
    assert!(!own.mixes_up_with(&other));
    other.token = "https://evil.example/token".parse().unwrap();
    assert!(own.mixes_up_with(&other));
    other.authorize = "https://evil.example/authorize".parse().unwrap();
    assert!(!own.mixes_up_with(&other));
}

#[tokio::test]
async fn unprotected_or_odd_endpoints_are_refused() {
    for (member, address, error) in [
        ("token_endpoint", "http://ehr.example/token", HttpError::NotSecure),
        ("authorization_endpoint", "http://ehr.example/a", HttpError::NotSecure),
        ("authorization_endpoint", "file:///etc/passwd", HttpError::NotAnAddress),
        ("authorization_endpoint", "javascript:alert(1)", HttpError::NotAnAddress),
        ("authorization_endpoint", "smb://ehr.example/x", HttpError::NotSecure),
        ("authorization_endpoint", "https://ehr.example/a#x", HttpError::NotAnAddress),
        ("authorization_endpoint", "https://u:p@ehr.example/a", HttpError::NotAnAddress),
        ("jwks_uri", "http://keys.example/", HttpError::NotSecure),
        ("revocation_endpoint", "ftp://ehr.example/", HttpError::NotSecure),
    ] {
        assert_eq!(
            found(with(member, json!(address)), metadata()).await.err(),
            Some(DiscoveryError::Http(error)),
            "{address}"
        );
    }
}

#[tokio::test]
async fn every_release_that_is_spoken_is_found() {
    for (version, fhir) in [
        ("3.0.2", FhirVersion::Stu3),
        ("4.0.0", FhirVersion::R4),
        ("4.3.0", FhirVersion::R4b),
        ("5.0.0", FhirVersion::R5),
    ] {
        let mut other = metadata();
        other["fhirVersion"] = json!(version);
        assert_eq!(found(configuration(), other).await.unwrap().fhir, fhir);
    }
}

#[tokio::test]
async fn other_versions_are_named() {
    for version in ["1.0.2", "6.0.0-ballot3"] {
        let mut other = metadata();
        other["fhirVersion"] = json!(version);
        assert_eq!(
            found(configuration(), other).await.err(),
            Some(DiscoveryError::OtherVersion { found: version.into() })
        );
    }
}

#[tokio::test]
async fn what_is_no_ehr_is_told_from_trouble() {
    assert_eq!(found(Value::Null, Value::Null).await.err(), Some(DiscoveryError::NotAnEhr));
    assert_eq!(
        found(Value::Null, metadata()).await.err(),
        Some(DiscoveryError::NotAnEhr),
        "FHIR without sign-in"
    );
    assert_eq!(
        found(configuration(), json!({"resourceType": "Patient"})).await.err(),
        Some(DiscoveryError::NotAnEhr)
    );
    assert_eq!(
        found(configuration(), json!({"resourceType": "CapabilityStatement"})).await.err(),
        Some(DiscoveryError::NotAnEhr)
    );
    let portal =
        Server::start(|_| Act::http(200, "Content-Type: text/html\r\n", b"<html>Please sign in</html>"))
            .await;
    assert_eq!(ask(&portal).await.err(), Some(DiscoveryError::NotAnEhr));
    let trouble = Server::start(|_| Act::http(503, "", b"")).await;
    assert_eq!(ask(&trouble).await.err(), Some(DiscoveryError::Trouble));
}

#[tokio::test]
async fn a_configuration_that_is_kept_from_us_does_not_lead_to_the_older_way() {
    let mut old = metadata();
    old["rest"][0]["security"] = json!({"extension": [{"url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", "extension": [
        {"url": "authorize", "valueUri": "a"}, {"url": "token", "valueUri": "t"}]}]});
    let body = old.to_string();
    let server = Server::start(move |seen| match seen.target.as_str() {
        "/r4/metadata" => Act::http(200, "", body.as_bytes()),
        _ => Act::Hang,
    })
    .await;
    assert_eq!(
        ask(&server).await.err(),
        Some(DiscoveryError::Http(HttpError::Unreachable { written: true }))
    );
}

#[tokio::test]
async fn wrong_types_in_the_configuration_count_as_missing() {
    let odd = json!({
        "issuer": 7, "jwks_uri": [], "authorization_endpoint": "BASE/a", "token_endpoint": "BASE/t", "capabilities": "launch",
        "scopes_supported": [1, "openid"], "code_challenge_methods_supported": "S256", "revocation_endpoint": "", "x": {"y": []}
    });
    let features = found(odd, metadata()).await.unwrap();
    assert_eq!(
        (features.endpoints.issuer, features.endpoints.jwks, features.endpoints.revoke),
        (None, None, None)
    );
    assert_eq!(features.scopes_supported, ["openid"]);
    // Two members of one name could be read in two ways, so the document is not read at all.
    let server = Server::start(|seen| match seen.target.as_str() {
        "/r4/metadata" => Act::http(200, "", metadata().to_string().as_bytes()),
        _ => {
            Act::http(200, "", br#"{"token_endpoint":"a","token_endpoint":"b","authorization_endpoint":"c"}"#)
        }
    })
    .await;
    assert_eq!(ask(&server).await.err(), Some(DiscoveryError::NotAnEhr));
}

#[tokio::test]
async fn oversized_documents_end_at_their_limit() {
    let padded = with("x", json!("x".repeat(300 * 1024)));
    assert_eq!(found(padded, metadata()).await.err(), Some(DiscoveryError::Http(HttpError::TooLarge)));
    let mut large = metadata();
    large["text"] = json!("x".repeat(1024 * 1024));
    assert!(found(configuration(), large).await.is_ok(), "large CapabilityStatements are common");
}

#[tokio::test]
async fn the_older_and_the_oldest_spelling_of_the_extension_are_read() {
    for url in [
        "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        "https://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        "http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
    ] {
        let mut old = metadata();
        old["rest"][0]["security"] = json!({"extension": [{"url": url, "extension": [
            {"url": "authorize", "valueUri": "/auth"}, {"url": "token", "valueUri": "token"},
            {"url": "register", "valueUri": "register"}, {"url": "manage", "valueUri": "/my/apps"}]}]});
        let server = ehr(Value::Null, old, Value::Null).await;
        let features = ask(&server).await.unwrap();
        assert_eq!(features.endpoints.authorize, server.url("auth"), "{url}");
        assert_eq!(features.endpoints.token, server.url("r4/token"));
        assert_eq!(features.endpoints.manage, Some(server.url("my/apps")));
        assert_eq!(features.clients.register, Some(server.url("r4/register")));
        assert_eq!(features.scopes, ScopeSyntax::V1, "what is that old spells so");
    }
}

#[tokio::test]
async fn an_openid_document_about_something_else_on_the_host_says_nothing_about_the_ehr() {
    let mut old = metadata();
    old["rest"][0]["security"] = json!({"extension": [{"url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        "extension": [{"url": "authorize", "valueUri": "BASE/auth"}, {"url": "token", "valueUri": "BASE/token"}]}]});
    let portal = json!({"issuer": "https://login.example", "jwks_uri": "BASE/keys",
        "authorization_endpoint": "https://login.example/auth", "token_endpoint": "https://login.example/token",
        "authorization_response_iss_parameter_supported": true});
    let server = ehr(Value::Null, old, Value::Null).await;
    let plain = ask(&server).await.unwrap().endpoints;
    assert_eq!((plain.issuer, plain.jwks, plain.iss_promised), (None, None, false));
    let mut smart = with("issuer", Value::Null);
    smart.as_object_mut().unwrap().remove("jwks_uri");
    smart.as_object_mut().unwrap().remove("authorization_response_iss_parameter_supported");
    let server = ehr(smart, metadata(), portal).await;
    let found = ask(&server).await.unwrap().endpoints;
    assert_eq!((found.issuer, found.jwks, found.iss_promised, found.says_who), (None, None, false, false));
}

#[tokio::test]
async fn who_signed_in_must_be_proven_where_that_is_promised() {
    let says = async |capabilities: Value, openid: Value| {
        let server = ehr(with("capabilities", capabilities), metadata(), openid).await;
        ask(&server).await.unwrap().endpoints.says_who
    };
    assert!(says(json!(["launch-standalone", "sso-openid-connect"]), Value::Null).await);
    assert!(says(Value::Null, Value::Null).await, "issuer and keys, and nothing to the contrary");
    assert!(says(json!(["launch-standalone"]), json!({"issuer": "BASE", "jwks_uri": "BASE/jwks"})).await);
    assert!(!says(json!(["launch-standalone"]), Value::Null).await);
}

#[tokio::test]
async fn tells_how_apps_may_be_known() {
    let mut document = with("registration_endpoint", json!("/register"));
    document["token_endpoint_auth_methods_supported"] = json!(["client_secret_post", "private_key_jwt", 7]);
    document["token_endpoint_auth_signing_alg_values_supported"] = json!(["ES384"]);
    document["capabilities"] = json!(["launch-standalone"]);
    let server = ehr(document, metadata(), Value::Null).await;
    let clients = ask(&server).await.unwrap().clients;
    assert_eq!(clients.register, Some(server.url("register")));
    assert_eq!(clients.kinds, [ClientKind::Key]);
    assert_eq!(clients.algorithms, ["ES384"]);
    assert!(clients.takes(ClientKind::Key) && !clients.takes(ClientKind::Secret));
    // The key may be for clients that no person stands behind.
    let mut both = with("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]));
    both["capabilities"] = json!(["launch-standalone", "client-confidential-symmetric"]);
    assert_eq!(found(both, metadata()).await.unwrap().clients.kinds, [ClientKind::Secret]);
    let silent = found(configuration(), metadata()).await.unwrap().clients;
    assert!(silent.register.is_none() && silent.takes(ClientKind::Secret));
    for no_page in ["mailto:admin@ehr.example", "http://ehr.example/register", "javascript:alert(1)"] {
        let odd = found(with("registration_endpoint", json!(no_page)), metadata()).await.unwrap();
        assert_eq!(odd.clients.register, None, "{no_page}");
    }
}
