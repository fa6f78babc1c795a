//! Setting up a share while one answer is odd: the state, the words and the records code, against what the hospitals
//! themselves know. Every case is taken back at the end, and then nobody is allowed.

use consentry_core::{
    connection::{
        ShareState, ShareView,
        journal::{Step, StepState},
    },
    kind::Kind,
    problem::{Records, What},
};
use consentry_tests::{
    between::Between,
    proxy::{Call, Canned, Twist},
};
use serde_json::{Value, json};

use crate::odd::{HARMLESS, HOSTILE, bundle, few, no, outcome, parameters, redirects, settled, unclear};

/// State, and what and records when there is a problem.
type Expected = (ShareState, Option<(What, Records)>);

const ON: Expected = (ShareState::On, None);
/// Nobody knows, and a look said no.
const LOOKED: Expected = (ShareState::HalfDone, Some((What::NotConfirmed, Records::NothingShared)));

const fn half(what: What, records: Records) -> Expected {
    (ShareState::HalfDone, Some((what, records)))
}

async fn run(bench: &Between, which: usize, call: Call, twist: Twist) -> ShareView {
    bench.pick(&[Kind::Vaccines]);
    // A Consent may be read for the list as well: that must not use up the twist.
    match call {
        Call::ConsentRead => bench.front[which].always(call, twist),
        _ => bench.front[which].once(call, twist),
    }
    let share = bench.sign().await.expect("the share starts");
    bench.until(&share.id, settled).await
}

/// Takes it back, and looks at the hospital whether nobody is allowed.
async fn undo(bench: &Between, name: &str, share: &ShareView) {
    bench.front.iter().for_each(consentry_tests::proxy::Proxy::honest);
    bench.app.share_stop(&share.id).expect("taken back");
    // Also the paper: reading it again must not meet the next case's twist.
    let over = |s: &ShareView| {
        let filed = s.steps.iter().any(|s| s.step == Step::FileConsent && s.state == StepState::Done);
        matches!(s.state, ShareState::Stopped | ShareState::NothingShared) && !filed
    };
    bench.until(&share.id, over).await;
    assert_eq!(bench.live_under(&share.id), 0, "{name}: nobody is allowed after it was taken back");
}

