//! Stopping, and the proof of it.

use consentry_core::{
    connection::{Move, Rung, RungState, ShareState},
    kind::Kind,
    problem::{Records, What},
};
use consentry_sandbox::{AuthorizationState, ConnectionState};
use consentry_tests::Bench;

fn rung(share: &consentry_core::connection::ShareView, rung: Rung) -> RungState {
    share.proof.iter().find(|r| r.rung == rung).expect("the rung is shown").state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_proven_in_three_rungs() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.until_records(1, |r| r.connections.iter().any(|c| c.total > 0).then_some(())).await;

    bench.app.share_stop(&share.id).expect("stop");
    let share = bench
        .until(&share.id, |s| {
            s.state == ShareState::Stopped && rung(s, Rung::TurnedAway) == RungState::Proven
        })
        .await;
    assert_eq!(rung(&share, Rung::SaidSo), RungState::Proven);
    assert_eq!(rung(&share, Rung::NotListed), RungState::Proven);
    assert!(share.moves.contains(&Move::ShareAgain));

    let source = bench.sandbox.ehrs()[0].records();
    assert!(source.authorizations.iter().all(|a| a.state == AuthorizationState::Revoked), "{source:#?}");
    assert!(source.consents.iter().filter(|c| c.identifier.is_some()).all(|c| c.status == "inactive"));
    let refused =
        bench.until_records(1, |r| r.connections.iter().find(|c| c.last_refusal.is_some()).cloned()).await;
    assert_ne!(refused.state, ConnectionState::Copying, "the target gave up");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_more_arrives_after_a_stop() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.until_records(1, |r| r.connections.iter().any(|c| c.total > 0).then_some(())).await;
    bench.app.share_stop(&share.id).expect("stop");
    bench.until_state(&share.id, ShareState::Stopped).await;
    let reads = bench.sandbox.ehrs()[0].records().authorizations.iter().map(|a| a.reads).sum::<u64>();
    bench.until_records(1, |r| r.connections.iter().any(|c| c.last_refusal.is_some()).then_some(())).await;
    let later = bench.sandbox.ehrs()[0].records().authorizations.iter().map(|a| a.reads).sum::<u64>();
    assert_eq!(reads, later, "the source let nobody read after the stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_lies_is_caught() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.sandbox.ehrs()[0].faults().lie_on_revoke(true);
    bench.app.share_stop(&share.id).expect("stop");
    let share = bench.until_state(&share.id, ShareState::NotStopped).await;
    let problem = share.problem.clone().expect("a problem");
    assert_eq!((problem.what, problem.records), (What::StillListed, Records::StillShared));
    assert!(share.moves.contains(&Move::TryStopAgain));
    assert_eq!(bench.app.sharing().expect("sharing").need_you, 1);

    bench.sandbox.ehrs()[0].faults().lie_on_revoke(false);
    let share = bench.until_state(&share.id, ShareState::Stopped).await;
    assert_eq!(rung(&share, Rung::NotListed), RungState::Proven, "the app tried again by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_survives_a_source_that_is_down_and_a_restart() {
    let mut bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.sandbox.ehrs()[0].faults().down(true);
    bench.app.share_stop(&share.id).expect("stop");
    let share = bench.until_state(&share.id, ShareState::NotStopped).await;
    bench.restart().await;
    let again = bench.app.share(&share.id).expect("still there").share;
    assert!(matches!(again.state, ShareState::NotStopped | ShareState::Stopping), "{:?}", again.state);
    bench.sandbox.ehrs()[0].faults().down(false);
    bench.until_state(&share.id, ShareState::Stopped).await;
}
