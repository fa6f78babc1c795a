//! One refresh, so that no refresh token is ever sent twice by mistake (RFC 9700 §4.14).
//!
//! Order: re-read the vault → mark the token as possibly spent, durably → send → store the new token,
//! durably → only then use the new access token. A crash between any two of these costs at most a sign-in.

use sha2::{Digest, Sha256};

use super::{
    client::CannotSign,
    id_token::{self, Expected, Identity},
    jwt,
    launch::later,
    reply::{self, NoToken, OAuthCode, Reply, Whose},
    scopes::Scopes,
    tokens::{Access, Inner, Session, SessionError},
};
use crate::{
    ehr::{EhrId, Kept},
    secret::Secret,
    vault::keeper::Keeper,
};

/// Under which names a session's entries lie in the vault: opaque, as others can read names.
pub(super) struct Names {
    token: String,
    mark: String,
}

impl Names {
    pub(super) fn of(ehr: &EhrId) -> Self {
        Self { token: ehr.as_str().to_owned(), mark: format!("{}.sent", ehr.as_str()) }
    }
}

/// Stores a refresh token, or deletes the old one when there is none. Says where it is now.
pub(super) async fn store(vault: &Keeper, names: &Names, token: Option<&Secret>) -> Kept {
    let Some(token) = token else {
        erase(vault, names).await;
        return Kept::ThisSession;
    };
    if let Err(error) = vault.put(&names.token, token).await {
        tracing::warn!(%error, "refresh token stays in memory");
        // An older token must not be taken up after a restart.
        erase(vault, names).await;
        return Kept::ThisSession;
    }
    // A mark that stays behind names the old token, and so does no harm.
    let _ = vault.delete(&names.mark).await;
    vault.kept()
}

/// The stored token, unless it was sent and nothing came back.
pub(super) async fn stored(vault: &Keeper, names: &Names) -> Option<Secret> {
    let token = vault.get(&names.token).await.ok()??;
    match vault.get(&names.mark).await {
        Ok(Some(mark)) if mark.same_as(&fingerprint(&token)) => {
            erase(vault, names).await;
            None
        }
        Ok(_) => Some(token),
        Err(_) => None,
    }
}

/// Deletes both entries.
pub(super) async fn erase(vault: &Keeper, names: &Names) {
    for name in [&names.token, &names.mark] {
        if let Err(error) = vault.delete(name).await {
            tracing::warn!(%error, "vault entry may be left");
        }
    }
}

/// Refreshes a session. The caller holds the session's turn.
pub(super) async fn refresh(inner: &Inner, session: &Session) -> Result<(), SessionError> {
    let token = claim(inner, session).await?;
    let form = vec![
        ("grant_type".to_owned(), Secret::new("refresh_token")),
        ("refresh_token".to_owned(), token.clone()),
    ];
    let began = inner.clock.now();
    let endpoint = &session.site.endpoints.token;
    let request = match session.site.credential.post(endpoint, endpoint, form, began) {
        Ok(request) => request.named("refresh").limit(64 * 1024),
        Err(CannotSign) => {
            release(inner, session).await;
            return Err(SessionError::SignedOut);
        }
    };
    let answer = match inner.http.send(request).await {
        Ok(answer) => answer,
        Err(error) if error.unsent() => {
            release(inner, session).await;
            return Err(SessionError::Http(error));
        }
        Err(error) => return Err(lost(session, SessionError::Http(error))),
    };
    match reply::read(&answer, began) {
        Ok(reply) => take(inner, session, reply, began).await,
        Err(NoToken::Busy { wait }) => {
            release(inner, session).await;
            Err(SessionError::Busy { wait })
        }
        Err(
            NoToken::Refused { code: OAuthCode::ServerTrouble, .. } | NoToken::Trouble | NoToken::Unreadable,
        ) => Err(lost(session, SessionError::Http(crate::http::HttpError::Unreadable))),
        Err(NoToken::Refused { .. }) => Err(end(inner, session).await),
    }
}

/// The token to send, marked as possibly spent in memory and, when it is kept there, in the vault.
async fn claim(inner: &Inner, session: &Session) -> Result<Secret, SessionError> {
    let (held, kept, spent, keeps_old) = {
        let facts = session.facts();
        (facts.refresh.clone(), facts.kept, facts.spent, facts.keeps_old)
    };
    let held = held.ok_or(SessionError::SignedOut)?;
    if spent && !keeps_old {
        return Err(SessionError::Spent);
    }
    let token = if kept == Kept::Keyring { marked(inner, session).await? } else { held };
    let mut facts = session.facts();
    facts.refresh = Some(token.clone());
    facts.spent = true;
    Ok(token)
}

