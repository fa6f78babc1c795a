//! The source's verification service: asked before the person signs, obeyed by the source, then and later.

use std::time::Duration;

use consentry_core::{
    connection::{Move, ShareState},
    kind::Kind,
    problem::What,
    review::{CertificateView, Doubt, EndorsementKind, ReviewView, ServiceState},
    view::SignInFor,
};
use consentry_sandbox::{
    Cavs, CavsLayout, Certificate, Credentials, Endorsement, Exchange, Fault, Verdict, Ways,
};
use consentry_tests::Bench;

const KINDS: [Kind; 1] = [Kind::Vaccines];

fn verifies(layout: CavsLayout) -> Ways {
    Ways { cavs: Some(Cavs { layout, every: Duration::from_millis(100) }), ..Ways::default() }
}

/// Both sign-ins done, at a source that asks a verification service.
async fn ready(ways: [Ways; 2]) -> Bench {
    let bench = Bench::with_ways(ways).await;
    bench.draft(&KINDS).expect("a draft");
    bench.sign_in(0, SignInFor::Source { kinds: KINDS.to_vec() }).await.expect("signed in");
    bench.sign_in(1, SignInFor::Target { kinds: KINDS.to_vec() }).await.expect("signed in");
    bench
}

async fn review(bench: &Bench) -> ReviewView {
    bench.app.review().await.expect("a review")
}

