//! Sign-in: opens the person's own browser, waits for it to come back, keeps what the hospital granted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, task::JoinHandle};
use url::Url;

use crate::{
    connection::conductor,
    context::Ehr,
    ehr::{EhrId, EhrView},
    event::Event,
    fhir::{FhirClient, FhirError, patient},
    http::Bearer,
    kind::Kind,
    person::PersonView,
    problem::{Problem, What},
    smart::{
        asking::Asking,
        client::Credential,
        discovery,
        launch::{Asked, Launch, LaunchError, TokenSet},
        revoke::{Hint, revoke},
        scopes::Scopes,
        tokens::{Site, Wished},
    },
    view::{SignInFor, SignInStarted},
};

use super::{
    App,
    ehrs::{discovery_problem, managing},
};

/// A sign-in that waits for the browser, or has ended.
pub(super) struct Attempt {
    page: Arc<Mutex<Url>>,
    outcome: watch::Receiver<Option<Result<(), Problem>>>,
    task: JoinHandle<()>,
}

impl Drop for Attempt {
    /// Ends the task, and with it the listener.
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What belongs to one attempt from its beginning to its end.
struct Underway {
    ehr: Ehr,
    credential: Credential,
    purpose: SignInFor,
    /// The way that is tried now, and those that are left.
    way: Asking,
    ways: std::vec::IntoIter<Asking>,
    page: Arc<Mutex<Url>>,
}

impl Underway {
    fn wished(&self) -> Wished {
        let kinds = match &self.purpose {
            SignInFor::Source { kinds } | SignInFor::Target { kinds } => kinds.clone(),
            SignInFor::Manage => Vec::new(),
        };
        Wished { scopes: self.way.scopes(&self.purpose, &self.ehr.features), kinds }
    }

    fn site(&self) -> Site {
        Site {
            base: self.ehr.base.clone(),
            endpoints: self.ehr.features.endpoints.clone(),
            credential: self.credential.clone(),
        }
    }
}

impl App {
    /// Opens the hospital's sign-in page in the browser. A sign-in that waits at the same hospital ends. Where somebody is
    /// signed in already, what that sign-in was for is asked again too.
    ///
    /// # Errors
    /// When the hospital cannot be asked, its protection is too weak, no port can be opened, or the app cannot prove itself.
    pub async fn sign_in(&self, id: &EhrId, purpose: &SignInFor) -> Result<SignInStarted, Problem> {
        self.sign_in_cancel(id);
        let asked = self.ctx.ehr(id)?;
        // The settings of this attempt are those asked for this attempt (RFC 9700 §4.4.2).
        let features = discovery::discover(&self.ctx.http, &asked.base)
            .await
            .map_err(|e| discovery_problem(&e, &asked.name))?;
        self.not_mixed_up(&asked.base, &features)?;
        // Much may have happened since: read again what is known here.
        let mut ehr = self.ctx.ehr(id)?;
        ehr.features = features;
        ehr.name.clone_from(&ehr.features.name);
        ehr.checked_at = self.ctx.now();
        let mut ways = Asking::ways(&ehr.features, ehr.asking).into_iter();
        let way = ways.next().ok_or_else(|| Problem::new(What::Internal))?;
        // What the hospital took the last time is how it spells.
        ehr.features.scopes = way.syntax;
        self.ctx.put_ehr(ehr.clone())?;
        let credential = self.credential(&mut ehr).await?;
        let purpose = self.with_what_is_there(id, purpose);
        let page = Arc::new(Mutex::new(ehr.base.url().clone()));
        let underway = Underway { ehr, credential, purpose, way, ways, page: page.clone() };
        let launch = self.launch(&underway).await?;
        if self.ctx.is_closed() {
            return Err(Problem::new(What::SignInCancelled).at(underway.ehr.name));
        }
        let started = SignInStarted {
            ehr: id.clone(),
            host: launch.host(),
            page: launch.page().as_str().to_owned(),
            opened: self.ctx.browser.open(launch.page()).is_ok(),
            until: launch.until(),
        };
        let (done, outcome) = watch::channel(None);
        let app = self.clone();
        let task = tokio::spawn(async move { app.finish_sign_in(underway, launch, done).await });
        self.attempts().insert(id.clone(), Attempt { page, outcome, task });
        self.ctx.tell(Event::SignInChanged { ehr: id.clone() });
        Ok(started)
    }

    /// A purpose, and with it the kinds that the sign-in at hand was for: a step up must not be a step down elsewhere.
    fn with_what_is_there(&self, id: &EhrId, purpose: &SignInFor) -> SignInFor {
        let there =
            self.ctx.sessions.granted(id).and_then(|granted| granted.wished).unwrap_or_default().kinds;
        let both = |own: &[Kind]| {
            Kind::ALL
                .into_iter()
                .filter(|kind| own.contains(kind) || there.contains(kind))
                .collect::<Vec<_>>()
        };
        match purpose {
            SignInFor::Target { kinds } => SignInFor::Target { kinds: both(kinds) },
            SignInFor::Source { kinds } => SignInFor::Source { kinds: both(kinds) },
            SignInFor::Manage if there.is_empty() => SignInFor::Manage,
            SignInFor::Manage => SignInFor::Source { kinds: there },
        }
    }

