//! What every act of the app needs at hand: the hospitals, the sign-ins, the store, the outside. One for each mode;
//! practice and real never share one.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{sync::Notify as Bell, task::JoinSet};

use crate::{
    authorization::ListState,
    choice::Purpose,
    connection::{ArrivedView, ConnectionId},
    ehr::{EhrId, FhirBase},
    event::Event,
    exchange::problem::Act,
    fhir::{FhirClient, FhirError},
    http::{Bearer, Http},
    outside::{Browser, Clock, Notify},
    person::PersonView,
    problem::{Problem, Records, What},
    smart::{
        anchor::Anchor,
        asking::Asking,
        client::ClientRegistration,
        clients::Clients,
        discovery::Features,
        syntax::ScopeSyntax,
        tokens::{Remembered, SessionError, Sessions},
    },
    statement::Statement,
    store::{Store, StoreError, connections::ConnectionRow, ehrs::EhrRow, seal::SealKey},
    vault::keeper::Keeper,
    version::FhirVersion,
    view::Mode,
};

/// How often the app looks and tries again.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two looks at a list while the window is seen.
    pub seen: Duration,
    /// Between two looks while it is hidden.
    pub hidden: Duration,
    /// The longest wait after failures.
    pub longest: Duration,
    /// Before the second look for a change whose answer was lost, and between the first tries of a stop.
    pub again: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            seen: Duration::from_secs(15),
            hidden: Duration::from_secs(300),
            longest: Duration::from_secs(300),
            again: Duration::from_secs(2),
        }
    }
}

/// A hospital that the person added.
#[derive(Clone, Debug)]
pub struct Ehr {
    /// Our id.
    pub id: EhrId,
    /// Its FHIR base.
    pub base: FhirBase,
    /// Its name; its host when the name cannot be read on this computer.
    pub name: String,
    /// What it can do, as last asked.
    pub features: Features,
    /// When it was asked.
    pub checked_at: Timestamp,
    /// Facts of the sign-in that are no secret.
    pub remembered: Option<Remembered>,
    /// The person, as this hospital has them written down.
    pub person: Option<PersonView>,
    /// How the app is known there.
    pub client: ClientRegistration,
    /// The way of asking for scopes that worked the last time.
    pub asking: Option<Asking>,
}

/// What is sealed of a hospital.
#[derive(Debug, Serialize, Deserialize)]
struct EhrWords {
    name: String,
    person: Option<PersonView>,
}

/// What is sealed of a connection: everything that names somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The sentence that was signed.
    pub statement: Statement,
    /// Name of the source.
    pub from: String,
    /// Name of the target, from its ID card.
    pub to: String,
    /// The name that was typed.
    pub typed_name: String,
    /// Why.
    pub purpose: Purpose,
    /// The last 4 characters of the target's key.
    pub key_end: String,
    /// The release of FHIR in which it was signed: what was shown is what is sent, whatever the source speaks later.
    #[serde(default = "r4")]
    pub fhir: FhirVersion,
    /// How the scopes were spelled when it was signed.
    #[serde(default)]
    pub scopes: ScopeSyntax,
}

/// What was signed before releases were told apart was this.
const fn r4() -> FhirVersion {
    FhirVersion::R4
}

/// A hospital, and whose records there. No call is made with the sign-in of somebody else: a hospital says "there is no
/// such thing" to the wrong person, and that must never look like a proof.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The hospital.
    pub ehr: &'a EhrId,
    /// The patient there.
    pub patient: &'a str,
}

impl<'a> Place<'a> {
    /// The source of a connection.
    #[must_use]
    pub fn source(row: &'a ConnectionRow) -> Self {
        Self { ehr: &row.from, patient: &row.patient_from }
    }

    /// The target of a connection.
    ///
    /// # Errors
    /// [`What::Gone`] when it is not known: then the connection was not made here.
    pub fn target(row: &'a ConnectionRow) -> Result<Self, Problem> {
        let known = row.to.as_ref().zip(row.patient_to.as_deref());
        known.map(|(ehr, patient)| Self { ehr, patient }).ok_or_else(|| Problem::new(What::Gone))
    }
}

