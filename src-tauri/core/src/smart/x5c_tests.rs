//! Chains of certificates: the good ones, and every way to be bad.

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use serde_json::{Value, json};

use super::{Chain, Confirmed, X5cError};
use crate::{
    secret::Secret,
    smart::{
        anchor::{Anchor, AnchorError},
        testing::TestKey,
    },
};

const ISSUER: &str = "https://tern.example/fhir";

fn now() -> Timestamp {
    "2026-01-15T10:00:00Z".parse().unwrap()
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn leaf() -> CertificateParams {
    let mut params = params("Tern Bay Hospital");
    params.subject_alt_names = vec![SanType::URI(ISSUER.try_into().unwrap())];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// A root, an authority below it, and the key of a hospital.
struct World {
    root: Issuer,
    middle: Issuer,
    key: KeyPair,
}

impl World {
    fn new() -> Self {
        Self::with(authority("Middle"))
    }

    fn with(middle: CertificateParams) -> Self {
        let root = CertifiedIssuer::self_signed(authority("Coast Alliance"), KeyPair::generate().unwrap());
        let root = root.unwrap();
        let middle = CertifiedIssuer::signed_by(middle, KeyPair::generate().unwrap(), &root).unwrap();
        Self { root, middle, key: KeyPair::generate().unwrap() }
    }

    fn leaf(&self, params: &CertificateParams) -> Certificate {
        params.signed_by(&self.key, &self.middle).unwrap()
    }

    fn anchors(&self) -> Vec<Anchor> {
        vec![Anchor::from_der(self.root.der()).unwrap()]
    }

    /// A JWT of the hospital that shows this as `x5c`.
    fn jwt(&self, x5c: &Value) -> Secret {
        let header = Header::new(Algorithm::ES256);
        let mut header = serde_json::to_value(header).unwrap();
        header["x5c"] = x5c.clone();
        signed(&self.key, &header)
    }

    fn confirms(&self, x5c: &Value) -> Result<Confirmed, X5cError> {
        check(&self.jwt(x5c), &self.anchors())
    }
}

fn signed(key: &KeyPair, header: &Value) -> Secret {
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(&json!({ "iss": ISSUER })));
    let key = EncodingKey::from_ec_der(key.serialized_der());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::ES256).unwrap();
    Secret::new(format!("{message}.{signature}"))
}

/// As an introduction is checked that has no other keys.
fn check(jwt: &Secret, anchors: &[Anchor]) -> Result<Confirmed, X5cError> {
    let chain = Chain::of(jwt)?.ok_or(X5cError::Malformed)?;
    let claims = chain.verify(jwt)?;
    chain.is_signed_by(&claims)?;
    chain.confirm(claims.text("iss").unwrap_or_default(), anchors, now())
}

fn der(certificate: &[u8]) -> Value {
    json!(BASE64_STANDARD.encode(certificate))
}

#[test]
fn a_chain_to_an_anchor_confirms_and_says_who_did() {
    let world = World::new();
    let good = world.leaf(&leaf());
    let confirmed =
        Confirmed { by: "Coast Alliance".to_owned(), organization: Some("Tern Bay Hospital".to_owned()) };
    assert_eq!(world.confirms(&json!([der(good.der()), der(world.middle.der())])), Ok(confirmed.clone()));
    let with_root = json!([der(good.der()), der(world.middle.der()), der(world.root.der())]);
    assert_eq!(world.confirms(&with_root), Ok(confirmed), "the root itself may be in it");
}

#[test]
fn a_certificate_for_a_host_confirms_what_is_on_that_host() {
    let world = World::new();
    for (host, good) in [("tern.example", true), ("*.example", false), ("spruce.example", false)] {
        let mut params = leaf();
        params.subject_alt_names = vec![SanType::DnsName(host.try_into().unwrap())];
        let found = world.confirms(&json!([der(world.leaf(&params).der()), der(world.middle.der())]));
        assert_eq!(found.is_ok(), good, "{host}: {found:?}");
    }
}

