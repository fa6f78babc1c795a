//! The target's ID card (`$jwt`): signed by the target's own key, for this source, in time; or there is nothing to sign.

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use consentry_core::{
    connection::ShareState,
    kind::Kind,
    outside::Clock,
    problem::{Records, What},
};
use consentry_tests::{
    SystemClock,
    between::Between,
    proxy::{Call, Canned, Pair, Twist},
};
use serde_json::{Value, json};

use crate::odd::{no, outcome, redirects, settled};

const JWT: &str = "application/jwt";

fn claims(bench: &Between) -> Value {
    let now = SystemClock.now().as_second();
    json!({
        "iss": bench.front[1].base(), "sub": bench.front[1].base(), "iat": now, "exp": now + 3600,
        "client_name": "Tern Bay Hospital",
    })
}

fn bare(jwt: impl Into<Vec<u8>>) -> Canned {
    Canned::new(200, JWT, jwt)
}

fn forged(jwt: &str, header: &Value) -> String {
    let mut parts: Vec<&str> = jwt.split('.').collect();
    let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    parts[0] = &header;
    parts.join(".")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_hand_out_a_jwt_is_read_and_every_false_one_refused() {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    let good = claims(&bench);
    let (now, jwt) = (SystemClock.now().as_second(), bench.pair.sign(&good));
    let changed = |members: Value| {
        let mut claims = good.clone();
        for (name, value) in members.as_object().expect("members") {
            match value {
                Value::Null => drop(claims.as_object_mut().expect("claims").remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        bare(bench.pair.sign(&claims))
    };
    let wrapped = |key: &str, value: &str| {
        let parameter = json!([{"name": "jwt", key: value}]);
        Canned::json(200, &json!({"resourceType": "Parameters", "parameter": parameter}))
    };
    let source = bench.front[0].base().as_str();
    let (wrong, none) = (Err(What::IdCardWrong), Err(What::NoIdCard));
    let mut cases = vec![
        ("bare", bare(jwt.clone()), Ok(())),
        ("with a line end", bare(format!("{jwt}\n")), Ok(())),
        ("called text", Canned::new(200, "text/plain; charset=utf-8", jwt.clone()), Ok(())),
        ("called nothing", Canned { fields: Vec::new(), ..bare(jwt.clone()) }, Ok(())),
        ("in Parameters", wrapped("valueString", &jwt), Ok(())),
        ("in Parameters, as binary", wrapped("valueBase64Binary", &BASE64_STANDARD.encode(&jwt)), Ok(())),
        ("for this source", changed(json!({"aud": source})), Ok(())),
        ("for several, this one too", changed(json!({"aud": ["https://a.example", source]})), Ok(())),
        ("times as text", changed(json!({"exp": (now + 3600).to_string()})), Ok(())),
        (
            "another signature",
            bare(
                jwt.chars()
                    .rev()
                    .collect::<String>()
                    .split('.')
                    .next()
                    .map(|s| format!("{}.{s}", jwt.rsplit_once('.').expect("parts").0))
                    .expect("a part"),
            ),
            wrong,
        ),
        ("another payload", bare(jwt.replacen(".e", ".f", 1)), wrong),
        ("no algorithm", bare(forged(&jwt, &json!({"alg": "none"}))), wrong),
        ("a shared secret", bare(forged(&jwt, &json!({"alg": "HS256", "kid": "in-between"}))), wrong),
        ("a key that is not published", bare(forged(&jwt, &json!({"alg": "ES256", "kid": "other"}))), wrong),
        (
            "a key that it brings along",
            bare(forged(&jwt, &json!({"alg": "ES256", "kid": "in-between", "jku": bench.trap.at("jwks")}))),
            wrong,
        ),
        (
            "a critical part",
            bare(forged(&jwt, &json!({"alg": "ES256", "kid": "in-between", "crit": ["x"]}))),
            wrong,
        ),
        ("signed by a stranger", bare(Pair::new().sign(&good)), wrong),
        ("expired", changed(json!({"exp": now - 1})), wrong),
        ("expires at once", changed(json!({"exp": now + 10})), wrong),
        ("without an end", changed(json!({"exp": null})), wrong),
        ("ends in milliseconds", changed(json!({"exp": (now + 3600) * 1000})), wrong),
        ("not good yet", changed(json!({"nbf": now + 3600})), wrong),
        ("another issuer", changed(json!({"iss": "https://evil.example/fhir"})), wrong),
        ("the source as issuer", changed(json!({"iss": source})), wrong),
        ("no issuer", changed(json!({"iss": null})), wrong),
        ("an issuer that is a list", changed(json!({"iss": [bench.front[1].base()]})), wrong),
        ("for another source", changed(json!({"aud": "https://other.example/fhir"})), wrong),
        ("for nobody", changed(json!({"aud": []})), wrong),
        ("a page", Canned::page(200), none),
        ("nothing", Canned::bare(200), none),
        ("204", Canned::bare(204), none),
        ("two parts", bare("eyJh.eyJp"), none),
        ("not UTF-8", bare(vec![0xFF, 0xFE, b'.']), none),
        ("Parameters without it", wrapped("valueBoolean", ""), none),
        ("an outcome", Canned::json(200, &outcome("error", "exception", "No")), none),
        ("a jwt of 20 KiB", bare(format!("{jwt}{}", "A".repeat(20 * 1024))), wrong),
        ("30 KiB", bare(vec![b'A'; 30 * 1024]), Err(What::Unreadable)),
        ("403", no(403, "Not for you"), none),
        ("404", Canned::bare(404), Err(What::NotOffered)),
        ("500", Canned::page(500), Err(What::EhrTrouble)),
    ];
    cases.extend(redirects(&bench.trap.at("jwt")).into_iter().map(|(n, c)| (n, c, Err(What::SentElsewhere))));
    for (name, canned, expected) in cases {
        bench.front[1].once(Call::Jwt, Twist::Instead(canned));
        let found = bench.app.review().await.map(drop).map_err(|p| p.what);
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(bench.trap.heads(), Vec::<String>::new());
    assert!(bench.front[0].seen().iter().all(|s| s.call != Call::ConsentCreate), "nothing was posted");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_targets_keys_there_is_no_id_card() {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    for (name, canned) in [
        ("a page", Canned::page(200)),
        ("nothing", Canned::bare(200)),
        ("404", Canned::bare(404)),
        ("500", Canned::bare(500)),
        ("no keys", Canned::json(200, &json!({"keys": []}))),
        ("keys of no kind", Canned::json(200, &json!({"keys": [{"kty": "oct", "k": "AAAA"}, 7, null]}))),
        ("keys twice", Canned::new(200, "application/json", r#"{"keys":[],"keys":[]}"#)),
        ("elsewhere", Canned::redirect(302, &bench.trap.at("jwks"))),
        ("1 MiB", Canned::new(200, "application/json", vec![b' '; 1024 * 1024])),
    ] {
        bench.front[1].always(Call::Jwks, Twist::Instead(canned));
        let problem = bench.app.review().await.expect_err("refused");
        assert!(matches!(problem.what, What::NoIdCard | What::IdCardWrong), "{name}: {:?}", problem.what);
        assert_eq!(problem.records, Records::NothingShared, "{name}");
        bench.front[1].honest();
    }
    assert_eq!(bench.trap.heads(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_another_after_the_signature_stops_the_share() {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    // Signed by another key that the target publishes as well.
    let (stranger, good) = (Pair::new(), claims(&bench));
    let review = bench.app.review().await.expect("a review");
    let theirs = stranger.jwks();
    bench.front[1].always(Call::Jwks, Twist::Instead(Canned::json(200, &theirs)));
    bench.front[1].always(Call::Jwt, Twist::Instead(bare(stranger.sign(&good))));
    let yes = consentry_core::review::Approval {
        approval: review.approval,
        typed_name: review.signer,
        charts: consentry_core::person::ChartsAnswer::BothMe,
        anyway: false,
    };
    let share = bench.app.share_start(&yes).await.expect("it starts");
    let share = bench.until(&share.id, settled).await;
    assert_eq!(share.state, ShareState::HalfDone);
    assert_eq!(share.problem.map(|p| p.what), Some(What::IdCardChanged));
    assert_eq!(bench.live(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_on_the_card_is_shown_without_its_tricks() {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    let mut claims = claims(&bench);
    claims["client_name"] = json!(format!("Tern\u{202E} Bay\n{}", "x".repeat(5000)));
    bench.front[1].once(Call::Jwt, Twist::Instead(bare(bench.pair.sign(&claims))));
    let review = bench.app.review().await.expect("a review");
    assert!(review.id_card.name.starts_with("Tern Bay xxx"), "{}", review.id_card.name);
    assert!(review.id_card.name.chars().count() <= 81);
    assert!(bench.front[1].base().as_str().contains(&review.id_card.host));
    assert_eq!(review.id_card.issuer, bench.front[1].base().as_str());
}
