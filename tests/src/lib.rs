//! A bench for tests of the whole: both hospitals over real HTTP, the app, and a person with a browser.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use consentry_core::{
    app::{App, PracticeEhr, PracticeList, Setup},
    choice::{Draft, HowLong, Purpose},
    connection::{Freshness, ShareState, ShareView, way::Way},
    context::Pace,
    ehr::{EhrId, SessionView},
    event::Event,
    http::Limits,
    kind::Kind,
    outside::{Clock, Notify, Outside},
    person::ChartsAnswer,
    problem::Problem,
    review::Approval,
    vault::{Vault, memory::MemoryVault},
    view::{Mode, SignInFor},
};
use consentry_sandbox::{FhirVersion, Options, Sandbox, Ways};
use jiff::Timestamp;

pub mod between;
pub mod file_vault;
pub mod person;
pub mod proxy;
pub mod raw;

use person::Person;

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the test's one place that reads the time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Wakes whoever waits for a change, and keeps every event.
#[derive(Default)]
pub struct Bell {
    heard: Mutex<Vec<Event>>,
    ring: tokio::sync::Notify,
}

impl Notify for Bell {
    fn notify(&self, event: Event) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        self.ring.notify_waiters();
    }
}

impl Bell {
    /// Everything that was told.
    #[must_use]
    pub fn heard(&self) -> Vec<Event> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Both hospitals, the app, a person.
pub struct Bench {
    /// The hospitals.
    pub sandbox: Arc<Sandbox>,
    /// The app.
    pub app: App,
    /// The person with the browser.
    pub person: Arc<Person>,
    /// What the app told.
    pub bell: Arc<Bell>,
    /// Where refresh tokens are; outlives a restart of the app.
    pub vault: Arc<dyn Vault>,
    folder: tempfile::TempDir,
}

/// The hospitals, with a copier that does not dawdle.
///
/// # Panics
/// When they cannot start.
pub async fn hospitals() -> Sandbox {
    hospitals_with(Default::default()).await
}

/// The same, each speaking a release of FHIR.
///
/// # Panics
/// When they cannot start.
pub async fn speaking(releases: [FhirVersion; 2]) -> Sandbox {
    hospitals_with(releases.map(|fhir| Ways { fhir, ..Ways::default() })).await
}

/// The hospitals, speaking as told.
///
/// # Panics
/// When they cannot start.
pub async fn hospitals_with(ways: [Ways; 2]) -> Sandbox {
    let options = Options { pace: Duration::from_millis(150), ways, ..Options::default() };
    Sandbox::start(options).await.expect("the hospitals start")
}

/// The pace of tests.
#[must_use]
pub fn quick() -> Pace {
    Pace {
        seen: Duration::from_millis(200),
        hidden: Duration::from_millis(200),
        longest: Duration::from_secs(1),
        again: Duration::from_millis(50),
    }
}

/// Short deadlines, so that a hospital that never answers does not hold a test up.
#[must_use]
pub fn short() -> Limits {
    Limits {
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(2),
        whole: Duration::from_secs(4),
    }
}

impl Bench {
    /// Everything, with Paul Tindall at the browser.
    ///
    /// # Panics
    /// When something cannot start.
    pub async fn new() -> Self {
        Self::with(Arc::new(hospitals().await), |_| Arc::new(MemoryVault::default())).await
    }

    /// Everything, with hospitals that each speak a release of FHIR.
    pub async fn speaking(releases: [FhirVersion; 2]) -> Self {
        Self::with(Arc::new(speaking(releases).await), |_| Arc::new(MemoryVault::default())).await
    }

    /// Everything, with hospitals that speak as told.
    pub async fn with_ways(ways: [Ways; 2]) -> Self {
        Self::among(hospitals_with(ways).await).await
    }

    /// Everything, with these hospitals.
    pub async fn among(sandbox: Sandbox) -> Self {
        Self::with(Arc::new(sandbox), |_| Arc::new(MemoryVault::default())).await
    }

    /// Everything, with another vault than memory; it is given the app's folder.
    pub async fn with_vault(vault: impl FnOnce(&Path) -> Arc<dyn Vault>) -> Self {
        Self::with(Arc::new(hospitals().await), vault).await
    }

    /// Another computer of the same person: the same hospitals, an app that knows nothing.
    pub async fn beside(other: &Self) -> Self {
        Self::with(other.sandbox.clone(), |_| Arc::new(MemoryVault::default())).await
    }

