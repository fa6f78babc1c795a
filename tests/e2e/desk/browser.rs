//! The person's web browser. The app asks the desktop to open a page; the desk's own `xdg-open`, first
//! in `PATH`, then starts a real browser on exactly that address.
//!
//! Chromium where there is one; else the small browser that comes with WebKitGTK, because Ubuntu has
//! Chromium only as a snap.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use fantoccini::{Client, wd::WindowHandle};
use serde_json::json;
use url::Url;

use super::{
    driver::Driver,
    hands::Hands,
    process,
    session::{Session, log},
    wait,
};

/// Which browser this machine has.
enum Program {
    /// Started by the app's own call, then driven through its debugging port.
    Chromium { browser: PathBuf, driver: PathBuf },
    /// Started by its driver on the address that the app asked for.
    MiniBrowser { browser: PathBuf },
}

/// The browser of one desk.
pub(crate) struct Browser {
    program: Program,
    folder: PathBuf,
    seen: usize,
}

/// A page that the app opened, with the browser that shows it.
pub(crate) struct Page {
    /// Drives the browser.
    pub(crate) client: Client,
    /// The address that the app asked to open.
    pub(crate) opened: Url,
    /// How the person works there.
    pub(crate) hands: Hands,
    _driver: Driver,
    _chromium: Option<Chromium>,
}

/// A Chromium that the app started, ended with its whole group when dropped.
struct Chromium(String);

impl Drop for Chromium {
    fn drop(&mut self) {
        process::kill(&format!("-{}", self.0));
    }
}

impl Browser {
    /// Puts `xdg-open` into the desk's `bin`.
    pub(crate) fn install(folder: &Path) -> Self {
        let program = find();
        let browser = Self { program, folder: folder.to_path_buf(), seen: 0 };
        let script = folder.join("bin/xdg-open");
        fs::write(&script, browser.script()).expect("the desk's folder can be written");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("the desk's folder is ours");
        browser
    }

    /// Waits until the app opens its next page, and takes the browser over.
    pub(crate) async fn next_page(&mut self, session: &Session, hands: Hands) -> Page {
        let list = self.folder.join("opened");
        let number = self.seen;
        let opened = wait::until("the app to open a page in the browser", async || {
            let lines = fs::read_to_string(&list).ok()?;
            lines.lines().nth(number).map(str::to_owned)
        })
        .await;
        self.seen += 1;
        let opened = Url::parse(&opened).expect("the app opens an address");
        match &self.program {
            Program::Chromium { driver, .. } => {
                let chromium = self.chromium(number).await;
                let port = self.debugging_port(number).await;
                let mut command = session.command(driver);
                command.stdout(log(&self.folder, "chromedriver")).stderr(log(&self.folder, "chromedriver"));
                let driver = Driver::start(&mut command).await;
                let client = driver
                    .session(json!({
                        "browserName": "chrome",
                        "goog:chromeOptions": { "debuggerAddress": format!("127.0.0.1:{port}") },
                    }))
                    .await;
                switch_to(&client, &opened).await;
                Page { client, opened, hands, _driver: driver, _chromium: Some(chromium) }
            }
            Program::MiniBrowser { browser } => {
                let mut command = session.command("WebKitWebDriver");
                let driver = Driver::start(&mut command).await;
                let client = driver
                    .session(json!({
                        "webkitgtk:browserOptions": { "binary": browser, "args": ["--automation"] },
                    }))
                    .await;
                client.goto(opened.as_str()).await.expect("the browser goes there");
                Page { client, opened, hands, _driver: driver, _chromium: None }
            }
        }
    }

    /// Each opening has a number, counted by the lines of `opened`, and a profile of its own.
    fn script(&self) -> String {
        let folder = self.folder.display();
        let note = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >> '{folder}/opened'\n");
        match &self.program {
            Program::MiniBrowser { .. } => note,
            Program::Chromium { browser, .. } => format!(
                "{note}n=$(($(wc -l < '{folder}/opened') - 1))\n\
                 setsid '{}' --headless=new --remote-debugging-port=0 \
                 --user-data-dir=\"{folder}/chromium-$n\" --window-size=900,1000 --no-sandbox \
                 --no-first-run --no-default-browser-check --disable-gpu --disable-sync \
                 --disable-background-networking --disable-component-update --disable-dev-shm-usage \
                 --password-store=basic \"$1\" \
                 > \"{folder}/chromium-$n.log\" 2>&1 &\n\
                 echo $! > \"{folder}/chromium-$n.pid.part\"\n\
                 mv \"{folder}/chromium-$n.pid.part\" \"{folder}/chromium-$n.pid\"\n",
                browser.display()
            ),
        }
    }

    async fn chromium(&self, number: usize) -> Chromium {
        let file = self.folder.join(format!("chromium-{number}.pid"));
        let pid = wait::until("Chromium to start", async || fs::read_to_string(&file).ok()).await;
        Chromium(pid.trim().to_owned())
    }

    /// Chromium chooses a free port and writes it down.
    async fn debugging_port(&self, number: usize) -> u16 {
        let file = self.folder.join(format!("chromium-{number}/DevToolsActivePort"));
        wait::until("Chromium's debugging port", async || {
            fs::read_to_string(&file).ok()?.lines().next()?.parse().ok()
        })
        .await
    }
}

impl Page {
    /// Closes the browser.
    pub(crate) async fn close(self) {
        // Chromium stays when a driver that only joined it leaves; dropping the page ends it.
        drop(self.client.close().await);
    }
}

/// The tab of the page that was opened, among Chromium's own.
async fn switch_to(client: &Client, opened: &Url) {
    wait::until("the opened page in Chromium", async || {
        for window in client.windows().await.ok()? {
            let handle: WindowHandle = window;
            client.switch_to_window(handle).await.ok()?;
            let shown = client.current_url().await.ok()?;
            if shown.origin() == opened.origin() {
                return Some(());
            }
        }
        None
    })
    .await;
}

fn find() -> Program {
    let chromium = ["chromium", "google-chrome"].into_iter().find_map(program);
    if let (Some(browser), Some(driver)) = (chromium, program("chromedriver")) {
        return Program::Chromium { browser, driver };
    }
    Program::MiniBrowser { browser: mini_browser() }
}

/// The small browser that comes with WebKitGTK: the engine of the window.
pub(super) fn mini_browser() -> PathBuf {
    let libraries = Command::new("sh")
        .args(["-c", "ls /usr/lib/*/webkit2gtk-4.1/MiniBrowser /usr/libexec/webkit2gtk-4.1/MiniBrowser"])
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    match libraries.lines().next() {
        Some(browser) => PathBuf::from(browser),
        None => panic!("no browser to sign in with: install chromium and chromium-driver"),
    }
}

/// A program in `PATH` that is no snap: those do not run without a user session.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| {
        file.is_file() && file.canonicalize().is_ok_and(|real| !real.to_string_lossy().contains("snap"))
    })
}
