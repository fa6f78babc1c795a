//! An app without a window that kills itself, as a power cut would, at a given line of a share's journal.
//!
//! `killed FOLDER LINE WHAT BASE BASE`: opens the app in FOLDER, sets up a share (`set-up`) or stops the one that is
//! there (`stop`), and is gone after LINE lines of the journal; 0 means that it lives until its parent kills it.

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use consentry_core::{
    app::{App, PracticeEhr, Setup},
    event::Event,
    outside::{Notify, Outside},
    person::ChartsAnswer,
    review::Approval,
    view::Mode,
};
use consentry_tests::{PATIENCE, SystemClock, file_vault::FileVault, person::NoBrowser, quick, short};

struct Killer {
    left: AtomicUsize,
}

impl Notify for Killer {
    fn notify(&self, event: Event) {
        let line = matches!(event, Event::ConnectionChanged { .. });
        if line && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)) == Ok(1) {
            let pid = std::process::id().to_string();
            let _ = Command::new("kill").args(["-9", &pid]).status();
            std::process::abort();
        }
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, line, what, bases @ ..] = arguments.as_slice() else { panic!("usage") };
    let line: usize = line.parse().expect("a number");
    let practice = bases
        .iter()
        .map(|b| PracticeEhr { base: b.parse().expect("an address"), logins: Vec::new() })
        .collect();
    let folder = Path::new(folder);
    let outside = Outside {
        clock: Arc::new(SystemClock),
        browser: Arc::new(NoBrowser),
        notify: Arc::new(Killer { left: AtomicUsize::new(if line == 0 { usize::MAX } else { line }) }),
        vault: Arc::new(FileVault::new(folder.join("vault.json"))),
    };
    let setup = Setup { mode: Mode::Practice, practice, lists: Vec::new(), pace: quick(), limits: short() };
    let app = App::open(folder, setup, outside).await.expect("the app opens");
    match what.as_str() {
        "set-up" => {
            let review = app.review().await.expect("a review");
            let yes = Approval {
                approval: review.approval,
                typed_name: review.signer,
                charts: ChartsAnswer::BothMe,
                anyway: false,
            };
            app.share_start(&yes).await.expect("it starts");
        }
        _ => {
            let share = app.sharing().expect("sharing").shares.into_iter().next().expect("a share");
            app.share_stop(&share.id).expect("it stops");
        }
    }
    // It does not end by itself: who waits for the kill must see it, or see that it never came.
    tokio::time::sleep(PATIENCE).await;
    panic!("nobody killed it");
}
