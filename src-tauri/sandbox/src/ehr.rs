//! One EHR as the outside of this crate sees it.

use std::sync::PoisonError;

use jiff::Timestamp;
use tokio::sync::watch;
use url::Url;

use crate::{
    cavs::{Endorsement, Verdict},
    ccde::{consent, grant, push},
    client::Client,
    direct::certificate,
    faults::Faults,
    hospital::{Address, Hospital, Site},
    logins::Login,
    records::{
        AuthorizationRecord, AuthorizationState, ConnectionRecord, ConsentRecord, LetterRecord, PolicyRecord,
        PushRecord, PushState, Records, SignInRecord,
    },
    resources::{Search, Sort, SortBy, types},
    smart::aidbox,
    store::{Authorization, Push},
};

/// Most Consents of one patient that a snapshot shows.
const CONSENTS_SHOWN: u32 = 1_000;

/// The EHR could not write down an app.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the app could not be registered: {0}")]
pub struct NotRegistered(String);

/// A running practice EHR. Clones are the same EHR.
#[derive(Clone)]
pub struct Ehr {
    site: Site,
}

impl Ehr {
    pub(crate) fn new(site: Site) -> Self {
        Self { site }
    }

    /// Name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        self.site.names.full()
    }

    /// FHIR base, `http://127.0.0.1:PORT/fhir`.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.site.address.base
    }

    /// Root of its pages, `http://127.0.0.1:PORT/`.
    #[must_use]
    pub fn origin(&self) -> &Url {
        &self.site.address.origin
    }

    /// Makes an app known here, as somebody at the hospital would; one with the same id gives way to it.
    ///
    /// # Errors
    /// When the EHR's store fails.
    pub fn register(&self, client: &Client) -> Result<(), NotRegistered> {
        self.site.store.keep_client(client).map_err(|error| NotRegistered(error.to_string()))
    }

    /// Who can sign in here.
    #[must_use]
    pub fn logins(&self) -> Vec<Login> {
        self.site.people.logins()
    }

    /// The Direct address that takes mailed records here, if it has one.
    #[must_use]
    pub fn mail_address(&self) -> Option<String> {
        self.site.post.as_ref().map(|post| post.mailbox.address.to_string())
    }

    /// The certificate of that address, PEM: it signs with it, and letters to it are sealed with it.
    #[must_use]
    pub fn mail_certificate(&self) -> Option<String> {
        self.site.post.as_ref().and_then(|post| certificate::pem(&post.mailbox.certificate).ok())
    }

    /// Name and password of its administrator; only an EHR of [`crate::Backend::Aidbox`] asks for them.
    #[must_use]
    pub fn administrator(&self) -> (&'static str, &str) {
        (aidbox::ADMINISTRATOR, &self.site.administrator)
    }

    /// Takes another practice EHR of this machine for a possible target, beside its partner. Anything but a port of this
    /// machine is left alone.
    pub fn welcome(&self, base: &Url) {
        let port = base.port().filter(|_| base.host_str() == Some("127.0.0.1"));
        if let Some(Ok(guest)) = port.map(Address::at) {
            self.site.guests.write().unwrap_or_else(PoisonError::into_inner).push(guest);
        }
    }

    /// What it knows at this moment. Empty where its store fails.
    #[must_use]
    pub fn records(&self) -> Records {
        snapshot(&self.site)
    }

    /// Every resource it keeps, as it serves it: what a validator should see. Empty where its store fails.
    #[must_use]
    pub fn resources(&self) -> Vec<serde_json::Value> {
        self.site.resources.everything().unwrap_or_default()
    }

    /// What it shall do wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.site.faults
    }

    /// From now on this EHR's verification service says this of the system with that issuer.
    pub fn judge(&self, issuer: &str, verdict: &Verdict) {
        let kept = serde_json::to_string(verdict)
            .map_err(|error| error.to_string())
            .and_then(|verdict| self.site.store.judge(issuer, &verdict).map_err(|error| error.to_string()));
        note(kept);
    }

    /// From now on it quotes these endorsements of that system.
    pub fn endorse(&self, issuer: &str, endorsements: &[Endorsement]) {
        let kept = serde_json::to_string(endorsements)
            .map_err(|error| error.to_string())
            .and_then(|said| self.site.store.endorse(issuer, &said).map_err(|error| error.to_string()));
        note(kept);
    }

    pub(crate) fn changed(&self) {
        self.site.journal.changed();
    }

    /// Rings on every change of [`Ehr::records`]; the number only ever differs.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.site.journal.watch()
    }
}

fn note(kept: Result<(), String>) {
    if let Err(error) = kept {
        tracing::error!(%error, "a verdict could not be kept");
    }
}

