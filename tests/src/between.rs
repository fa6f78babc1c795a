//! The bench with a stand-in before each hospital: the app knows the stand-ins only, the person's browser goes to the
//! hospitals themselves.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use consentry_core::{
    app::{App, PracticeEhr, Setup},
    choice::{Draft, HowLong, Purpose},
    connection::{ShareView, way::Way},
    context::Pace,
    ehr::EhrId,
    kind::Kind,
    outside::{Browser, Outside},
    person::ChartsAnswer,
    problem::Problem,
    review::Approval,
    vault::{Vault, memory::MemoryVault},
    view::{Mode, SignInFor},
};
use consentry_sandbox::{AuthorizationState, FhirVersion, Sandbox};
use url::Url;

use crate::{
    Bell, PATIENCE, SystemClock, hospitals,
    person::Person,
    proxy::{Pair, Proxy},
    raw::Raw,
    short, speaking,
};

/// The person's browser, led to the hospital behind the stand-in.
struct Led {
    person: Arc<Person>,
    pair: Arc<Pair>,
    opened: Mutex<Vec<Url>>,
}

impl Browser for Led {
    fn open(&self, page: &Url) -> io::Result<()> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).push(page.clone());
        let page = Url::parse(&self.pair.for_hospital(page.as_str())).map_err(io::Error::other)?;
        self.person.open(&page)
    }
}

/// The app looks when the test says so, and hardly ever by itself: then a look that began before a twist cannot come in
/// after it.
fn seldom() -> Pace {
    let seldom = Duration::from_secs(60);
    Pace { seen: seldom, hidden: seldom, longest: seldom, again: Duration::from_millis(20) }
}

/// Both hospitals, a stand-in before each, a trap, the app and a person.
pub struct Between {
    /// The hospitals.
    pub sandbox: Arc<Sandbox>,
    /// 0 stands for Spruce Harbor, 1 for Tern Bay.
    pub front: [Proxy; 2],
    /// What both stand-ins share.
    pub pair: Arc<Pair>,
    /// A server that the app would be allowed to talk to, and never should.
    pub trap: Raw,
    /// The app.
    pub app: App,
    /// The person.
    pub person: Arc<Person>,
    /// What the app told.
    pub bell: Arc<Bell>,
    led: Arc<Led>,
    folder: tempfile::TempDir,
}

impl Between {
    /// Everything, with a vault in memory.
    pub async fn new() -> Self {
        Self::with_vault(|_| Arc::new(MemoryVault::default())).await
    }

    /// Everything, with hospitals that each speak a release of FHIR.
    pub async fn speaking(releases: [FhirVersion; 2]) -> Self {
        Self::before(speaking(releases).await, |_| Arc::new(MemoryVault::default())).await
    }

    /// Everything, with another vault; it is given a folder beside the app's.
    pub async fn with_vault(vault: impl FnOnce(&Path) -> Arc<dyn Vault>) -> Self {
        Self::before(hospitals().await, vault).await
    }

    /// Stands before these hospitals.
    ///
    /// # Panics
    /// When something cannot start.
    pub async fn before(sandbox: Sandbox, vault: impl FnOnce(&Path) -> Arc<dyn Vault>) -> Self {
        let sandbox = Arc::new(sandbox);
        let pair = Pair::new();
        let [a, b] = sandbox.ehrs();
        let front = [Proxy::start(pair.clone(), a.base()).await, Proxy::start(pair.clone(), b.base()).await];
        let (trap, folder) = (Raw::trap().await, tempfile::tempdir().expect("a folder"));
        let person = Arc::new(Person::new("Paul Tindall", &sandbox));
        let bell = Arc::new(Bell::default());
        let led = Arc::new(Led { person: person.clone(), pair: pair.clone(), opened: Mutex::default() });
        let trusted = [front[0].base(), front[1].base(), trap.origin()];
        let practice = trusted.map(|base| PracticeEhr { base: base.clone(), logins: Vec::new() });
        let setup = Setup {
            mode: Mode::Practice,
            practice: practice.to_vec(),
            lists: Vec::new(),
            pace: seldom(),
            limits: short(),
        };
        let outside = Outside {
            clock: Arc::new(SystemClock),
            browser: led.clone(),
            notify: bell.clone(),
            vault: vault(folder.path()),
        };
        let app = App::open(&folder.path().join("app"), setup, outside).await.expect("the app opens");
        for front in &front {
            app.ehr_add(front.base().as_str()).await.expect("the hospital answers");
        }
        Self { sandbox, front, pair, trap, app, person, bell, led, folder }
    }

