//! The two practice EHRs over real HTTP: what they allow, and above all what they refuse.
//!
//! Every attack is answered with the right error and leaves the EHR's own records as they were. A
//! sandbox that is lenient would let every test of the app pass.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first thing that is not as expected, in its helpers too"
)]

mod assertion;
mod authorize;
mod backend;
mod bench;
mod cavs;
mod clients;
mod connect;
mod dialects;
mod directory;
mod discovery;
mod elsewhere;
mod exchange;
mod fault;
mod inferno;
mod introspection;
mod mail;
mod of_2017;
mod pages;
mod person;
mod push;
mod reading;
mod release;
mod releases;
mod restart;
mod signer;
mod tokens;
mod uma;
