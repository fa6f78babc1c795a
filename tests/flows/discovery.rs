//! Wherever a hospital says where to sign in, and whatever it leaves out: the app finds it. And however it spells scopes.

use consentry_core::{
    choice::DraftStep,
    ehr::{GrantView, SessionView},
    kind::Kind,
    person::PersonView,
    view::SignInFor,
};
use consentry_sandbox::{Discovery, ScopeSyntax, Ways};
use consentry_tests::Bench;

/// The sign-in at Spruce Harbor.
fn session(bench: &Bench, which: usize) -> (PersonView, Vec<Kind>, bool, bool, GrantView) {
    let (id, view) = (bench.ehr(which), bench.app.view().expect("a view"));
    let ehr = view.ehrs.into_iter().find(|e| e.id == id).expect("the hospital");
    let SessionView::SignedIn { person, covers, manages, proven, granted, .. } = ehr.session else {
        panic!("{:?}", ehr.session)
    };
    (person, covers, manages, proven, granted)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_say_where_to_sign_in_is_found_with_and_without_proof_of_who_did() {
    for discovery in Discovery::ALL {
        let ways = |without_id_tokens| Ways { discovery, without_id_tokens, ..Ways::default() };
        // A document of OpenID is nothing that a hospital without it has.
        let other = if discovery == Discovery::OpenId { Ways::default() } else { ways(true) };
        let bench = Bench::with_ways([ways(false), other]).await;
        let kinds = vec![Kind::Vaccines];
        bench.sign_in(0, SignInFor::Source { kinds: kinds.clone() }).await.expect("signed in");
        let (person, covers, manages, proven, granted) = session(&bench, 0);
        assert_eq!(person.name, "Paul Everett Tindall", "{discovery:?}");
        assert!(proven && manages && covers.contains(&Kind::Vaccines), "{discovery:?}");
        assert!(granted.left_out.is_empty() && granted.added.is_empty(), "{discovery:?} {granted:?}");

        bench.sign_in(1, SignInFor::Target { kinds }).await.expect("signed in");
        let (person, covers, _, proven, _) = session(&bench, 1);
        assert!(person.name.contains("Tindall") && covers.contains(&Kind::Vaccines), "{discovery:?}");
        assert_eq!(
            proven,
            discovery == Discovery::OpenId,
            "{discovery:?}: who signed in is told less firmly"
        );
        bench.until_fresh(0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_goes_from_an_old_server_to_one_of_today() {
    let old = Ways { discovery: Discovery::CapabilityStatement, without_id_tokens: true, ..Ways::default() };
    let bench = Bench::with_ways([old, Ways::default()]).await;
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    bench.until_state(&share.id, consentry_core::connection::ShareState::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_of_scopes_is_found_and_what_comes_along_is_told() {
    for (scopes, pages, widened) in [
        (ScopeSyntax::All, 1, vec![]),
        (ScopeSyntax::V2Granular, 1, vec![]),
        // It announces version 2 and takes no search in it: asked again, in a second page.
        (ScopeSyntax::V2, 2, vec![Kind::VitalSigns, Kind::LifeAndHabits]),
        (ScopeSyntax::V1, 1, vec![Kind::VitalSigns, Kind::LifeAndHabits]),
    ] {
        let bench = Bench::with_ways([Ways { scopes, ..Ways::default() }, Ways::default()]).await;
        let lab = || SignInFor::Source { kinds: vec![Kind::LabTests] };
        bench.sign_in(0, lab()).await.expect("signed in");
        let (_, covers, manages, _, granted) = session(&bench, 0);
        assert!(manages && covers.contains(&Kind::LabTests), "{scopes:?}");
        assert_eq!(granted.widened, widened, "{scopes:?}");
        assert!(granted.left_out.is_empty() && granted.added.is_empty(), "{scopes:?} {granted:?}");
        assert_eq!(bench.person.opened().len(), pages, "{scopes:?}");
        // The next time it is asked in the way that worked.
        bench.sign_in(0, lab()).await.expect("signed in");
        assert_eq!(bench.person.opened().len(), pages + 1, "{scopes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_too_narrow_is_stepped_up_and_keeps_what_it_had() {
    let bench = Bench::new().await;
    bench.draft(&[Kind::Vaccines]).expect("a draft");
    bench.sign_in(0, SignInFor::Source { kinds: vec![Kind::Vaccines] }).await.expect("signed in");
    bench.sign_in(1, SignInFor::Target { kinds: vec![Kind::Vaccines] }).await.expect("signed in");
    assert_eq!(bench.app.draft().expect("a draft").next, DraftStep::Check);
    bench.draft(&[Kind::Allergies]).expect("a draft");
    assert_eq!(
        bench.app.draft().expect("a draft").next,
        DraftStep::SignInFrom,
        "it asks for more than there is"
    );
    bench.sign_in(0, SignInFor::Source { kinds: vec![Kind::Allergies] }).await.expect("signed in");
    let (_, covers, _, _, granted) = session(&bench, 0);
    assert_eq!(granted.asked, [Kind::Allergies, Kind::Vaccines], "both are asked");
    assert!(covers.contains(&Kind::Vaccines) && covers.contains(&Kind::Allergies));
    assert_eq!(bench.app.draft().expect("a draft").next, DraftStep::Check);
    // Managing only is no step down.
    bench.sign_in(0, SignInFor::Manage).await.expect("signed in");
    assert_eq!(session(&bench, 0).4.asked, [Kind::Allergies, Kind::Vaccines]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_person_unticks_is_named() {
    let bench = Bench::new().await;
    bench.person.will(|p| p.untick = vec!["patient/Immunization.rs".to_owned(), "offline_access".to_owned()]);
    let kinds = vec![Kind::Vaccines, Kind::Allergies];
    bench.sign_in(0, SignInFor::Source { kinds }).await.expect("signed in");
    let (_, covers, _, _, granted) = session(&bench, 0);
    assert!(!covers.contains(&Kind::Vaccines));
    assert_eq!(granted.left_out, [Kind::Vaccines]);
    assert_eq!(granted.left_out_more, [consentry_core::ehr::LeftOut::Staying]);
}