#[test]
fn client_certificates_are_taken() {
    let world = World::new();
    let mut params = leaf();
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    assert!(world.confirms(&json!([der(world.leaf(&params).der()), der(world.middle.der())])).is_ok());
}

#[test]
fn every_bad_chain_confirms_nothing() {
    let world = World::new();
    let middle = der(world.middle.der());
    let good = world.leaf(&leaf());
    let with = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = leaf();
        change(&mut params);
        json!([der(world.leaf(&params).der()), middle])
    };
    let uri = |text: &str| vec![SanType::URI(text.try_into().unwrap())];
    let other = KeyPair::generate().unwrap();
    let stranger = World::new();
    let nobody = CertifiedIssuer::self_signed(authority("Nobody"), KeyPair::generate().unwrap()).unwrap();
    let own = leaf().self_signed(&world.key).unwrap();
    let mut damaged = good.der().to_vec();
    if let Some(last) = damaged.last_mut() {
        *last ^= 1;
    }
    let long: Vec<Value> = (0..7).map(|_| middle.clone()).collect();
    let cases: Vec<(&str, Value, X5cError)> = vec![
        ("expired", with(&|p| p.not_after = date_time_ymd(2026, 1, 1)), X5cError::OutOfDate),
        ("not good yet", with(&|p| p.not_before = date_time_ymd(2026, 2, 1)), X5cError::OutOfDate),
        (
            "another address",
            with(&|p| p.subject_alt_names = uri("https://tern.example/other")),
            X5cError::Name,
        ),
        (
            "an address that only begins so",
            with(&|p| p.subject_alt_names = uri("https://tern.example/fhir/x")),
            X5cError::Name,
        ),
        ("no name at all", with(&|p| p.subject_alt_names.clear()), X5cError::Name),
        (
            "the host beside another address",
            with(&|p| {
                p.subject_alt_names = uri("https://spruce.example/fhir");
                p.subject_alt_names.push(SanType::DnsName("tern.example".try_into().unwrap()));
            }),
            X5cError::Name,
        ),
        (
            "for code only",
            with(&|p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning]),
            X5cError::Usage,
        ),
        (
            "for agreement only",
            with(&|p| p.key_usages = vec![KeyUsagePurpose::KeyAgreement]),
            X5cError::Usage,
        ),
        (
            "an authority itself",
            with(&|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            X5cError::Usage,
        ),
        (
            "a root that only has the same name",
            json!([
                der(leaf().signed_by(&world.key, &stranger.middle).unwrap().der()),
                der(stranger.middle.der())
            ]),
            X5cError::Broken,
        ),
        (
            "an unknown root",
            json!([der(leaf().signed_by(&world.key, &nobody).unwrap().der()), der(nobody.der())]),
            X5cError::UnknownIssuer,
        ),
        ("its own root", json!([der(own.der())]), X5cError::UnknownIssuer),
        ("a missing intermediate", json!([der(good.der())]), X5cError::UnknownIssuer),
        (
            "another key",
            json!([der(leaf().signed_by(&other, &world.middle).unwrap().der()), middle]),
            X5cError::Key,
        ),
        ("out of order", json!([middle, der(good.der())]), X5cError::Key),
        ("one too many between", json!([der(good.der()), der(world.root.der()), middle]), X5cError::Order),
        ("a changed signature", json!([der(&damaged), middle]), X5cError::Broken),
        ("empty", json!([]), X5cError::Malformed),
        ("too long", json!(long), X5cError::Malformed),
        ("no list", der(good.der()), X5cError::Malformed),
        ("null", Value::Null, X5cError::Malformed),
        ("not base64", json!(["*"]), X5cError::Malformed),
        (
            "base64url",
            json!([BASE64_STANDARD.encode([0xFB, 0xFF]).replace('+', "-").replace('/', "_")]),
            X5cError::Malformed,
        ),
        ("no certificate", json!([der(b"certificate")]), X5cError::Malformed),
        ("a number", json!([7]), X5cError::Malformed),
        ("a PEM text", json!(["-----BEGIN CERTIFICATE-----"]), X5cError::Malformed),
        (
            "rubbish behind it",
            json!([der(&[good.der().as_ref(), b"x"].concat()), middle]),
            X5cError::Malformed,
        ),
    ];
    for (name, x5c, error) in cases {
        assert_eq!(world.confirms(&x5c), Err(error), "{name}");
    }
}

