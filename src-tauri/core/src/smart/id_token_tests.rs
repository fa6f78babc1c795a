//! Every claim of an id_token, right and wrong.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{Expected, IdTokenError, Identity, check};
use crate::{
    ehr::FhirBase,
    secret::Secret,
    smart::{jwks::Jwks, jwt, testing::TestKey},
};

const ISSUER: &str = "https://ehr.example";
const NOW: i64 = 1_795_255_200;

fn good() -> Value {
    json!({"iss": ISSUER, "aud": "consentry", "sub": "u1", "nonce": "n1", "iat": NOW, "exp": NOW + 300, "fhirUser": "Patient/p1"})
}

fn judge(claims: &Value) -> Result<Identity, IdTokenError> {
    let key = TestKey::fresh("a");
    let keys = Jwks::parse(key.jwks().to_string().as_bytes()).unwrap();
    let signed = jwt::verify(&key.sign(claims), &keys).unwrap();
    let (nonce, access) = (Secret::new("n1"), Secret::new("access"));
    let base = FhirBase::new(Url::parse("https://ehr.example/r4").unwrap());
    let now = Timestamp::from_second(NOW).unwrap();
    check(
        &signed,
        &Expected {
            issuer: ISSUER,
            client_id: "consentry",
            nonce: Some(&nonce),
            access: &access,
            base: &base,
            now,
        },
    )
}

/// The good claims with one changed; `null` takes it out.
fn with(name: &str, value: Value) -> Result<Identity, IdTokenError> {
    let mut claims = good();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    judge(&claims)
}

fn clock(minutes: i64) -> Result<Identity, IdTokenError> {
    Err(IdTokenError::Clock { minutes })
}

#[test]
fn tells_who_signed_in() {
    let identity = Identity::Proven {
        issuer: ISSUER.into(),
        subject: "u1".into(),
        fhir_user: Some("Patient/p1".into()),
    };
    assert_eq!(judge(&good()), Ok(identity));
}

#[test]
fn the_issuer_is_exactly_the_discovered_one() {
    for other in [
        json!("https://evil.example"),
        json!("https://ehr.example/"),
        json!("HTTPS://ehr.example"),
        json!([ISSUER]),
        json!(1),
        Value::Null,
    ] {
        assert_eq!(with("iss", other.clone()), Err(IdTokenError::Issuer), "{other}");
    }
}

#[test]
fn the_audience_is_this_app_alone() {
    assert!(with("aud", json!(["consentry"])).is_ok());
    assert!(with("azp", json!("consentry")).is_ok());
    for other in [
        json!("other"),
        json!(["consentry", "other"]),
        json!(["consentry", "consentry"]),
        json!([]),
        json!([["consentry"]]),
        json!(5),
        json!(true),
        Value::Null,
    ] {
        assert_eq!(with("aud", other.clone()), Err(IdTokenError::Audience), "{other}");
    }
    for other in [json!("other"), json!(["consentry"]), json!(1)] {
        assert_eq!(with("azp", other.clone()), Err(IdTokenError::Audience), "{other}");
    }
}

#[test]
fn expiry_is_needed_and_near() {
    for fits in [NOW - 60, NOW - 59, NOW + 24 * 3600] {
        assert!(with("exp", json!(fits)).is_ok(), "{fits}");
    }
    assert_eq!(with("exp", json!(NOW - 61)), clock(0));
    for wrong in [
        json!(NOW + 24 * 3600 + 1),
        json!((NOW + 300) * 1000),
        json!(-1),
        json!(1e18),
        json!(300.5),
        json!("1795255500"),
        Value::Null,
        json!(u64::MAX),
    ] {
        assert_eq!(with("exp", wrong.clone()), Err(IdTokenError::Times), "{wrong}");
    }
}

