//! The live lists: always with their date, never empty because a look failed, with entries made elsewhere.

use consentry_core::{
    connection::{Freshness, Move, ShareState},
    kind::Kind,
    view::SignInFor,
};
use consentry_tests::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_read_keeps_what_was_known_and_says_so() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.sandbox.ehrs()[0].faults().down(true);
    let share = bench.until_state(&share.id, ShareState::CannotCheck).await;
    assert!(share.moves.contains(&Move::Stop), "it can be stopped all the same");
    let sharing = bench.app.sharing().expect("sharing");
    assert!(sharing.unsure);
    assert_eq!(sharing.can_get, 1, "what was known stays");
    let list = sharing.lists.iter().find(|l| l.ehr == bench.ehr(0)).expect("the list");
    assert!(matches!(list.freshness, Freshness::Stale { as_of: Some(_), .. }), "{:?}", list.freshness);
    bench.sandbox.ehrs()[0].faults().down(false);
    bench.until_state(&share.id, ShareState::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_the_app_did_not_make_is_shown_and_can_be_stopped() {
    let bench = Bench::new().await;
    let made = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&made.id, ShareState::On).await;
    // Another computer of the same person: it knows nothing of the first one.
    let other = Bench::beside(&bench).await;
    other.sign_in(0, SignInFor::Manage).await.expect("signed in");
    let found = other.until_listed(ShareState::NotFromHere).await;
    assert_eq!(found.kinds, vec![Kind::Vaccines]);
    assert_eq!(other.app.sharing().expect("sharing").need_you, 1);
    other.app.share_know(&found.id).expect("known");
    assert_eq!(other.app.sharing().expect("sharing").need_you, 0);
    other.app.share_stop(&found.id).expect("stop");
    other.until_state(&found.id, ShareState::Stopped).await;
    bench.until_state(&made.id, ShareState::GoneElsewhere).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_keeps_the_share_and_says_that_the_list_is_old() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.app.sign_out(&bench.ehr(0)).await.expect("signed out");
    let share = bench.until_state(&share.id, ShareState::CannotCheck).await;
    assert!(share.moves.contains(&Move::SignInFrom));
    let records = bench.sandbox.ehrs()[0].records();
    assert_eq!(records.authorizations.len(), 1, "signing out stops no share");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_knows_the_share_and_stays_signed_in() {
    let mut bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.restart().await;
    bench.until_state(&share.id, ShareState::On).await;
    assert_eq!(bench.sandbox.ehrs()[0].records().refresh_reuse, 0);
}
