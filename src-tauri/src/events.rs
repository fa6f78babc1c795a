//! The core's events, passed on to the window under one name.

use consentry_core::{event::Event, outside::Notify};
use tauri::{AppHandle, Emitter, Runtime};

/// The name under which the window listens.
const CHANGED: &str = "change";

/// Passes events to the window.
pub(crate) struct WindowNotify<R: Runtime>(pub(crate) AppHandle<R>);

impl<R: Runtime> Notify for WindowNotify<R> {
    fn notify(&self, event: Event) {
        if self.0.emit(CHANGED, event).is_err() {
            tracing::warn!("the window did not hear of a change");
        }
    }
}
