//! What the core needs from the outside world, and nothing else: the time, the browser, a place for secrets,
//! and somebody to tell. HTTP is not here on purpose: tests use real servers.

use std::{io, sync::Arc};

use jiff::Timestamp;
use url::Url;

use crate::{event::Event, vault::Vault};

/// The wall clock. The only place in the core that knows what time it is.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The person's own web browser (RFC 8252 §5: never a webview).
pub trait Browser: Send + Sync {
    /// Asks the system to show `page`.
    ///
    /// # Errors
    /// When no browser could be started; the person is then shown the link.
    fn open(&self, page: &Url) -> io::Result<()>;
}

/// Hears what changed. Called after the change is committed, on the thread that made it.
pub trait Notify: Send + Sync {
    /// Something changed; the receiver asks for the details.
    fn notify(&self, event: Event);
}

/// The four things the core is given.
#[derive(Clone)]
pub struct Outside {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The system browser.
    pub browser: Arc<dyn Browser>,
    /// Listener of changes.
    pub notify: Arc<dyn Notify>,
    /// Where refresh tokens are kept.
    pub vault: Arc<dyn Vault>,
}
