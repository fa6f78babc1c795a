//! Hospitals of every dialect, and pairs that cannot share: what works, what is said before anything is granted, and that
//! nothing is called stopped which cannot be shown.

use consentry_core::{
    connection::{Rung, RungState, ShareState, ShareView, way::Way},
    ehr::Limit,
    kind::Kind,
    problem::{Problem, Records, What},
    review::CardShows,
    view::SignInFor,
};
use consentry_sandbox::{AuthorizationState, Dialect, Options, Proof, Sandbox, Storage, Ways};
use consentry_tests::Bench;

const KINDS: [Kind; 1] = [Kind::Vaccines];

fn dialect(dialect: Dialect) -> Ways {
    Ways { dialect, ..Ways::default() }
}

fn rung(share: &ShareView, rung: Rung) -> RungState {
    share.proof.iter().find(|r| r.rung == rung).expect("the rung is shown").state
}

/// Both sign-ins, and what would be signed.
async fn card(bench: &Bench) -> CardShows {
    bench.draft(&KINDS).expect("a draft");
    bench.sign_in(0, SignInFor::Source { kinds: KINDS.to_vec() }).await.expect("signed in");
    bench.sign_in(1, SignInFor::Target { kinds: KINDS.to_vec() }).await.expect("signed in");
    bench.app.review().await.expect("a review").id_card.shows
}

async fn arrives(bench: &Bench) {
    bench.until_records(1, |r| r.connections.iter().any(|c| c.total > 0 && c.rounds > 0).then_some(())).await;
}

