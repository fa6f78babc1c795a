//! Where the fetched programs are, and the app opened for one of them.

use std::{
    os::unix::process::CommandExt as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use consentry_core::{
    app::{App, PracticeEhr, Setup},
    ehr::{EhrId, EhrView, SessionView},
    event::Event,
    outside::{Clock, Notify, Outside},
    problem::Problem,
    vault::Vault,
    view::{Mode, SignInFor},
};
use consentry_tests::{SystemClock, file_vault::FileVault, quick};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::hands::Hands;

/// The folder that `cargo xtask conformance` names in this variable.
///
/// # Panics
/// When it names none.
pub(crate) fn program(variable: &str) -> PathBuf {
    let folder = std::env::var_os(variable);
    folder
        .map(PathBuf::from)
        .unwrap_or_else(|| panic!("{variable} is not set: use `cargo xtask conformance`"))
}

/// A clock that can be put forward, to see tokens end.
#[derive(Default)]
pub(crate) struct Ahead(Mutex<SignedDuration>);

impl Ahead {
    pub(crate) fn by(&self, much: SignedDuration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += much;
    }
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now() + *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Nobody;

impl Notify for Nobody {
    fn notify(&self, _event: Event) {}
}

/// The app at one hospital whose sign-in is a program that nobody here wrote.
pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) ehr: EhrId,
    pub(crate) clock: Arc<Ahead>,
    pub(crate) vault: Arc<FileVault>,
    _folder: tempfile::TempDir,
}

impl Desk {
    /// Opens the app; plain http is allowed to these sockets of this computer only.
    ///
    /// # Panics
    /// When the app does not open or refuses the hospital.
    pub(crate) async fn open(base: &Url, issuer: &Url, hands: Hands) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, vault) =
            (Arc::new(Ahead::default()), Arc::new(FileVault::new(folder.path().join("vault"))));
        let practice = [base, issuer].map(|url| PracticeEhr { base: url.clone(), logins: Vec::new() });
        let limits = consentry_core::http::Limits {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(20),
            whole: Duration::from_secs(30),
        };
        let setup = Setup {
            mode: Mode::Practice,
            practice: practice.to_vec(),
            lists: Vec::new(),
            pace: quick(),
            limits,
        };
        let outside = Outside {
            clock: clock.clone(),
            browser: Arc::new(hands),
            notify: Arc::new(Nobody),
            vault: vault.clone(),
        };
        let app = App::open(folder.path(), setup, outside).await.expect("the app opens");
        let ehr = app.ehr_add(base.as_str()).await.expect("the hospital is understood").id;
        Self { app, ehr, clock, vault, _folder: folder }
    }

    /// The person signs in.
    ///
    /// # Errors
    /// As the app says.
    pub(crate) async fn sign_in(&self, purpose: &SignInFor) -> Result<EhrView, Problem> {
        self.app.sign_in(&self.ehr, purpose).await?;
        self.app.sign_in_result(&self.ehr).await
    }

    /// Whether the app says that it is signed in.
    pub(crate) fn is_signed_in(&self) -> bool {
        let view = self.app.view().expect("a view");
        view.ehrs.iter().any(|e| e.id == self.ehr && matches!(e.session, SessionView::SignedIn { .. }))
    }

    /// What the vault holds for this hospital.
    pub(crate) fn refresh_token(&self) -> Option<String> {
        self.vault.get(self.ehr.as_str()).ok().flatten().map(|secret| secret.expose().to_owned())
    }
}

/// A free port of this computer, as far as one can know.
pub(crate) fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a socket");
    socket.local_addr().expect("an address").port()
}

/// A program of a part, ended with the test together with what it started.
pub(crate) struct Program(std::process::Child);

impl Program {
    /// Starts it as the head of a group of its own: Keycloak's script leaves its Java behind.
    ///
    /// # Panics
    /// When it does not start.
    pub(crate) fn start(command: &mut std::process::Command) -> Self {
        Self(command.process_group(0).spawn().expect("the program starts"))
    }

    /// What it prints.
    pub(crate) fn output(&mut self) -> Option<std::process::ChildStdout> {
        self.0.stdout.take()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = std::process::Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}
