//! One sign-in: the page for the browser, the wait, the code for tokens, and who it was.
//!
//! SMART App Launch 2.2 standalone launch, RFC 6749 §4.1, RFC 7636 (S256 only), RFC 8252, RFC 9207, RFC 9700.
//! Laws: everything that belongs to one attempt lives in one [`Launch`] and is used once; the endpoints are
//! those of its beginning; a code is sent at most once; tokens that come with a wrong id_token are revoked
//! and never returned.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oauth2::{
    AuthUrl, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, basic::BasicClient,
};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{
    callback::Refusal,
    client::{CannotSign, Credential, RedirectPolicy},
    discovery::{Endpoints, Features},
    id_token::{self, Expected, IdTokenError, Identity},
    jwt,
    loopback::Loopback,
    reply::{self, NoToken, OAuthCode, Reply, Whose},
    revoke::{Hint, revoke},
    scopes::Scopes,
};
use crate::{
    ehr::{EhrId, FhirBase},
    http::{Http, HttpError},
    outside::Clock,
    secret::Secret,
};

/// How long the app waits for the person.
const PATIENCE: Duration = Duration::from_secs(600);
/// What the browser shows at the end.
const LAST_PAGE: &str = "You can close this page and go back to Consentry.";
const TOKEN_REPLY: usize = 64 * 1024;

/// What a sign-in brought.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// The access token.
    pub access: Secret,
    /// Until when to use it.
    pub expires_at: Timestamp,
    /// The refresh token, when the EHR gave one.
    pub refresh: Option<Secret>,
    /// What was granted.
    pub scopes: Scopes,
    /// The patient: a FHIR id. `None` when the EHR did not say whose records these are.
    pub patient: Option<String>,
    /// Who signed in.
    pub identity: Identity,
}

/// What a sign-in asks, and as whom.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The scopes.
    pub scopes: &'a Scopes,
    /// The app, as it is known there.
    pub credential: &'a Credential,
    /// Where the browser may come back.
    pub redirect: &'a RedirectPolicy,
}

/// Why a sign-in brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// No port could be opened on this computer.
    #[error("no port")]
    NoPort,
    /// Every port that the EHR knows is taken by another program.
    #[error("ports taken")]
    PortsTaken {
        /// The ports.
        ports: Vec<u16>,
    },
    /// The app's key could not sign; nothing was sent.
    #[error(transparent)]
    CannotSign(#[from] CannotSign),
    /// The person did not come back in time.
    #[error("nobody came back")]
    TimedOut,
    /// The person said no at the EHR.
    #[error("cancelled")]
    Cancelled {
        /// The EHR's words, cleaned.
        said: Option<String>,
    },
    /// The EHR does not know this app.
    #[error("app unknown")]
    AppUnknown {
        /// The EHR's words, cleaned.
        said: Option<String>,
    },
    /// The EHR refused.
    #[error("refused")]
    Refused {
        /// Its code.
        code: OAuthCode,
        /// Its words, cleaned.
        said: Option<String>,
    },
    /// The EHR does not take the scopes as they were asked; nobody signed in, and it may be asked in another way.
    #[error("scopes refused")]
    ScopesRefused {
        /// Its words, cleaned.
        said: Option<String>,
    },
    /// Another system answered than the one that was asked (mix-up).
    #[error("answer from another system")]
    MixedUp,
    /// Who signed in could not be confirmed; nothing was kept.
    #[error("not confirmed: {0}")]
    NotConfirmed(IdTokenError),
    /// This computer's clock and the EHR's do not fit.
    #[error("clocks differ")]
    ClockWrong {
        /// Ours against the EHR's, in minutes; positive: ours is ahead.
        minutes: i64,
    },
    /// What came as the patient is no id.
    #[error("no patient")]
    NoPatient,
    /// The EHR has trouble (5xx) or asks to wait.
    #[error("trouble at the server")]
    Trouble {
        /// How long it asks to wait.
        wait: Option<Duration>,
    },
    /// The token reply was not understood.
    #[error("reply not understood")]
    Unreadable,
    /// The exchange failed. The code may have been used: sign in again.
    #[error(transparent)]
    Http(HttpError),
}