async fn judge(which: usize, call: Call, cases: Vec<(&str, Twist, Expected)>) {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    let mut wrong = Vec::new();
    for (name, twist, (state, problem)) in cases {
        let share = run(&bench, which, call, twist).await;
        let found = share.problem.as_ref().map(|p| (p.what, p.records));
        if (share.state, found) != (state, problem) {
            wrong.push(format!("{name}: {:?} {found:?}, not {state:?} {problem:?}", share.state));
        }
        let live = bench.live_under(&share.id);
        assert!(live <= 1, "{name}: one yes, one authorization");
        if share.state == ShareState::NothingShared || found.is_some_and(|(_, r)| r == Records::NothingShared)
        {
            assert_eq!(live, 0, "{name}: nothing is shared");
        }
        if share.state == ShareState::On {
            assert_eq!(live, 1, "{name}: on means on");
        }
        undo(&bench, name, &share).await;
    }
    assert_eq!(bench.trap.heads(), Vec::<String>::new(), "no bearer went elsewhere");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn instead(canned: Canned) -> Twist {
    Twist::Instead(canned)
}

#[tokio::test(flavor = "multi_thread")]
async fn authorize_that_did_not_happen_is_not_called_on() {
    let nothing = Records::NothingShared;
    let mut cases = vec![
        ("200 with nothing", instead(Canned::bare(200)), LOOKED),
        ("204", instead(Canned::bare(204)), LOOKED),
        (
            "an outcome that tells something",
            instead(Canned::json(200, &outcome("information", "informational", "Fine"))),
            LOOKED,
        ),
        ("400", instead(no(400, "Bad")), half(What::AuthorizeRefused, nothing)),
        ("403", instead(no(403, "No")), half(What::AuthorizeRefused, nothing)),
        ("422", instead(no(422, "Odd")), half(What::AuthorizeRefused, nothing)),
        ("403 with a page", instead(Canned::page(403)), half(What::AuthorizeRefused, nothing)),
        ("404", instead(Canned::bare(404)), half(What::NotOffered, nothing)),
        (
            "404 for the Consent",
            instead(Canned::json(404, &outcome("error", "not-found", "Which?"))),
            half(What::Gone, nothing),
        ),
        ("405", instead(Canned::bare(405)), half(What::NotOffered, nothing)),
        ("501", instead(Canned::bare(501)), half(What::NotOffered, nothing)),
        ("410", instead(Canned::bare(410)), half(What::Gone, nothing)),
        ("413", instead(Canned::bare(413)), half(What::Internal, nothing)),
        ("429", instead(Canned::bare(429)), half(What::TooBusy, nothing)),
        ("401 once", instead(Canned::bare(401)), ON),
    ];
    cases.extend(unclear().into_iter().map(|(name, canned)| (name, instead(canned), LOOKED)));
    judge(0, Call::Authorize, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn authorize_that_happened_is_found_whatever_was_answered() {
    let mut cases = vec![("200 with nothing", Twist::After(Canned::bare(200)), ON)];
    cases.extend(few().into_iter().map(|(name, canned)| (name, Twist::After(canned), ON)));
    judge(0, Call::Authorize, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_with_a_bearer() {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    let calls = [
        (0, Call::ConsentCreate),
        (0, Call::ConsentRead),
        (0, Call::Authorize),
        (1, Call::Connect),
        (0, Call::Authorizations),
    ];
    for (which, call) in calls {
        for (name, canned) in redirects(&bench.trap.at("fhir/Consent/1")) {
            let share = run(&bench, which, call, instead(canned)).await;
            assert!(share.state != ShareState::Stopped, "{call:?} {name}");
            if call != Call::Authorizations {
                assert_ne!(share.state, ShareState::On, "{call:?} {name}");
            }
            undo(&bench, name, &share).await;
        }
    }
    assert_eq!(bench.trap.heads(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_is_a_yes_a_no_or_not_known() {
    let allowed = Records::AlreadyAllowed;
    let not_known = half(What::NotConfirmed, allowed);
    let refused = half(What::ConnectRefused, allowed);
    let mut cases = vec![
        ("200 with nothing", instead(Canned::bare(200)), ON),
        ("204", instead(Canned::bare(204)), ON),
        ("a note", instead(Canned::json(200, &outcome("information", "informational", "Fine"))), ON),
        (
            "accepted, in an error's clothes",
            instead(Canned::json(200, &outcome("error", "informational", "Connection Accepted"))),
            ON,
        ),
        (
            "could not be accepted",
            instead(Canned::json(200, &outcome("error", "processing", "Could not be accepted"))),
            not_known,
        ),
        ("a Bundle", instead(Canned::json(200, &bundle())), not_known),
        ("400", instead(no(400, "Bad")), refused),
        ("403", instead(no(403, "No")), refused),
        ("404", instead(Canned::bare(404)), half(What::NotOffered, allowed)),
        ("429", instead(Canned::bare(429)), half(What::TooBusy, allowed)),
    ];
    cases.extend(few().into_iter().map(|(name, canned)| (name, instead(canned), not_known)));
    judge(1, Call::Connect, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_was_not_saved_shares_nothing() {
    let nothing = Records::NothingShared;
    let unsaved = |what| (ShareState::NothingShared, Some((what, nothing)));
    let mut cases = vec![
        ("200 with nothing", instead(Canned::bare(200)), unsaved(What::NotConfirmed)),
        ("201 with nothing", instead(Canned::bare(201)), unsaved(What::NotConfirmed)),
        ("204", instead(Canned::bare(204)), unsaved(What::NotConfirmed)),
        (
            "201 with an error inside",
            instead(Canned::json(201, &outcome("error", "exception", "No"))),
            unsaved(What::NotConfirmed),
        ),
        (
            "an id that climbs",
            instead(Canned::json(201, &json!({"resourceType": "Consent", "id": "../Patient/1"}))),
            unsaved(What::NotConfirmed),
        ),
        ("400", instead(no(400, "Bad")), unsaved(What::ConsentRefused)),
        ("403", instead(no(403, "No")), unsaved(What::NotAllowed)),
        ("422", instead(no(422, "Odd")), unsaved(What::ConsentRefused)),
        ("405", instead(Canned::bare(405)), unsaved(What::NotOffered)),
    ];
    let several =
        few().into_iter().map(|(name, canned)| (name, instead(canned), unsaved(What::NotConfirmed)));
    cases.extend(several);
    judge(0, Call::ConsentCreate, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_was_saved_is_found_by_its_identifier() {
    let elsewhere = |field| {
        let fields = vec![(field, "https://evil.example/fhir/Consent/1".to_owned())];
        Twist::After(Canned { status: 201, fields, body: Vec::new() })
    };
    let mut cases = vec![
        ("201 with nothing", Twist::After(Canned::bare(201)), ON),
        ("a Location elsewhere", elsewhere("location"), ON),
        ("a Content-Location elsewhere", elsewhere("content-location"), ON),
    ];
    cases.extend(few().into_iter().map(|(name, canned)| (name, Twist::After(canned), ON)));
    judge(0, Call::ConsentCreate, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_is_not_what_was_signed_is_not_authorized() {
    let differs = half(What::ConsentDiffers, Records::NothingShared);
    let change = |pointer: &'static str, value: Value| {
        Twist::edit(move |consent| *consent.pointer_mut(pointer).expect("it is there") = value.clone())
    };
    let no_end = |consent: &mut Value| {
        for period in ["/provision/period", "/provision/provision/0/period"] {
            if let Some(period) = consent.pointer_mut(period).and_then(Value::as_object_mut) {
                period.remove("end");
            }
        }
    };
    let wider = |consent: &mut Value| {
        let classes = consent.pointer_mut("/provision/provision/0/class").and_then(Value::as_array_mut);
        let classes = classes.expect("classes");
        let mut more = classes[0].clone();
        more["code"] = json!("patient/*.cruds");
        classes.push(more);
    };
    let nothing = Records::NothingShared;
    judge(
        0,
        Call::ConsentRead,
        vec![
            ("no end", Twist::edit(no_end), differs),
            ("more scopes", Twist::edit(wider), differs),
            ("inactive", change("/status", json!("inactive")), differs),
            ("a draft", change("/status", json!("draft")), differs),
            ("another patient", change("/patient", json!({"reference": "Patient/other"})), differs),
            ("no identifier", change("/identifier", json!([])), differs),
            ("another id", change("/id", json!("other")), half(What::Unreadable, nothing)),
            ("another kind", change("/resourceType", json!("Contract")), half(What::Unreadable, nothing)),
            ("a page", instead(Canned::page(200)), half(What::Unreadable, nothing)),
            ("nothing", instead(Canned::bare(200)), half(What::Unreadable, nothing)),
            ("half of it", Twist::Half, half(What::Unreadable, nothing)),
            ("404", instead(Canned::bare(404)), half(What::Gone, nothing)),
            ("500", instead(Canned::bare(500)), half(What::EhrTrouble, nothing)),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_could_not_be_confirmed_is_not_called_on() {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    for (name, canned) in few() {
        bench.pick(&[Kind::Vaccines]);
        bench.front[0].always(Call::Authorizations, instead(canned));
        let share = bench.sign().await.expect("the share starts");
        let share = bench.until(&share.id, settled).await;
        assert_eq!(share.state, ShareState::HalfDone, "{name}");
        assert_eq!(share.problem.as_ref().map(|p| p.records), Some(Records::NotKnown), "{name}");
        assert_eq!(bench.app.sharing().expect("sharing").can_get, 1, "{name}: somebody may get them");
        undo(&bench, name, &share).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hospital_says_is_quoted_without_its_tricks() {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    let share = run(&bench, 0, Call::Authorize, instead(no(403, HOSTILE))).await;
    assert_eq!(share.problem.as_ref().and_then(|p| p.said.clone()).as_deref(), Some(HARMLESS));
    undo(&bench, "refused", &share).await;
    let long = no(403, &"word ".repeat(20_000));
    let share = run(&bench, 0, Call::Authorize, instead(long)).await;
    let said = share.problem.as_ref().and_then(|p| p.said.clone()).expect("words");
    assert!(said.chars().count() <= 301);
    undo(&bench, "long", &share).await;
    let note = parameters(&json!([{"name": "message", "valueString": HOSTILE}]));
    let share = run(&bench, 0, Call::Authorize, Twist::After(note)).await;
    assert_eq!(share.state, ShareState::On);
    assert!(share.notes.contains(&HARMLESS.to_owned()), "{:?}", share.notes);
}
