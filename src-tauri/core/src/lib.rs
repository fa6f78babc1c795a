//! Everything that Consentry decides. No Tauri, no web server, no sentence of the window.
//!
//! Read `ARCHITECTURE.md` first. Rows, upper ones may use lower ones only:
//! `app` → `connection` `authorization` `context` → `exchange` `consent` → `fhir` → `smart` → `vault` `store` →
//! the plain values, and `http`, the only way out.

pub mod app;
pub mod authorization;
pub mod choice;
pub mod connection;
pub mod consent;
pub mod context;
pub mod dialect;
pub mod directory;
pub mod ehr;
pub mod event;
pub mod exchange;
pub mod fhir;
pub mod http;
pub mod kind;
pub mod outside;
pub mod person;
pub mod problem;
pub mod retry;
pub mod review;
pub mod secret;
pub mod smart;
pub mod statement;
pub mod store;
pub mod text;
pub mod vault;
pub mod version;
pub mod view;