/// Runs a call at a [`Place`]: `ask!(ctx, place, fhir => call(fhir).await)`. A 401 renews the sign-in once and tries once
/// more: a 401 was not processed. Gives `Result<_, CallError>`.
macro_rules! ask {
    ($ctx:expr, $place:expr, $fhir:ident => $call:expr) => {{
        let ctx: &$crate::context::Context = $ctx;
        let named =
            |error, at: &$crate::context::At| $crate::context::CallError::Fhir(error, at.ehr.name.clone());
        match ctx.at($place).await {
            Err(problem) => Err($crate::context::CallError::SignIn(problem)),
            Ok(at) => {
                let first = {
                    let $fhir = &at.fhir(ctx);
                    $call
                };
                match first {
                    Err($crate::fhir::FhirError::Status { status: 401, .. }) => match ctx.renewed(at).await {
                        Err(problem) => Err($crate::context::CallError::SignIn(problem)),
                        Ok(at) => {
                            let second = {
                                let $fhir = &at.fhir(ctx);
                                $call
                            };
                            second.map_err(|error| named(error, &at))
                        }
                    },
                    other => other.map_err(|error| named(error, &at)),
                }
            }
        }
    }};
}
pub(crate) use ask;

/// Everything at hand.
pub struct Context {
    /// Practice or real.
    pub mode: Mode,
    /// The only way out.
    pub http: Http,
    /// The store.
    pub store: Store,
    /// The sign-ins.
    pub sessions: Sessions,
    /// Where secrets are kept.
    pub keeper: Keeper,
    /// The app's own secrets.
    pub clients: Clients,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The browser.
    pub browser: Arc<dyn Browser>,
    /// Who hears of changes.
    pub notify: Arc<dyn Notify>,
    /// How often to look.
    pub pace: Pace,
    seal: Option<SealKey>,
    ehrs: RwLock<Vec<Ehr>>,
    words: Mutex<HashMap<ConnectionId, Words>>,
    gates: Mutex<HashMap<ConnectionId, Gate>>,
    order: Mutex<()>,
    background: Mutex<Background>,
    lists: Mutex<HashMap<EhrId, ListState>>,
    looking: Mutex<HashMap<EhrId, Arc<tokio::sync::Mutex<()>>>>,
    arrived: Mutex<HashMap<ConnectionId, ArrivedView>>,
    unsealed: Mutex<HashMap<String, Vec<u8>>>,
}

/// What keeps two hands off one connection.
#[derive(Clone, Default)]
struct Gate {
    alone: Arc<tokio::sync::Mutex<()>>,
    stop: Arc<Bell>,
}

/// What runs behind the window.
#[derive(Default)]
struct Background {
    closed: bool,
    tasks: JoinSet<()>,
}

/// What a [`Context`] is made of.
pub struct Parts {
    /// Practice or real.
    pub mode: Mode,
    /// The only way out.
    pub http: Http,
    /// The store.
    pub store: Store,
    /// The sign-ins.
    pub sessions: Sessions,
    /// Where secrets are kept.
    pub keeper: Keeper,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The browser.
    pub browser: Arc<dyn Browser>,
    /// Who hears of changes.
    pub notify: Arc<dyn Notify>,
    /// How often to look.
    pub pace: Pace,
    /// The key of the sealed words, when a keyring has one.
    pub seal: Option<SealKey>,
}

/// A signed-in place: a hospital with a token that is good now, for the patient who was asked for.
pub struct At {
    /// The hospital.
    pub ehr: Ehr,
    patient: String,
    bearer: Bearer,
}

impl At {
    /// A client for this place.
    #[must_use]
    pub fn fhir<'a>(&'a self, ctx: &'a Context) -> FhirClient<'a> {
        FhirClient::new(&ctx.http, &self.ehr.base, &self.bearer)
    }
}

