//! The live list while the source answers oddly: what was known stays, with its date, and says that it is old.

use consentry_core::{
    connection::{Freshness, ShareState, ShareView},
    kind::Kind,
};
use consentry_tests::{
    between::Between,
    proxy::{Call, Canned, Twist},
};
use serde_json::{Value, json};

use crate::odd::{HARMLESS, HOSTILE, bundle, no, outcome, parameters, redirects, unclear};

async fn on() -> (Between, ShareView) {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    let share = bench.sign().await.expect("the share starts");
    let share = bench.until(&share.id, |s| s.state == ShareState::On).await;
    (bench, share)
}

fn freshness(bench: &Between) -> Freshness {
    let (id, sharing) = (bench.ehr(0), bench.app.sharing().expect("sharing"));
    sharing.lists.into_iter().find(|l| l.ehr == id).expect("the list").freshness
}

/// With each of these answers the share is kept, the list is old, and nothing is gone.
async fn kept(call: Call, cases: Vec<(&str, Canned)>) {
    let (bench, share) = on().await;
    let mut wrong = Vec::new();
    for (name, canned) in cases {
        bench.front[0].always(call, Twist::Instead(canned));
        let sharing = bench.app.check_now().await.expect("sharing");
        let now = bench.app.share(&share.id).expect("the share").share;
        let stays = sharing.can_get == 1 && sharing.shares.len() == 1 && now.as_of.is_some();
        if now.state != ShareState::CannotCheck || !stays || !sharing.unsure {
            wrong.push(format!(
                "{name}: {:?}, {:?}, {} may get",
                now.state,
                freshness(&bench),
                sharing.can_get
            ));
        }
        bench.front[0].honest();
        bench.app.check_now().await.expect("sharing");
        bench.until(&share.id, |s| s.state == ShareState::On).await;
    }
    assert_eq!(bench.trap.heads(), Vec::<String>::new());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn authorizations_that_cannot_be_read_hide_no_share() {
    let mut cases = vec![
        ("200 with nothing", Canned::bare(200)),
        ("204", Canned::bare(204)),
        ("an empty Bundle", Canned::json(200, &bundle())),
        ("kind words", Canned::json(200, &outcome("information", "informational", "None"))),
        ("404", Canned::bare(404)),
        ("410", Canned::bare(410)),
        ("403", no(403, "No")),
        ("400", no(400, "Bad")),
        ("405", Canned::bare(405)),
        ("429", Canned::bare(429)),
        ("a list that is a text", parameters(&json!("none"))),
        ("a list of nothing", parameters(&json!([null]))),
        ("an entry without a name", parameters(&json!([{"part": []}]))),
        ("parts that are a text", parameters(&json!([{"name": "token", "part": "x"}]))),
        (
            "an error in the list",
            parameters(&json!([{"name": "outcome", "resource": outcome("error", "exception", "Half")}])),
        ),
    ];
    cases.extend(unclear());
    cases.extend(redirects("http://127.0.0.1:9/list"));
    kept(Call::Authorizations, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consents_that_cannot_be_read_to_their_end_hide_no_share() {
    let next = |to: &str| json!({"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": to}]});
    let mut cases = vec![
        ("200 with nothing", Canned::bare(200)),
        ("a list of another kind", Canned::json(200, &json!({"resourceType": "List"}))),
        ("kind words", Canned::json(200, &outcome("information", "informational", "None"))),
        (
            "an outcome among the entries",
            Canned::json(
                200,
                &json!({"resourceType": "Bundle", "type": "searchset", "entry": [{"search": {"mode": "outcome"}, "resource": outcome("error", "incomplete", "Half of it")}]}),
            ),
        ),
        ("more elsewhere", Canned::json(200, &next("https://evil.example/fhir/Consent?page=2"))),
        ("more outside", Canned::json(200, &next("/other/Consent?page=2"))),
        ("more of a script", Canned::json(200, &next("javascript:alert(1)"))),
        (
            "entries announced and not there",
            Canned::json(200, &json!({"resourceType": "Bundle", "type": "searchset", "total": 3})),
        ),
        (
            "entries that are a text",
            Canned::json(200, &json!({"resourceType": "Bundle", "type": "searchset", "entry": "none"})),
        ),
        (
            "entries without resources",
            Canned::json(200, &json!({"resourceType": "Bundle", "type": "searchset", "entry": [{}]})),
        ),
        (
            "a transaction's answer",
            Canned::json(200, &json!({"resourceType": "Bundle", "type": "transaction-response"})),
        ),
        ("403", no(403, "No")),
        ("404", Canned::bare(404)),
    ];
    cases.extend(unclear().into_iter().filter(|(name, _)| *name != "too large"));
    cases.push(("too large", Canned::new(200, "application/fhir+json", vec![b' '; 9 * 1024 * 1024])));
    kept(Call::ConsentSearch, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_page_is_asked_below_the_same_base_only() {
    let (bench, share) = on().await;
    let next = bench.trap.at("fhir/Consent?page=2");
    let lead = Twist::edit(move |list| list["link"] = json!([{"relation": "next", "url": next}]));
    bench.front[0].always(Call::ConsentSearch, lead);
    bench.app.check_now().await.expect("sharing");
    assert_eq!(bench.app.share(&share.id).expect("the share").share.state, ShareState::CannotCheck);
    assert_eq!(bench.trap.heads(), Vec::<String>::new(), "no bearer went there");
}

/// With each of these lists, read as they stand.
async fn read(bench: &Between, parameter: &Value) -> Vec<ShareView> {
    bench.front[0].honest();
    bench.front[0].always(Call::Authorizations, Twist::Instead(parameters(parameter)));
    let shares = bench.app.check_now().await.expect("sharing").shares;
    assert!(
        matches!(freshness(bench), Freshness::Fresh { .. } | Freshness::Asking { .. }),
        "{:?}",
        freshness(bench)
    );
    shares
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_in_another_form_are_read() {
    let (bench, share) = on().await;
    let app = bench.front[1].base().as_str().to_owned();
    let id = json!({"name": "app-id", "valueUri": app});
    let month = json!({"name": "duration", "valueDuration": {"value": 30, "unit": "days", "code": "d"}});
    for (name, list) in [
        ("plain", json!([{"name": "token", "part": [id, month]}])),
        ("one level deeper", json!([{"name": "tokens", "part": [{"name": "token", "part": [id]}]}])),
        ("in capitals", json!([{"name": "Token", "part": [{"name": "APP-ID", "valueString": app}]}])),
        ("a single thing", json!({"name": "token", "part": id})),
        (
            "more parts",
            json!([{"name": "token", "part": [id, {"name": "x", "part": [{"name": "y"}]}, {"name": "issued", "valueInstant": "2026-01-01T00:00:00Z"}]}]),
        ),
        (
            "a length of no kind",
            json!([{"name": "token", "part": [id, {"name": "duration", "valueDuration": {"value": -5, "code": "fortnight"}}]}]),
        ),
        ("the same twice", json!([{"name": "token", "part": [id]}, {"name": "token", "part": [id]}])),
        (
            "with a slash",
            json!([{"name": "token", "part": [{"name": "app-id", "valueUri": format!("{app}/")}]}]),
        ),
    ] {
        let shares = read(&bench, &list).await;
        let ours: Vec<_> = shares.iter().filter(|s| s.id == share.id).collect();
        assert!(matches!(ours.as_slice(), [one] if one.state == ShareState::On), "{name}: {ours:#?}");
        assert_eq!(shares.len(), 1, "{name}: nobody else is there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_names_nobody_is_shown_and_not_dropped() {
    let (bench, share) = on().await;
    let id = json!({"name": "app-id", "valueUri": bench.front[1].base().as_str()});
    let nobody =
        [json!({"name": "token"}), json!({"name": "token", "part": [{"name": "app-id", "valueUri": ""}]})];
    for nobody in nobody {
        let shares = read(&bench, &json!([{"name": "token", "part": [id]}, nobody])).await;
        assert!(shares.iter().any(|s| s.id == share.id && s.state == ShareState::On));
        assert!(shares.iter().any(|s| s.state == ShareState::NotFromHere), "{nobody}: {shares:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_entry_is_shown_with_its_true_host_and_without_tricks() {
    let (bench, _share) = on().await;
    let strange = "https://evil.example/\u{202E}ribnret/<b>Tern Bay</b>";
    let list = json!([
        {"name": "token", "part": [{"name": "app-id", "valueUri": bench.front[1].base().as_str()}]},
        {"name": "token", "part": [{"name": "app-id", "valueUri": strange}, {"name": "error", "valueString": HOSTILE}]},
        {"name": "token", "part": [{"name": "app-id", "valueUri": "javascript:alert(1)"}]},
    ]);
    let shares = read(&bench, &list).await;
    let found: Vec<_> = shares.iter().filter(|s| s.state == ShareState::NotFromHere).collect();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found.iter().any(|s| s.to.host.as_deref() == Some("evil.example") && s.notes == [HARMLESS]),
        "{found:#?}"
    );
    let seen = serde_json::to_string(&found).expect("JSON");
    assert!(!seen.contains('\u{202E}') && !seen.contains("\\u0000"), "{seen}");
    assert_eq!(bench.app.sharing().expect("sharing").need_you, 2, "the person must look at them");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_with_an_error_is_on_and_to_be_checked() {
    let (bench, share) = on().await;
    let id = json!({"name": "app-id", "valueUri": bench.front[1].base().as_str()});
    let shares =
        read(&bench, &json!([{"name": "token", "part": [id, {"name": "error", "valueString": HOSTILE}]}]))
            .await;
    assert!(shares.iter().any(|s| s.id == share.id && s.state == ShareState::OnCheckThis));
    let detail = bench.app.share(&share.id).expect("the share");
    let shown = serde_json::to_string(&detail).expect("JSON");
    assert!(shown.contains(HARMLESS) && !shown.contains('\u{202E}'), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_well_formed_list_without_it_is_believed() {
    let (bench, share) = on().await;
    bench.front[0].always(
        Call::Authorizations,
        Twist::Instead(Canned::json(200, &json!({"resourceType": "Parameters"}))),
    );
    bench.app.check_now().await.expect("sharing");
    let share = bench.until(&share.id, |s| s.state != ShareState::On).await;
    assert_eq!(share.state, ShareState::GoneElsewhere, "gone, and not by us: never called stopped");
}