    /// The folder of the app.
    #[must_use]
    pub fn folder(&self) -> std::path::PathBuf {
        self.folder.path().join("app")
    }

    /// Every page that the app asked to open.
    #[must_use]
    pub fn opened(&self) -> Vec<Url> {
        self.led.opened.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Our id of a hospital.
    ///
    /// # Panics
    /// When the app does not know it.
    #[must_use]
    pub fn ehr(&self, which: usize) -> EhrId {
        let address = self.front[which].base().as_str();
        let view = self.app.view().expect("a view");
        view.ehrs.into_iter().find(|e| e.address == address).expect("the hospital is known").id
    }

    /// The person signs in.
    ///
    /// # Errors
    /// As the app says.
    pub async fn sign_in(&self, which: usize, kinds: &[Kind]) -> Result<(), Problem> {
        let (id, kinds) = (self.ehr(which), kinds.to_vec());
        let purpose = if which == 0 { SignInFor::Source { kinds } } else { SignInFor::Target { kinds } };
        self.app.sign_in(&id, &purpose).await?;
        self.app.sign_in_result(&id).await.map(drop)
    }

    /// Signs in at both and picks.
    ///
    /// # Panics
    /// When a sign-in fails.
    pub async fn ready(&self, kinds: &[Kind]) {
        self.sign_in(0, kinds).await.expect("signed in");
        self.sign_in(1, kinds).await.expect("signed in");
        self.pick(kinds);
    }

    /// Picks.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn pick(&self, kinds: &[Kind]) {
        let draft = Draft {
            from: Some(self.ehr(0)),
            to: Some(self.ehr(1)),
            way: Way::default(),
            under: None,
            kinds: kinds.to_vec(),
            purpose: Some(Purpose::MyCare),
            how_long: Some(HowLong::ThreeMonths),
        };
        self.app.draft_set(draft).map(drop).expect("a draft");
    }

    /// Reviews, signs.
    ///
    /// # Errors
    /// As the app says.
    pub async fn sign(&self) -> Result<ShareView, Problem> {
        let review = self.app.review().await?;
        let yes = Approval {
            approval: review.approval,
            typed_name: review.signer,
            charts: ChartsAnswer::BothMe,
            anyway: false,
        };
        self.app.share_start(&yes).await
    }

    /// Waits until a share is as wanted.
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
                self.app.check_now().await.expect("the app looks");
                // The end of a drive is told, but not the last line before it.
                let _ = tokio::time::timeout(Duration::from_millis(20), heard).await;
            }
        });
        found.await.unwrap_or_else(|_| panic!("the share never came to what was wanted: {last:#?}"))
    }

    /// How many authorizations the source honours now.
    #[must_use]
    pub fn live(&self) -> usize {
        let records = self.sandbox.ehrs()[0].records();
        records.authorizations.iter().filter(|a| a.state == AuthorizationState::Live).count()
    }

    /// How many authorizations the source honours now under the Consent of a share.
    #[must_use]
    pub fn live_under(&self, share: &str) -> usize {
        let records = self.sandbox.ehrs()[0].records();
        let of = |c: &&consentry_sandbox::ConsentRecord| {
            c.identifier.as_deref().is_some_and(|i| i.ends_with(share))
        };
        let Some(consent) = records.consents.iter().find(of) else { return 0 };
        let live = |a: &&consentry_sandbox::AuthorizationRecord| {
            a.consent == consent.id && a.state == AuthorizationState::Live
        };
        records.authorizations.iter().filter(live).count()
    }
}
