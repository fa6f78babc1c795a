//! The house rules that a machine can judge, each as a test that names the line that breaks it.
//!
//! The rules and their reasons are in ARCHITECTURE.md; these tests are what keeps them true.
#![expect(clippy::expect_used, reason = "a test fails by panicking when a file cannot be read")]

mod comments;
mod homes;
mod layers;
mod readme;
mod source;
mod words;
