//! The system's browser. The core has checked the address; it is passed on as one argument, without a shell.

use std::io;

use consentry_core::outside::Browser;
use url::Url;

/// The system's browser.
pub(crate) struct SystemBrowser;

impl Browser for SystemBrowser {
    fn open(&self, page: &Url) -> io::Result<()> {
        if !matches!(page.scheme(), "https" | "http") {
            return Err(io::Error::other("only web pages are opened"));
        }
        tauri_plugin_opener::open_url(page.as_str(), None::<&str>).map_err(io::Error::other)
    }
}