fn judge(bench: &Bench, verdict: &Verdict) {
    let app = bench.sandbox.ehrs()[1].base().as_str().to_owned();
    bench.sandbox.ehrs()[0].judge(&app, verdict);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_on_the_id_card_with_who_says_what() {
    for layout in [CavsLayout::Inside, CavsLayout::Beside] {
        let bench = ready([verifies(layout), Ways::default()]).await;
        let review = review(&bench).await;
        let service = review.id_card.service;
        assert_eq!(service.state, ServiceState::Approved);
        assert_eq!(service.host, bench.sandbox.ehrs()[0].origin().port().map(|p| format!("127.0.0.1:{p}")));
        assert_eq!(service.message.as_deref(), Some("Approved for use by Spruce Harbor Clinic"));
        let one = &service.endorsements[0];
        assert_eq!(
            (one.kind, one.by.as_deref()),
            (EndorsementKind::Approval, Some("Harbor Health Alliance"))
        );
        assert_eq!(review.doubts, [], "an approval needs no second yes");
        let share = bench.sign().await.expect("the share starts");
        let share = bench.until_state(&share.id, ShareState::On).await;
        assert!(share.notes.iter().any(|note| note.contains("Harbor Health Alliance")), "{:?}", share.notes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_names_no_service_is_said_to_have_none() {
    let bench = ready([Ways::default(), Ways::default()]).await;
    let review = review(&bench).await;
    assert_eq!(review.id_card.service.state, ServiceState::NotOffered);
    assert!(review.doubts.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_plain_yes_needs_a_second_one() {
    let bench = ready([verifies(CavsLayout::Inside), Ways::default()]).await;
    for (verdict, state) in [
        (Verdict::Unknown, ServiceState::Unknown),
        (Verdict::Unsuitable("inactive".into()), ServiceState::Unsuitable),
        (Verdict::Other("pending".into()), ServiceState::NotApproved),
    ] {
        judge(&bench, &verdict);
        let review = review(&bench).await;
        assert_eq!(review.id_card.service.state, state);
        assert_eq!(review.doubts, [Doubt::Service]);
        let refused = bench.sign().await.expect_err("one yes is not enough");
        assert_eq!(refused.what, What::FormIncomplete);
    }
    assert!(bench.sandbox.ehrs()[0].records().consents.iter().all(|c| c.identifier.is_none()));
    judge(&bench, &Verdict::Unknown);
    let share = bench.sign_with(true).await.expect("the person decides");
    bench.until_state(&share.id, ShareState::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_of_somebody_is_told_although_the_service_approves() {
    let bench = ready([verifies(CavsLayout::Beside), Ways::default()]).await;
    let warning = Endorsement {
        endorser: "Coast Patients' Union".into(),
        url: "https://coast-patients.example/letters".into(),
        kind: consentry_sandbox::EndorsementKind::Warning,
        comment: "Answers letters slowly".into(),
    };
    bench.sandbox.ehrs()[0].endorse(bench.sandbox.ehrs()[1].base().as_str(), &[warning]);
    let review = review(&bench).await;
    assert_eq!(review.id_card.service.state, ServiceState::Warned);
    let one = &review.id_card.service.endorsements[0];
    assert_eq!(one.comment.as_deref(), Some("Answers letters slowly"));
    assert_eq!(one.host.as_deref(), Some("coast-patients.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_refuses_nobody() {
    let bench = ready([verifies(CavsLayout::Inside), Ways::default()]).await;
    let faults = bench.sandbox.ehrs()[0].faults();
    for fault in [Fault::Html(503), Fault::LoseReplyBeforeCommit, Fault::Status(200, None)] {
        faults.next(Exchange::Cavs, fault);
        assert_eq!(review(&bench).await.id_card.service.state, ServiceState::Unreachable);
    }
    faults.next(Exchange::Cavs, Fault::Html(503));
    faults.next(Exchange::PeerCavs, Fault::Html(503));
    let share = bench.sign_with(true).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_obeys_the_service_is_quoted() {
    let bench = ready([verifies(CavsLayout::Inside), Ways::default()]).await;
    judge(&bench, &Verdict::Unsuitable("withdrawn in March".into()));
    let share = bench.sign_with(true).await.expect("the share starts");
    let share = bench.until(&share.id, |s| s.problem.is_some()).await;
    let problem = share.problem.expect("a problem");
    assert_eq!(problem.what, What::AuthorizeRefused);
    assert!(problem.said.is_some_and(|said| said.contains("withdrawn in March")));
    assert!(bench.sandbox.ehrs()[0].records().authorizations.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_is_withdrawn_later_is_seen_in_the_list_and_can_be_stopped() {
    let bench = ready([verifies(CavsLayout::Inside), Ways::default()]).await;
    let share = bench.sign().await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    judge(&bench, &Verdict::Unsuitable("withdrawn".into()));
    let share = bench.until_state(&share.id, ShareState::OnCheckThis).await;
    assert!(share.moves.contains(&Move::Stop));
    assert!(share.notes.first().is_some_and(|said| said.contains("withdrawn")), "{share:#?}");
    assert_eq!(bench.app.sharing().expect("sharing").need_you, 1);
    bench
        .until_records(1, |r| {
            let refusal = r.connections.first()?.refusal.clone()?;
            refusal.contains("withdrawn").then_some(())
        })
        .await;
    judge(&bench, &Verdict::Approved);
    bench.until_state(&share.id, ShareState::On).await;
    judge(&bench, &Verdict::Unknown);
    bench.until_state(&share.id, ShareState::OnCheckThis).await;
    bench.app.share_stop(&share.id).expect("stop");
    bench.until_state(&share.id, ShareState::Stopped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_says_as_whom_and_for_what_in_each_of_the_three_ways() {
    for credentials in [Credentials::B2b, Credentials::Iua, Credentials::Xspa] {
        let bench = ready([Ways::default(), Ways { credentials, ..Ways::default() }]).await;
        let said = review(&bench).await.id_card.credentials;
        assert_eq!(said.organization.as_deref(), Some("Tern Bay Hospital"));
        assert_eq!(said.organization_id.as_deref(), Some(bench.sandbox.ehrs()[1].base().as_str()));
        assert_eq!(said.role.as_deref(), Some("Hospital system"));
        assert!(said.purposes[0].starts_with("TREAT"), "{:?}", said.purposes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_below_the_lists_anchor_confirms_the_card() {
    let way = |certificate| [Ways::default(), Ways { certificate, ..Ways::default() }];
    let bench = ready(way(Certificate::Good)).await;
    let shown = review(&bench).await;
    let by = CertificateView::Confirmed {
        by: "Harbor Health Alliance".to_owned(),
        organization: Some("Tern Bay Hospital".to_owned()),
    };
    assert_eq!(shown.id_card.certificate, by);
    assert!(shown.doubts.is_empty());
    let share = bench.sign().await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;

    let bench = ready(way(Certificate::None)).await;
    assert_eq!(review(&bench).await.id_card.certificate, CertificateView::None);

    let bench = ready(way(Certificate::UnknownRoot)).await;
    let shown = review(&bench).await;
    assert_eq!(shown.id_card.certificate, CertificateView::UnknownIssuer);
    assert_eq!(shown.doubts, [Doubt::Certificate]);
    assert_eq!(bench.sign().await.expect_err("a second yes").what, What::FormIncomplete);
    let share = bench.sign_with(true).await.expect("the person decides");
    bench.until_state(&share.id, ShareState::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_proves_the_contrary_makes_the_card_false() {
    for certificate in [Certificate::Expired, Certificate::OtherName, Certificate::OtherKey] {
        let bench = ready([Ways::default(), Ways { certificate, ..Ways::default() }]).await;
        let problem = bench.app.review().await.expect_err("refused");
        assert_eq!(problem.what, What::IdCardWrong, "{certificate:?}");
    }
}
