//! An app without a window, at the loudest log level, alone in its process: what it writes and says can be searched.
//!
//! `loud FOLDER OUT DOOR BASE BASE`: does the main job in FOLDER, with mishaps that the hospitals prepare. In OUT it
//! leaves `log` and `crossed`, everything that would have crossed to the window; pages for the browser go to the socket
//! DOOR.

use std::{
    fs::File,
    io::{self, Write},
    net::TcpStream,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use consentry_core::{
    app::{App, PracticeEhr, Setup},
    choice::{Draft, HowLong, Purpose},
    connection::{ShareState, way::Way},
    ehr::EhrId,
    event::Event,
    kind::Kind,
    outside::{Browser, Notify, Outside},
    person::ChartsAnswer,
    problem::Problem,
    review::Approval,
    view::{Mode, SignInFor},
};
use consentry_tests::{PATIENCE, SystemClock, file_vault::FileVault, quick, short};
use serde::Serialize;
use url::Url;

/// What crosses to the window, one line of JSON each.
#[derive(Clone)]
struct Crossed(Arc<Mutex<File>>);

impl Crossed {
    fn tell(&self, what: &impl Serialize) {
        let line = serde_json::to_string(what).expect("JSON");
        writeln!(self.0.lock().unwrap_or_else(PoisonError::into_inner), "{line}").expect("written");
    }

    /// Tells what came of a command, either way.
    fn told<T: Serialize>(&self, result: Result<T, Problem>) -> Result<T, Problem> {
        match &result {
            Ok(view) => self.tell(view),
            Err(problem) => self.tell(problem),
        }
        result
    }
}

impl Notify for Crossed {
    fn notify(&self, event: Event) {
        self.tell(&event);
    }
}

/// Sends pages to whoever holds the door.
struct Door(String);

impl Browser for Door {
    fn open(&self, page: &Url) -> io::Result<()> {
        TcpStream::connect(&self.0)?.write_all(page.as_str().as_bytes())
    }
}

struct Window {
    app: App,
    crossed: Crossed,
}

impl Window {
    async fn sign_in(&self, id: &EhrId, purpose: SignInFor) -> Result<(), Problem> {
        let started = self.app.sign_in(id, &purpose).await;
        let mut started = started.inspect_err(|problem| self.crossed.tell(problem))?;
        // The link for "copy the link" carries state, nonce and challenge, and must: only that field is left out.
        started.page.clear();
        self.crossed.tell(&started);
        self.crossed.told(self.app.sign_in_result(id).await).map(drop)
    }

    async fn until(&self, id: &str, state: ShareState) {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let detail = self.crossed.told(self.app.share(id)).expect("the share is known");
                if detail.share.state == state {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        found.await.expect("the share comes to this state");
    }

    async fn look(&self) {
        self.crossed.told(self.app.check_now().await).expect("sharing");
        self.crossed.told(self.app.view()).expect("a view");
    }

    async fn share(&self, from: &EhrId, to: &EhrId, kinds: &[Kind]) -> String {
        let draft = Draft {
            from: Some(from.clone()),
            to: Some(to.clone()),
            way: Way::default(),
            under: None,
            kinds: kinds.to_vec(),
            purpose: Some(Purpose::MyCare),
            how_long: Some(HowLong::ThreeMonths),
        };
        self.crossed.told(self.app.draft_set(draft)).expect("a draft");
        self.crossed.told(self.app.charts()).expect("charts");
        let review = self.crossed.told(self.app.review().await).expect("a review");
        let yes = Approval {
            approval: review.approval,
            typed_name: review.signer,
            charts: ChartsAnswer::BothMe,
            anyway: false,
        };
        self.crossed.told(self.app.share_start(&yes).await).expect("it starts").id
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, out, door, bases @ ..] = arguments.as_slice() else { panic!("usage") };
    let (folder, out) = (Path::new(folder), Path::new(out));
    let log = Mutex::new(File::create(out.join("log")).expect("a log"));
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(log).init();
    let crossed = Crossed(Arc::new(Mutex::new(File::create(out.join("crossed")).expect("a file"))));
    let practice = bases
        .iter()
        .map(|b| PracticeEhr { base: b.parse().expect("an address"), logins: Vec::new() })
        .collect();
    let outside = Outside {
        clock: Arc::new(SystemClock),
        browser: Arc::new(Door(door.clone())),
        notify: Arc::new(crossed.clone()),
        vault: Arc::new(FileVault::new(out.join("vault.json"))),
    };
    let setup = Setup { mode: Mode::Practice, practice, lists: Vec::new(), pace: quick(), limits: short() };
    let app = App::open(folder, setup, outside).await.expect("the app opens");
    let mut ids = Vec::new();
    for base in bases {
        ids.push(crossed.told(app.ehr_add(base).await).expect("the hospital answers").id);
    }
    let [from, to] = ids.as_slice() else { panic!("two hospitals") };
    main_job(&Window { app: app.clone(), crossed }, from, to).await;
    app.close().await;
}

async fn main_job(window: &Window, from: &EhrId, to: &EhrId) {
    let kinds = [Kind::Vaccines];
    let (source, target) =
        (SignInFor::Source { kinds: kinds.to_vec() }, SignInFor::Target { kinds: kinds.to_vec() });
    // The hospital answers the first code with a refusal, and gives the second time a token nobody can use.
    window.sign_in(from, source.clone()).await.expect_err("refused");
    window.sign_in(from, source.clone()).await.expect_err("not understood");
    window.sign_in(from, source.clone()).await.expect("signed in");
    window.sign_in(to, target).await.expect("signed in");
    // The first share fails at the target, and is taken back.
    let first = window.share(from, to, &kinds).await;
    window.until(&first, ShareState::HalfDone).await;
    window.crossed.told(window.app.share_take_back(&first)).expect("taken back");
    window.until(&first, ShareState::Stopped).await;
    // The second one comes to be on. A 401 on the way makes a refresh.
    let second = window.share(from, to, &kinds).await;
    window.until(&second, ShareState::On).await;
    window.look().await;
    window.crossed.told(window.app.share_stop(&second)).expect("stop");
    window.until(&second, ShareState::Stopped).await;
    window.look().await;
    window.crossed.told(window.app.sign_out(from).await).expect("signed out");
    window.crossed.told(window.app.sign_out(to).await).expect("signed out");
    window.look().await;
    // Somebody stays signed in at the end, so that there is something to keep.
    window.sign_in(from, source).await.expect("signed in again");
    window.look().await;
}
