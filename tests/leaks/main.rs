//! Secrets are seen by the hospital they belong to and by nobody else: not in the log at its loudest, not in the app's
//! folder, not on the way to the window, not in a page's address. Searched in every clothing that a secret is known to
//! slip out in.

mod job;
mod search;
