//! The sessions at the EHRs: who is signed in where, and a bearer whenever one is needed.
//!
//! Laws: access tokens live in memory only; of refresh tokens exactly one is kept, in the vault when there
//! is one; one refresh at a time for each EHR; what was refused or lost never comes back by itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex as Turn;

use super::{
    client::Credential,
    discovery::Endpoints,
    id_token::Identity,
    launch::{TokenSet, later},
    refresh::{self, Names},
    revoke::{Hint, RevokeOutcome, revoke},
    scopes::Scopes,
};
use crate::{
    ehr::{EhrId, FhirBase, Kept},
    http::{Bearer, Http, HttpError},
    kind::Kind,
    outside::Clock,
    secret::Secret,
    vault::{VaultError, keeper::Keeper},
};

/// Refresh this long before the end, or at a quarter of the lifetime when that is shorter.
const EARLY: Duration = Duration::from_secs(60);

/// Where a session is, and how the app proves itself there.
#[derive(Clone, Debug)]
pub struct Site {
    /// The FHIR base.
    pub base: FhirBase,
    /// The endpoints that the sign-in began with.
    pub endpoints: Endpoints,
    /// The app, as it is known there.
    pub credential: Credential,
}

/// What a sign-in was for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wished {
    /// The scopes that were asked.
    pub scopes: Scopes,
    /// The kinds that the person wanted read. The scopes may reach further, where the EHR cannot tell kinds apart.
    pub kinds: Vec<Kind>,
}

/// What a restart must know besides the refresh token. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Granted scopes.
    pub scopes: String,
    /// The patient: a FHIR id.
    pub patient: String,
    /// The issuer, when it proved who signed in.
    pub issuer: Option<String>,
    /// Who signed in there.
    pub subject: Option<String>,
    /// As a FHIR reference.
    pub fhir_user: Option<String>,
    /// The scopes that were asked; empty when nobody wrote them down.
    #[serde(default)]
    pub asked: String,
    /// The kinds that were wanted.
    #[serde(default)]
    pub kinds: Vec<Kind>,
}

/// What a session may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The scopes.
    pub scopes: Scopes,
    /// The patient: a FHIR id.
    pub patient: String,
    /// Who signed in, as a FHIR reference.
    pub fhir_user: Option<String>,
    /// Where the refresh token is.
    pub kept: Kept,
    /// Whether the EHR proved who signed in.
    pub proven: bool,
    /// Whether there is a refresh token.
    pub renews: bool,
    /// What was asked; `None` when nobody wrote it down.
    pub wished: Option<Wished>,
}

/// Why there is no bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Nobody is signed in there, or the EHR ended it.
    #[error("signed out")]
    SignedOut,
    /// The refresh failed, and may be tried again.
    #[error(transparent)]
    Http(HttpError),
    /// The EHR asks to wait.
    #[error("asked to wait")]
    Busy {
        /// How long, when it says so.
        wait: Option<Duration>,
    },
    /// A refresh went out and no answer came: the token may be spent, and sending it again could look like
    /// theft (RFC 9700 §4.14). The person must sign in again.
    #[error("refresh lost")]
    Spent,
}

/// All sessions. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) http: Http,
    pub(super) vault: Keeper,
    pub(super) clock: Arc<dyn Clock>,
    sessions: Mutex<HashMap<EhrId, Arc<Session>>>,
}

/// One session.
pub(super) struct Session {
    pub(super) site: Site,
    pub(super) names: Names,
    /// Held while refreshing.
    pub(super) turn: Turn<()>,
    facts: Mutex<Facts>,
}

/// What changes in a session.
pub(super) struct Facts {
    pub(super) access: Option<Access>,
    pub(super) refresh: Option<Secret>,
    /// The refresh token was sent and nothing is known.
    pub(super) spent: bool,
    /// This EHR answered a refresh and let the old token live: sending it twice is harmless here.
    pub(super) keeps_old: bool,
    pub(super) scopes: Scopes,
    pub(super) wished: Wished,
    pub(super) patient: String,
    pub(super) identity: Identity,
    pub(super) kept: Kept,
}