/// The stored token, now marked. While the vault does not answer nothing is sent: the session waits for it,
/// or for a new sign-in.
async fn marked(inner: &Inner, session: &Session) -> Result<Secret, SessionError> {
    let Session { names, .. } = session;
    let stored = inner.vault.get(&names.token).await.map_err(|_| SessionError::SignedOut)?;
    // Deleted by the person or by another program: they want to be signed out.
    let Some(token) = stored else { return Err(end(inner, session).await) };
    let mark = Secret::new(fingerprint(&token));
    inner.vault.put(&names.mark, &mark).await.map_err(|_| SessionError::SignedOut)?;
    Ok(token)
}

/// The EHR did not look at the token: it is unspent again.
async fn release(inner: &Inner, session: &Session) {
    let kept = {
        let mut facts = session.facts();
        facts.spent = false;
        facts.kept
    };
    if kept == Kept::Keyring && inner.vault.delete(&session.names.mark).await.is_err() {
        tracing::warn!("refresh token stays marked");
    }
}

/// Nobody knows whether the EHR took the token.
fn lost(session: &Session, harmless: SessionError) -> SessionError {
    if session.facts().keeps_old { harmless } else { SessionError::Spent }
}

/// The session is over.
async fn end(inner: &Inner, session: &Session) -> SessionError {
    {
        let mut facts = session.facts();
        facts.access = None;
        facts.refresh = None;
    }
    erase(&inner.vault, &session.names).await;
    SessionError::SignedOut
}

/// Takes a good reply over: the same person and patient, the new refresh token durable, then the access token.
async fn take(
    inner: &Inner,
    session: &Session,
    reply: Reply,
    began: jiff::Timestamp,
) -> Result<(), SessionError> {
    let same_patient = match &reply.patient {
        Whose::Patient(patient) => *patient == session.facts().patient,
        Whose::NotSaid | Whose::Unusable => true,
    };
    if !same_patient || !same_person(inner, session, &reply).await {
        return Err(end(inner, session).await);
    }
    let rotated = {
        let facts = session.facts();
        reply
            .refresh
            .as_ref()
            .filter(|new| !facts.refresh.as_ref().is_some_and(|old| old.same_as(new.expose())))
            .cloned()
    };
    let kept = session.facts().kept;
    let kept = match (&rotated, kept) {
        (Some(new), Kept::Keyring) => store(&inner.vault, &session.names, Some(new)).await,
        (Some(_) | None, Kept::ThisSession) => Kept::ThisSession,
        (None, Kept::Keyring) => {
            release(inner, session).await;
            kept
        }
    };
    let mut facts = session.facts();
    facts.spent = false;
    facts.kept = kept;
    facts.keeps_old = rotated.is_none();
    if let Some(new) = rotated {
        facts.refresh = Some(new);
    }
    if let Some(scope) = reply.scope {
        facts.scopes = Scopes::parse(&scope);
    }
    facts.access = Some(Access { token: reply.access, from: began, until: later(began, reply.lasts) });
    Ok(())
}

/// An id_token in a refresh must name the same issuer, subject and app (OpenID Connect Core §12.2).
async fn same_person(inner: &Inner, session: &Session, reply: &Reply) -> bool {
    let Some(id_token) = &reply.id_token else { return true };
    // What was never proven is not proven by a refresh either.
    let Identity::Proven { issuer, subject, .. } = session.facts().identity.clone() else { return true };
    let Some(jwks) = &session.site.endpoints.jwks else { return false };
    let Ok(claims) = jwt::verify_at(&inner.http, jwks, id_token).await else { return false };
    let expected = Expected {
        issuer: &issuer,
        client_id: session.site.credential.client_id(),
        nonce: None,
        access: &reply.access,
        base: &session.site.base,
        now: inner.clock.now(),
    };
    id_token::check(&claims, &expected)
        .is_ok_and(|now| matches!(now, Identity::Proven { subject: own, .. } if own == subject))
}

/// Names a token without telling it.
fn fingerprint(token: &Secret) -> String {
    // Into a hash.
    Sha256::digest(token.expose()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