/// A sign-in that waits for the person. Dropping it closes its port.
pub struct Launch {
    loopback: Loopback,
    page: Url,
    base: FhirBase,
    endpoints: Endpoints,
    credential: Credential,
    asked: Scopes,
    verifier: PkceCodeVerifier,
    nonce: Secret,
    until: Timestamp,
    deadline: Instant,
}

impl std::fmt::Debug for Launch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Launch at {}", self.host())
    }
}

impl Launch {
    /// Opens the port and makes the page. The port is open before the browser is.
    ///
    /// # Errors
    /// [`LaunchError::NoPort`], [`LaunchError::PortsTaken`], or [`LaunchError::Http`] when the page is nothing that may be opened.
    pub async fn begin(
        http: &Http,
        ehr: &EhrId,
        base: &FhirBase,
        features: &Features,
        asked: Asked<'_>,
        clock: &dyn Clock,
    ) -> Result<Self, LaunchError> {
        let Asked { scopes, credential, redirect } = asked;
        let endpoints = features.endpoints.clone();
        http.allowed(&endpoints.authorize).map_err(LaunchError::Http)?;
        // 16 random bytes each: state, and nonce, which is no CSRF token but needs the same quality.
        let (state, nonce) = (CsrfToken::new_random(), CsrfToken::new_random());
        let expected = Secret::new(state.secret().as_str());
        let opened = Loopback::open(ehr, redirect, expected, LAST_PAGE).await;
        let loopback = opened.map_err(|_| match redirect {
            RedirectPolicy::AnyPort => LaunchError::NoPort,
            RedirectPolicy::FixedPorts(ports) => LaunchError::PortsTaken { ports: ports.clone() },
        })?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = BasicClient::new(oauth2::ClientId::new(credential.client_id().to_owned()))
            .set_auth_uri(AuthUrl::from_url(endpoints.authorize.clone()))
            .set_redirect_uri(RedirectUrl::from_url(loopback.redirect().clone()));
        let (page, _) = client
            .authorize_url(|| state)
            .add_scopes(scopes.iter().map(|scope| Scope::new(scope.to_owned())))
            .add_extra_param("aud", base.as_str())
            .add_extra_param("nonce", nonce.secret())
            .set_pkce_challenge(challenge)
            .url();
        Ok(Self {
            loopback,
            page,
            base: base.clone(),
            endpoints,
            credential: credential.clone(),
            asked: scopes.clone(),
            verifier,
            nonce: Secret::new(nonce.into_secret()),
            until: later(clock.now(), PATIENCE),
            deadline: Instant::now() + PATIENCE,
        })
    }

    /// The page to open: https, or a socket of this process.
    #[must_use]
    pub const fn page(&self) -> &Url {
        &self.page
    }

    /// What the browser's address bar must show.
    #[must_use]
    pub fn host(&self) -> String {
        FhirBase::new(self.page.clone()).host()
    }

    /// Until when it waits.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// Waits for the person, then gets the tokens.
    ///
    /// # Errors
    /// See [`LaunchError`]; nothing is kept then.
    pub async fn finish(mut self, http: &Http, clock: &dyn Clock) -> Result<TokenSet, LaunchError> {
        let answer =
            timeout_at(self.deadline, self.loopback.callback()).await.map_err(|_| LaunchError::TimedOut)?;
        let callback = answer.ok_or(LaunchError::NoPort)?;
        // RFC 9207 §2.4: compared as text, also when it was not promised. Where no document names an issuer there is nothing
        // to compare with; then the path of the redirect alone, which is this EHR's own, tells who answered.
        let other = match (&callback.iss, &self.endpoints.issuer) {
            (Some(iss), Some(issuer)) => iss != issuer,
            (Some(_), None) => false,
            (None, _) => self.endpoints.iss_promised,
        };
        if other {
            return Err(LaunchError::MixedUp);
        }
        let code = callback.outcome.map_err(|Refusal { code, said }| match code {
            OAuthCode::InvalidScope => LaunchError::ScopesRefused { said },
            code => refused(code, said),
        })?;
        let began = clock.now();
        let reply = self.exchange(http, code, began).await?;
        match self.confirm(http, &reply, clock).await {
            Ok(_) if reply.patient == Whose::Unusable => {
                self.withdraw(http, &reply, clock.now()).await;
                Err(LaunchError::NoPatient)
            }
            Ok(identity) => Ok(self.set(reply, identity, began)),
            Err(error) => {
                self.withdraw(http, &reply, clock.now()).await;
                Err(match error {
                    IdTokenError::Clock { minutes } => LaunchError::ClockWrong { minutes },
                    other => LaunchError::NotConfirmed(other),
                })
            }
        }
    }

