//! The token reply: tolerant in form, strict in what could do harm. What fails leaves no session and no bearer behind.

use consentry_core::{ehr::SessionView, kind::Kind, problem::What};
use consentry_tests::{
    between::Between,
    proxy::{Call, Canned, Twist},
};
use serde_json::{Value, json};

use crate::odd::redirects;

/// The hospital's reply with these members, `null` for none.
fn with(members: Value) -> Twist {
    Twist::edit(move |reply| {
        for (name, value) in members.as_object().expect("members") {
            match value {
                Value::Null => drop(reply.as_object_mut().expect("a reply").remove(name)),
                value => reply[name] = value.clone(),
            }
        }
    })
}

fn instead(canned: Canned) -> Twist {
    Twist::Instead(canned)
}

fn signed_in(bench: &Between) -> bool {
    let (id, view) = (bench.ehr(0), bench.app.view().expect("a view"));
    view.ehrs.iter().any(|e| e.id == id && matches!(e.session, SessionView::SignedIn { .. }))
}

async fn judge(cases: Vec<(&str, Twist, Result<(), What>)>) {
    let bench = Between::new().await;
    for (name, twist, expected) in cases {
        bench.front[0].once(Call::Token, twist);
        let before = bench.front[0].seen().len();
        let found = bench.sign_in(0, &[Kind::Vaccines]).await.map_err(|p| p.what);
        assert_eq!(found, expected, "{name}");
        let seen = bench.front[0].seen();
        let after = seen.get(before..).unwrap_or_default();
        let codes = after.iter().filter(|s| s.asked.contains("grant_type=authorization_code")).count();
        assert_eq!(codes, 1, "{name}: the code was sent once");
        if found.is_err() {
            assert!(!signed_in(&bench), "{name}: nobody is signed in");
            assert!(
                after.iter().all(|s| s.authorization.is_none()),
                "{name}: nothing was sent with the token"
            );
        } else {
            assert!(signed_in(&bench), "{name}");
            bench.app.sign_out(&bench.ehr(0)).await.expect("signed out");
        }
        bench.front[0].honest();
    }
    assert_eq!(bench.trap.heads(), Vec::<String>::new());
    assert_eq!(bench.sandbox.ehrs()[0].records().code_reuse, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_forms_of_a_good_reply_are_taken() {
    judge(vec![
        ("as it should be", with(json!({})), Ok(())),
        ("a lifetime as text", with(json!({"expires_in": "3600"})), Ok(())),
        ("a lifetime with a fraction", with(json!({"expires_in": 3599.5})), Ok(())),
        ("no lifetime", with(json!({"expires_in": null})), Ok(())),
        ("a lifetime without end", with(json!({"expires_in": 1e30})), Ok(())),
        ("a lifetime of no kind", with(json!({"expires_in": {"a": 1}})), Ok(())),
        ("no refresh token", with(json!({"refresh_token": null})), Ok(())),
        ("a refresh token of null", Twist::edit(|r| r["refresh_token"] = Value::Null), Ok(())),
        ("bEaReR", with(json!({"token_type": "bEaReR"})), Ok(())),
        ("no scope: as asked", with(json!({"scope": null})), Ok(())),
        (
            "a patient as reference",
            Twist::edit(|r| {
                r["patient"] = json!(format!("Patient/{}", r["patient"].as_str().expect("a patient")))
            }),
            Ok(()),
        ),
        ("no patient, but who signed in is one", with(json!({"patient": null})), Ok(())),
        ("a patient of no letters", Twist::edit(|r| r["patient"] = json!("")), Ok(())),
        (
            "members nobody knows",
            with(json!({"intent": "x", "smart_style_url": "javascript:alert(1)"})),
            Ok(()),
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_could_do_harm_is_refused() {
    let twice = r#"{"access_token":"a","token_type":"Bearer","access_token":"b"}"#;
    let deep = format!(
        r#"{{"access_token":"a","token_type":"Bearer","x":{}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let not = Err(What::Unreadable);
    judge(vec![
        ("mac", with(json!({"token_type": "mac"})), not),
        ("no kind", with(json!({"token_type": null})), not),
        ("a kind that is a number", with(json!({"token_type": 1})), not),
        ("a line break in the token", with(json!({"access_token": "a\r\nX-Evil: 1"})), not),
        ("NUL in the token", with(json!({"access_token": "a\u{0}b"})), not),
        ("letters beyond ASCII in the token", with(json!({"access_token": "tökén"})), not),
        ("an empty token", with(json!({"access_token": ""})), not),
        ("no token", with(json!({"access_token": null})), not),
        ("a token that is an object", with(json!({"access_token": {"a": 1}})), not),
        ("a token of 17 KiB", with(json!({"access_token": "a".repeat(17 * 1024)})), not),
        ("a line break in the refresh token", with(json!({"refresh_token": "a\r\nb"})), not),
        ("a refresh token that is a number", with(json!({"refresh_token": 5})), not),
        ("a page", instead(Canned::page(200)), not),
        ("nothing", instead(Canned::bare(200)), not),
        ("204", instead(Canned::bare(204)), not),
        (
            "a form",
            instead(Canned::new(
                200,
                "application/x-www-form-urlencoded",
                "access_token=a&token_type=Bearer",
            )),
            not,
        ),
        ("JSON called a page", Twist::Fields(vec![("content-type", "text/html".to_owned())]), not),
        ("JSON called nothing", Twist::Fields(vec![("content-type", String::new())]), not),
        ("half of it", Twist::Half, not),
        ("a list", instead(Canned::json(200, &json!(["a"]))), not),
        ("the token twice", instead(Canned::new(200, "application/json", twice)), not),
        ("too deep", instead(Canned::new(200, "application/json", deep)), not),
        ("70 KiB", with(json!({"x": "a".repeat(70 * 1024)})), not),
        ("16 MiB", instead(Canned::new(200, "application/json", vec![b' '; 16 * 1024 * 1024])), not),
        (
            "201",
            Twist::Instead(Canned::json(201, &json!({"access_token": "a", "token_type": "Bearer"}))),
            not,
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_and_whose_must_be_told() {
    let (who, whose) = (Err(What::SignInNotConfirmed), Err(What::NoPatient));
    let part = |at: usize, change: fn(&str) -> String| {
        Twist::edit(move |reply| {
            let token = reply["id_token"].as_str().expect("an id_token").to_owned();
            let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
            parts[at] = change(&parts[at]);
            reply["id_token"] = json!(parts.join("."));
        })
    };
    judge(vec![
        ("a patient that climbs", with(json!({"patient": "../Patient"})), whose),
        ("a patient with a query", with(json!({"patient": "1?x=1"})), whose),
        ("a patient that is a number", with(json!({"patient": 7})), whose),
        ("a patient elsewhere", with(json!({"patient": "https://evil.example/Patient/1"})), whose),
        ("no id_token", with(json!({"id_token": null})), who),
        ("an id_token that is none", with(json!({"id_token": "a.b.c"})), who),
        ("an id_token without its signature", part(2, |_| String::new()), who),
        ("an id_token with another signature", part(2, |s| s.chars().rev().collect()), who),
        // {"alg":"none"}
        ("an id_token that signs itself", part(0, |_| "eyJhbGciOiJub25lIn0".to_owned()), who),
        // {"alg":"HS256"}
        ("an id_token with a shared secret", part(0, |_| "eyJhbGciOiJIUzI1NiJ9".to_owned()), who),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_token_of_another_sign_in_is_refused() {
    let bench = Between::new().await;
    bench.sign_in(0, &[Kind::Vaccines]).await.expect("signed in");
    let seen = bench.front[0].seen();
    let first = seen.iter().find(|s| s.call == Call::Token).expect("a token reply");
    let old: Value = serde_json::from_str(&first.answered).expect("JSON");
    bench.front[0].once(Call::Token, with(json!({"id_token": old["id_token"]})));
    let problem = bench.sign_in(0, &[Kind::Vaccines]).await.expect_err("refused");
    assert_eq!(problem.what, What::SignInNotConfirmed);
    let ended = bench.front[0].seen().iter().filter(|s| s.call == Call::EndToken).count();
    assert_eq!(ended, 1, "the tokens that came with it are given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_apart() {
    let oauth = |status, error: &str| {
        instead(Canned::json(status, &json!({"error": error, "error_description": crate::odd::HOSTILE})))
    };
    judge(vec![
        ("invalid_grant", oauth(400, "invalid_grant"), Err(What::SignInRefused)),
        ("invalid_client", oauth(401, "invalid_client"), Err(What::AppUnknown)),
        ("invalid_scope", oauth(400, "invalid_scope"), Err(What::SignInRefused)),
        ("something new", oauth(400, "\u{202E}new"), Err(What::SignInRefused)),
        ("403 with a page", instead(Canned::page(403)), Err(What::SignInRefused)),
        ("500", instead(Canned::page(500)), Err(What::EhrTrouble)),
        ("503", instead(Canned::bare(503)), Err(What::EhrTrouble)),
        ("429", instead(Canned::bare(429)), Err(What::EhrTrouble)),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_words_are_quoted_without_their_tricks() {
    let bench = Between::new().await;
    let body = json!({"error": "invalid_grant", "error_description": crate::odd::HOSTILE});
    bench.front[0].once(Call::Token, Twist::Instead(Canned::json(400, &body)));
    let problem = bench.sign_in(0, &[Kind::Vaccines]).await.expect_err("refused");
    assert_eq!(problem.said.as_deref(), Some(crate::odd::HARMLESS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_never_sent_where_a_redirect_points() {
    let bench = Between::new().await;
    for (name, canned) in redirects(&bench.trap.at("token")) {
        bench.front[0].once(Call::Token, Twist::Instead(canned));
        let problem = bench.sign_in(0, &[Kind::Vaccines]).await.expect_err("refused");
        assert_eq!(problem.what, What::SentElsewhere, "{name}");
    }
    assert_eq!(bench.trap.heads(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_is_empty_is_short_and_says_so() {
    let bench = Between::new().await;
    for scope in ["", "patient/Immunization.rs", "system/*.cruds \u{202E}"] {
        bench.front[0].once(Call::Token, with(json!({"scope": scope})));
        let problem = bench.sign_in(0, &[Kind::Vaccines]).await.expect_err("short");
        assert_eq!(problem.what, What::ScopesShort, "{scope}");
    }
}
