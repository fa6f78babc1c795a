//! The JWT of a target: good ones, forged ones, old ones.

use base64::Engine;
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::{IntroduceError, Introduction, Recipient, introduce, introduce_by_key, looks_like_jwt};
use crate::{
    dialect::Dialect,
    ehr::FhirBase,
    fhir::stage::{Says, Stage},
    problem::{Records, What},
    review::CertificateView,
    secret::Secret,
    smart::{
        anchor::Anchor,
        discovery::{Endpoints, S256},
        jwt::JwtError,
        testing::TestKey,
    },
};

const SOURCE: &str = "https://source.example/r4";
const NOW: i64 = 1_768_471_200;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn endpoints(stage: &Stage) -> Endpoints {
    let at = |path: &str| stage.base.join(path);
    Endpoints {
        issuer: Some("https://issuer.target.example/".to_owned()),
        authorize: at("authorize"),
        token: at("token"),
        revoke: None,
        jwks: Some(at("jwks")),
        manage: None,
        iss_promised: false,
        s256: S256::Announced,
        says_who: true,
    }
}

/// A target that signs these claims (`{base}` is its own base) and publishes its key.
fn target(
    claims: impl Fn(&str) -> Value + Send + Sync + 'static,
    wrap: impl Fn(&Secret) -> Says + Send + Sync + 'static,
) -> Stage {
    let key = TestKey::fresh("k1");
    Stage::open(move |asked| {
        let base = format!("http://{}/r4", asked.header("host").unwrap_or_default());
        match asked.path() {
            "/r4/$jwt" => wrap(&key.sign(&claims(&base))),
            "/r4/jwks" => Says::json(200, &key.jwks()),
            _ => Says::status(404),
        }
    })
}

fn bare(jwt: &Secret) -> Says {
    Says::text(200, "application/jwt", &format!("{}\n", jwt.expose()))
}

fn honest(base: &str) -> Value {
    json!({"iss": base, "sub": base, "exp": NOW + 3_600, "iat": NOW, "client_name": "Tern Bay\u{202E} Hospital"})
}

async fn ask(stage: &Stage) -> Result<Introduction, IntroduceError> {
    let source = FhirBase::new(Url::parse(SOURCE).unwrap());
    introduce(&stage.http, &stage.client(), &endpoints(stage), None, &source, &[], now()).await
}

/// The JWT that a target showed.
pub(in crate::exchange) fn shown(card: &Introduction) -> &str {
    match card.card() {
        super::Card::Jwt(jwt) => jwt.expose(),
        super::Card::Key(pem) => pem,
    }
}

/// A checked introduction, for tests of what needs one.
pub(in crate::exchange) async fn introduction() -> Introduction {
    ask(&target(honest, bare)).await.unwrap()
}

#[tokio::test]
async fn a_target_that_signs_with_its_own_key_is_introduced() {
    let stage = target(honest, bare);
    let card = ask(&stage).await.unwrap();
    assert_eq!(card.issuer(), stage.base.as_str());
    assert_eq!(card.name(), Some("Tern Bay Hospital"));
    assert_eq!(card.good_until().as_second(), NOW + 3_600);
    assert!(card.thumbprint().len() >= 43);
    let asked = stage.asked().remove(0);
    assert_eq!((asked.path(), asked.param("source").as_deref()), ("/r4/$jwt", Some(SOURCE)));
    assert_eq!(asked.header("authorization"), Some("Bearer canary-token"));
}

#[tokio::test]
async fn the_keys_are_fetched_without_the_bearer() {
    let stage = target(honest, bare);
    ask(&stage).await.unwrap();
    let keys = stage.asked().into_iter().find(|asked| asked.path() == "/r4/jwks").unwrap();
    assert_eq!(keys.header("authorization"), None);
}

#[tokio::test]
async fn the_jwt_is_kept_byte_for_byte_and_never_printed() {
    let jwt = TestKey::fresh("other").sign(&json!({"iss": "x"}));
    let sent = jwt.clone();
    let stage = target(honest, bare);
    let card = ask(&stage).await.unwrap();
    assert!(looks_like_jwt(shown(&card)), "white space around it is gone");
    assert!(!format!("{card:?}").contains(shown(&card)));
    assert!(!format!("{card:?}").contains(sent.expose()));
}

