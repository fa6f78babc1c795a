//! What nobody can tell is never taken for done, never sent again unasked, and never asked about without a pause.

use consentry_core::{
    choice::{Draft, HowLong, Purpose},
    connection::{Happened, ShareState},
    kind::Kind,
    problem::What,
    view::SignInFor,
};
use consentry_sandbox::{AuthorizationState, Exchange, Fault};
use consentry_tests::{Bench, PATIENCE, file_vault::FileVault};
use serde_json::json;

fn live(bench: &Bench) -> usize {
    let records = bench.sandbox.ehrs()[0].records();
    records.authorizations.iter().filter(|a| a.state == AuthorizationState::Live).count()
}

/// `$authorize` is done, its answer is lost, and the list does not have it for a while.
async fn late_authorization(bench: &Bench) -> String {
    let faults = bench.sandbox.ehrs()[0].faults();
    faults.next(Exchange::Authorize, Fault::LoseReplyAfterCommit);
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    for _ in 0..4 {
        let nobody = json!({"resourceType": "Parameters"});
        faults.next(Exchange::Authorizations, Fault::Status(200, Some(nobody)));
    }
    bench.until(&share.id, |s| s.state != ShareState::SettingUp && faults.waiting() == 0).await;
    share.id
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_what_cannot_be_looked_up_waits_and_goes_on_by_itself() {
    let bench = Bench::new().await;
    let faults = bench.sandbox.ehrs()[0].faults();
    faults.next(Exchange::ConsentCreate, Fault::LoseReplyAfterCommit);
    for _ in 0..8 {
        faults.next(Exchange::ConsentRead, Fault::Html(500));
    }
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::HalfDone).await;
    faults.down(true);
    bench.app.share_take_back(&share.id).expect("take back");
    bench.until_state(&share.id, ShareState::NotStopped).await;
    let failed = |bench: &Bench| {
        let history = bench.app.share(&share.id).expect("a detail").history;
        history.iter().filter(|l| l.happened == Happened::Failed).count()
    };
    assert!(failed(&bench) < 10, "it asks with pauses: {}", failed(&bench));
    faults.clear();
    bench.until_state(&share.id, ShareState::NothingShared).await;
    let records = bench.sandbox.ehrs()[0].records();
    assert!(records.consents.iter().filter(|c| c.identifier.is_some()).all(|c| c.status == "inactive"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_comes_late_counts() {
    let bench = Bench::new().await;
    let id = late_authorization(&bench).await;
    let counted = tokio::time::timeout(PATIENCE, async {
        while bench.app.sharing().expect("sharing").can_get == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    counted.await.expect("the list shows that they may get records");
    bench.app.share_finish(&id).expect("finish");
    bench.until_state(&id, ShareState::On).await;
    assert_eq!(bench.sandbox.ehrs()[0].records().authorizations.len(), 1, "one yes, one authorization");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_comes_late_ends_with_its_share() {
    let bench = Bench::new().await;
    let id = late_authorization(&bench).await;
    bench.app.share_take_back(&id).expect("take back");
    bench.until(&id, |s| matches!(s.state, ShareState::Stopped | ShareState::NothingShared)).await;
    let state = bench.sandbox.ehrs()[0].records().authorizations.iter().map(|a| a.state).collect::<Vec<_>>();
    assert_eq!(state, [AuthorizationState::Revoked], "stopped, not only covered up");
    assert_eq!(live(&bench), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_loses_answers_is_told_once_for_each_yes() {
    let bench = Bench::new().await;
    let faults = bench.sandbox.ehrs()[1].faults();
    for _ in 0..2 {
        faults.next(Exchange::Connect, Fault::LoseReplyBeforeCommit);
    }
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::HalfDone).await;
    bench.app.share_finish(&share.id).expect("finish");
    bench.until(&share.id, |_| faults.waiting() == 0).await;
    let share = bench.until(&share.id, |s| s.state != ShareState::SettingUp).await;
    assert_eq!(share.state, ShareState::HalfDone, "one press, one try");
    assert!(bench.sandbox.ehrs()[1].records().connections.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_a_target_that_never_answers() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[1].faults().next(Exchange::Connect, Fault::StallAfterCommit);
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_records(1, |r| (!r.connections.is_empty()).then_some(())).await;
    // The app itself gives up on an answer after four seconds.
    let asked = tokio::time::Instant::now();
    bench.app.share_stop(&share.id).expect("stop");
    bench.until_state(&share.id, ShareState::Stopped).await;
    assert!(asked.elapsed() < std::time::Duration::from_secs(3), "after {:?}", asked.elapsed());
    assert_eq!(live(&bench), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_waits_for_a_sign_in_asks_once() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.app.sign_out(&bench.ehr(0)).await.expect("signed out");
    bench.app.share_stop(&share.id).expect("stop");
    let stopping = bench.until_state(&share.id, ShareState::NotStopped).await;
    assert_eq!(stopping.problem.map(|p| p.what), Some(What::SignInNeeded));
    for _ in 0..5 {
        let heard = bench.bell.heard().len();
        bench.app.check_now().await.expect("checked");
        bench.until_fresh(1).await;
        assert!(bench.bell.heard().len() >= heard);
    }
    let history = bench.app.share(&share.id).expect("a detail").history;
    let failed = history.iter().filter(|l| l.happened == Happened::Failed).count();
    assert!(failed <= 1, "the journal does not fill up: {failed}");
    bench.sign_in(0, SignInFor::Manage).await.expect("signed in");
    bench.until_state(&share.id, ShareState::Stopped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_a_source_cannot_find_is_no_empty_list() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    for _ in 0..3 {
        bench.sandbox.ehrs()[0].faults().next(Exchange::Authorizations, Fault::Html(404));
    }
    bench
        .until(&share.id, |s| {
            assert_ne!(s.state, ShareState::GoneElsewhere, "a 404 is no proof");
            s.state == ShareState::CannotCheck
        })
        .await;
    bench.until_state(&share.id, ShareState::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_forgets_a_consent_hides_no_share() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    for _ in 0..4 {
        let nothing = json!({"resourceType": "Bundle", "type": "searchset", "total": 0});
        bench.sandbox.ehrs()[0].faults().next(Exchange::ConsentRead, Fault::Status(200, Some(nothing)));
    }
    bench
        .until(&share.id, |s| {
            assert_ne!(s.state, ShareState::GoneElsewhere, "it is on");
            bench.sandbox.ehrs()[0].faults().waiting() == 0
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_that_was_forgotten_and_added_again_still_stops_its_shares() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    let address = bench.sandbox.ehrs()[0].base().as_str().to_owned();
    bench.app.ehr_forget(&bench.ehr(0)).await.expect("forgotten");
    bench.until_state(&share.id, ShareState::CannotCheck).await;
    assert!(bench.app.sharing().expect("sharing").unsure);
    bench.app.ehr_add(&address).await.expect("added again");
    bench.sign_in(0, SignInFor::Manage).await.expect("signed in");
    bench.until_state(&share.id, ShareState::On).await;
    assert_eq!(bench.app.sharing().expect("sharing").shares.len(), 1, "one share, not a stranger beside it");
    bench.app.share_stop(&share.id).expect("stop");
    bench.until_state(&share.id, ShareState::Stopped).await;
    assert_eq!(live(&bench), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_that_would_get_the_codes_of_another_is_refused() {
    let bench = Bench::new().await;
    let [a, b] = bench.sandbox.ehrs();
    let at = |path: &str, base: &url::Url| base.join(path).expect("a URL").to_string();
    let mixed = json!({
        "authorization_endpoint": at("/oauth/authorize", a.base()),
        "token_endpoint": at("/oauth/token", b.base()),
        "capabilities": ["launch-standalone"],
    });
    b.faults().next(Exchange::SmartConfiguration, Fault::Status(200, Some(mixed.clone())));
    let refused = bench.app.ehr_add(b.base().as_str()).await.expect_err("refused");
    assert_eq!(refused.what, What::SettingsContradict);
    b.faults().next(Exchange::SmartConfiguration, Fault::Status(200, Some(mixed)));
    let refused = bench.app.sign_in(&bench.ehr(1), &SignInFor::Manage).await.expect_err("refused");
    assert_eq!(refused.what, What::SettingsContradict);
}

#[tokio::test(flavor = "multi_thread")]
async fn practice_knows_no_other_hospitals() {
    let bench = Bench::new().await;
    let refused = bench.app.ehr_add("https://127.0.0.1:1/fhir").await.expect_err("refused");
    assert_eq!(refused.what, What::NotSecure);
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_stop_twice_is_one_stop() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    let other = Bench::beside(&bench).await;
    other.sign_in(0, SignInFor::Manage).await.expect("signed in");
    let found = other.until_listed(ShareState::NotFromHere).await;
    let (one, two) = std::thread::scope(|scope| {
        let press = || {
            let (app, id, runtime) = (other.app.clone(), found.id.clone(), tokio::runtime::Handle::current());
            move || {
                let _inside = runtime.enter();
                app.share_stop(&id)
            }
        };
        let (one, two) = (scope.spawn(press()), scope.spawn(press()));
        (one.join().expect("no panic"), two.join().expect("no panic"))
    });
    one.expect("stop");
    two.expect("stop again");
    other.until_state(&found.id, ShareState::Stopped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_what_is_no_hospital_touches_nothing_in_the_keyring() {
    let bench =
        Bench::with_vault(|folder| std::sync::Arc::new(FileVault::new(folder.join("vault.json")))).await;
    let seal = bench.vault.get("seal").expect("the keyring answers").expect("a key");
    let seal_is_no_hospital = consentry_core::ehr::EhrId::stored("seal");
    let refused = bench.app.ehr_forget(&seal_is_no_hospital).await.expect_err("refused");
    assert_eq!(refused.what, What::Gone);
    bench.app.sign_out(&seal_is_no_hospital).await.expect_err("refused");
    let still = bench.vault.get("seal").expect("the keyring answers").expect("a key");
    assert!(still.same_as(seal.expose()));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_any_length_are_cut_and_kinds_counted_once() {
    let bench = Bench::new().await;
    let draft = Draft {
        from: Some(bench.ehr(0)),
        to: Some(bench.ehr(1)),
        way: consentry_core::connection::way::Way::default(),
        under: None,
        kinds: vec![Kind::Vaccines; 10_000],
        purpose: Some(Purpose::Other { words: "why ".repeat(100_000) }),
        how_long: Some(HowLong::OneDay),
    };
    let kept = bench.app.draft_set(draft).expect("kept").draft;
    assert_eq!(kept.kinds, [Kind::Vaccines]);
    let Some(Purpose::Other { words }) = kept.purpose else { panic!("the purpose is kept") };
    assert!(words.chars().count() <= 81, "{}", words.len());
}