#[test]
fn time_of_issue_is_needed_and_near_and_tells_by_how_much_clocks_differ() {
    for fits in [NOW - 600, NOW + 600] {
        assert!(with("iat", json!(fits)).is_ok(), "{fits}");
    }
    assert_eq!(with("iat", json!(NOW - 601)), clock(10));
    assert_eq!(with("iat", json!(NOW + 7200)), clock(-120));
    for wrong in [json!(-1), json!("now"), json!(1.5), Value::Null] {
        assert_eq!(with("iat", wrong.clone()), Err(IdTokenError::Times), "{wrong}");
    }
    assert!(with("iat", json!(i64::MAX)).is_err());
}

#[test]
fn not_before_is_honoured() {
    assert!(with("nbf", json!(NOW + 60)).is_ok());
    assert_eq!(with("nbf", json!(NOW + 61)), clock(0));
    assert_eq!(with("nbf", json!("later")), Err(IdTokenError::Times));
}

#[test]
fn the_nonce_is_the_one_of_this_sign_in() {
    for other in [json!("n2"), json!(""), json!(["n1"]), json!(1), Value::Null] {
        assert_eq!(with("nonce", other.clone()), Err(IdTokenError::Nonce), "{other}");
    }
}

#[test]
fn the_subject_is_there_and_short() {
    assert!(with("sub", json!("s".repeat(255))).is_ok());
    for other in [json!("s".repeat(256)), json!(""), json!("ü"), json!(7), Value::Null] {
        assert_eq!(with("sub", other.clone()), Err(IdTokenError::Subject), "{other}");
    }
}

#[test]
fn the_access_token_is_the_one_that_was_hashed() {
    let digest = Sha256::digest("access");
    let right = BASE64_URL_SAFE_NO_PAD.encode(&digest[..16]);
    assert!(with("at_hash", json!(right)).is_ok());
    for other in [json!(BASE64_URL_SAFE_NO_PAD.encode(digest)), json!("x"), json!(1), json!({})] {
        assert_eq!(with("at_hash", other.clone()), Err(IdTokenError::Hash), "{other}");
    }
}

#[test]
fn fhir_user_is_a_person_below_the_base() {
    let user = |text: &str| with("fhirUser", json!(text)).unwrap().fhir_user().map(str::to_owned);
    assert_eq!(user("RelatedPerson/r-1.a").as_deref(), Some("RelatedPerson/r-1.a"));
    assert_eq!(user("https://ehr.example/r4/Patient/p1").as_deref(), Some("Patient/p1"));
    for foreign in [
        "https://evil.example/r4/Patient/p1",
        "https://ehr.example/r45/Patient/p1",
        "https://ehr.example/r4Patient/p1",
        "Patient/../x",
        "Patient/..",
        "Observation/1",
        "Patient",
        "Patient/a?b",
        "//evil/Patient/p1",
        "Patient/p1/_history/1",
        "",
    ] {
        assert_eq!(user(foreign), None, "{foreign}");
    }
    assert_eq!(with("fhirUser", json!(5)).unwrap().fhir_user(), None);
    // Before version 1.0 the claim was called `profile`; in OpenID Connect that is the address of a page.
    let mut older = good();
    older.as_object_mut().unwrap().remove("fhirUser");
    older["profile"] = json!("Patient/p1");
    assert_eq!(judge(&older).unwrap().fhir_user(), Some("Patient/p1"));
    older["profile"] = json!("https://people.example/Patient/p1");
    assert_eq!(judge(&older).unwrap().fhir_user(), None);
}

#[test]
fn strange_clocks_cause_no_panic() {
    let key = TestKey::fresh("a");
    let keys = Jwks::parse(key.jwks().to_string().as_bytes()).unwrap();
    let signed = jwt::verify(&key.sign(&good()), &keys).unwrap();
    let (nonce, access) = (Secret::new("n1"), Secret::new("access"));
    let base = FhirBase::new(Url::parse("https://ehr.example/r4").unwrap());
    for now in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH, Timestamp::from_second(20).unwrap()] {
        assert!(
            check(
                &signed,
                &Expected {
                    issuer: ISSUER,
                    client_id: "consentry",
                    nonce: Some(&nonce),
                    access: &access,
                    base: &base,
                    now
                }
            )
            .is_err()
        );
    }
}