    /// Everything, and a second pair of hospitals that the app and the person know too.
    ///
    /// # Panics
    /// When something cannot start.
    pub async fn with_more(sandbox: Arc<Sandbox>, more: &Sandbox) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let person = Arc::new(Person::known_at("Paul Tindall", &[&sandbox, more]));
        let (bell, vault) = (Arc::new(Bell::default()), Arc::new(MemoryVault::default()));
        let mut setup = setup(&sandbox);
        setup.practice.extend(self::setup(more).practice);
        let outside = Outside {
            clock: Arc::new(SystemClock),
            browser: person.clone(),
            notify: bell.clone(),
            vault: vault.clone(),
        };
        let app = App::open(folder.path(), setup, outside).await.expect("the app opens");
        app.add_practice_ehrs().await.expect("the hospitals answer");
        Self { sandbox, app, person, bell, vault, folder }
    }

    async fn with(sandbox: Arc<Sandbox>, vault: impl FnOnce(&Path) -> Arc<dyn Vault>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let person = Arc::new(Person::new("Paul Tindall", &sandbox));
        let (bell, vault) = (Arc::new(Bell::default()), vault(folder.path()));
        let app = open(folder.path(), &sandbox, person.clone(), bell.clone(), vault.clone()).await;
        app.add_practice_ehrs().await.expect("the hospitals answer");
        Self { sandbox, app, person, bell, vault, folder }
    }

    /// The folder of the app.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Closes the app and opens it again on the same folder and vault.
    pub async fn restart(&mut self) {
        self.close().await;
        self.reopen().await;
    }

    /// Closes the app, so that another process may use its folder.
    pub async fn close(&mut self) {
        self.app.close().await;
        let elsewhere = tempfile::tempdir().expect("a folder");
        // The folder's lock ends with the last clone of the app.
        self.app = self.open(elsewhere.path()).await.expect("the app opens");
    }

    /// Opens the app again on its folder, as soon as that is free.
    ///
    /// # Panics
    /// When the folder stays locked.
    pub async fn reopen(&mut self) {
        let opened = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Ok(app) = self.open(self.folder.path()).await {
                    return app;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        self.app = opened.await.expect("the folder's lock ends with its owner");
    }

    async fn open(&self, folder: &Path) -> Result<App, consentry_core::store::StoreError> {
        try_open(folder, &self.sandbox, self.person.clone(), self.bell.clone(), self.vault.clone()).await
    }

    /// Whether the app is signed in at a hospital.
    ///
    /// # Panics
    /// When the app cannot be asked.
    #[must_use]
    pub fn is_signed_in(&self, which: usize) -> bool {
        let (id, view) = (self.ehr(which), self.app.view().expect("a view"));
        view.ehrs.iter().any(|e| e.id == id && matches!(e.session, SessionView::SignedIn { .. }))
    }

    /// Waits until a hospital's list was read.
    ///
    /// # Panics
    /// When it is not.
    pub async fn until_fresh(&self, which: usize) {
        let id = self.ehr(which);
        let read = tokio::time::timeout(PATIENCE, async {
            loop {
                let lists = self.app.sharing().expect("sharing").lists;
                if lists.iter().any(|l| l.ehr == id && matches!(l.freshness, Freshness::Fresh { .. })) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        read.await.expect("the list is read");
    }

    /// Our id of a hospital: 0 is Spruce Harbor, 1 is Tern Bay.
    ///
    /// # Panics
    /// When the app does not know it.
    #[must_use]
    pub fn ehr(&self, which: usize) -> EhrId {
        let address = self.sandbox.ehrs()[which].base().as_str().trim_end_matches('/').to_owned();
        let view = self.app.view().expect("a view");
        view.ehrs.into_iter().find(|e| e.address == address).expect("the hospital is known").id
    }

    /// The person signs in.
    ///
    /// # Errors
    /// As the app says.
    pub async fn sign_in(&self, which: usize, purpose: SignInFor) -> Result<(), Problem> {
        let id = self.ehr(which);
        self.app.sign_in(&id, &purpose).await?;
        self.app.sign_in_result(&id).await.map(drop)
    }

    /// Picks, signs in to both, and shows what is to be signed; then signs.
    ///
    /// # Errors
    /// As the app says.
    pub async fn share(&self, kinds: &[Kind]) -> Result<ShareView, Problem> {
        self.draft(kinds)?;
        self.sign_in(0, SignInFor::Source { kinds: kinds.to_vec() }).await?;
        self.sign_in(1, SignInFor::Target { kinds: kinds.to_vec() }).await?;
        self.sign().await
    }

    /// Picks.
    ///
    /// # Errors
    /// As the app says.
    pub fn draft(&self, kinds: &[Kind]) -> Result<(), Problem> {
        let draft = Draft {
            from: Some(self.ehr(0)),
            to: Some(self.ehr(1)),
            way: Way::default(),
            under: None,
            kinds: kinds.to_vec(),
            purpose: Some(Purpose::MyCare),
            how_long: Some(HowLong::ThreeMonths),
        };
        self.app.draft_set(draft).map(drop)
    }

    /// Reviews and signs.
    ///
    /// # Errors
    /// As the app says.
    pub async fn sign(&self) -> Result<ShareView, Problem> {
        self.sign_with(false).await
    }

    /// Reviews and signs, maybe in spite of what the ID card shows.
    ///
    /// # Errors
    /// As the app says.
    pub async fn sign_with(&self, anyway: bool) -> Result<ShareView, Problem> {
        let review = self.app.review().await?;
        let yes = Approval {
            approval: review.approval,
            typed_name: review.signer,
            charts: ChartsAnswer::BothMe,
            anyway,
        };
        self.app.share_start(&yes).await
    }

    /// Waits until a share is as wanted, and gives it.
    ///
    /// # Panics
    /// When it does not come to that.
    pub async fn until(&self, id: &str, wanted: impl Fn(&ShareView) -> bool) -> ShareView {
        let mut last = None;
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let heard = self.bell.ring.notified();
                let share = self.app.share(id).expect("the share is known").share;
                if wanted(&share) {
                    return share;
                }
                last = Some(share);
                // Some facts come without an event of their own.
                let _ = tokio::time::timeout(Duration::from_millis(200), heard).await;
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("the share never came to what was wanted: {last:#?}"))
    }

    /// Waits until a share has a state.
    pub async fn until_state(&self, id: &str, state: ShareState) -> ShareView {
        self.until(id, |share| share.state == state).await
    }

    /// Waits until the list of shares has one with this state.
    ///
    /// # Panics
    /// When none comes.
    pub async fn until_listed(&self, state: ShareState) -> ShareView {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let heard = self.bell.ring.notified();
                let sharing = self.app.sharing().expect("sharing");
                if let Some(share) = sharing.shares.into_iter().find(|s| s.state == state) {
                    return share;
                }
                let _ = tokio::time::timeout(Duration::from_millis(200), heard).await;
            }
        });
        found.await.unwrap_or_else(|_| panic!("no share is {state:?}: {:#?}", self.app.sharing()))
    }

