//! Every release of FHIR with every other: the whole story, from the sign-ins to the proof of the stop.

use consentry_core::{
    connection::{Rung, RungState, ShareState, journal::StepState},
    kind::Kind,
    problem::What,
    version::FhirVersion as Spoken,
    view::SignInFor,
};
use consentry_sandbox::{AuthorizationState, FhirVersion, ScopeSyntax, Ways};
use consentry_tests::Bench;
use serde_json::Value;

/// Types of their own, two types in one, and one that only a category tells apart.
const KINDS: [Kind; 3] = [Kind::Medicines, Kind::LabTests, Kind::Vaccines];
const TYPES: [&str; 5] =
    ["MedicationRequest", "MedicationStatement", "Observation", "DiagnosticReport", "Immunization"];

const fn spoken(release: FhirVersion) -> Spoken {
    match release {
        FhirVersion::Stu3 => Spoken::Stu3,
        FhirVersion::R4 => Spoken::R4,
        FhirVersion::R4b => Spoken::R4b,
        FhirVersion::R5 => Spoken::R5,
    }
}

/// Sign in to both, share, records arrive, it is listed, stop, proven, and nothing more arrives.
async fn whole_story(source: FhirVersion, target: FhirVersion) {
    let pair = format!("{source:?} to {target:?}");
    let bench = Bench::speaking([source, target]).await;
    let found: Vec<Spoken> = bench.app.view().expect("a view").ehrs.iter().map(|ehr| ehr.fhir).collect();
    assert!(found.contains(&spoken(source)) && found.contains(&spoken(target)), "{pair}: {found:?}");

    let share = bench.share(&KINDS).await.unwrap_or_else(|problem| panic!("{pair}: {problem:?}"));
    let share = bench.until_state(&share.id, ShareState::On).await;
    assert!(share.steps.iter().all(|step| step.state == StepState::Done), "{pair}: {:?}", share.steps);
    assert!(share.other_scopes.is_empty(), "{pair}: {:?}", share.other_scopes);

    let copied = |connection: &consentry_sandbox::ConnectionRecord| {
        TYPES.iter().all(|name| connection.received.get(*name).is_some_and(|count| *count > 0))
    };
    let received = bench
        .until_records(1, |records| {
            records.connections.iter().find(|c| copied(c)).map(|c| c.received.clone())
        })
        .await;
    assert!(received.keys().all(|name| TYPES.contains(&name.as_str())), "{pair}: {received:?}");
    if target == FhirVersion::Stu3 {
        assert!(share.arrived.is_none(), "{pair}: STU3 does not say from where records came");
    } else {
        bench.until(&share.id, |s| s.arrived.as_ref().is_some_and(|a| a.total > 0)).await;
    }
    bench.until(&share.id, |s| s.last_asked.is_some()).await;

    let on_file = bench.app.ehr_consents(&bench.ehr(0)).await.expect("the list");
    let ours: Vec<_> = on_file.iter().filter(|one| one.share.as_deref() == Some(share.id.as_str())).collect();
    assert_eq!(ours.len(), 1, "{pair}: {on_file:?}");
    assert_eq!(
        (&ours[0].kinds[..], &ours[0].opaque[..]),
        (&KINDS[..], &[][..]),
        "{pair}: it reads what it wrote"
    );

    bench.app.share_stop(&share.id).expect("stop");
    let proven = |s: &consentry_core::connection::ShareView| {
        s.state == ShareState::Stopped
            && [Rung::SaidSo, Rung::NotListed, Rung::TurnedAway]
                .iter()
                .all(|rung| s.proof.iter().any(|r| r.rung == *rung && r.state == RungState::Proven))
    };
    bench.until(&share.id, proven).await;
    // The paperwork is closed after the stop was proven.
    bench
        .until_records(0, |records| {
            let revoked = records.authorizations.iter().all(|a| a.state == AuthorizationState::Revoked);
            let mut ours = records.consents.iter().filter(|c| c.identifier.is_some());
            (revoked && ours.all(|c| c.status == "inactive")).then_some(())
        })
        .await;
}

async fn to_every_release(source: FhirVersion) {
    for target in FhirVersion::ALL {
        whole_story(source, target).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stu3_shares_with_every_release() {
    to_every_release(FhirVersion::Stu3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r4_shares_with_every_release() {
    to_every_release(FhirVersion::R4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r4b_shares_with_every_release() {
    to_every_release(FhirVersion::R4b).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r5_shares_with_every_release() {
    to_every_release(FhirVersion::R5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_a_source_changed_is_noticed_in_every_release() {
    for source in FhirVersion::ALL {
        let bench = Bench::speaking([source, FhirVersion::R4]).await;
        bench.sandbox.ehrs()[0].faults().grants_more(true);
        let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
        let share = bench.until(&share.id, |s| s.problem.is_some()).await;
        assert_eq!(share.problem.as_ref().map(|p| p.what), Some(What::ConsentDiffers), "{source:?}");
        assert!(
            bench.sandbox.ehrs()[0].records().authorizations.is_empty(),
            "{source:?}: nobody was allowed"
        );
    }
}

/// Version 1 of the scopes knows types and no categories.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_cannot_keep_apart_is_told_and_signed() {
    for fhir in FhirVersion::ALL {
        let old = Ways { fhir, scopes: ScopeSyntax::V1, ..Ways::default() };
        let bench = Bench::with_ways([old, Ways::default()]).await;
        let kinds = vec![Kind::LabTests];
        bench.draft(&kinds).expect("a draft");
        let draft = bench.app.draft().expect("a draft");
        let told: Vec<&str> = draft.hints.iter().map(|hint| hint.words.as_str()).collect();
        assert!(
            told.contains(&"This hospital cannot share lab tests alone. It also shares your vital signs, life and habits, and other measurements."),
            "{fhir:?}: {told:?}"
        );
        assert!(!draft.not_shared.contains(&Kind::VitalSigns), "{fhir:?}");
        bench.sign_in(0, SignInFor::Source { kinds: kinds.clone() }).await.expect("signed in");
        bench.sign_in(1, SignInFor::Target { kinds }).await.expect("signed in");

        let review = bench.app.review().await.expect("a review");
        let sentence = review.statement.text();
        assert!(
            sentence.contains("share my lab tests, vital signs and life and habits with"),
            "{fhir:?}: {sentence}"
        );
        let consent: Value = serde_json::from_str(&review.consent).expect("a Consent");
        let text = consent.to_string();
        assert!(text.contains("patient/Observation.read") && !text.contains(".rs"), "{fhir:?}: {text}");

        let share = bench.sign().await.expect("the share starts");
        let share = bench.until_state(&share.id, ShareState::On).await;
        assert_eq!(share.kinds, [Kind::LabTests, Kind::VitalSigns, Kind::LifeAndHabits], "{fhir:?}");
    }
}