#[test]
fn who_is_no_authority_confirms_nobody() {
    for (name, middle) in [
        ("an end", params("Middle")),
        ("an end that says so", {
            let mut params = params("Middle");
            params.is_ca = IsCa::ExplicitNoCa;
            params
        }),
        ("an expired one", {
            let mut params = authority("Middle");
            params.not_after = date_time_ymd(2026, 1, 1);
            params
        }),
    ] {
        let world = World::with(middle);
        let found = world.confirms(&json!([der(world.leaf(&leaf()).der()), der(world.middle.der())]));
        assert!(found.is_err(), "{name}: {found:?}");
    }
}

#[test]
fn without_an_anchor_or_with_one_that_ended_nothing_is_confirmed() {
    let world = World::new();
    let jwt = world.jwt(&json!([der(world.leaf(&leaf()).der()), der(world.middle.der())]));
    assert_eq!(check(&jwt, &[]), Err(X5cError::UnknownIssuer));
    let mut old = authority("Coast Alliance");
    old.not_after = date_time_ymd(2026, 1, 1);
    let old = old.self_signed(world.root.key()).unwrap();
    assert_eq!(check(&jwt, &[Anchor::from_der(old.der()).unwrap()]), Err(X5cError::UnknownIssuer));
}

#[test]
fn another_signer_with_a_borrowed_chain_is_refused() {
    let world = World::new();
    let x5c = json!([der(world.leaf(&leaf()).der()), der(world.middle.der())]);
    let thief = KeyPair::generate().unwrap();
    let jwt = signed(&thief, &json!({"alg": "ES256", "x5c": x5c}));
    assert_eq!(check(&jwt, &world.anchors()), Err(X5cError::Key));
    let jwt = signed(&world.key, &json!({"alg": "none", "x5c": x5c}));
    assert_eq!(check(&jwt, &world.anchors()), Err(X5cError::Key));
    let jwt = signed(&world.key, &json!({"alg": "RS256", "x5c": x5c}));
    assert_eq!(check(&jwt, &world.anchors()), Err(X5cError::Key), "the algorithm is the key's");
}

#[test]
fn a_header_without_certificates_shows_none_and_what_it_brings_otherwise_is_not_looked_at() {
    let key = TestKey::fresh("k");
    let jwt = key.sign_raw(&json!({"alg": "ES256", "jwk": key.jwk(), "x5u": "https://evil.example"}), "{}");
    assert!(Chain::of(&jwt).is_ok_and(|chain| chain.is_none()));
}

#[test]
fn anchors_are_authorities_in_pem() {
    let world = World::new();
    let pem = |der: &[u8]| {
        let body = BASE64_STANDARD.encode(der);
        let lines: Vec<&str> = body.as_bytes().chunks(64).map(|l| str::from_utf8(l).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    };
    let (root, end) = (pem(world.root.der()), pem(world.leaf(&leaf()).der()));
    let read = Anchor::read(&root).unwrap();
    assert_eq!((read.len(), read[0].name.as_str()), (1, "Coast Alliance"));
    assert!(read[0].until > now());
    assert_eq!(Anchor::read(&root.replace('\n', "\r\n")).unwrap(), read);
    assert_eq!(Anchor::read(&format!("{root}{}", pem(world.middle.der()))).unwrap().len(), 2);
    assert_eq!(Anchor::read(" \n ").unwrap(), []);
    assert_eq!(Anchor::read(&end), Err(AnchorError::NotAnAuthority));
    for bad in
        ["x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN PUBLIC KEY-----"]
    {
        assert_eq!(Anchor::read(bad), Err(AnchorError::Unreadable), "{bad}");
    }
    assert_eq!(Anchor::read(&root.repeat(9)), Err(AnchorError::Unreadable));
}
