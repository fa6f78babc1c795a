//! Adding a hospital: what answers at an address is looked at before anything is offered.

use std::{collections::HashMap, sync::Arc};

use consentry_core::{
    app::{App, PracticeEhr, Setup},
    ehr::Ability,
    outside::Outside,
    problem::What,
    vault::memory::MemoryVault,
    view::Mode,
};
use consentry_tests::{
    Bell, SystemClock,
    person::NoBrowser,
    quick,
    raw::{Raw, http},
    short,
};
use serde_json::{Value, json};
use url::Url;

const SMART: &str = "/fhir/.well-known/smart-configuration";
const METADATA: &str = "/fhir/metadata";
const OPENID: &str = "/.well-known/openid-configuration";

fn smart(own: &Url) -> Value {
    json!({
        "issuer": own.as_str().trim_end_matches('/'),
        "jwks_uri": own.join("jwks").expect("a place"),
        "authorization_endpoint": own.join("authorize").expect("a place"),
        "token_endpoint": own.join("token").expect("a place"),
        "capabilities": ["launch-standalone"],
        "code_challenge_methods_supported": ["S256"],
    })
}

fn metadata() -> Value {
    json!({
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "implementation": {"description": "Gull Point Clinic"},
        "rest": [{"mode": "server", "resource": [{"type": "Consent", "interaction": [{"code": "create"}]}]}],
    })
}

fn fhir(document: &Value) -> Vec<u8> {
    http(200, &["Content-Type: application/fhir+json"], document.to_string().as_bytes())
}

fn bytes(body: &[u8]) -> Vec<u8> {
    http(200, &["Content-Type: application/json"], body)
}

fn page() -> Vec<u8> {
    http(200, &["Content-Type: text/html"], b"<!doctype html><h1>Sign in to the guest network</h1>")
}

fn to(status: u16, place: &str) -> Vec<u8> {
    http(status, &[&format!("Location: {place}")], b"")
}

type Answer = Box<dyn Fn(&Url) -> Vec<u8> + Send + Sync>;

/// A hospital that is as it should be but for these places.
async fn hospital(odd: Vec<(&'static str, Answer)>) -> Raw {
    let odd: HashMap<&str, Answer> = odd.into_iter().collect();
    Raw::start(move |path, own| match (odd.get(path), path) {
        (Some(answer), _) => answer(own),
        (None, SMART) => fhir(&smart(own)),
        (None, METADATA) => fhir(&metadata()),
        _ => http(404, &[], b""),
    })
    .await
}

fn at(
    place: &'static str,
    answer: impl Fn(&Url) -> Vec<u8> + Send + Sync + 'static,
) -> (&'static str, Answer) {
    (place, Box::new(answer))
}

fn says(place: &'static str, answer: Vec<u8>) -> Vec<(&'static str, Answer)> {
    vec![at(place, move |_| answer.clone())]
}

/// The good SMART configuration with these members, `null` for none.
fn with(members: Value) -> Vec<(&'static str, Answer)> {
    vec![at(SMART, move |own| {
        let mut document = smart(own);
        for (name, value) in members.as_object().expect("members") {
            let value = value
                .as_str()
                .map_or(value.clone(), |text| json!(text.replace("OWN", own.as_str().trim_end_matches('/'))));
            match value {
                Value::Null => drop(document.as_object_mut().expect("a document").remove(name)),
                value => document[name] = value,
            }
        }
        fhir(&document)
    })]
}

async fn app(trusted: &[&Raw]) -> (App, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let practice = trusted.iter().map(|raw| PracticeEhr { base: raw.origin().clone(), logins: Vec::new() });
    let setup = Setup {
        mode: Mode::Real,
        practice: practice.collect(),
        lists: Vec::new(),
        pace: quick(),
        limits: short(),
    };
    let outside = Outside {
        clock: Arc::new(SystemClock),
        browser: Arc::new(NoBrowser),
        notify: Arc::new(Bell::default()),
        vault: Arc::new(MemoryVault::default()),
    };
    (App::open(folder.path(), setup, outside).await.expect("the app opens"), folder)
}

type Case = (&'static str, Vec<(&'static str, Answer)>, Result<(), What>);

