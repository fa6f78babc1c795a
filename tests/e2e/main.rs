//! The real app in its real window, a real browser for signing in, and what both hospitals' own
//! records say afterwards.
//!
//! Each test makes a desk of its own (`desk`): display, message bus, keyring, home folder. The app gets
//! no hook for tests: it is driven by WebDriver like a page, and killed like any program. One exception: a driven window of
//! a debug build is not ephemeral, because WebKitGTK cannot drive one that is.
#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and the walk prints its steps"
)]

mod desk;
mod story;

mod axe;
mod keyboard;
mod looks;
mod rare;
mod walk;
