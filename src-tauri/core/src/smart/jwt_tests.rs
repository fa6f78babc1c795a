//! Signatures: what is good, and every way in which it is not.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{JwtError, verify, verify_at};
use crate::{
    secret::Secret,
    smart::{
        jwks::{Jwks, JwksError},
        testing::{Act, RFC7515_RSA_N, Server, TestKey, http},
    },
};

fn set(keys: &[Value]) -> Jwks {
    Jwks::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn fails(jwt: &Secret, keys: &Jwks) -> JwtError {
    verify(jwt, keys).unwrap_err()
}

/// RFC 7515 appendix A.2: a token signed with RS256, published with its key.
const RFC7515_RS256: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

fn rfc_rsa() -> Value {
    json!({"kty": "RSA", "n": RFC7515_RSA_N, "e": "AQAB"})
}

#[test]
fn takes_the_rs256_example_of_rfc_7515() {
    let claims = verify(&Secret::new(RFC7515_RS256), &set(&[rfc_rsa()])).unwrap();
    assert_eq!(claims.text("iss"), Some("joe"));
    assert_eq!(claims.seconds("exp"), Some(1_300_819_380));
    let es256 = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let key = json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    assert_eq!(verify(&Secret::new(es256), &set(&[key])).unwrap().text("iss"), Some("joe"));
}

#[test]
fn names_the_key_that_signed() {
    let (key, claims) = (TestKey::fresh("a"), json!({"iss": "x"}));
    let signed = verify(&key.sign(&claims), &set(&[key.jwk()])).unwrap();
    assert_eq!(signed.key_thumbprint().len(), 43);
    assert_eq!(signed.0, claims);
    assert!(!format!("{signed:?}").contains("iss"));
}

#[test]
fn refuses_a_signature_that_was_touched_anywhere() {
    let good = RFC7515_RS256;
    let keys = set(&[rfc_rsa()]);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    for bit in (0..bytes.len() * 8).step_by(31) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let jwt = format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(&flipped));
        assert_eq!(fails(&Secret::new(jwt), &keys), JwtError::Signature, "bit {bit}");
    }
    let (header, rest) = good.split_once('.').unwrap();
    let other_payload = BASE64_URL_SAFE_NO_PAD.encode(r#"{"iss":"jim"}"#);
    for jwt in [
        format!("{message}."),
        format!("{message}.{}", &signature[..signature.len() - 4]),
        format!("{good}="),
        format!("{good}A"),
        format!("{header}.{other_payload}.{signature}"),
        format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","x":1}"#)),
    ] {
        assert_eq!(fails(&Secret::new(jwt.clone()), &keys), JwtError::Signature, "{jwt}");
    }
}

#[test]
fn the_token_does_not_choose_the_algorithm() {
    let key = TestKey::fresh("a");
    let keys = set(&[key.jwk(), rfc_rsa()]);
    for alg in [
        "none", "None", "nOnE", "HS256", "HS384", "HS512", "PS256", "ES512", "EdDSA", "RS512", "RS1",
        "rs256", "",
    ] {
        let jwt = key.sign_raw(&json!({"alg": alg, "kid": "a"}), "{}");
        assert_eq!(fails(&jwt, &keys), JwtError::Algorithm, "{alg}");
        let bare = format!("{}.", jwt.expose().rsplit_once('.').unwrap().0);
        assert_eq!(fails(&Secret::new(bare), &keys), JwtError::Algorithm, "{alg} without a signature");
    }
    for alg in [json!(null), json!(256), json!(["ES256"])] {
        assert_eq!(
            fails(&key.sign_raw(&json!({"alg": alg.clone(), "kid": "a"}), "{}"), &keys),
            JwtError::Malformed,
            "{alg}"
        );
    }
    // An EC signature under an RSA name finds no EC key, and the other way round.
    assert_eq!(fails(&key.sign_raw(&json!({"alg": "RS256", "kid": "a"}), "{}"), &keys), JwtError::UnknownKey);
    assert_eq!(fails(&key.sign_raw(&json!({"alg": "RS256"}), "{}"), &keys), JwtError::Signature);
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let keys = set(&[rfc_rsa()]);
    let n = BASE64_URL_SAFE_NO_PAD.decode(RFC7515_RSA_N).unwrap();
    for secret in [n, rfc_rsa().to_string().into_bytes(), Vec::new()] {
        let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        let jwt = jsonwebtoken::encode(
            &header,
            &json!({"iss": "x"}),
            &jsonwebtoken::EncodingKey::from_secret(&secret),
        )
        .unwrap();
        assert_eq!(fails(&Secret::new(jwt), &keys), JwtError::Algorithm);
    }
}