async fn judge(cases: impl FnOnce(&Raw) -> Vec<Case>) {
    let trap = Raw::trap().await;
    let cases = cases(&trap);
    let mut hospitals = Vec::new();
    for (name, odd, expected) in cases {
        hospitals.push((name, hospital(odd).await, expected));
    }
    let trusted: Vec<&Raw> = hospitals.iter().map(|(_, raw, _)| raw).chain([&trap]).collect();
    let (app, _folder) = app(&trusted).await;
    for (name, raw, expected) in &hospitals {
        let found = app.ehr_probe(&raw.at("fhir")).await.map(drop).map_err(|p| p.what);
        assert_eq!(found, *expected, "{name}");
        assert!(raw.heads().iter().all(|h| !h.to_lowercase().contains("authorization:")), "{name}");
    }
    assert_eq!(trap.heads(), Vec::<String>::new(), "nobody was led elsewhere");
    assert!(app.view().expect("a view").ehrs.is_empty(), "looking adds nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ehr_is_called_so() {
    judge(|_| {
        let not = Err(What::NotAnEhr);
        let version = |text: &str| {
            let mut document = metadata();
            document["fhirVersion"] = json!(text);
            says(METADATA, fhir(&document))
        };
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes();
        let deep_inside = format!(r#"{{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","x":{}}}"#, String::from_utf8_lossy(&deep));
        vec![
            ("as it should be", Vec::new(), Ok(())),
            ("a guest network's page everywhere", vec![at(SMART, |_| page()), at(METADATA, |_| page())], not),
            ("a page for metadata", says(METADATA, page()), not),
            ("a page for the SMART configuration", says(SMART, page()), not),
            ("metadata not JSON", says(METADATA, bytes(b"fhirVersion: 4.0.1")), not),
            ("metadata empty", says(METADATA, bytes(b"")), not),
            ("metadata null", says(METADATA, bytes(b"null")), not),
            ("metadata with a BOM", says(METADATA, bytes(&[b"\xEF\xBB\xBF", metadata().to_string().as_bytes()].concat())), not),
            ("metadata not UTF-8", says(METADATA, bytes(b"{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"4.0.1\",\"x\":\"\xFF\"}")), not),
            ("two documents", says(METADATA, bytes(format!("{0}{0}", metadata()).as_bytes())), not),
            ("the version twice", says(METADATA, bytes(br#"{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0","fhirVersion":"4.0.1"}"#)), not),
            ("10,000 levels", says(METADATA, bytes(&deep)), not),
            ("10,000 levels inside", says(METADATA, bytes(deep_inside.as_bytes())), not),
            ("another resource", says(METADATA, fhir(&json!({"resourceType": "Patient", "fhirVersion": "4.0.1"}))), not),
            ("an outcome", says(METADATA, fhir(&json!({"resourceType": "OperationOutcome", "issue": []}))), not),
            ("no version", says(METADATA, fhir(&json!({"resourceType": "CapabilityStatement"}))), not),
            ("a version that is a number", says(METADATA, fhir(&json!({"resourceType": "CapabilityStatement", "fhirVersion": 4.0}))), not),
            ("DSTU2", version("1.0.2"), Err(What::OtherVersion)),
            ("STU3", version("3.0.2"), Ok(())),
            ("R4B", version("4.3.0"), Ok(())),
            ("R5", version("5.0.0"), Ok(())),
            ("a draft of R6", version("6.0.0-ballot3"), Err(What::OtherVersion)),
            ("a version with a tail", version("4.0.1\u{202E}evil"), Ok(())),
            ("nothing there", vec![at(SMART, |_| http(404, &[], b"")), at(METADATA, |_| http(404, &[], b""))], not),
            ("401 for metadata", says(METADATA, http(401, &[], b"")), Err(What::NotPublic)),
            ("204 for metadata", says(METADATA, b"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n".to_vec()), not),
            ("compressed though not asked", says(METADATA, http(200, &["Content-Encoding: gzip"], b"\x1f\x8b\x08\0\0\0\0\0")), not),
            ("no place for codes", with(json!({"token_endpoint": null})), not),
            ("no page", with(json!({"authorization_endpoint": null})), not),
            ("the SMART configuration with a name twice", says(SMART, bytes(br#"{"authorization_endpoint":"/a","token_endpoint":"/t","token_endpoint":"/u"}"#)), not),
            ("the SMART configuration too deep", says(SMART, bytes(&deep)), not),
        ]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_or_leads_elsewhere_is_told_apart() {
    judge(|trap| {
        let lead = |status| {
            let trap = trap.at("fhir/metadata");
            says(METADATA, to(status, &trap))
        };
        let big = || {
            let mut answer = b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n".to_vec();
            answer.resize(64 * 1024 * 1024, b' ');
            answer
        };
        let cut =
            b"HTTP/1.1 200 X\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n{\"resourceType\":".to_vec();
        let chunked =
            b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"resourceType\":".to_vec();
        let trap_page = trap.at("smart");
        vec![
            ("64 MiB of metadata", says(METADATA, big()), Err(What::Unreadable)),
            ("64 MiB of SMART configuration", says(SMART, big()), Err(What::Unreadable)),
            (
                "64 MiB announced",
                says(METADATA, b"HTTP/1.1 200 X\r\nContent-Length: 67108864\r\n\r\n".to_vec()),
                Err(What::Unreadable),
            ),
            ("cut off", says(METADATA, cut.clone()), Err(What::Unreachable)),
            ("cut off in a chunk", says(METADATA, chunked), Err(What::Unreachable)),
            ("the SMART configuration cut off", says(SMART, cut), Err(What::Unreachable)),
            ("hung up", says(METADATA, Vec::new()), Err(What::Unreachable)),
            ("no HTTP", says(METADATA, b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), Err(What::Unreachable)),
            (
                "two lengths",
                says(
                    METADATA,
                    b"HTTP/1.1 200 X\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x".to_vec(),
                ),
                Err(What::Unreachable),
            ),
            ("302 elsewhere", lead(302), Err(What::SentElsewhere)),
            ("301 elsewhere", lead(301), Err(What::SentElsewhere)),
            ("307 elsewhere", lead(307), Err(What::SentElsewhere)),
            ("308 elsewhere", lead(308), Err(What::SentElsewhere)),
            ("302 in a circle", says(METADATA, to(302, "/fhir/metadata")), Err(What::SentElsewhere)),
            ("302 to nowhere", says(METADATA, http(302, &[], b"")), Err(What::SentElsewhere)),
            (
                "302 at home",
                vec![at(METADATA, |_| to(302, "/elsewhere")), at("/elsewhere", |_| fhir(&metadata()))],
                Ok(()),
            ),
            ("the SMART configuration elsewhere", says(SMART, to(302, &trap_page)), Err(What::NotAnEhr)),
            ("500", says(METADATA, http(500, &[], b"<html>")), Err(What::EhrTrouble)),
            ("503 for the SMART configuration", says(SMART, http(503, &[], b"")), Err(What::EhrTrouble)),
        ]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_inside_the_settings_are_judged_like_typed_ones() {
    judge(|_| {
        let token = |place: &str| with(json!({"token_endpoint": place}));
        let authorize = |place: &str| with(json!({"authorization_endpoint": place}));
        let openid = |change: Value| {
            vec![at(OPENID, move |own| {
                let mut document = smart(own);
                for (name, value) in change.as_object().expect("members") {
                    document[name] = value.clone();
                }
                fhir(&document)
            })]
        };
        vec![
            ("relative", with(json!({"authorization_endpoint": "../authorize", "token_endpoint": "/token", "jwks_uri": "keys"})), Ok(())),
            ("plain http elsewhere", token("http://ehr.example/token"), Err(What::NotSecure)),
            ("plain http on this computer", token("http://127.0.0.1:9/token"), Err(What::NotSecure)),
            ("plain http, host left out", token("//ehr.example/token"), Err(What::NotSecure)),
            ("a page over plain http", authorize("http://ehr.example/authorize"), Err(What::NotSecure)),
            ("keys over plain http", with(json!({"jwks_uri": "http://ehr.example/jwks"})), Err(What::NotSecure)),
            ("ending over plain http", with(json!({"revocation_endpoint": "http://ehr.example/revoke"})), Err(What::NotSecure)),
            ("a script as page", authorize("javascript:alert(1)"), Err(What::NotAnAddress)),
            ("data as page", authorize("data:text/html,x"), Err(What::NotAnAddress)),
            ("a file as page", authorize("file:///etc/passwd"), Err(What::NotAnAddress)),
            ("a program as page", authorize("ms-msdt:/id PCWDiagnostic"), Err(What::NotAnAddress)),
            ("a user in it", token("https://user:pass@ehr.example/token"), Err(What::NotAnAddress)),
            ("a fragment", authorize("OWN/authorize#x"), Err(What::NotAnAddress)),
            ("our own parameters", authorize("OWN/authorize?redirect_uri=https://evil.example"), Err(What::SettingsContradict)),
            ("no URL at all", token("http://["), Err(What::SettingsContradict)),
            ("numbers", with(json!({"token_endpoint": 7})), Err(What::NotAnEhr)),
            ("only plain", with(json!({"code_challenge_methods_supported": ["plain"]})), Err(What::SignInTooWeak)),
            ("no method at all", with(json!({"code_challenge_methods_supported": []})), Err(What::SignInTooWeak)),
            ("s256 in small letters", with(json!({"code_challenge_methods_supported": ["s256"]})), Err(What::SignInTooWeak)),
            ("both methods", with(json!({"code_challenge_methods_supported": ["plain", "S256"]})), Ok(())),
            ("silent about methods", with(json!({"code_challenge_methods_supported": null})), Ok(())),
            ("OpenID's document only plain", openid(json!({"code_challenge_methods_supported": ["plain"]})), Err(What::SignInTooWeak)),
            ("OpenID's document names another issuer", openid(json!({"issuer": "https://evil.example"})), Err(What::SettingsContradict)),
            ("OpenID's document sends codes elsewhere", openid(json!({"token_endpoint": "https://evil.example/token"})), Err(What::SettingsContradict)),
        ]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_that_is_silent_about_pkce_is_called_older() {
    let raw = hospital(with(json!({"code_challenge_methods_supported": null}))).await;
    let (app, _folder) = app(&[&raw]).await;
    let found = app.ehr_probe(&raw.at("fhir")).await.expect("an EHR");
    let offered = |ability| found.abilities.iter().any(|a| a.ability == ability && a.offered);
    assert!(offered(Ability::SignIn) && offered(Ability::SaveChoices));
    assert!(!offered(Ability::ProtectedSignIn));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_shown_without_its_tricks() {
    let mut document = metadata();
    document["implementation"]["description"] = json!("Gull\u{202E} Point\u{200B}\n<b>Clinic</b>\u{0}");
    let raw = hospital(says(METADATA, fhir(&document))).await;
    let (app, _folder) = app(&[&raw]).await;
    let found = app.ehr_probe(&raw.at("fhir")).await.expect("an EHR");
    assert_eq!(found.name, "Gull Point <b>Clinic</b>", "text, to be shown as text");
    assert_eq!(found.host, format!("127.0.0.1:{}", raw.origin().port().expect("a port")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_refused_before_anything_is_sent() {
    let raw = hospital(Vec::new()).await;
    let (app, _folder) = app(&[]).await;
    let port = raw.origin().port().expect("a port");
    for (typed, what) in [
        (raw.at("fhir"), What::NotSecure),
        (format!("http://localhost:{port}/fhir"), What::NotSecure),
        (format!("http://2130706433:{port}/fhir"), What::NotSecure),
        (format!("http://[::1]:{port}/fhir"), What::NotSecure),
        ("http://ehr.example/fhir".to_owned(), What::NotSecure),
        ("javascript:alert(1)".to_owned(), What::NotAnAddress),
        ("file:///etc/passwd".to_owned(), What::NotAnAddress),
        ("https://user:pass@ehr.example".to_owned(), What::NotAnAddress),
        ("https://ehr.example/#x".to_owned(), What::NotAnAddress),
        ("https://ehr.example\\@evil.example".to_owned(), What::NotAnAddress),
        ("https://ehr.\u{202E}example".to_owned(), What::NotAnAddress),
        (String::new(), What::NotAnAddress),
    ] {
        let problem = app.ehr_probe(&typed).await.expect_err("refused");
        assert_eq!(problem.what, what, "{typed}");
    }
    assert!(raw.heads().is_empty());
}
