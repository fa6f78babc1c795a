//! Direct: records go out by sealed mail, and what is mailed here is taken in (track page, pattern 4).
//!
//! Applicability Statement for Secure Health Transport 1.2 (S/MIME over SMTP). The laws kept here: a letter leaves only
//! while nobody can change what it rests on (the gate), and only sockets of this machine are ever contacted.

pub(crate) mod address;
pub(crate) mod certificate;
pub(crate) mod gate;
mod gather;
mod letter;
pub(crate) mod mail_room;
pub(crate) mod receiver;
pub(crate) mod sender;
mod smime;
mod take_in;

use std::net::SocketAddr;

use tokio::sync::{Mutex, Notify};

use self::{
    address::Address,
    certificate::{Mailbox, Register},
};
use crate::ways::AddressForm;

/// The mail room of one EHR.
pub(crate) struct Post {
    pub(crate) mailbox: Mailbox,
    /// Where letters are handed over; none when the other EHR has no mail server.
    pub(crate) server: Option<SocketAddr>,
    /// Certificates of others.
    pub(crate) register: Register,
    pub(crate) form: AddressForm,
    /// Held while a letter is made and sent, and while a Consent or a push changes.
    pub(crate) gate: Mutex<()>,
    /// Wakes the sender.
    pub(crate) wake: Notify,
}

/// The address of an EHR by its short name.
pub(crate) fn own_address(slug: &str) -> Option<Address> {
    Address::parse(&format!("records@direct.{slug}.example"))
}