impl Context {
    /// Puts the parts together and reads what is kept.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn new(parts: Parts) -> Result<Self, StoreError> {
        let Parts { mode, http, store, sessions, keeper, clock, browser, notify, pace, seal } = parts;
        let rows = store.ehrs()?;
        let ehrs = rows.into_iter().filter_map(|row| known(row, seal.as_ref())).collect();
        let ctx = Self {
            mode,
            http,
            store,
            sessions,
            clients: Clients::new(keeper.clone()),
            keeper,
            clock,
            browser,
            notify,
            pace,
            seal,
            ehrs: RwLock::new(ehrs),
            words: Mutex::default(),
            gates: Mutex::default(),
            order: Mutex::default(),
            background: Mutex::default(),
            lists: Mutex::default(),
            looking: Mutex::default(),
            arrived: Mutex::default(),
            unsealed: Mutex::default(),
        };
        for ehr in ctx.ehrs() {
            let state = ListState::restored(&ctx, &ehr.id)?;
            ctx.with_list(&ehr.id, |list| *list = state);
        }
        Ok(ctx)
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The day now, where the person is, or in UTC when it is later there: a share ends with its last day in UTC, and must
    /// not be over when it begins.
    #[must_use]
    pub fn today(&self) -> Date {
        let day = |zone| self.now().to_zoned(zone).date();
        day(TimeZone::system()).max(day(TimeZone::UTC))
    }

    /// Tells who listens.
    pub fn tell(&self, event: Event) {
        self.notify.notify(event);
    }

    /// All hospitals.
    #[must_use]
    pub fn ehrs(&self) -> Vec<Ehr> {
        self.ehrs.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One hospital.
    ///
    /// # Errors
    /// [`What::Gone`] when the person forgot it meanwhile.
    pub fn ehr(&self, id: &EhrId) -> Result<Ehr, Problem> {
        self.ehrs().into_iter().find(|e| e.id == *id).ok_or_else(|| Problem::new(What::Gone))
    }

    /// The certificates that the person's hospital lists bring.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn anchors(&self) -> Result<Vec<Anchor>, Problem> {
        let kept = self.store.lists()?.into_iter();
        let lists = kept.filter_map(|list| serde_json::from_str::<Vec<String>>(&list.anchors).ok());
        let read = |der: String| Anchor::from_der(&BASE64_STANDARD.decode(der).ok()?).ok();
        Ok(lists.flatten().filter_map(read).collect())
    }