    /// Opens the port and makes the page for the way that is to be tried now.
    async fn launch(&self, underway: &Underway) -> Result<Launch, Problem> {
        let Underway { ehr, credential, .. } = underway;
        let scopes = underway.wished().scopes;
        let asked = Asked { scopes: &scopes, credential, redirect: &ehr.client.redirect };
        let clock = self.ctx.clock.as_ref();
        let launch = Launch::begin(&self.ctx.http, &ehr.id, &ehr.base, &ehr.features, asked, clock)
            .await
            .map_err(|e| launch_problem(&e, &ehr.name))?;
        *underway.page.lock().unwrap_or_else(PoisonError::into_inner) = launch.page().clone();
        Ok(launch)
    }

    async fn finish_sign_in(
        self,
        mut underway: Underway,
        launch: Launch,
        done: watch::Sender<Option<Result<(), Problem>>>,
    ) {
        let id = underway.ehr.id.clone();
        let result = match self.through(&mut underway, launch).await {
            Ok(set) => self.signed_in(underway, set).await,
            Err(problem) => Err(problem),
        };
        done.send_replace(Some(result));
        self.ctx.tell(Event::SignInChanged { ehr: id });
        self.ctx.tell(Event::EhrsChanged);
        self.bell.ring();
    }

    /// Waits for the person. A hospital that refuses the scopes as they were asked is asked in the next way, with another
    /// page in the browser.
    async fn through(&self, underway: &mut Underway, mut launch: Launch) -> Result<TokenSet, Problem> {
        loop {
            let error = match launch.finish(&self.ctx.http, self.ctx.clock.as_ref()).await {
                Ok(set) => return Ok(set),
                Err(error) => error,
            };
            let scopes = matches!(error, LaunchError::ScopesRefused { .. });
            let problem = launch_problem(&error, &underway.ehr.name);
            underway.way = underway.ways.next().filter(|_| scopes).ok_or(problem)?;
            underway.ehr.features.scopes = underway.way.syntax;
            launch = self.launch(underway).await?;
            if self.ctx.is_closed() || self.ctx.browser.open(launch.page()).is_err() {
                return Err(Problem::new(What::SignInCancelled).at(underway.ehr.name.clone()));
            }
            self.ctx.tell(Event::SignInChanged { ehr: underway.ehr.id.clone() });
        }
    }

    /// Waits until the sign-in at a hospital has ended.
    ///
    /// # Errors
    /// Why it failed; [`What::SignInCancelled`] when it was cancelled here.
    pub async fn sign_in_result(&self, id: &EhrId) -> Result<EhrView, Problem> {
        let cancelled = || Problem::new(What::SignInCancelled);
        let mut outcome = self.attempts().get(id).map(|a| a.outcome.clone()).ok_or_else(cancelled)?;
        let result = outcome.wait_for(Option::is_some).await.map_err(|_| cancelled())?.clone();
        result.unwrap_or_else(|| Err(cancelled()))?;
        Ok(self.ehr_view(&self.ctx.ehr(id)?))
    }

    /// Opens the waiting page once more.
    #[must_use]
    pub fn sign_in_open_again(&self, id: &EhrId) -> bool {
        let page =
            self.attempts().get(id).map(|a| a.page.lock().unwrap_or_else(PoisonError::into_inner).clone());
        page.is_some_and(|page| self.ctx.browser.open(&page).is_ok())
    }

    /// Ends a waiting sign-in and closes its port.
    pub fn sign_in_cancel(&self, id: &EhrId) {
        drop(self.attempts().remove(id));
    }

    /// Ends the sign-in at a hospital: there, as far as it can, and here in any case. Shares go on.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn sign_out(&self, id: &EhrId) -> Result<EhrView, Problem> {
        self.sign_in_cancel(id);
        let mut ehr = self.ctx.ehr(id)?;
        (ehr.remembered, ehr.person) = (None, None);
        // First here: whoever signs in while the hospital takes its time must not be forgotten with this one.
        let written = self.ctx.put_ehr(ehr.clone());
        self.ctx.sessions.forget(id).await;
        self.ctx.tell(Event::EhrsChanged);
        self.ctx.tell(Event::SharingChanged);
        written?;
        Ok(self.ehr_view(&self.ctx.ehr(id)?))
    }

