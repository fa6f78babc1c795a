//! The source's side of a push: round after round, whatever is new goes out, as long as the Consent and the push stand.
//!
//! A letter is noted as sent when the mail server has taken it. What cannot be sent is told in the list of pushes and
//! tried again at the next round.

use std::{error::Error as _, net::SocketAddr, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    address::Envelope,
    transport::smtp::{Error as SmtpError, extension::ClientId},
};

use crate::{
    audit::{self, Actor, Deed},
    ccde::push,
    hospital::{Hospital, Site},
    resources::StoreError,
    store::Push,
};

use super::{Post, address::Address, certificate::Unsealable, gather, letter, smime::SmimeError};

/// Longest time for one step of the conversation with the mail server.
const STEP: Duration = Duration::from_secs(5);

/// Longest time for a whole letter.
const WHOLE: Duration = Duration::from_secs(20);

/// Why a letter did not go out.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error("the address {0} cannot be read")]
    Address(String),
    #[error(transparent)]
    Certificate(#[from] Unsealable),
    #[error(transparent)]
    Letter(#[from] SmimeError),
    #[error("the mail server cannot be reached")]
    NoServer,
    #[error("the mail server asks to try later: {0}")]
    Later(String),
    #[error("the mail server of this address refuses: {0}")]
    Refused(String),
    #[error("the record store failed")]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for Unsent {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<SmtpError> for Unsent {
    fn from(error: SmtpError) -> Self {
        let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        if error.is_permanent() {
            Self::Refused(said)
        } else if error.is_transient() {
            Self::Later(said)
        } else {
            Self::NoServer
        }
    }
}

/// Sends until the sandbox stops.
pub(crate) async fn run(site: Site) {
    let Some(post) = &site.post else { return };
    loop {
        let all = async {
            for push in open(&site) {
                attempt(&site, post, push).await;
            }
        };
        tokio::select! {
            biased;
            () = site.stop.cancelled() => return,
            () = all => {}
        }
        tokio::select! {
            biased;
            () = site.stop.cancelled() => return,
            () = post.wake.notified() => {}
            () = tokio::time::sleep(site.pace) => {}
        }
    }
}

fn open(site: &Hospital) -> Vec<i64> {
    match site.store.pushes() {
        Ok(pushes) => {
            pushes.into_iter().filter(|push| push.stopped_at.is_none()).map(|push| push.id).collect()
        }
        Err(error) => {
            tracing::error!(%error, "pushes could not be read");
            Vec::new()
        }
    }
}

async fn attempt(site: &Hospital, post: &Post, id: i64) {
    if site.faults.manners().down {
        return;
    }
    // From here to the end nobody can stop the push or close the Consent.
    let _closed = post.gate.lock().await;
    let trouble = match send(site, post, id).await {
        Ok(false) => return,
        Ok(true) => None,
        Err(unsent) => Some(unsent.to_string()),
    };
    if let Err(error) = site.store.note_trouble(id, trouble.as_deref()) {
        tracing::error!(%error, "a letter could not be noted");
    }
    site.journal.changed();
}

/// Sends what is new. Whether anything was sent.
async fn send(site: &Hospital, post: &Post, id: i64) -> Result<bool, Unsent> {
    let Some(push) = site.store.push(id)? else { return Ok(false) };
    let consent = site.resources.read("Consent", &push.consent)?;
    let Ok(scopes) = push::standing(site.ways.fhir, &push, consent.as_ref(), site.second()) else {
        return Ok(false);
    };
    let enclosed = gather::unsent(site, &push, &scopes, &site.store.pushed(id)?)?;
    if enclosed.is_empty() {
        return Ok(false);
    }
    let now = site.second();
    let to = Address::parse(&push.address).ok_or_else(|| Unsent::Address(push.address.clone()))?;
    let certificate = post.register.find(&to, now)?;
    let server = post.server.ok_or(Unsent::NoServer)?;
    let name = message_id(&push);
    let bundle = gather::bundle(site, &enclosed);
    let message = letter::write(&post.mailbox, &to, &certificate, &name, (site.ways.fhir, &bundle), now)?;
    let handed = hand_over(server, &post.mailbox.address, &to, &message);
    match tokio::time::timeout(WHOLE, handed).await {
        Ok(outcome) => outcome?,
        Err(_) => return Err(Unsent::NoServer),
    }
    let records: Vec<(&str, &str, u32)> = enclosed
        .iter()
        .map(|record| (record.kind, record.stored.id.as_str(), record.stored.version))
        .collect();
    site.store.note_letter(id, &records, now)?;
    let mailto = format!("mailto:{to}");
    let mailbox =
        Actor { app: &mailto, name: &push.address, patient: &push.patient, consent: Some(&push.consent) };
    audit::write(site, &mailbox, &Deed::Mailed { records: records.len() });
    Ok(true)
}

/// The same for the same letter, so that a receiver can tell one that comes twice.
fn message_id(push: &Push) -> String {
    format!("{}.{}.{}", push.started_at, push.id, push.letters.saturating_add(1))
}

async fn hand_over(server: SocketAddr, from: &Address, to: &Address, message: &[u8]) -> Result<(), Unsent> {
    let parse =
        |address: &Address| address.to_string().parse().map_err(|_| Unsent::Address(address.to_string()));
    let envelope =
        Envelope::new(Some(parse(from)?), vec![parse(to)?]).map_err(|_| Unsent::Address(to.to_string()))?;
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.ip().to_string())
        .port(server.port())
        .hello_name(ClientId::Domain(from.domain().to_owned()))
        .timeout(Some(STEP))
        .build()
        .send_raw(&envelope, message)
        .await?;
    Ok(())
}