#[test]
fn keys_that_the_token_brings_are_not_looked_at() {
    let (ours, theirs) = (TestKey::fresh("a"), TestKey::fresh("a"));
    let keys = set(&[ours.jwk()]);
    let mut public = theirs.jwk();
    public["alg"] = json!("ES256");
    for (member, value) in [
        ("jwk", public),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/x")),
        ("x5c", json!(["MAo="])),
    ] {
        let mut header = json!({"alg": "ES256", "kid": "a"});
        header[member] = value;
        assert_eq!(fails(&theirs.sign_raw(&header, "{}"), &keys), JwtError::Signature, "{member}");
    }
    for crit in [json!(["b64"]), json!([]), json!("exp")] {
        assert_eq!(
            fails(&ours.sign_raw(&json!({"alg": "ES256", "kid": "a", "crit": crit}), "{}"), &keys),
            JwtError::Malformed
        );
    }
}

#[test]
fn the_key_must_be_told_when_there_are_several() {
    let (a, b) = (TestKey::fresh("a"), TestKey::fresh("b"));
    let both = set(&[a.jwk(), b.jwk()]);
    let header = |kid: Value| {
        if kid.is_null() { json!({"alg": "ES256"}) } else { json!({"alg": "ES256", "kid": kid}) }
    };
    assert!(verify(&a.sign_raw(&header(json!("a")), "{}"), &both).is_ok());
    assert_eq!(fails(&a.sign_raw(&header(json!("b")), "{}"), &both), JwtError::Signature);
    assert_eq!(fails(&a.sign_raw(&header(json!("c")), "{}"), &both), JwtError::UnknownKey);
    assert_eq!(fails(&a.sign_raw(&header(Value::Null), "{}"), &both), JwtError::AmbiguousKey);
    assert_eq!(fails(&a.sign_raw(&header(json!(1)), "{}"), &both), JwtError::Malformed);
    assert!(
        verify(&a.sign_raw(&header(Value::Null), "{}"), &set(&[a.jwk(), rfc_rsa()])).is_ok(),
        "one key for this algorithm"
    );
    let twice = set(&[a.jwk(), {
        let mut jwk = b.jwk();
        jwk["kid"] = json!("a");
        jwk
    }]);
    assert_eq!(fails(&a.sign_raw(&header(json!("a")), "{}"), &twice), JwtError::AmbiguousKey);
}

#[test]
fn what_is_no_jwt_is_malformed() {
    let key = TestKey::fresh("a");
    let keys = set(&[key.jwk()]);
    let good = key.sign(&json!({"iss": "x"}));
    let parts: Vec<&str> = good.expose().split('.').collect();
    let header = json!({"alg": "ES256", "kid": "a"});
    for jwt in [
        String::new(),
        "..".into(),
        "a.b".into(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.x", good.expose()),
        format!("{}.a.b", good.expose()),
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}==.{}", parts[0], parts[1], parts[2]),
        format!(" {}", good.expose()),
        key.sign_raw(&json!(["ES256"]), "{}").expose().into(),
        key.sign_raw(&header, "[]").expose().into(),
        key.sign_raw(&header, "x").expose().into(),
        key.sign_raw(&header, r#"{"iss":"a","iss":"b"}"#).expose().into(),
        key.sign(&json!({"x": "x".repeat(17 * 1024)})).expose().into(),
    ] {
        assert_eq!(fails(&Secret::new(jwt.clone()), &keys), JwtError::Malformed, "{jwt}");
    }
    let twice = format!(
        "{}.{}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","alg":"ES256","kid":"a"}"#),
        parts[1],
        parts[2]
    );
    assert_eq!(fails(&Secret::new(twice), &keys), JwtError::Malformed);
}

#[tokio::test]
async fn new_keys_are_fetched_once_more_and_not_twice() {
    let (old, new) = (TestKey::fresh("old"), TestKey::fresh("new"));
    let jwt = new.sign(&json!({"iss": "x"}));
    let rotated = Server::script(vec![Act::json(200, &old.jwks()), Act::json(200, &new.jwks())]).await;
    assert!(verify_at(&http(&[&rotated]), &rotated.url("jwks"), &jwt).await.is_ok());
    let stale = Server::script(vec![Act::json(200, &old.jwks()); 5]).await;
    assert_eq!(
        verify_at(&http(&[&stale]), &stale.url("jwks"), &jwt).await.unwrap_err(),
        JwtError::UnknownKey
    );
    assert_eq!(stale.seen().len(), 2);
    assert!(stale.seen().iter().all(|seen| seen.header("authorization").is_none()));
    let gone = Server::script(vec![Act::http(404, "", b"")]).await;
    assert_eq!(
        verify_at(&http(&[&gone]), &gone.url("jwks"), &jwt).await.unwrap_err(),
        JwtError::Keys(JwksError::NotThere)
    );
}

#[tokio::test]
async fn a_good_token_costs_one_fetch() {
    let key = TestKey::fresh("a");
    let server = Server::script(vec![Act::json(200, &key.jwks()); 3]).await;
    let wrong = TestKey::fresh("a").sign(&json!({}));
    assert_eq!(
        verify_at(&http(&[&server]), &server.url("jwks"), &wrong).await.unwrap_err(),
        JwtError::Signature
    );
    assert_eq!(server.seen().len(), 1, "a wrong signature is no reason to ask again");
}