#[tokio::test]
async fn takes_the_jwt_wrapped_in_parameters_too() {
    use base64::prelude::BASE64_STANDARD;
    let wraps: [fn(&Secret) -> Value; 4] = [
        |jwt| json!({"name": "jwt", "valueString": jwt.expose()}),
        |jwt| json!({"name": "JWT", "valueString": format!(" {}\n", jwt.expose())}),
        |jwt| json!({"name": "jwt", "valueCode": jwt.expose()}),
        |jwt| json!({"name": "jwt", "valueBase64Binary": BASE64_STANDARD.encode(jwt.expose())}),
    ];
    for wrap in wraps {
        let stage = target(honest, move |jwt| {
            Says::json(200, &json!({"resourceType": "Parameters", "parameter": [wrap(jwt)]}))
        });
        assert!(ask(&stage).await.is_ok());
    }
    let plain = target(honest, |jwt| Says::text(200, "text/plain", jwt.expose()));
    assert!(ask(&plain).await.is_ok());
}

#[tokio::test]
async fn an_answer_without_a_jwt_is_none() {
    for body in [
        "",
        "no",
        "a.b",
        "a.b.c.d",
        "<html>a.b.c</html>",
        "{}",
        "{\"resourceType\":\"Parameters\"}",
        "\"a.b.c\"",
    ] {
        let stage = target(honest, move |_| Says::text(200, "application/jwt", body));
        assert_eq!(ask(&stage).await.unwrap_err(), IntroduceError::NoJwt, "{body}");
    }
}

#[tokio::test]
async fn the_discovered_issuer_will_do_and_nobody_else() {
    for (issuer, good) in [
        ("https://issuer.target.example", true),
        ("https://issuer.target.example/", true),
        ("{base}/", true),
        ("https://issuer.target.example//", false),
        ("https://evil.example", false),
        ("{base}/x", false),
        ("", false),
        ("urn:uuid:1486332b-fe3b-483a-b9d4-d6d81cc5b72e", false),
    ] {
        let stage =
            target(move |base| json!({"iss": issuer.replace("{base}", base), "exp": NOW + 600}), bare);
        let found = ask(&stage).await;
        assert_eq!(found.is_ok(), good, "{issuer}: {found:?}");
        if !good {
            assert_eq!(found.unwrap_err(), IntroduceError::Issuer);
        }
    }
    for iss in [Value::Null, json!(["x"]), json!(1)] {
        let stage = target(move |_| json!({"iss": iss, "exp": NOW + 600}), bare);
        assert_eq!(ask(&stage).await.unwrap_err(), IntroduceError::Issuer);
    }
}

#[tokio::test]
async fn an_audience_must_be_the_source() {
    for (aud, good) in [
        (json!("https://source.example/r4"), true),
        (json!("https://source.example/r4/"), true),
        (json!("https://source.example/oauth/token"), true),
        (json!(["https://else.example", "https://source.example"]), true),
        (json!("https://else.example/r4"), false),
        (json!("http://source.example/r4"), false),
        (json!([]), false),
        (json!(7), false),
    ] {
        let claims = aud.clone();
        let stage = target(move |base| json!({"iss": base, "exp": NOW + 600, "aud": claims}), bare);
        let found = ask(&stage).await;
        assert_eq!(found.is_ok(), good, "{aud}");
        if !good {
            assert_eq!(found.unwrap_err(), IntroduceError::Audience);
        }
    }
}

