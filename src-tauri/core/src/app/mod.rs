//! The app: the verbs that the shell calls, one for each command. Each verb converts nothing and decides everything.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    authorization::watch::{self, Bell},
    connection::{ConnectionId, conductor},
    consent::view::ConsentView,
    context::{Context, Pace, Parts},
    ehr::{EhrId, EhrView, Kept, PracticeLogin},
    http::{Http, Limits},
    kind::{Kind, KindView},
    outside::Outside,
    problem::Problem,
    smart::tokens::{Sessions, Site},
    store::{Store, StoreError, seal::SealKey},
    vault::keeper::Keeper,
    view::{AppView, Mode},
};

pub mod client;
mod consents;
mod draft;
mod ehrs;
mod granted;
mod id_card;
mod lists;
mod pair;
mod permissions;
mod review;
mod shares;
mod sign_in;
mod standing;
mod truth;

pub use self::lists::PracticeList;

const SEAL_KEY: &str = "seal";

/// How an [`App`] is opened.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Practice or real.
    pub mode: Mode,
    /// Origins of the practice hospitals that this process opened; plain http is allowed to them only.
    pub practice: Vec<PracticeEhr>,
    /// Lists of hospitals that this process runs for practice.
    pub lists: Vec<PracticeList>,
    /// How often to look.
    pub pace: Pace,
    /// Deadlines of requests.
    pub limits: Limits,
}

/// A hospital that this process runs for practice.
#[derive(Clone, Debug)]
pub struct PracticeEhr {
    /// Its FHIR base.
    pub base: url::Url,
    /// Its made-up people.
    pub logins: Vec<PracticeLogin>,
}

/// The app in one mode. Cheap to clone.
#[derive(Clone)]
pub struct App {
    ctx: Arc<Context>,
    bell: Arc<Bell>,
    sign_ins: Arc<Mutex<HashMap<EhrId, sign_in::Attempt>>>,
    reviews: Arc<tokio::sync::Mutex<HashMap<ConnectionId, review::Pending>>>,
    practice: Arc<Vec<PracticeEhr>>,
    consents: Arc<Mutex<HashMap<EhrId, Vec<ConsentView>>>>,
    _tasks: Arc<Tasks>,
}

/// Background tasks; they end with the last clone of the app.
struct Tasks(Arc<Context>);

impl Drop for Tasks {
    fn drop(&mut self) {
        drop(self.0.end_tasks());
    }
}

impl App {
    /// Opens the app in a folder, restores sign-ins, and starts to look. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the folder is in use, from a newer version, or the disk refuses.
    pub async fn open(folder: &Path, setup: Setup, outside: Outside) -> Result<Self, StoreError> {
        let store = Store::open(folder)?;
        let http = Http::new(setup.limits).map_err(|_| StoreError::Disk)?;
        for ehr in &setup.practice {
            http.trust(&ehr.base);
        }
        for list in &setup.lists {
            http.trust(&list.address);
        }
        lists::keep_given(&store, &setup.lists)?;
        let keeper = Keeper::new(outside.vault.clone());
        let seal = seal_key(&keeper).await;
        seal.iter().for_each(|key| store.seal_with(key.clone()));
        let sessions = Sessions::new(http.clone(), keeper.clone(), outside.clock.clone());
        let ctx = Arc::new(Context::new(Parts {
            mode: setup.mode,
            http,
            store,
            sessions,
            keeper,
            clock: outside.clock,
            browser: outside.browser,
            notify: outside.notify,
            pace: setup.pace,
            seal,
        })?);
        for ehr in ctx.ehrs() {
            if let Some(remembered) = &ehr.remembered
                && let Ok(credential) =
                    ctx.clients.credential(&ehr.id, &ehr.client, &ehr.features.clients).await
            {
                let site =
                    Site { base: ehr.base.clone(), endpoints: ehr.features.endpoints.clone(), credential };
                ctx.sessions.restore(&ehr.id, site, remembered).await;
            }
        }
        let bell = Arc::new(Bell::default());
        let (watched, rung) = (ctx.clone(), bell.clone());
        ctx.spawn(async move {
            conductor::find_out(&watched).await;
            watch::watch(watched, rung).await;
        });
        let tasks = Arc::new(Tasks(ctx.clone()));
        Ok(Self {
            ctx,
            bell,
            sign_ins: Arc::default(),
            reviews: Arc::default(),
            practice: Arc::new(setup.practice),
            consents: Arc::default(),
            _tasks: tasks,
        })
    }

    /// Adds the practice hospitals that are not there yet.
    ///
    /// # Errors
    /// When one does not answer or the disk refuses.
    pub async fn add_practice_ehrs(&self) -> Result<(), Problem> {
        for ehr in self.practice.iter() {
            self.ehr_add(ehr.base.as_str()).await?;
        }
        Ok(())
    }

    /// The state of the app.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn view(&self) -> Result<AppView, Problem> {
        let ehrs: Vec<EhrView> = self.ctx.ehrs().iter().map(|ehr| self.ehr_view(ehr)).collect();
        let person = self.ctx.ehrs().into_iter().find_map(|e| {
            let person = e.person?;
            Some(person.signed_in_as.unwrap_or(person.name))
        });
        Ok(AppView {
            mode: self.ctx.mode,
            kept: self.kept(),
            person,
            ehrs,
            any_shares: !self.ctx.store.connections()?.is_empty() || !self.ctx.store.seen()?.is_empty(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// The glossary.
    #[must_use]
    pub fn glossary(&self) -> Vec<KindView> {
        Kind::ALL.into_iter().map(Kind::view).collect()
    }

    /// Says whether the window is seen.
    pub fn watch(&self, visible: bool) {
        self.bell.seen(visible);
    }

    /// Ends every sign-in, at the hospitals and here. Shares go on.
    pub async fn sign_out_everywhere(&self) {
        for ehr in self.ctx.ehrs() {
            self.ctx.sessions.forget(&ehr.id).await;
        }
    }

    /// Stops looking and ends waiting sign-ins; when it returns, nothing works behind the window any more. What hospitals
    /// grant goes on.
    pub async fn close(&self) {
        let mut tasks = self.ctx.end_tasks();
        self.attempts().clear();
        self.reviews.lock().await.clear();
        tasks.shutdown().await;
    }

    fn seen_consents(&self) -> MutexGuard<'_, HashMap<EhrId, Vec<ConsentView>>> {
        self.consents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> Kept {
        self.ctx.keeper.kept()
    }
}

/// The key of the sealed words: from the keyring, made at the first start. Without a keyring there is none.
async fn seal_key(keeper: &Keeper) -> Option<SealKey> {
    if keeper.kept() == Kept::ThisSession {
        return None;
    }
    match keeper.get(SEAL_KEY).await {
        Ok(Some(found)) => SealKey::from_hex(found.expose()),
        Ok(None) => {
            let key = SealKey::fresh();
            keeper.put(SEAL_KEY, &key.to_hex()).await.ok()?;
            Some(key)
        }
        Err(_) => None,
    }
}