    /// Adds a hospital or replaces what is known of it, also on disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_ehr(&self, ehr: Ehr) -> Result<(), Problem> {
        let words = EhrWords { name: ehr.name.clone(), person: ehr.person.clone() };
        let features = Features { name: String::new(), ..ehr.features.clone() };
        let row = EhrRow {
            id: ehr.id.clone(),
            base: ehr.base.as_str().to_owned(),
            features: serde_json::to_string(&features).map_err(|_| Problem::new(What::Internal))?,
            checked_at: ehr.checked_at,
            remembered: ehr.remembered.as_ref().and_then(|r| serde_json::to_string(r).ok()),
            sealed: self.seal.as_ref().and_then(|key| key.seal(&about_ehr(&ehr.id), &words)),
            client: Some(&ehr.client)
                .filter(|client| **client != ClientRegistration::default())
                .and_then(|client| serde_json::to_string(client).ok()),
            asking: ehr.asking.and_then(|asking| serde_json::to_string(&asking).ok()),
        };
        self.store.put_ehr(&row)?;
        let mut ehrs = self.ehrs.write().unwrap_or_else(PoisonError::into_inner);
        match ehrs.iter_mut().find(|e| e.id == ehr.id) {
            Some(slot) => *slot = ehr,
            None => ehrs.push(ehr),
        }
        Ok(())
    }

    /// Forgets a hospital.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn forget_ehr(&self, id: &EhrId) -> Result<(), Problem> {
        self.store.forget_ehr(id)?;
        self.ehrs.write().unwrap_or_else(PoisonError::into_inner).retain(|e| e.id != *id);
        lock(&self.lists).remove(id);
        Ok(())
    }

    /// A signed-in place.
    ///
    /// # Errors
    /// [`What::SignInNeeded`] when the person must sign in again, [`What::DifferentPatient`] when somebody else is signed
    /// in; else why the sign-in could not be renewed.
    pub async fn at(&self, place: Place<'_>) -> Result<At, Problem> {
        let ehr = self.ehr(place.ehr)?;
        let bearer = self.sessions.bearer(place.ehr).await.map_err(|e| session_problem(&e, &ehr.name))?;
        self.checked(At { ehr, patient: place.patient.to_owned(), bearer })
    }

    /// A signed-in place after the hospital refused the token with a 401.
    ///
    /// # Errors
    /// As [`Context::at`].
    pub async fn renewed(&self, at: At) -> Result<At, Problem> {
        let bearer = self.sessions.renew(&at.ehr.id, &at.bearer).await;
        let bearer = bearer.map_err(|e| session_problem(&e, &at.ehr.name))?;
        self.checked(At { bearer, ..at })
    }

    /// Looked at after the token was taken: a sign-in that changes in between is refused too.
    fn checked(&self, at: At) -> Result<At, Problem> {
        if self.is_signed_in(Place { ehr: &at.ehr.id, patient: &at.patient }) {
            return Ok(at);
        }
        Err(Problem::new(What::DifferentPatient).at(at.ehr.name).records(Records::Unchanged))
    }

    /// Whether this patient, and not somebody else, is signed in.
    #[must_use]
    pub fn is_signed_in(&self, place: Place<'_>) -> bool {
        self.sessions.granted(place.ehr).is_some_and(|g| g.patient == place.patient)
    }

    /// Who signs at a hospital: the patient, or whoever signed in for the patient.
    #[must_use]
    pub fn performer(&self, id: &EhrId, patient: &str) -> String {
        let user = self.sessions.granted(id).and_then(|g| g.fhir_user);
        user.filter(|u| u.starts_with("RelatedPerson/")).unwrap_or_else(|| format!("Patient/{patient}"))
    }

    /// The words of a connection, when they can be read on this computer.
    #[must_use]
    pub fn words(&self, id: ConnectionId, sealed: Option<&[u8]>) -> Option<Words> {
        if let Some(words) = lock(&self.words).get(&id) {
            return Some(words.clone());
        }
        self.seal.as_ref()?.open(&about_connection(id), sealed?)
    }

    /// Keeps the words of a connection for this session, and gives them sealed for the disk.
    pub fn put_words(&self, id: ConnectionId, words: Words) -> Option<Vec<u8>> {
        let sealed = self.seal.as_ref().and_then(|key| key.seal(&about_connection(id), &words));
        lock(&self.words).insert(id, words);
        sealed
    }

    /// Keeps a small value that may name somebody: sealed on disk, or in memory when there is no keyring.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_private<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Problem> {
        if let Some(sealed) = self.seal.as_ref().and_then(|key| key.seal(name, value)) {
            return Ok(self.store.put_sealed(name, &sealed)?);
        }
        let plain = serde_json::to_vec(value).map_err(|_| Problem::new(What::Internal))?;
        lock(&self.unsealed).insert(name.to_owned(), plain);
        Ok(())
    }

    /// Reads a small value that may name somebody.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn private<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        if let Some(plain) = lock(&self.unsealed).get(name) {
            return Ok(serde_json::from_slice(plain).ok());
        }
        let sealed = self.store.sealed(name)?;
        Ok(self.seal.as_ref().zip(sealed).and_then(|(key, sealed)| key.open(name, &sealed)))
    }

    /// The gate of a connection: who holds it is the only one that acts on it.
    pub fn gate(&self, id: ConnectionId) -> Arc<tokio::sync::Mutex<()>> {
        lock(&self.gates).entry(id).or_default().alone.clone()
    }

    /// Rings when the person asked to end the connection; a ring that nobody waits for is kept.
    pub fn stop_bell(&self, id: ConnectionId) -> Arc<Bell> {
        lock(&self.gates).entry(id).or_default().stop.clone()
    }

    /// Whether somebody acts on the connection now.
    #[must_use]
    pub fn is_running(&self, id: ConnectionId) -> bool {
        lock(&self.gates).get(&id).is_some_and(|gate| gate.alone.try_lock().is_err())
    }

    /// While this is held, "a step begins" and "the person wants it ended" are written one after the other.
    pub fn order(&self) -> MutexGuard<'_, ()> {
        lock(&self.order)
    }

    /// Runs something behind the window, until it is done or the app closes.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut background = lock(&self.background);
        while background.tasks.try_join_next().is_some() {}
        if !background.closed {
            background.tasks.spawn(task);
        }
    }

    /// Ends everything behind the window. Journals say where it was.
    pub fn end_tasks(&self) -> JoinSet<()> {
        let mut background = lock(&self.background);
        background.closed = true;
        background.tasks.abort_all();
        std::mem::take(&mut background.tasks)
    }

    /// Whether the app was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        lock(&self.background).closed
    }

    /// Who holds it is the only one that looks at a source's list.
    pub fn turn_to_look(&self, id: &EhrId) -> Arc<tokio::sync::Mutex<()>> {
        lock(&self.looking).entry(id.clone()).or_default().clone()
    }

    /// Looks at or changes what is known of a source's list.
    pub fn with_list<T>(&self, id: &EhrId, act: impl FnOnce(&mut ListState) -> T) -> T {
        act(lock(&self.lists).entry(id.clone()).or_default())
    }

    /// What arrived at the target, as last told.
    #[must_use]
    pub fn arrived(&self, id: ConnectionId) -> Option<ArrivedView> {
        lock(&self.arrived).get(&id).cloned()
    }

    /// Keeps what arrived at the target.
    pub fn put_arrived(&self, id: ConnectionId, view: ArrivedView) {
        lock(&self.arrived).insert(id, view);
    }
}