    /// Reads whose records these are, then keeps what was granted.
    async fn signed_in(&self, underway: Underway, set: TokenSet) -> Result<(), Problem> {
        let name = underway.ehr.name.clone();
        let needed = match &underway.purpose {
            SignInFor::Source { .. } | SignInFor::Manage => managing(Some(underway.way)),
            SignInFor::Target { .. } => Scopes::default(),
        };
        let enough = set.scopes.cover(&needed);
        let (patient, person) = match self.whose(&underway.ehr, &set).await {
            Ok(found) => found,
            Err(problem) => {
                self.withdraw(&underway, &set).await;
                return Err(problem);
            }
        };
        // On a task of its own: cancelled half-way, one person would be shown with the sign-in of another.
        let app = self.clone();
        let kept = tokio::spawn(async move { app.keep_sign_in(underway, set, patient, person).await });
        kept.await.map_err(|_| Problem::new(What::Internal))??;
        conductor::find_out(&self.ctx).await;
        if enough { Ok(()) } else { Err(Problem::new(What::ScopesShort).at(name)) }
    }

    /// Whose records these are. A hospital that does not say it is asked who signed in, and then which patients it shows:
    /// only when there is exactly one is it sure.
    async fn whose(&self, ehr: &Ehr, set: &TokenSet) -> Result<(String, PersonView), Problem> {
        let bearer = Bearer::new(set.access.clone(), ehr.base.clone());
        let client = FhirClient::new(&self.ctx.http, &ehr.base, &bearer);
        let user = set.identity.fhir_user();
        let own = || user.and_then(|user| user.strip_prefix("Patient/")).map(str::to_owned);
        let patient = match set.patient.clone().or_else(own) {
            Some(patient) => patient,
            None => {
                let found = client.newest("Patient", &[("_count", "2")]).await;
                match found.map_err(|e| e.problem(&ehr.name))?.as_slice() {
                    [only] => only.get("id").and_then(serde_json::Value::as_str).map(str::to_owned),
                    _ => None,
                }
                .ok_or_else(|| Problem::new(What::NoPatient).at(ehr.name.clone()))?
            }
        };
        let person = patient::person(&client, &patient, user).await.map_err(|e| e.problem(&ehr.name))?;
        Ok((patient, person))
    }

    async fn keep_sign_in(
        &self,
        underway: Underway,
        set: TokenSet,
        patient: String,
        person: PersonView,
    ) -> Result<(), Problem> {
        let (site, wished, way) = (underway.site(), underway.wished(), underway.way);
        let asked = underway.ehr;
        self.ctx.sessions.keep(&asked.id, site, patient, wished, set).await;
        let written = self.ctx.ehr(&asked.id).and_then(|mut ehr| {
            ehr.features = asked.features;
            ehr.remembered = self.ctx.sessions.remembered(&asked.id);
            ehr.person = Some(person);
            ehr.asking = Some(way);
            self.ctx.put_ehr(ehr)
        });
        if written.is_err() {
            self.ctx.sessions.forget(&asked.id).await;
        }
        written
    }

    /// Gives back what was granted and cannot be used.
    async fn withdraw(&self, underway: &Underway, set: &TokenSet) {
        let (token, hint) = set.refresh.as_ref().map_or((&set.access, Hint::Access), |t| (t, Hint::Refresh));
        let endpoints = &underway.ehr.features.endpoints;
        let outcome =
            revoke(&self.ctx.http, endpoints, &underway.credential, token, hint, self.ctx.now()).await;
        tracing::info!(?outcome, "withdrew tokens of nobody");
    }

    pub(super) fn attempts(&self) -> MutexGuard<'_, HashMap<EhrId, Attempt>> {
        self.sign_ins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a failed sign-in into the person's terms.
fn launch_problem(error: &LaunchError, name: &str) -> Problem {
    let (what, said) = match error {
        LaunchError::Http(error) => return FhirError::Http(*error).problem(name),
        LaunchError::ClockWrong { minutes } => {
            return Problem::new(What::ClockWrong).at(name).detail(minutes.abs().to_string());
        }
        LaunchError::Cancelled { said } => (What::SignInCancelled, said.as_deref()),
        LaunchError::AppUnknown { said } => (What::AppUnknown, said.as_deref()),
        LaunchError::Refused { said, .. } | LaunchError::ScopesRefused { said } => {
            (What::SignInRefused, said.as_deref())
        }
        LaunchError::Trouble { .. } => (What::EhrTrouble, None),
        LaunchError::TimedOut => (What::SignInTimedOut, None),
        LaunchError::MixedUp => (What::SignInMixedUp, None),
        LaunchError::NotConfirmed(_) => (What::SignInNotConfirmed, None),
        LaunchError::NoPatient => (What::NoPatient, None),
        LaunchError::PortsTaken { ports } => {
            let list = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
            return Problem::new(What::PortsTaken).at(name).detail(list);
        }
        LaunchError::NoPort | LaunchError::CannotSign(_) => (What::Internal, None),
        LaunchError::Unreadable => (What::Unreadable, None),
    };
    Problem::new(what).at(name).said(said)
}
