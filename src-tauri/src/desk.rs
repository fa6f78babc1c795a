//! What lies on the desk: the app in one mode at a time, with the practice hospitals when it is practice.
//! Practice and real never share a folder, a keyring name, or an app.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use consentry_core::{
    app::{App, Setup},
    context::Pace,
    http::Limits,
    outside::{Notify, Outside},
    problem::{Problem, What},
    vault,
    view::Mode,
};
use consentry_sandbox::Sandbox;
use tauri::{AppHandle, Runtime};
use tokio::sync::RwLock;

use crate::{browser::SystemBrowser, clock::SystemClock, events::WindowNotify, practice};

/// The app that is open, and the hospitals that it opened.
struct Open {
    mode: Mode,
    app: App,
    sandbox: Option<Sandbox>,
}

/// The desk.
pub(crate) struct Desk {
    folder: PathBuf,
    first: Mode,
    notify: OnceLock<Arc<dyn Notify>>,
    open: RwLock<Option<Open>>,
}

impl Desk {
    /// A desk with nothing open yet.
    pub(crate) fn new(folder: PathBuf, practice: bool) -> Self {
        let first = if practice { Mode::Practice } else { Mode::Real };
        Self { folder, first, notify: OnceLock::new(), open: RwLock::new(None) }
    }

    /// Tells the desk which window to tell of changes.
    pub(crate) fn attach<R: Runtime>(&self, handle: &AppHandle<R>) {
        let notify: Arc<dyn Notify> = Arc::new(WindowNotify(handle.clone()));
        if self.notify.set(notify).is_err() {
            tracing::warn!("the window was attached twice");
        }
    }

    /// The app that is open; opens it at the first call.
    pub(crate) async fn app(&self) -> Result<App, Problem> {
        if let Some(open) = self.open.read().await.as_ref() {
            return Ok(open.app.clone());
        }
        let mut slot = self.open.write().await;
        if let Some(open) = slot.as_ref() {
            return Ok(open.app.clone());
        }
        let open = self.make(self.first).await?;
        let app = open.app.clone();
        *slot = Some(open);
        Ok(app)
    }

    /// Closes the app that is open and opens it in another mode. In the mode that is open, nothing changes.
    pub(crate) async fn switch(&self, mode: Mode) -> Result<App, Problem> {
        let mut slot = self.open.write().await;
        if let Some(open) = slot.as_ref().filter(|open| open.mode == mode) {
            return Ok(open.app.clone());
        }
        if let Some(open) = slot.take() {
            close(open).await;
        }
        let open = self.make(mode).await?;
        let app = open.app.clone();
        *slot = Some(open);
        Ok(app)
    }

    /// Starts practice over: new hospitals, nothing shared.
    pub(crate) async fn start_over(&self) -> Result<App, Problem> {
        let mut slot = self.open.write().await;
        if let Some(open) = slot.take() {
            // The keyring, too, starts over.
            open.app.sign_out_everywhere().await;
            close(open).await;
        }
        self.throw_away_practice();
        let open = self.make(Mode::Practice).await?;
        let app = open.app.clone();
        *slot = Some(open);
        Ok(app)
    }

    fn throw_away_practice(&self) {
        let folder = self.folder.join("practice");
        if folder.exists() && std::fs::remove_dir_all(folder).is_err() {
            tracing::warn!("the practice folder could not be removed");
        }
    }

    async fn make(&self, mode: Mode) -> Result<Open, Problem> {
        let notify = self.notify.get().cloned().ok_or_else(|| Problem::new(What::Internal))?;
        let (name, service) = match mode {
            Mode::Real => ("real", "app.consentry.desktop"),
            Mode::Practice => ("practice", "app.consentry.practice"),
        };
        let folder = self.folder.join(name);
        let sandbox = match mode {
            Mode::Real => None,
            Mode::Practice => {
                let started = practice::start(&folder.join("hospitals")).await;
                let (sandbox, fresh) = started.map_err(|error| {
                    tracing::error!(%error, "the practice hospitals could not start");
                    Problem::new(What::Internal)
                })?;
                if fresh && std::fs::remove_file(folder.join("consentry.sqlite")).is_err() {
                    tracing::info!("practice starts with nothing kept");
                }
                Some(sandbox)
            }
        };
        let setup = Setup {
            mode,
            practice: sandbox.as_ref().map(practice::ehrs).unwrap_or_default(),
            lists: sandbox.as_ref().map(practice::lists).unwrap_or_default(),
            pace: pace(mode),
            limits: Limits::default(),
        };
        let outside = Outside {
            clock: Arc::new(SystemClock),
            browser: Arc::new(SystemBrowser),
            notify,
            vault: vault::open(service),
        };
        let app = App::open(&folder, setup, outside).await?;
        app.add_practice_ehrs().await?;
        Ok(Open { mode, app, sandbox })
    }
}

/// Practice hospitals are on this computer: looking often costs nothing, and a demo is not a waiting room.
fn pace(mode: Mode) -> Pace {
    match mode {
        Mode::Real => Pace::default(),
        Mode::Practice => Pace { seen: std::time::Duration::from_secs(3), ..Pace::default() },
    }
}

async fn close(open: Open) {
    open.app.close().await;
    if let Some(sandbox) = open.sandbox {
        sandbox.stop().await;
    }
}
