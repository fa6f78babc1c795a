//! One EHR from the inside: its names, addresses, stores, keys and habits. Handlers share it.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    ccde::reference,
    central::Asking,
    clock::Clock,
    direct::Post,
    faults::Faults,
    journal::Journal,
    keys::Keys,
    logins::People,
    people,
    resources::Resources,
    store::Store,
    ways::{Dialect, Ways},
};

/// The names of one EHR.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) which: people::Hospital,
    /// Two letters beside the name on every page.
    pub(crate) mark: &'static str,
    /// File name, cookie name, style name.
    pub(crate) slug: &'static str,
}

impl Names {
    /// The full name.
    pub(crate) fn full(&self) -> &'static str {
        self.which.name()
    }
}

/// The two EHRs, in the order in which the sandbox lists them.
pub(crate) const NAMES: [Names; 2] = [
    Names { which: people::Hospital::SpruceHarbor, mark: "SH", slug: "spruce-harbor" },
    Names { which: people::Hospital::TernBay, mark: "TB", slug: "tern-bay" },
];

/// Where an EHR is reached. Only addresses of this machine can be written down here.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// `http://127.0.0.1:PORT/`
    pub(crate) origin: Url,
    /// `http://127.0.0.1:PORT/fhir`; also the `app-id` of the EHR.
    pub(crate) base: Url,
    /// `http://127.0.0.1:PORT`, the OpenID issuer, character by character.
    pub(crate) issuer: String,
    /// `127.0.0.1:PORT`, the only accepted `Host`.
    pub(crate) host: String,
}

impl Address {
    pub(crate) fn at(port: u16) -> Result<Self, url::ParseError> {
        let host = format!("127.0.0.1:{port}");
        let issuer = format!("http://{host}");
        Ok(Self { origin: Url::parse(&issuer)?, base: Url::parse(&format!("{issuer}/fhir"))?, issuer, host })
    }

    /// The address of a page or endpoint, `path` beginning with a slash.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Whether this text is the FHIR base; one trailing slash is forgiven.
    pub(crate) fn is_base(&self, text: &str) -> bool {
        text.strip_suffix('/').unwrap_or(text) == self.base.as_str()
    }

    /// Whether a link stays inside this EHR.
    pub(crate) fn holds(&self, link: &Url) -> bool {
        link.origin() == self.origin.origin()
    }
}

/// Everything one EHR is.
pub(crate) struct Hospital {
    pub(crate) names: &'static Names,
    /// How it speaks.
    pub(crate) ways: Ways,
    /// Its mail room, if it mails records.
    pub(crate) post: Option<Post>,
    pub(crate) address: Address,
    /// The other EHR: the only system this one gets records from.
    pub(crate) peer: Address,
    /// More EHRs that may be targets.
    pub(crate) guests: RwLock<Vec<Address>>,
    pub(crate) store: Store,
    pub(crate) resources: Arc<Resources>,
    pub(crate) keys: Keys,
    /// The certificates of its introductions, its own first; empty when it has none.
    pub(crate) certificates: Vec<String>,
    pub(crate) people: People,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) http: reqwest::Client,
    /// Between two rounds of the copier.
    pub(crate) pace: Duration,
    /// Life of an access token in seconds.
    pub(crate) access_life: i64,
    /// How it asks the central server about tokens, where there is one.
    pub(crate) central: Option<Asking>,
    /// Password of its administrator.
    pub(crate) administrator: String,
    /// Wakes the copier.
    pub(crate) wake: Notify,
    /// Set when the sandbox stops.
    pub(crate) stop: CancellationToken,
}

/// How handlers hold it.
pub(crate) type Site = Arc<Hospital>;

impl Hospital {
    /// What its ID tokens name as issuer. In 2017 that was a host without a scheme.
    pub(crate) fn issuer(&self) -> &str {
        if self.ways.dialect == Dialect::Reference { &self.address.host } else { &self.address.issuer }
    }

    /// The name of the key that signs for apps. In 2017 that was its address.
    pub(crate) fn kid(&self) -> String {
        if self.ways.dialect == Dialect::Reference {
            self.address.link(reference::KEY)
        } else {
            self.keys.signing().kid.clone()
        }
    }

    /// Seconds since 1970 on this EHR's clock.
    pub(crate) fn second(&self) -> i64 {
        self.clock.second()
    }

    /// The EHR that an introduction names as its issuer, if this one talks to it.
    pub(crate) fn known_target(&self, issuer: &str) -> Option<Address> {
        let guests = self.guests.read().unwrap_or_else(PoisonError::into_inner);
        std::iter::once(&self.peer).chain(guests.iter()).find(|known| known.base.as_str() == issuer).cloned()
    }

    /// The name of the other EHR.
    pub(crate) fn peer_name(&self) -> &'static str {
        NAMES.iter().find(|names| names.which != self.names.which).map_or("", Names::full)
    }

    /// What an app is called on the pages; one that is no longer known, by its id.
    pub(crate) fn app_name(&self, client: &str) -> String {
        self.store.client(client).ok().flatten().map_or_else(|| client.to_owned(), |client| client.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_knows_its_own_links_only() {
        let address = Address::at(4_711).unwrap();
        assert_eq!(address.base.as_str(), "http://127.0.0.1:4711/fhir");
        assert!(address.is_base("http://127.0.0.1:4711/fhir/"));
        assert!(!address.is_base("http://localhost:4711/fhir"));
        assert!(address.holds(&Url::parse("http://127.0.0.1:4711/fhir/Patient").unwrap()));
        assert!(!address.holds(&Url::parse("http://127.0.0.1:4712/fhir/Patient").unwrap()));
    }
}