/// An access token and its time.
pub(super) struct Access {
    pub(super) token: Secret,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

impl Session {
    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A bearer that lasts past `margin` before its end.
    fn bearer(&self, now: Timestamp, early: bool) -> Option<Bearer> {
        let facts = self.facts();
        let access = facts.access.as_ref()?;
        let life = Duration::try_from(access.until.duration_since(access.from)).unwrap_or_default();
        let margin = if early { EARLY.min(life / 4) } else { Duration::ZERO };
        (later(now, margin) < access.until).then(|| Bearer::new(access.token.clone(), self.site.base.clone()))
    }
}

impl Sessions {
    /// No session yet.
    #[must_use]
    pub fn new(http: Http, vault: Keeper, clock: Arc<dyn Clock>) -> Self {
        Self { inner: Arc::new(Inner { http, vault, clock, sessions: Mutex::new(HashMap::new()) }) }
    }

    /// Keeps what a sign-in brought, in place of any session before. Says where the refresh token is.
    pub async fn keep(
        &self,
        ehr: &EhrId,
        site: Site,
        patient: String,
        wished: Wished,
        set: TokenSet,
    ) -> Kept {
        let names = Names::of(ehr);
        // A refresh of the session before would write its token over the new one, and it may be somebody else's.
        let before = self.session(ehr);
        let _turn = match &before {
            Some(before) => Some(before.turn.lock().await),
            None => None,
        };
        if let Some(before) = &before {
            let mut facts = before.facts();
            (facts.refresh, facts.access) = (None, None);
        }
        let kept = refresh::store(&self.inner.vault, &names, set.refresh.as_ref()).await;
        let facts = Facts {
            access: Some(Access { token: set.access, from: self.inner.clock.now(), until: set.expires_at }),
            refresh: set.refresh,
            spent: false,
            keeps_old: false,
            scopes: set.scopes,
            wished,
            patient,
            identity: set.identity,
            kept,
        };
        self.insert(ehr, site, names, facts);
        kept
    }

    /// Takes up a session after a restart, when the vault still has its refresh token and it is not spent.
    pub async fn restore(&self, ehr: &EhrId, site: Site, remembered: &Remembered) -> bool {
        let names = Names::of(ehr);
        let Some(token) = refresh::stored(&self.inner.vault, &names).await else { return false };
        let facts = Facts {
            access: None,
            refresh: Some(token),
            spent: false,
            keeps_old: false,
            scopes: Scopes::parse(&remembered.scopes),
            wished: Wished { scopes: Scopes::parse(&remembered.asked), kinds: remembered.kinds.clone() },
            patient: remembered.patient.clone(),
            identity: match (&remembered.issuer, &remembered.subject) {
                (Some(issuer), Some(subject)) => Identity::Proven {
                    issuer: issuer.clone(),
                    subject: subject.clone(),
                    fhir_user: remembered.fhir_user.clone(),
                },
                _ => Identity::Unproven,
            },
            kept: self.inner.vault.kept(),
        };
        self.insert(ehr, site, names, facts);
        true
    }

    /// A bearer for an EHR, refreshed when it is about to end. Whoever comes while a refresh runs waits for it.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub async fn bearer(&self, ehr: &EhrId) -> Result<Bearer, SessionError> {
        let session = self.session(ehr).ok_or(SessionError::SignedOut)?;
        self.fresh(ehr, session, None).await
    }