/// Why the draft says that these two cannot share, with no sign-in anywhere, and that a review says the same.
async fn blocked(source: Ways, target: Ways) -> Problem {
    let bench = Bench::with_ways([source, target]).await;
    bench.draft(&KINDS).expect("a draft");
    let view = bench.app.draft().expect("the draft");
    assert!(view.ways.is_empty());
    let problem = view.blocked.expect("they cannot share");
    assert_eq!(problem.records, Records::NothingShared);
    assert_eq!(bench.app.review().await.expect_err("no review").what, problem.what);
    let seen = bench.sandbox.ehrs()[0].records();
    assert!(seen.consents.iter().all(|c| c.identifier.is_none()) && seen.authorizations.is_empty());
    assert!(seen.sign_ins.is_empty(), "nobody had to sign in to hear it");
    problem
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_is_named_by_whatever_the_source_takes() {
    let taking = |proof| Ways { proof, ..Ways::default() };
    let keys_only = Ways { keys_only: true, ..Ways::default() };
    for (source, target, shows) in [
        (taking(Proof::Text), Ways::default(), CardShows::Signed),
        (taking(Proof::Binary), Ways::default(), CardShows::Signed),
        (taking(Proof::Key), Ways::default(), CardShows::Key),
        (taking(Proof::JwtOrKey), keys_only, CardShows::Key),
    ] {
        let name = format!("{source:?}");
        let bench = Bench::with_ways([source, target]).await;
        assert_eq!(card(&bench).await, shows, "{name}");
        let share = bench.sign().await.expect("the share starts");
        bench.until_state(&share.id, ShareState::On).await;
        arrives(&bench).await;
        bench.app.share_stop(&share.id).expect("stop");
        bench.until_state(&share.id, ShareState::Stopped).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_stopped_under_the_name_that_the_list_has_for_it() {
    let source = Ways { app_id_slash: true, ..Ways::default() };
    let bench = Bench::with_ways([source, Ways::default()]).await;
    let share = bench.share(&KINDS).await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    bench.app.share_stop(&share.id).expect("stop");
    let share = bench.until_state(&share.id, ShareState::Stopped).await;
    assert_eq!(rung(&share, Rung::NotListed), RungState::Proven);
    let records = bench.sandbox.ehrs()[0].records();
    assert!(records.authorizations.iter().all(|a| a.state == AuthorizationState::Revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn hospitals_of_two_dialects_are_told_apart_before_anything_is_granted() {
    for (source, target) in [(Dialect::Track, Dialect::Reference), (Dialect::Reference, Dialect::Track)] {
        let problem = blocked(dialect(source), dialect(target)).await;
        assert_eq!(problem.what, What::DoNotFit);
        assert_eq!(problem.ehr.as_deref(), Some("Spruce Harbor Clinic"));
        assert_eq!(problem.detail.as_deref(), Some("Tern Bay Hospital"));
    }
    let keys_only = Ways { keys_only: true, ..Ways::default() };
    let only_text = Ways { proof: Proof::Text, ..Ways::default() };
    assert_eq!(blocked(only_text, keys_only).await.what, What::DoNotFit);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_that_cannot_give_or_get_is_named() {
    let problem = blocked(Ways::default(), dialect(Dialect::None)).await;
    assert_eq!((problem.what, problem.ehr.as_deref()), (What::CannotReceive, Some("Tern Bay Hospital")));
    let nothing = Ways { no_consents: true, ..dialect(Dialect::None) };
    let problem = blocked(nothing, Ways::default()).await;
    assert_eq!((problem.what, problem.ehr.as_deref()), (What::NotOffered, Some("Spruce Harbor Clinic")));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hospital_says_what_it_cannot_do() {
    let none = Ways { no_consents: true, ..dialect(Dialect::None) };
    for (ways, limits) in [
        (Ways::default(), vec![]),
        (dialect(Dialect::Reference), vec![Limit::KeepsNoList]),
        (dialect(Dialect::Fast), vec![Limit::FilesOnly, Limit::GetsNothing]),
        (dialect(Dialect::None), vec![Limit::FilesOnly, Limit::GetsNothing]),
        (none, vec![Limit::SharesNothing, Limit::GetsNothing]),
    ] {
        let bench = Bench::with_ways([ways.clone(), Ways::default()]).await;
        let id = bench.ehr(0);
        let view = bench.app.view().expect("a view").ehrs.into_iter().find(|e| e.id == id);
        assert_eq!(view.expect("the hospital").limits, limits, "{ways:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_is_put_on_file_and_taken_off_and_no_more_is_claimed() {
    for source in [dialect(Dialect::Fast), dialect(Dialect::None)] {
        let name = format!("{:?}", source.dialect);
        let bench = Bench::with_ways([source, Ways::default()]).await;
        assert_eq!(card(&bench).await, CardShows::Address, "{name}");
        let share = bench.sign().await.expect("the share starts");
        let share = bench.until_state(&share.id, ShareState::OnFile).await;
        assert_eq!(share.way, Way::Filed);
        let records = || bench.sandbox.ehrs()[0].records();
        let ours = records().consents.into_iter().find(|c| c.identifier.is_some()).expect("on file");
        assert_eq!(ours.status, "active", "{name}");

        bench.app.share_stop(&share.id).expect("stop");
        let share = bench.until_state(&share.id, ShareState::AskedToStop).await;
        assert_eq!(rung(&share, Rung::Closed), RungState::Proven);
        assert_eq!(rung(&share, Rung::NotListed), RungState::CannotShow);
        assert!(records().consents.iter().filter(|c| c.identifier.is_some()).all(|c| c.status == "inactive"));
        assert!(bench.sandbox.ehrs()[1].records().connections.is_empty(), "the target was told nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_of_2017_shares_and_is_never_called_stopped() {
    let of_2017 = dialect(Dialect::Reference);
    let bench = Bench::with_ways([of_2017.clone(), of_2017]).await;
    assert_eq!(card(&bench).await, CardShows::Signed);
    let share = bench.sign().await.expect("the share starts");
    let share = bench.until_state(&share.id, ShareState::OnUnlisted).await;
    assert_eq!(share.way, Way::ReferenceTokens);
    assert!(share.notes.iter().any(|n| n.contains("Connection Accepted")), "{:?}", share.notes);
    assert!(
        share.notes.iter().any(|n| n.contains("Reviewed 2017")),
        "what others say is shown: {:?}",
        share.notes
    );
    arrives(&bench).await;

    bench.app.share_stop(&share.id).expect("stop");
    let share = bench.until_state(&share.id, ShareState::AskedToStop).await;
    assert_eq!(rung(&share, Rung::Closed), RungState::Proven);
    assert_eq!(rung(&share, Rung::NotListed), RungState::CannotShow);
    let rounds = bench.sandbox.ehrs()[1].records().connections[0].rounds;
    bench.until_records(1, |r| (r.connections[0].rounds > rounds + 1).then_some(())).await;
    let share = bench.app.share(&share.id).expect("still there").share;
    assert_eq!(share.state, ShareState::AskedToStop, "records go on, and it says that it cannot show a stop");
    assert_eq!(bench.app.sharing().expect("sharing").can_get, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_was_lost_is_asked_for_again() {
    let of_2017 = dialect(Dialect::Reference);
    let mut bench = Bench::with_ways([of_2017.clone(), of_2017]).await;
    card(&bench).await;
    bench.sandbox.ehrs()[1].faults().refuse_connect(Some("closed for the night"));
    let share = bench.sign().await.expect("the share starts");
    // Between the refusal and the end of the run it is still being set up.
    let share = bench.until(&share.id, |s| s.problem.is_some() && s.state == ShareState::HalfDone).await;
    assert_eq!(share.problem.as_ref().map(|p| p.what), Some(What::ConnectRefused));
    bench.restart().await;
    bench.sandbox.ehrs()[1].faults().refuse_connect(None);
    bench.sign_in(0, SignInFor::Source { kinds: KINDS.to_vec() }).await.expect("signed in");
    bench.sign_in(1, SignInFor::Target { kinds: KINDS.to_vec() }).await.expect("signed in");
    bench.app.share_finish(&share.id).expect("finish");
    bench.until_state(&share.id, ShareState::OnUnlisted).await;
    arrives(&bench).await;
    assert_eq!(bench.sandbox.ehrs()[0].records().authorizations.len(), 2, "one handle was lost, one is used");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_was_never_told_to_the_target_is_taken_back_for_sure() {
    let of_2017 = dialect(Dialect::Reference);
    let bench = Bench::with_ways([of_2017.clone(), of_2017]).await;
    card(&bench).await;
    bench.sandbox.ehrs()[0].faults().refuse_target(Some("not one of our partners"));
    let share = bench.sign().await.expect("the share starts");
    let share = bench.until(&share.id, |s| s.problem.is_some()).await;
    let problem = share.problem.as_ref().expect("a problem");
    assert_eq!((problem.what, problem.records), (What::AuthorizeRefused, Records::NothingShared));
    assert_eq!(problem.said.as_deref(), Some("not one of our partners"), "read from XML");
    bench.app.share_take_back(&share.id).expect("take back");
    bench.until_state(&share.id, ShareState::NothingShared).await;
}

/// The two halves that buy a token, as the target keeps them.
fn halves(folder: &std::path::Path) -> [String; 2] {
    let db = rusqlite::Connection::open(folder.join("tern-bay.sqlite")).expect("the target's database");
    db.query_row("SELECT jwt, handle FROM presented", [], |row| Ok([row.get(0)?, row.get(1)?]))
        .expect("what was presented")
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_half_of_what_buys_a_token_is_kept_or_shown() {
    let of_2017 = dialect(Dialect::Reference);
    let folder = tempfile::tempdir().expect("a folder");
    let storage = Storage::Folder(folder.path().to_owned());
    let options = Options { storage, ways: [of_2017.clone(), of_2017], ..Options::default() };
    let mut bench = Bench::among(Sandbox::start(options).await.expect("the hospitals start")).await;
    card(&bench).await;
    let share = bench.sign().await.expect("the share starts");
    bench.until_state(&share.id, ShareState::OnUnlisted).await;
    let halves = halves(folder.path());
    assert!(halves.iter().all(|half| half.len() > 30), "both are there");

    let mut told = format!("{:?}{:?}", bench.bell.heard(), bench.app.sharing().expect("sharing"));
    told.push_str(&format!("{:?}", bench.app.share(&share.id).expect("a detail")));
    bench.close().await;
    let mut files = vec![told.into_bytes()];
    for file in std::fs::read_dir(bench.folder()).expect("the app's folder") {
        let path = file.expect("a file").path();
        if path.is_file() {
            files.push(std::fs::read(path).expect("a file"));
        }
    }
    assert!(files.len() > 1, "the app wrote something");
    for half in halves {
        for file in &files {
            assert!(!file.windows(half.len()).any(|piece| piece == half.as_bytes()));
        }
    }
}