    /// Waits until the hospitals' own records are as wanted.
    ///
    /// # Panics
    /// When they do not come to that.
    pub async fn until_records<T>(
        &self,
        which: usize,
        wanted: impl Fn(&consentry_sandbox::Records) -> Option<T>,
    ) -> T {
        let ehr = &self.sandbox.ehrs()[which];
        let mut changes = ehr.watch();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(found) = wanted(&ehr.records()) {
                    return found;
                }
                if changes.changed().await.is_err() {
                    panic!("the hospital is gone");
                }
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("the records never came to what was wanted: {:#?}", ehr.records()))
    }
}

async fn open(
    folder: &Path,
    sandbox: &Sandbox,
    person: Arc<Person>,
    notify: Arc<Bell>,
    vault: Arc<dyn Vault>,
) -> App {
    try_open(folder, sandbox, person, notify, vault).await.expect("the app opens")
}

async fn try_open(
    folder: &Path,
    sandbox: &Sandbox,
    person: Arc<Person>,
    notify: Arc<Bell>,
    vault: Arc<dyn Vault>,
) -> Result<App, consentry_core::store::StoreError> {
    App::open(
        folder,
        setup(sandbox),
        Outside { clock: Arc::new(SystemClock), browser: person, notify, vault },
    )
    .await
}

/// The list of these hospitals.
///
/// # Panics
/// When its address is none.
#[must_use]
pub fn practice_list(sandbox: &Sandbox) -> PracticeList {
    PracticeList {
        name: "Practice hospitals".to_owned(),
        address: sandbox.directory().parse().expect("an address"),
        anchors: sandbox.anchor().to_owned(),
    }
}

/// How the app is opened for these hospitals.
#[must_use]
pub fn setup(sandbox: &Sandbox) -> Setup {
    let practice =
        sandbox.ehrs().iter().map(|e| PracticeEhr { base: e.base().clone(), logins: Vec::new() }).collect();
    let lists = vec![practice_list(sandbox)];
    Setup { mode: Mode::Practice, practice, lists, pace: quick(), limits: short() }
}
