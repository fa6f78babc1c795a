//! Two practice EHRs on 127.0.0.1: real HTTP, real SQLite, made-up people.
//!
//! Each can be the source and the target of a CCDE exchange, in its own FHIR version and dialect. They enforce what
//! they teach: S256, single-use codes, rotation with reuse detection, signed introductions, consent
//! limits, sealed mail. So a happy path through them proves something. Nothing here is shared with the app: a
//! field misread on one side must show up as a failure on the other.

mod audit;
mod bearer;
mod cavs;
mod ccde;
mod central;
mod client;
mod clock;
mod copier;
mod direct;
mod directory;
mod ehr;
mod elsewhere;
mod faults;
mod fhir;
mod hospital;
mod http;
mod journal;
mod jws;
mod keys;
mod listen;
mod logins;
mod options;
mod peer;
mod people;
mod records;
mod resources;
mod sandbox;
mod scope;
mod secret;
mod smart;
mod store;
mod trust;
mod uma;
mod versions;
mod ways;
mod web;

pub use cavs::{Endorsement, EndorsementKind, Verdict};
pub use client::{Client, ClientKind, Clients, Credential, Purpose, Redirects, SecretHash};
pub use ehr::{Ehr, NotRegistered};
pub use faults::{Exchange, Fault, Faults, UnknownExchange};
pub use logins::Login;
pub use options::{Options, Storage};
pub use records::{
    AuthorizationRecord, AuthorizationState, ConnectionRecord, ConnectionState, ConsentRecord, LetterRecord,
    PolicyRecord, PushRecord, PushState, Records, RequestRecord, SignInRecord,
};
pub use sandbox::{Sandbox, StartError};
pub use ways::{
    AddressForm, Backend, Cavs, CavsLayout, Certificate, Credentials, Dialect, Direct, Discovery,
    FhirVersion, Introspection, MailServer, Proof, Revocation, ScopeSyntax, Uma, UnknownVersion, Ways,
};
