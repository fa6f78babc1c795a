//! One person's desk: a desktop session, the app in its window, a web browser.

mod axe;
mod browser;
mod driver;
mod find;
mod footprint;
mod hands;
mod pictures;
mod process;
mod records;
mod session;
mod sign_in;
mod wait;
mod window;

use std::{
    fs,
    path::{Path, PathBuf},
};

use fantoccini::Client;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

pub(crate) use self::{
    browser::Page,
    find::{Name, Role},
    hands::Hands,
    records::{Origins, records},
    session::Theme,
    wait::{PATIENCE, until, within},
};

use self::{browser::Browser, driver::Driver, session::Session};

/// One desk at a time: a window, a browser and two hospitals are enough for two cores.
static ONE: Mutex<()> = Mutex::const_new(());

/// Everything of one test. Dropped in this order: the app goes before its display.
pub(crate) struct Desk {
    window: Option<Client>,
    driver: Option<Driver>,
    browser: Browser,
    session: Session,
    folder: TempDir,
    pictures: PathBuf,
    hands: Hands,
    _turn: MutexGuard<'static, ()>,
}

impl Desk {
    /// A new person at a new computer, with the app open in practice mode. Pictures go to
    /// `artifacts/{pictures}`.
    pub(crate) async fn open(pictures: &str, theme: Theme, hands: Hands) -> Self {
        let mut desk = Self::empty(pictures, theme, hands).await;
        desk.start_app().await;
        desk
    }

    /// A desk with a page of the window's engine instead of the app.
    pub(crate) async fn open_page(pictures: &str, theme: Theme) -> Self {
        let mut desk = Self::empty(pictures, theme, Hands::Mouse).await;
        let mut command = desk.session.command("WebKitWebDriver");
        command
            .stdout(session::log(desk.folder.path(), "page"))
            .stderr(session::log(desk.folder.path(), "page"));
        let driver = Driver::start(&mut command).await;
        let browser = browser::mini_browser();
        let options = json!({ "binary": browser, "args": ["--automation"] });
        desk.window = Some(driver.session(json!({ "webkitgtk:browserOptions": options })).await);
        desk.driver = Some(driver);
        desk
    }

    /// Shows another page, from its beginning.
    pub(crate) async fn visit(&self, address: &str) {
        // Going from one place to another of the same page would keep its scene.
        for address in ["about:blank", address] {
            self.client().goto(address).await.expect("the page opens");
        }
    }

    async fn empty(pictures: &str, theme: Theme, hands: Hands) -> Self {
        let turn = ONE.lock().await;
        let folder = tempfile::Builder::new()
            .prefix("desk-")
            .tempdir()
            .expect("there is a folder for temporary files");
        let session = Session::start(folder.path(), theme).await;
        let desk = Self {
            window: None,
            driver: None,
            browser: Browser::install(folder.path()),
            session,
            folder,
            pictures: artifacts().join(pictures),
            hands,
            _turn: turn,
        };
        fs::create_dir_all(&desk.pictures).expect("artifacts can be written");
        desk
    }

    /// Opens the app again after [`Desk::kill_app`], with the same home.
    pub(crate) async fn start_app(&mut self) {
        let mut command = self.session.command("WebKitWebDriver");
        command
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("RUST_BACKTRACE", "1")
            .stdout(session::log(self.folder.path(), "app"))
            .stderr(session::log(self.folder.path(), "app"));
        let driver = Driver::start(&mut command).await;
        let window = driver
            .session(json!({
                "webkitgtk:browserOptions": { "binary": app(), "args": ["--practice"] },
            }))
            .await;
        self.driver = Some(driver);
        self.window = Some(window);
    }

    /// Ends the app as a power cut would: SIGKILL, no handler runs.
    pub(crate) async fn kill_app(&mut self) {
        let pid = self.app_process().expect("the app runs");
        process::kill(&pid);
        wait::until("the app to be gone", async || self.app_process().is_none().then_some(())).await;
        self.window = None;
        self.driver = None;
    }

    /// The page that the app opens next in the person's browser.
    pub(crate) async fn next_page(&mut self) -> Page {
        self.browser.next_page(&self.session, self.hands).await
    }

    /// What the app wrote: its output, and the end of its log.
    pub(crate) fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let log = read("data/consentry/consentry.log");
        let last: Vec<&str> = log.lines().rev().take(20).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        format!("{}\n{}", read("app.log"), last.join("\n"))
    }

    fn client(&self) -> &Client {
        self.window.as_ref().expect("the app is open")
    }

    /// The process of the app with this desk's home.
    fn app_process(&self) -> Option<String> {
        let home = format!("HOME={}", self.folder.path().join("home").display());
        let app = app();
        fs::read_dir("/proc").ok()?.filter_map(Result::ok).find_map(|entry| {
            let exe = fs::read_link(entry.path().join("exe")).ok()?;
            let variables = fs::read(entry.path().join("environ")).ok()?;
            let ours = variables.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes());
            (exe == app && ours).then(|| entry.file_name().to_string_lossy().into_owned())
        })
    }
}

/// The app beside this test program.
fn app() -> PathBuf {
    let this = std::env::current_exe().expect("this program has a path");
    let app = this.ancestors().nth(2).map(|folder| folder.join("consentry")).unwrap_or_default();
    assert!(
        app.is_file(),
        "{} is missing: `cargo xtask test` builds it first, by hand `cargo build --package consentry`",
        app.display()
    );
    app
}

/// Where pictures go: outside of what is built, outside of what is committed.
fn artifacts() -> PathBuf {
    root().join("artifacts")
}

pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