#[tokio::test]
async fn the_times_must_fit_our_clock() {
    for (times, good) in [
        (json!({"exp": NOW + 600}), true),
        (json!({"exp": (NOW + 600).to_string()}), true),
        (json!({"exp": NOW + 600, "iat": NOW + 36_000}), true),
        (json!({"exp": NOW + 600, "nbf": NOW + 60}), true),
        (json!({"exp": NOW + 59}), false),
        (json!({"exp": NOW - 1}), false),
        (json!({"exp": (NOW + 600) * 1_000}), false),
        (json!({"exp": "soon"}), false),
        (json!({"exp": i64::MAX}), false),
        (json!({"exp": NOW + 600, "nbf": NOW + 3_000}), false),
        (json!({"exp": NOW + 600, "nbf": "later"}), false),
        (json!({}), false),
    ] {
        let claims = times.clone();
        let stage = target(
            move |base| {
                let mut all = claims.clone();
                all["iss"] = json!(base);
                all
            },
            bare,
        );
        let found = ask(&stage).await;
        assert_eq!(found.is_ok(), good, "{times}: {found:?}");
        if !good {
            assert_eq!(found.unwrap_err(), IntroduceError::OutOfDate);
        }
    }
}

#[tokio::test]
async fn a_key_that_is_not_the_targets_is_not_believed() {
    let (own, forger) = (TestKey::fresh("k1"), TestKey::fresh("k1"));
    let stage = Stage::open(move |asked| {
        let base = format!("http://{}/r4", asked.header("host").unwrap_or_default());
        if asked.path() == "/r4/jwks" {
            Says::json(200, &own.jwks())
        } else {
            bare(&forger.sign(&honest(&base)))
        }
    });
    assert_eq!(ask(&stage).await.unwrap_err(), IntroduceError::Jwt(JwtError::Signature));
}

#[tokio::test]
async fn a_target_without_keys_is_not_introduced() {
    let stage = target(honest, bare);
    let source = FhirBase::new(Url::parse(SOURCE).unwrap());
    let keyless = Endpoints { jwks: None, ..endpoints(&stage) };
    let found = introduce(&stage.http, &stage.client(), &keyless, None, &source, &[], now()).await;
    assert_eq!(found.unwrap_err(), IntroduceError::NoKeys);
}

/// A target without published keys whose JWT shows a certificate of the alliance; and the alliance's anchor.
fn certified_target() -> (Stage, Anchor) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, "Coast Alliance");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let anchor = Anchor::from_der(root.der()).unwrap();
    let key = KeyPair::generate().unwrap();
    let stage = Stage::open(move |asked| {
        let base = format!("http://{}/r4", asked.header("host").unwrap_or_default());
        let mut leaf = CertificateParams::default();
        leaf.subject_alt_names = vec![SanType::URI(base.as_str().try_into().unwrap())];
        let leaf = leaf.signed_by(&key, &root).unwrap();
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
        header.x5c = Some(vec![base64::prelude::BASE64_STANDARD.encode(leaf.der())]);
        let signing = jsonwebtoken::EncodingKey::from_ec_der(key.serialized_der());
        bare(&Secret::new(jsonwebtoken::encode(&header, &honest(&base), &signing).unwrap()))
    });
    (stage, anchor)
}

#[tokio::test]
async fn a_target_without_keys_is_introduced_by_a_certificate_that_leads_to_an_anchor() {
    let (stage, anchor) = certified_target();
    let source = FhirBase::new(Url::parse(SOURCE).unwrap());
    let keyless = Endpoints { jwks: None, ..endpoints(&stage) };
    let client = stage.client();
    let card = introduce(&stage.http, &client, &keyless, None, &source, &[anchor], now()).await.unwrap();
    assert!(matches!(card.certificate(), CertificateView::Confirmed { by, .. } if by == "Coast Alliance"));
    for anchors in [Vec::new(), vec![certified_target().1]] {
        let found = introduce(&stage.http, &client, &keyless, None, &source, &anchors, now()).await;
        assert!(matches!(found, Err(IntroduceError::NoKeys | IntroduceError::Certificates(_))), "{found:?}");
    }
}

#[tokio::test]
async fn the_yes_is_bound_to_issuer_and_key() {
    let (first, second) = (introduction().await, introduction().await);
    assert!(first.is(&first.recipient()));
    assert!(!first.is(&second.recipient()), "another issuer and another key");
    let shown = first.recipient();
    assert!(!first.is(&Recipient { issuer: second.issuer().to_owned(), ..shown.clone() }));
    assert!(!first.is(&Recipient { thumbprint: second.thumbprint().to_owned(), ..shown }));
}

