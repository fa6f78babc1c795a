//! From two sign-ins to records that arrive.

use consentry_core::{
    connection::{
        ShareState,
        journal::{Step, StepState},
    },
    kind::Kind,
    problem::What,
};
use consentry_sandbox::AuthorizationState;
use consentry_tests::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn records_flow_from_hospital_to_hospital() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Medicines, Kind::Vaccines]).await.expect("the share starts");
    let share = bench.until_state(&share.id, ShareState::On).await;
    assert!(share.steps.iter().all(|s| s.state == StepState::Done), "every step is done: {:?}", share.steps);

    let received = bench
        .until_records(1, |r| {
            r.connections.iter().find(|c| c.total > 0 && c.rounds > 0).map(|c| c.received.clone())
        })
        .await;
    let allowed = ["MedicationRequest", "MedicationStatement", "Immunization"];
    assert!(
        received.keys().all(|kind| allowed.contains(&kind.as_str())),
        "only what was ticked arrived: {received:?}"
    );

    let records = bench.sandbox.ehrs()[0].records();
    let live: Vec<_> =
        records.authorizations.iter().filter(|a| a.state == AuthorizationState::Live).collect();
    assert_eq!(live.len(), 1, "one yes, one authorization");
    assert_eq!(records.code_reuse, 0);
    assert_eq!(records.refresh_reuse, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_counts_at_the_target_what_arrived() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::LabTests, Kind::Allergies]).await.expect("the share starts");
    // The copy takes a while, and the app looks now and then: in the end both say the same.
    let truth = || bench.sandbox.ehrs()[1].records().connections.first().map_or(0, |c| c.total);
    bench
        .until(&share.id, |s| {
            s.arrived.as_ref().is_some_and(|a| a.total > 20 && u64::from(a.total) == truth())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consent_carries_the_sentence_that_was_signed() {
    let bench = Bench::new().await;
    bench.draft(&[Kind::Vaccines]).expect("a draft");
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    let share = bench.until_state(&share.id, ShareState::On).await;
    let sentence = share.statement.expect("the statement").text();
    assert!(sentence.starts_with("I, Paul Everett Tindall, let Spruce Harbor Clinic share my vaccines with Tern Bay Hospital, for my care, until "), "{sentence}");
    let detail = bench.app.share(&share.id).expect("a detail");
    assert_eq!(detail.truth.len(), 4);
    assert!(detail.history.len() >= 7, "every step is in the history");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_than_the_signer_is_not_a_signature() {
    let bench = Bench::new().await;
    let kinds = [Kind::Vaccines];
    bench.draft(&kinds).expect("a draft");
    bench
        .sign_in(0, consentry_core::view::SignInFor::Source { kinds: kinds.to_vec() })
        .await
        .expect("signed in");
    bench
        .sign_in(1, consentry_core::view::SignInFor::Target { kinds: kinds.to_vec() })
        .await
        .expect("signed in");
    let review = bench.app.review().await.expect("a review");
    let yes = consentry_core::review::Approval {
        approval: review.approval,
        typed_name: "Somebody Else".to_owned(),
        charts: consentry_core::person::ChartsAnswer::BothMe,
        anyway: false,
    };
    let refused = bench.app.share_start(&yes).await.expect_err("refused");
    assert_eq!(refused.what, What::FormIncomplete);
    assert!(
        bench.sandbox.ehrs()[0].records().consents.iter().all(|c| c.identifier.is_none()),
        "nothing was posted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_refuses_the_target_is_quoted_and_nothing_is_shared() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[0].faults().refuse_target(Some("Tern Bay is not one of our partners"));
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    let share = bench.until(&share.id, |s| s.problem.is_some() && s.state != ShareState::SettingUp).await;
    let problem = share.problem.expect("a problem");
    assert_eq!(problem.what, What::AuthorizeRefused);
    assert_eq!(problem.said.as_deref(), Some("Tern Bay is not one of our partners"));
    assert_eq!(problem.records, consentry_core::problem::Records::NothingShared);
    assert_eq!(share.state, ShareState::HalfDone, "the Consent is saved: finish or take back");
    assert!(bench.sandbox.ehrs()[0].records().authorizations.is_empty());
    bench.app.share_take_back(&share.id).expect("take back");
    bench.until_state(&share.id, ShareState::NothingShared).await;
    let records = bench.sandbox.ehrs()[0].records();
    assert!(
        records.consents.iter().all(|c| c.status != "active" || c.identifier.is_none()),
        "the Consent is closed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_in_an_errors_clothes_is_a_yes_with_its_note() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[1].faults().connect_accepts_as_error(true);
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    let share = bench.until_state(&share.id, ShareState::On).await;
    assert!(
        share.notes.iter().any(|n| n.contains("Connection Accepted")),
        "the note is kept: {:?}",
        share.notes
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_source_stores_must_be_what_was_signed() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[0].faults().grants_more(true);
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    let share = bench.until(&share.id, |s| s.problem.is_some()).await;
    assert_eq!(share.problem.as_ref().map(|p| p.what), Some(What::ConsentDiffers));
    assert!(bench.sandbox.ehrs()[0].records().authorizations.is_empty(), "nobody was allowed");
    let authorize = share.steps.iter().find(|s| s.step == Step::Authorize).expect("the step");
    assert_eq!(authorize.state, StepState::Later);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_widens_the_consent_later_is_called_out() {
    let bench = Bench::new().await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.sandbox.ehrs()[0].faults().grants_more(true);
    let share = bench.until_state(&share.id, ShareState::MoreThanPicked).await;
    assert!(!share.other_scopes.is_empty());
}
