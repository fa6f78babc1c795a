//! Two people at one computer and one hospital: nobody's sign-in is ever used for somebody else's share.

use consentry_core::{
    connection::{Move, ShareState},
    ehr::SessionView,
    kind::Kind,
    problem::What,
    view::SignInFor,
};
use consentry_sandbox::{AuthorizationState, Exchange, Fault};
use consentry_tests::{Bench, PATIENCE};

fn live(bench: &Bench) -> usize {
    let records = bench.sandbox.ehrs()[0].records();
    records.authorizations.iter().filter(|a| a.state == AuthorizationState::Live).count()
}

fn comes(bench: &Bench, who: &str) {
    bench.person.will(|p| p.who = who.to_owned());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_never_proven_with_another_persons_sign_in() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    comes(&bench, "Maria Okafor");
    bench.sign_in(0, SignInFor::Manage).await.expect("signed in");
    bench.app.share_stop(&share.id).expect("stop");
    // To Maria the hospital says that there is no such Consent. That proves nothing.
    let share = bench
        .until(&share.id, |s| {
            assert_ne!(s.state, ShareState::Stopped, "a live share is called stopped");
            s.state == ShareState::NotStopped
        })
        .await;
    assert_eq!(live(&bench), 1);
    assert_eq!(share.problem.as_ref().map(|p| p.what), Some(What::DifferentPatient));
    assert!(share.moves.contains(&Move::SignInFrom));
    comes(&bench, "Paul Tindall");
    bench.sign_in(0, SignInFor::Manage).await.expect("signed in");
    bench.until_state(&share.id, ShareState::Stopped).await;
    assert_eq!(live(&bench), 0, "the stop went on by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_not_called_gone_because_somebody_elses_list_lacks_it() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    comes(&bench, "Maria Okafor");
    bench.sign_in(0, SignInFor::Manage).await.expect("signed in");
    bench.until_fresh(0).await;
    comes(&bench, "Paul Tindall");
    // The last list was Maria's, and the next one takes its time.
    bench.sandbox.ehrs()[0].faults().next(Exchange::ConsentRead, Fault::StallBeforeCommit);
    bench.sign_in(0, SignInFor::Manage).await.expect("signed in");
    bench
        .until(&share.id, |s| {
            assert_ne!(s.state, ShareState::GoneElsewhere, "it is on");
            s.state == ShareState::On
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_never_told_with_another_persons_sign_in() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[1].faults().refuse_connect(Some("Closed on Sundays"));
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::HalfDone).await;
    bench.sandbox.ehrs()[1].faults().refuse_connect(None);
    comes(&bench, "Maria Okafor");
    bench.sign_in(1, SignInFor::Target { kinds: vec![Kind::Vaccines] }).await.expect("signed in");
    bench.app.share_finish(&share.id).expect("finish");
    let share = bench
        .until(&share.id, |s| {
            s.state == ShareState::HalfDone
                && s.problem.as_ref().is_some_and(|p| p.what == What::DifferentPatient)
        })
        .await;
    assert!(share.moves.contains(&Move::SignInTo));
    let records = bench.sandbox.ehrs()[1].records();
    assert!(
        records.connections.is_empty(),
        "nothing of Paul's may land near Maria: {:?}",
        records.connections
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_not_signed_after_somebody_else_signed_in() {
    let bench = Bench::new().await;
    let kinds = vec![Kind::Vaccines];
    bench.draft(&kinds).expect("a draft");
    bench.sign_in(0, SignInFor::Source { kinds: kinds.clone() }).await.expect("signed in");
    bench.sign_in(1, SignInFor::Target { kinds: kinds.clone() }).await.expect("signed in");
    let review = bench.app.review().await.expect("a review");
    comes(&bench, "Maria Okafor");
    bench.sign_in(0, SignInFor::Source { kinds }).await.expect("signed in");
    let yes = consentry_core::review::Approval {
        approval: review.approval,
        typed_name: review.signer,
        charts: consentry_core::person::ChartsAnswer::BothMe,
        anyway: false,
    };
    let refused = bench.app.share_start(&yes).await.expect_err("refused");
    assert_eq!(refused.what, What::DifferentPatient);
    assert!(bench.app.sharing().expect("sharing").shares.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_cancelled_late_changes_nobody() {
    let bench = Bench::new().await;
    bench.sign_in(0, SignInFor::Manage).await.expect("signed in");
    bench.until_fresh(0).await;
    comes(&bench, "Maria Okafor");
    bench.sandbox.ehrs()[0].faults().next(Exchange::Patient, Fault::StallAfterCommit);
    let id = bench.ehr(0);
    bench.app.sign_in(&id, &SignInFor::Manage).await.expect("started");
    // The hospital let her in, and is slow to say who she is.
    bench.until_records(0, |r| r.sign_ins.iter().any(|s| s.who.contains("maria")).then_some(())).await;
    let met = tokio::time::timeout(PATIENCE, async {
        while bench.sandbox.ehrs()[0].faults().waiting() > 0 {
            tokio::task::yield_now().await;
        }
    });
    met.await.expect("her chart is asked for");
    bench.app.sign_in_cancel(&id);
    let view = bench.app.view().expect("a view");
    let SessionView::SignedIn { person, .. } =
        &view.ehrs.iter().find(|e| e.id == id).expect("the hospital").session
    else {
        panic!("Paul is still signed in")
    };
    assert_eq!(person.name, "Paul Everett Tindall");
    // Whoever is shown is whoever it is done for.
    bench.app.check_now().await.expect("checked");
    let last =
        bench.sandbox.ehrs()[0].records().requests.into_iter().rev().find(|r| r.path == "/fhir/Consent");
    let last = last.expect("the list was read");
    assert!(last.who.contains("paul"), "with Paul's own sign-in: {last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_forgets_who_it_was() {
    let bench = Bench::new().await;
    bench.sign_in(0, SignInFor::Manage).await.expect("signed in");
    assert!(bench.app.view().expect("a view").person.is_some());
    bench.app.sign_out(&bench.ehr(0)).await.expect("signed out");
    assert_eq!(bench.app.view().expect("a view").person, None);
}
