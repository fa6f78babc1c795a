//! Sign-in: opens the person's own browser, waits for it to come back, keeps what the hospital granted.

use std::{
    collections::HashMap,
    sync::{MutexGuard, PoisonError},
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
    person::PersonView,
    problem::{Problem, What},
    smart::{
        discovery,
        launch::{Launch, LaunchError, TokenSet},
        revoke::{Hint, revoke},
        scopes::Scopes,
    },
    view::{SignInFor, SignInStarted},
};

use super::{
    App,
    ehrs::{MANAGING, discovery_problem},
};

/// A sign-in that waits for the browser, or has ended.
pub(super) struct Attempt {
    page: Url,
    outcome: watch::Receiver<Option<Result<(), Problem>>>,
    task: JoinHandle<()>,
}

impl Drop for Attempt {
    /// Ends the task, and with it the listener.
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl App {
    /// Opens the hospital's sign-in page in the browser. A sign-in that waits at the same hospital ends.
    ///
    /// # Errors
    /// When the hospital cannot be asked, its protection is too weak, or no port can be opened.
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
        self.ctx.put_ehr(ehr.clone())?;
        let scopes = Scopes::for_sign_in(purpose, ehr.features.scopes, ehr.features.fhir);
        let launch =
            Launch::begin(&self.ctx.http, id, &ehr.base, &ehr.features, &scopes, self.ctx.clock.as_ref())
                .await
                .map_err(|e| launch_problem(&e, &ehr.name))?;
        if self.ctx.is_closed() {
            return Err(Problem::new(What::SignInCancelled).at(ehr.name));
        }
        let started = SignInStarted {
            ehr: id.clone(),
            host: launch.host(),
            page: launch.page().as_str().to_owned(),
            opened: self.ctx.browser.open(launch.page()).is_ok(),
            until: launch.until(),
        };
        let page = launch.page().clone();
        let (done, outcome) = watch::channel(None);
        let (app, purpose) = (self.clone(), purpose.clone());
        let task = tokio::spawn(async move { app.finish_sign_in(ehr, launch, purpose, done).await });
        self.attempts().insert(id.clone(), Attempt { page, outcome, task });
        self.ctx.tell(Event::SignInChanged { ehr: id.clone() });
        Ok(started)
    }

    async fn finish_sign_in(
        self,
        ehr: Ehr,
        launch: Launch,
        purpose: SignInFor,
        done: watch::Sender<Option<Result<(), Problem>>>,
    ) {
        let (id, name) = (ehr.id.clone(), ehr.name.clone());
        let result = match launch.finish(&self.ctx.http, self.ctx.clock.as_ref()).await {
            Ok(set) => self.signed_in(ehr, set, &purpose).await,
            Err(error) => Err(launch_problem(&error, &name)),
        };
        done.send_replace(Some(result));
        self.ctx.tell(Event::SignInChanged { ehr: id });
        self.ctx.tell(Event::EhrsChanged);
        self.bell.ring();
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
        let page = self.attempts().get(id).map(|a| a.page.clone());
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
    async fn signed_in(&self, ehr: Ehr, set: TokenSet, purpose: &SignInFor) -> Result<(), Problem> {
        let needed: Vec<&str> = match purpose {
            SignInFor::Source { .. } | SignInFor::Manage => MANAGING.to_vec(),
            SignInFor::Target { .. } => Vec::new(),
        };
        let short = set.scopes.missing(&Scopes::parse(&needed.join(" ")));
        let bearer = Bearer::new(set.access.clone(), ehr.base.clone());
        let client = FhirClient::new(&self.ctx.http, &ehr.base, &bearer);
        let person = patient::person(&client, &set.patient, set.identity.fhir_user.as_deref()).await;
        let person = match person {
            Ok(person) => person,
            Err(error) => {
                self.withdraw(&ehr, &set).await;
                return Err(error.problem(&ehr.name));
            }
        };
        let name = ehr.name.clone();
        // On a task of its own: cancelled half-way, one person would be shown with the sign-in of another.
        let app = self.clone();
        let kept = tokio::spawn(async move { app.keep_sign_in(ehr, set, person).await });
        kept.await.map_err(|_| Problem::new(What::Internal))??;
        conductor::find_out(&self.ctx).await;
        if short.is_empty() { Ok(()) } else { Err(Problem::new(What::ScopesShort).at(name)) }
    }

    async fn keep_sign_in(&self, asked: Ehr, set: TokenSet, person: PersonView) -> Result<(), Problem> {
        self.ctx.sessions.keep(&asked.id, &asked.base, &asked.features.endpoints, set).await;
        let written = self.ctx.ehr(&asked.id).and_then(|mut ehr| {
            ehr.features = asked.features;
            ehr.remembered = self.ctx.sessions.remembered(&asked.id);
            ehr.person = Some(person);
            self.ctx.put_ehr(ehr)
        });
        if written.is_err() {
            self.ctx.sessions.forget(&asked.id).await;
        }
        written
    }

    /// Gives back what was granted and cannot be used.
    async fn withdraw(&self, ehr: &Ehr, set: &TokenSet) {
        if let Some(endpoint) = &ehr.features.endpoints.revoke {
            let (token, hint) =
                set.refresh.as_ref().map_or((&set.access, Hint::Access), |t| (t, Hint::Refresh));
            let outcome = revoke(&self.ctx.http, endpoint, token, hint).await;
            tracing::info!(?outcome, "withdrew tokens of nobody");
        }
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
        LaunchError::Refused { said, .. } => (What::SignInRefused, said.as_deref()),
        LaunchError::Trouble { .. } => (What::EhrTrouble, None),
        LaunchError::TimedOut => (What::SignInTimedOut, None),
        LaunchError::MixedUp => (What::SignInMixedUp, None),
        LaunchError::NotConfirmed(_) => (What::SignInNotConfirmed, None),
        LaunchError::NoPatient => (What::NoPatient, None),
        LaunchError::NoPort => (What::Internal, None),
        LaunchError::Unreadable => (What::Unreadable, None),
    };
    Problem::new(what).at(name).said(said)
}