#[tokio::test]
async fn a_card_near_its_end_is_not_used() {
    let card = introduction().await;
    let at = |second| Timestamp::from_second(NOW + second).unwrap();
    assert!(card.is_good_at(at(0)) && card.is_good_at(at(3_540)));
    assert!(!card.is_good_at(at(3_541)) && !card.is_good_at(at(4_000)));
}

#[tokio::test]
async fn each_failure_is_told_apart() {
    for (says, what) in [
        (Says::status(404), What::NotOffered),
        (Says::status(501), What::NotOffered),
        (Says::status(400), What::NoIdCard),
        (Says::status(401), What::SignInNeeded),
        (Says::status(500), What::EhrTrouble),
        (Says::text(200, "text/html", "<html></html>"), What::NoIdCard),
    ] {
        let stage = target(honest, move |_| says.clone());
        let problem = ask(&stage).await.unwrap_err().problem("Tern Bay Hospital");
        assert_eq!((problem.what, problem.records), (what, Records::NothingShared));
    }
    for (error, what) in [
        (IntroduceError::NoKeys, What::NoIdCard),
        (IntroduceError::Jwt(JwtError::Signature), What::IdCardWrong),
        (IntroduceError::Issuer, What::IdCardWrong),
        (IntroduceError::OutOfDate, What::IdCardWrong),
    ] {
        assert_eq!(error.problem("Tern Bay Hospital").what, what);
    }
}

/// What the server of 2017 says of itself, with its own host as `sub`.
fn of_2017(base: &str, iss: &str, sub: Option<&str>) -> Value {
    let host = Url::parse(base).unwrap();
    let host = format!("{}:{}", host.host_str().unwrap(), host.port().unwrap());
    json!({"iss": iss, "sub": sub.unwrap_or(&host), "exp": NOW + 36 * 3_600, "iat": (NOW + 36_000).to_string()})
}

async fn introduced_as(dialect: Option<Dialect>, iss: &'static str, sub: Option<&'static str>) -> bool {
    let stage = target(move |base| of_2017(base, iss, sub), bare);
    let source = FhirBase::new(Url::parse(SOURCE).unwrap());
    introduce(&stage.http, &stage.client(), &endpoints(&stage), dialect, &source, &[], now()).await.is_ok()
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_taken_in_the_dialect_of_2017_alone_and_with_its_own_host() {
    let urn = "urn:uuid:1486332b-fe3b-483a-b9d4-d6d81cc5b72e";
    let reference = Some(Dialect::Reference);
    assert!(introduced_as(reference, urn, None).await);
    for (dialect, iss, sub) in [
        (None, urn, None),
        (Some(Dialect::Track), urn, None),
        (reference, "urn:uuid:not-one", None),
        (reference, "urn:other:1", None),
        (reference, "https://elsewhere.example", None),
        (reference, urn, Some("elsewhere.example")),
    ] {
        assert!(!introduced_as(dialect, iss, sub).await, "{dialect:?} {iss} {sub:?}");
    }
}

#[tokio::test]
async fn a_target_without_a_jwt_is_shown_by_its_key_and_as_no_more() {
    let stage = target(honest, bare);
    let card = introduce_by_key(&stage.http, &stage.base, &endpoints(&stage), now()).await.unwrap();
    assert!(card.is_bare_key() && shown(&card).starts_with("-----BEGIN PUBLIC KEY-----"));
    assert_eq!((card.issuer(), card.name()), (stage.base.as_str(), None));
    assert_eq!(card.thumbprint(), ask(&stage).await.unwrap().thumbprint(), "the key that signs its JWT");
    let mut keyless = endpoints(&stage);
    keyless.jwks = None;
    let none = introduce_by_key(&stage.http, &stage.base, &keyless, now()).await.unwrap_err();
    assert_eq!(none, IntroduceError::NoKeys);
}