    async fn exchange(&self, http: &Http, code: Secret, now: Timestamp) -> Result<Reply, LaunchError> {
        let field = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
        let form = vec![
            field("grant_type", "authorization_code"),
            ("code".to_owned(), code),
            field("redirect_uri", self.loopback.redirect().as_str()),
            field("code_verifier", self.verifier.secret()),
        ];
        let token = &self.endpoints.token;
        let request = self.credential.post(token, token, form, now)?.named("token").limit(TOKEN_REPLY);
        let answer = http.send(request).await.map_err(LaunchError::Http)?;
        reply::read(&answer, now).map_err(|no| match no {
            NoToken::Refused { code, said } => refused(code, said),
            NoToken::Busy { wait } => LaunchError::Trouble { wait },
            NoToken::Trouble => LaunchError::Trouble { wait: None },
            NoToken::Unreadable => LaunchError::Unreadable,
        })
    }

    async fn confirm(&self, http: &Http, reply: &Reply, clock: &dyn Clock) -> Result<Identity, IdTokenError> {
        let known = self.endpoints.issuer.as_ref().zip(self.endpoints.jwks.as_ref());
        let (id_token, (issuer, jwks)) = match (&reply.id_token, known) {
            (Some(id_token), Some(known)) => (id_token, known),
            // What cannot be checked says nothing.
            _ if !self.endpoints.says_who => return Ok(Identity::Unproven),
            (None, _) => return Err(IdTokenError::Missing),
            (Some(_), None) => return Err(IdTokenError::Issuer),
        };
        let claims = jwt::verify_at(http, jwks, id_token).await?;
        let expected = Expected {
            issuer,
            client_id: self.credential.client_id(),
            nonce: Some(&self.nonce),
            access: &reply.access,
            base: &self.base,
            now: clock.now(),
        };
        id_token::check(&claims, &expected)
    }

    fn set(&self, reply: Reply, identity: Identity, began: Timestamp) -> TokenSet {
        TokenSet {
            access: reply.access,
            expires_at: later(began, reply.lasts),
            refresh: reply.refresh,
            scopes: reply.scope.map_or_else(|| self.asked.clone(), |scope| Scopes::parse(&scope)),
            patient: match reply.patient {
                Whose::Patient(id) => Some(id),
                Whose::NotSaid | Whose::Unusable => None,
            },
            identity,
        }
    }

    /// Tells the same EHR that its tokens are not wanted. Best effort, in bounded time.
    async fn withdraw(&self, http: &Http, reply: &Reply, now: Timestamp) {
        let (token, hint) =
            reply.refresh.as_ref().map_or((&reply.access, Hint::Access), |t| (t, Hint::Refresh));
        let outcome = revoke(http, &self.endpoints, &self.credential, token, hint, now).await;
        tracing::info!(?outcome, "withdrew unwanted tokens");
    }
}

/// A moment after another, at most the end of time.
pub(super) fn later(from: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| from.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

fn refused(code: OAuthCode, said: Option<String>) -> LaunchError {
    match code {
        OAuthCode::AccessDenied => LaunchError::Cancelled { said },
        OAuthCode::UnknownApp => LaunchError::AppUnknown { said },
        OAuthCode::ServerTrouble => LaunchError::Trouble { wait: None },
        code => LaunchError::Refused { code, said },
    }
}

#[cfg(test)]
#[path = "launch_tests.rs"]
mod tests;