/// Why a call at a hospital did not do what it should.
#[derive(Debug)]
pub enum CallError {
    /// No sign-in.
    SignIn(Problem),
    /// The call itself, and the hospital's name.
    Fhir(FhirError, String),
}

impl CallError {
    /// Whether the change certainly did not happen.
    #[must_use]
    pub fn certain(&self) -> bool {
        match self {
            Self::SignIn(_) => true,
            Self::Fhir(error, _) => error.certain(),
        }
    }

    /// The problem to show.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::SignIn(problem) => problem.clone(),
            Self::Fhir(error, name) => error.problem(name),
        }
    }

    /// The problem to show when it happened during an act of the protocol.
    #[must_use]
    pub fn during(&self, act: Act) -> Problem {
        match self {
            Self::SignIn(problem) => problem.clone(),
            Self::Fhir(error, name) => act.problem(error, name),
        }
    }

    /// Whether the hospital says that there is no such thing (404, 410).
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Fhir(error, _) if matches!(error.status(), Some(404 | 410)))
    }
}

impl From<StoreError> for Problem {
    fn from(_: StoreError) -> Self {
        Self::new(What::DiskTrouble)
    }
}

/// Puts a session error into the person's terms.
#[must_use]
pub fn session_problem(error: &SessionError, name: &str) -> Problem {
    match error {
        SessionError::SignedOut | SessionError::Spent => Problem::new(What::SignInNeeded).at(name),
        SessionError::Http(error) => FhirError::Http(*error).problem(name),
        SessionError::Busy { .. } => Problem::new(What::TooBusy).at(name),
    }
}

fn known(row: EhrRow, seal: Option<&SealKey>) -> Option<Ehr> {
    let base = FhirBase::new(row.base.parse().ok()?);
    let words: Option<EhrWords> =
        seal.zip(row.sealed).and_then(|(key, sealed)| key.open(&about_ehr(&row.id), &sealed));
    let (name, person) = words.map_or_else(|| (base.host(), None), |w| (w.name, w.person));
    Some(Ehr {
        id: row.id,
        base,
        name,
        features: serde_json::from_str(&row.features).ok()?,
        checked_at: row.checked_at,
        remembered: row.remembered.and_then(|r| serde_json::from_str(&r).ok()),
        person,
        client: row.client.and_then(|c| serde_json::from_str(&c).ok()).unwrap_or_default(),
        asking: row.asking.and_then(|a| serde_json::from_str(&a).ok()),
    })
}

fn about_ehr(id: &EhrId) -> String {
    format!("ehr/{}", id.as_str())
}

fn about_connection(id: ConnectionId) -> String {
    format!("connection/{id}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
