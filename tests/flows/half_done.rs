//! A share that stops in the middle has a name and two ways out.

use consentry_core::{
    connection::{Move, ShareState},
    kind::Kind,
    problem::{Records, What},
};
use consentry_sandbox::{AuthorizationState, Exchange, Fault};
use consentry_tests::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_refuses_leaves_it_half_done_and_it_can_be_finished() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[1].faults().refuse_connect(Some("Closed on Sundays"));
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    let share = bench.until_state(&share.id, ShareState::HalfDone).await;
    let problem = share.problem.clone().expect("a problem");
    assert_eq!((problem.what, problem.records), (What::ConnectRefused, Records::AlreadyAllowed));
    assert!(share.moves.contains(&Move::Finish) && share.moves.contains(&Move::TakeBack));
    assert_eq!(bench.app.sharing().expect("sharing").can_get, 1, "already allowed counts as may get");
    bench.sandbox.ehrs()[1].faults().refuse_connect(None);
    bench.app.share_finish(&share.id).expect("finish");
    bench.until_state(&share.id, ShareState::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_it_back_ends_what_the_source_already_allowed() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[1].faults().refuse_connect(Some("No"));
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::HalfDone).await;
    bench.app.share_take_back(&share.id).expect("take back");
    bench.until_state(&share.id, ShareState::Stopped).await;
    let records = bench.sandbox.ehrs()[0].records();
    assert!(records.authorizations.iter().all(|a| a.state != AuthorizationState::Live), "{records:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_authorize_is_looked_up_and_never_sent_twice() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[0].faults().next(Exchange::Authorize, Fault::LoseReplyAfterCommit);
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    let records = bench.sandbox.ehrs()[0].records();
    assert_eq!(records.authorizations.len(), 1, "one yes, one authorization");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_saving_the_consent_makes_no_second_one() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[0].faults().next(Exchange::ConsentCreate, Fault::LoseReplyAfterCommit);
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    let records = bench.sandbox.ehrs()[0].records();
    assert_eq!(records.consents.iter().filter(|c| c.identifier.is_some()).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_lost_before_the_source_saw_it_waits_for_the_person() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[0].faults().next(Exchange::Authorize, Fault::LoseReplyBeforeCommit);
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    let share = bench.until_state(&share.id, ShareState::HalfDone).await;
    assert_eq!(share.problem.as_ref().map(|p| p.what), Some(What::NotConfirmed));
    assert!(bench.sandbox.ehrs()[0].records().authorizations.is_empty());
    bench.app.share_finish(&share.id).expect("finish");
    bench.until_state(&share.id, ShareState::On).await;
}