    /// A bearer after the EHR refused `refused` with 401: refreshes, unless that happened meanwhile.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub async fn renew(&self, ehr: &EhrId, refused: &Bearer) -> Result<Bearer, SessionError> {
        let session = self.session(ehr).ok_or(SessionError::SignedOut)?;
        self.fresh(ehr, session, Some(refused.clone())).await
    }

    /// What a session may do. `None` when nobody is signed in there.
    #[must_use]
    pub fn granted(&self, ehr: &EhrId) -> Option<Granted> {
        let session = self.session(ehr)?;
        let facts = session.facts();
        Some(Granted {
            scopes: facts.scopes.clone(),
            patient: facts.patient.clone(),
            fhir_user: facts.identity.fhir_user().map(str::to_owned),
            kept: facts.kept,
            proven: facts.identity != Identity::Unproven,
            renews: facts.refresh.is_some(),
            wished: Some(facts.wished.clone()).filter(|wished| !wished.scopes.is_empty()),
        })
    }

    /// What to write down, so that a restart can take the session up.
    #[must_use]
    pub fn remembered(&self, ehr: &EhrId) -> Option<Remembered> {
        let session = self.session(ehr)?;
        let facts = session.facts();
        let (issuer, subject) = match &facts.identity {
            Identity::Proven { issuer, subject, .. } => (Some(issuer.clone()), Some(subject.clone())),
            Identity::Unproven => (None, None),
        };
        Some(Remembered {
            scopes: facts.scopes.to_string(),
            patient: facts.patient.clone(),
            issuer,
            subject,
            fhir_user: facts.identity.fhir_user().map(str::to_owned),
            asked: facts.wished.scopes.to_string(),
            kinds: facts.wished.kinds.clone(),
        })
    }

    /// Signs out: ends the tokens at the EHR, the refresh token first, and deletes them here in any case.
    /// Ends no share.
    pub async fn forget(&self, ehr: &EhrId) -> RevokeOutcome {
        let session = self.lock().remove(ehr);
        let names = Names::of(ehr);
        let Some(session) = session else {
            refresh::erase(&self.inner.vault, &names).await;
            return RevokeOutcome::NotConfirmed;
        };
        // A refresh on its way would bring a new token to life behind our back.
        let _turn = session.turn.lock().await;
        let (refresh_token, access) = {
            let mut facts = session.facts();
            (facts.refresh.take(), facts.access.take())
        };
        refresh::erase(&self.inner.vault, &names).await;
        let Site { endpoints, credential, .. } = &session.site;
        let (http, now) = (&self.inner.http, self.inner.clock.now());
        let first = match &refresh_token {
            Some(token) => Some(revoke(http, endpoints, credential, token, Hint::Refresh, now).await),
            None => None,
        };
        let second = match &access {
            Some(access) => Some(revoke(http, endpoints, credential, &access.token, Hint::Access, now).await),
            None => None,
        };
        first.or(second).unwrap_or(RevokeOutcome::NotConfirmed)
    }

    /// Whether the vault can be used now, and if not, why.
    ///
    /// # Errors
    /// What the vault says.
    pub async fn vault_answers(&self) -> Result<(), VaultError> {
        self.inner.vault.probe().await
    }

    async fn fresh(
        &self,
        ehr: &EhrId,
        session: Arc<Session>,
        refused: Option<Bearer>,
    ) -> Result<Bearer, SessionError> {
        let usable = |session: &Session, early| {
            let bearer = session.bearer(self.inner.clock.now(), early)?;
            (!refused.as_ref().is_some_and(|refused| refused.same_as(&bearer))).then_some(bearer)
        };
        if let Some(bearer) = usable(&session, true) {
            return Ok(bearer);
        }
        // On a task of its own: a caller who gives up must not lose the reply of a refresh that was sent.
        let (inner, worker, before) = (Arc::clone(&self.inner), Arc::clone(&session), refused.clone());
        let refreshed = tokio::spawn(async move {
            let _turn = worker.turn.lock().await;
            let current = worker.bearer(inner.clock.now(), true);
            let done = current.is_some_and(|now| !before.is_some_and(|before| before.same_as(&now)));
            if done { Ok(()) } else { refresh::refresh(&inner, &worker).await }
        });
        match refreshed.await.unwrap_or(Err(SessionError::Spent)) {
            Ok(()) => session.bearer(self.inner.clock.now(), false).ok_or(SessionError::SignedOut),
            Err(error) => {
                // The old access token may have some life left.
                let left = usable(&session, false);
                if left.is_none() && session.facts().refresh.is_none() {
                    self.drop_if_same(ehr, &session);
                }
                left.ok_or(error)
            }
        }
    }

    fn drop_if_same(&self, ehr: &EhrId, session: &Arc<Session>) {
        let mut sessions = self.lock();
        if sessions.get(ehr).is_some_and(|own| Arc::ptr_eq(own, session)) {
            sessions.remove(ehr);
        }
    }

    fn insert(&self, ehr: &EhrId, site: Site, names: Names, facts: Facts) {
        let session = Session { site, names, turn: Turn::new(()), facts: Mutex::new(facts) };
        self.lock().insert(ehr.clone(), Arc::new(session));
    }

    fn session(&self, ehr: &EhrId) -> Option<Arc<Session>> {
        self.lock().get(ehr).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EhrId, Arc<Session>>> {
        self.inner.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
