//! The process is really killed, at every line of the journal and between a hospital's commit and our reading of it.
//! After the restart there is never a live authorization that the app does not show.

use std::{os::unix::process::ExitStatusExt, process::Stdio, sync::Arc};

use consentry_core::{
    connection::{RungState, ShareState, ShareView},
    kind::Kind,
    view::SignInFor,
};
use consentry_sandbox::{AuthorizationState, Exchange, Fault};
use consentry_tests::{Bench, PATIENCE, file_vault::FileVault};
use tokio::process::{Child, Command};

/// Signed, then six steps with two lines each.
const SET_UP_LINES: usize = 13;
/// Asked, then three steps with two lines each, and two rungs.
const STOP_LINES: usize = 9;

async fn bench() -> Bench {
    let mut bench = Bench::with_vault(|folder| Arc::new(FileVault::new(folder.join("vault.json")))).await;
    let kinds = vec![Kind::Vaccines];
    bench.draft(&kinds).expect("a draft");
    bench.sign_in(0, SignInFor::Source { kinds: kinds.clone() }).await.expect("signed in");
    bench.sign_in(1, SignInFor::Target { kinds }).await.expect("signed in");
    bench.close().await;
    bench
}

fn child(bench: &Bench, line: usize, what: &str) -> Child {
    let [a, b] = bench.sandbox.ehrs();
    Command::new(env!("CARGO_BIN_EXE_killed"))
        .arg(bench.folder())
        .args([&line.to_string(), what, a.base().as_str(), b.base().as_str()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the child starts")
}

async fn killed(mut child: Child, at: &str) {
    let status =
        tokio::time::timeout(PATIENCE, child.wait()).await.expect("the child ends").expect("a status");
    assert_eq!(status.signal(), Some(9), "{at}: the process was killed, and did not end by itself");
}

/// The lines of the one journal in the app's folder.
fn lines(bench: &Bench) -> usize {
    let file = bench.folder().join("consentry.sqlite");
    let db = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("the file");
    let lines: u32 = db.query_row("SELECT count(*) FROM journal", [], |row| row.get(0)).expect("a number");
    lines as usize
}

fn live(bench: &Bench) -> usize {
    let records = bench.sandbox.ehrs()[0].records();
    records.authorizations.iter().filter(|a| a.state == AuthorizationState::Live).count()
}

/// Whether a share is shown in a way that says: they may get records.
fn says_may_get(share: &ShareView) -> bool {
    !matches!(
        share.state,
        ShareState::Stopped | ShareState::NothingShared | ShareState::Ended | ShareState::GoneElsewhere
    )
}

async fn nothing_live_is_hidden(bench: &Bench, at: &str) {
    // A kill while a refresh was under way costs a sign-in, never a share.
    for which in [0, 1] {
        if !bench.is_signed_in(which) {
            let kinds = vec![Kind::Vaccines];
            let purpose = if which == 0 { SignInFor::Source { kinds } } else { SignInFor::Target { kinds } };
            bench.sign_in(which, purpose).await.expect("signed in again");
        }
    }
    bench.until_fresh(0).await;
    let sharing = bench.app.sharing().expect("sharing");
    let shown = sharing.shares.iter().filter(|s| says_may_get(s)).count();
    assert!(live(bench) <= shown, "{at}: a live authorization is not shown: {:#?}", sharing.shares);
    assert!(live(bench) <= 1, "{at}: one yes, one authorization");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_and_a_stop_write_the_lines_that_are_cut_below() {
    let mut bench = bench().await;
    bench.reopen().await;
    let share = bench.sign().await.expect("the share starts");
    bench.until_state(&share.id, ShareState::On).await;
    assert_eq!(lines(&bench), SET_UP_LINES);
    bench.app.share_stop(&share.id).expect("stop");
    // The last line of all: the target was turned away.
    bench.until(&share.id, |s| s.proof.iter().all(|r| r.state == RungState::Proven)).await;
    assert_eq!(lines(&bench), SET_UP_LINES + STOP_LINES + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_line_of_a_set_up_and_finished_or_taken_back() {
    for line in 1..=SET_UP_LINES {
        let mut bench = bench().await;
        let at = format!("line {line}");
        killed(child(&bench, line, "set-up"), &at).await;
        bench.reopen().await;
        nothing_live_is_hidden(&bench, &at).await;
        let share =
            bench.app.sharing().expect("sharing").shares.into_iter().next().expect("the share is known");
        if line % 2 == 0 {
            bench.app.share_finish(&share.id).expect("finish");
            bench.until_state(&share.id, ShareState::On).await;
            assert_eq!(live(&bench), 1, "{at}: finished means one authorization");
        } else {
            bench.app.share_take_back(&share.id).expect("take back");
            bench
                .until(&share.id, |s| matches!(s.state, ShareState::Stopped | ShareState::NothingShared))
                .await;
            assert_eq!(live(&bench), 0, "{at}: taken back means none");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_line_of_a_stop_and_stopped_all_the_same() {
    for line in 1..=STOP_LINES {
        let mut bench = bench().await;
        bench.reopen().await;
        let share = bench.sign().await.expect("the share starts");
        bench.until_state(&share.id, ShareState::On).await;
        bench.close().await;
        killed(child(&bench, line, "stop"), &format!("line {line}")).await;
        bench.reopen().await;
        nothing_live_is_hidden(&bench, &format!("line {line}")).await;
        bench.until_state(&share.id, ShareState::Stopped).await;
        assert_eq!(live(&bench), 0, "line {line}: a stop survives a kill");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_hospitals_commit_and_the_answer() {
    let cases = [
        (0, Exchange::ConsentCreate, "set-up"),
        (0, Exchange::Authorize, "set-up"),
        (1, Exchange::Connect, "set-up"),
        (0, Exchange::Revoke, "stop"),
    ];
    for (which, exchange, what) in cases {
        let mut bench = bench().await;
        if what == "stop" {
            bench.reopen().await;
            let share = bench.sign().await.expect("the share starts");
            bench.until_state(&share.id, ShareState::On).await;
            bench.close().await;
        }
        bench.sandbox.ehrs()[which].faults().next(exchange, Fault::StallAfterCommit);
        let mut child = child(&bench, 0, what);
        bench.until_records(which, |r| committed(r, exchange).then_some(())).await;
        child.kill().await.expect("killed");
        bench.reopen().await;
        let at = format!("{exchange:?}");
        nothing_live_is_hidden(&bench, &at).await;
        let share =
            bench.app.sharing().expect("sharing").shares.into_iter().next().expect("the share is known");
        if what == "set-up" {
            bench.app.share_take_back(&share.id).expect("take back");
        }
        bench.until(&share.id, |s| matches!(s.state, ShareState::Stopped | ShareState::NothingShared)).await;
        assert_eq!(live(&bench), 0, "{at}: nothing is left");
    }
}

fn committed(records: &consentry_sandbox::Records, exchange: Exchange) -> bool {
    match exchange {
        Exchange::ConsentCreate => records.consents.iter().any(|c| c.identifier.is_some()),
        Exchange::Authorize => !records.authorizations.is_empty(),
        Exchange::Connect => !records.connections.is_empty(),
        _ => records.authorizations.iter().any(|a| a.state == AuthorizationState::Revoked),
    }
}
