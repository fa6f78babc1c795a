//! What an EHR itself knows about consents, authorizations, connections and requests.
//!
//! This is the other side's word: tests and the demo compare what the app says with it. It holds no
//! token, code or password. Served as JSON at `GET {origin}/records`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A snapshot of one EHR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// Name of the EHR.
    pub name: String,
    /// Its FHIR base.
    pub base: String,
    /// Consents it holds, patient by patient, oldest change first.
    pub consents: Vec<ConsentRecord>,
    /// As a source: which other EHR may fetch, oldest first.
    pub authorizations: Vec<AuthorizationRecord>,
    /// As a source with a UMA authorization server: what owners allowed, oldest first.
    pub policies: Vec<PolicyRecord>,
    /// As a target: what it fetches, oldest first.
    pub connections: Vec<ConnectionRecord>,
    /// As a source: what is mailed to whom, oldest first.
    pub pushes: Vec<PushRecord>,
    /// As a target: letters with records that were taken in, oldest first.
    pub letters: Vec<LetterRecord>,
    /// Apps that people let in, oldest first.
    pub sign_ins: Vec<SignInRecord>,
    /// How often a spent refresh token was shown again.
    pub refresh_reuse: u64,
    /// How often a used code was shown again.
    pub code_reuse: u64,
    /// The last few hundred requests, oldest first; not kept over a restart.
    pub requests: Vec<RequestRecord>,
}

/// One Consent resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRecord {
    /// Logical id.
    pub id: String,
    /// `Consent.status`.
    pub status: String,
    /// Patient id at this EHR.
    pub patient: String,
    /// Version of the resource, from 1.
    pub version: u32,
    /// First `Consent.identifier` value, when there is one.
    pub identifier: Option<String>,
}

/// What `$authorize` granted to one app on one Consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRecord {
    /// Consent id here.
    pub consent: String,
    /// `app-id`: FHIR base of the other EHR.
    pub app: String,
    /// Patient id here.
    pub patient: String,
    /// SMART scopes, space-separated.
    pub scopes: String,
    /// Where it stands now.
    pub state: AuthorizationState,
    /// When it was granted.
    pub granted_at: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// Access tokens bought with it.
    pub tokens_issued: u64,
    /// Requests that were answered under it.
    pub reads: u64,
    /// Token and read requests that were refused under it.
    pub refusals: u64,
}

/// What the owner of records allowed another EHR at the UMA authorization server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// Name of the resource set, a FHIR type.
    pub resource: String,
    /// Patient id here.
    pub patient: String,
    /// FHIR base of the other EHR.
    pub client: String,
    /// Allowed scopes, space-separated.
    pub scopes: String,
    /// False once the owner ended it.
    pub live: bool,
}

/// Where an authorization stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizationState {
    /// It opens records.
    Live,
    /// Somebody ended it.
    Revoked,
    /// The verification service no longer approves the other EHR.
    Suspended,
    /// Its time is over, or its Consent is no longer active.
    Expired,
}

/// What a target fetches under one Consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRecord {
    /// FHIR base of the source.
    pub source: String,
    /// Consent id at the source; `Patient/` and the id there when it fetches by a policy of the owner (UMA).
    pub consent: String,
    /// Patient id here.
    pub patient: String,
    /// Where it stands now.
    pub state: ConnectionState,
    /// Resources of each type in the last round.
    pub received: BTreeMap<String, u64>,
    /// Sum of `received`.
    pub total: u64,
    /// Rounds that went through.
    pub rounds: u64,
    /// When something last arrived.
    pub last_fetch: Option<Timestamp>,
    /// When the source last said no.
    pub last_refusal: Option<Timestamp>,
    /// What it said.
    pub refusal: Option<String>,
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionState {
    /// Fetches round after round.
    Copying,
    /// The source said no last time.
    Refused,
    /// Its time is over.
    Ended,
}

/// What `$pushStart` began for one address on one Consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushRecord {
    /// Consent id here.
    pub consent: String,
    /// Bare mailbox.
    pub address: String,
    /// Patient id here.
    pub patient: String,
    /// Where it stands now.
    pub state: PushState,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ends by itself; none: with the Consent.
    pub until: Option<Timestamp>,
    /// Letters that the mail server took.
    pub letters: u64,
    /// Records in them. One that changed and went out again counts again.
    pub records: u64,
    /// When the last one went out.
    pub last_sent: Option<Timestamp>,
    /// Why the last round sent nothing.
    pub trouble: Option<String>,
}

/// Where a push stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PushState {
    /// What is new goes out.
    Live,
    /// Somebody ended it.
    Stopped,
    /// Its time is over, or its Consent is no longer active.
    Over,
}

/// A letter that was opened, verified and put into a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterRecord {
    /// Bare mailbox of the sender.
    pub sender: String,
    /// Patient id here.
    pub patient: String,
    /// Records in it.
    pub records: u64,
    /// When.
    pub at: Timestamp,
}

/// An app that somebody let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRecord {
    /// Client id of the app.
    pub client: String,
    /// Username.
    pub who: String,
    /// Patient it is about.
    pub patient: Option<String>,
    /// Granted scopes, space-separated.
    pub scopes: String,
    /// When.
    pub at: Timestamp,
    /// False once it was ended, by the person or because a spent token came back.
    pub live: bool,
}

/// One request, without its query, headers and body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// When it was answered.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// HTTP status, also when the reply was lost on purpose.
    pub status: u16,
    /// Username and client, `app-id`, or `nobody`.
    pub who: String,
}