/// Puts [`Records`] together.
pub(crate) fn snapshot(site: &Hospital) -> Records {
    let store = &site.store;
    Records {
        name: site.names.full().to_owned(),
        base: site.address.base.to_string(),
        consents: consents(site),
        authorizations: store
            .authorizations()
            .unwrap_or_default()
            .into_iter()
            .map(|authorization| authorization_record(site, authorization))
            .collect(),
        policies: policies(site),
        connections: store
            .connections()
            .unwrap_or_default()
            .into_iter()
            .map(|row| ConnectionRecord {
                source: row.source,
                consent: row.consent,
                patient: row.patient,
                state: row.state,
                total: row.received.values().sum(),
                received: row.received,
                rounds: row.rounds,
                last_fetch: row.last_fetch.map(timestamp),
                last_refusal: row.last_refusal.map(timestamp),
                refusal: row.refusal_text,
            })
            .collect(),
        pushes: store.pushes().unwrap_or_default().into_iter().map(|push| push_record(site, push)).collect(),
        letters: store
            .letters()
            .unwrap_or_default()
            .into_iter()
            .map(|letter| LetterRecord {
                sender: letter.sender,
                patient: letter.patient,
                records: letter.records,
                at: timestamp(letter.at),
            })
            .collect(),
        sign_ins: store
            .sign_ins()
            .unwrap_or_default()
            .into_iter()
            .map(|sign_in| SignInRecord {
                client: sign_in.client,
                who: sign_in.username,
                patient: sign_in.patient,
                scopes: sign_in.scope,
                at: timestamp(sign_in.at),
                live: sign_in.ended.is_none(),
            })
            .collect(),
        refresh_reuse: store.counter("refresh-reuse").unwrap_or(0),
        code_reuse: store.counter("code-reuse").unwrap_or(0),
        requests: site.journal.requests(),
    }
}

fn consents(site: &Hospital) -> Vec<ConsentRecord> {
    let Some(served) = types::served("Consent") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for patient in site.people.patients() {
        let search = Search {
            served,
            patient: Some(patient.to_owned()),
            criteria: Vec::new(),
            reach: Vec::new(),
            sort: Sort { by: SortBy::Updated, descending: false },
            after: None,
            limit: CONSENTS_SHOWN,
        };
        let page = site.resources.search(&search).map(|page| page.entries).unwrap_or_default();
        found.extend(page.into_iter().map(|stored| ConsentRecord {
            status: text(&stored.json, "/status").unwrap_or_default(),
            patient: patient.to_owned(),
            version: stored.version,
            identifier: identifier(&stored.json),
            id: stored.id,
        }));
    }
    found
}

fn policies(site: &Hospital) -> Vec<PolicyRecord> {
    let policies = site.store.policies().unwrap_or_default();
    policies
        .into_iter()
        .filter_map(|policy| {
            let set = site.store.resource_set(&policy.resource).ok()??;
            Some(PolicyRecord {
                resource: set.name,
                patient: set.patient,
                client: policy.client,
                scopes: policy.scope,
                live: policy.ended.is_none(),
            })
        })
        .collect()
}

fn authorization_record(site: &Hospital, authorization: Authorization) -> AuthorizationRecord {
    let consent = site.resources.read("Consent", &authorization.consent).ok().flatten();
    let consent = consent.as_ref().map(|stored| consent::Reading::of(site.ways.fhir, &stored.json));
    let standing = grant::standing(site.ways.dialect, &authorization, consent.as_ref(), site.second());
    let state = match standing {
        Ok(_) => AuthorizationState::Live,
        Err(grant::Over::Revoked) => AuthorizationState::Revoked,
        Err(grant::Over::Doubted(_)) => AuthorizationState::Suspended,
        Err(_) => AuthorizationState::Expired,
    };
    AuthorizationRecord {
        consent: authorization.consent,
        app: authorization.app,
        patient: authorization.patient,
        scopes: authorization.scope,
        state,
        granted_at: timestamp(authorization.granted_at),
        until: timestamp(authorization.until),
        tokens_issued: authorization.tokens,
        reads: authorization.reads,
        refusals: authorization.refusals,
    }
}

fn push_record(site: &Hospital, push: Push) -> PushRecord {
    let consent = site.resources.read("Consent", &push.consent).ok().flatten();
    let state = match push::standing(site.ways.fhir, &push, consent.as_ref(), site.second()) {
        Ok(_) => PushState::Live,
        Err(grant::Over::Revoked) => PushState::Stopped,
        Err(_) => PushState::Over,
    };
    PushRecord {
        consent: push.consent,
        address: push.address,
        patient: push.patient,
        state,
        started_at: timestamp(push.started_at),
        until: push.until.map(timestamp),
        letters: push.letters,
        records: push.records,
        last_sent: push.last_sent.map(timestamp),
        trouble: push.trouble,
    }
}

/// The first identifier; STU3 has one and no list.
fn identifier(consent: &serde_json::Value) -> Option<String> {
    text(consent, "/identifier/0/value").or_else(|| text(consent, "/identifier/value"))
}

fn text(json: &serde_json::Value, pointer: &str) -> Option<String> {
    json.pointer(pointer).and_then(serde_json::Value::as_str).map(str::to_owned)
}

fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
