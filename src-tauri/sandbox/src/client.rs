//! The apps that an EHR knows: how each proves itself, and what it may be let in for.
//!
//! The client kinds of SMART App Launch 2.2 ("Client Authentication"): public, confidential symmetric, confidential
//! asymmetric; and the clients of SMART Backend Services, which no person stands behind. A secret is kept as its hash.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::secret;

/// How apps come to be known here, and which kinds of them people may let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clients {
    /// Kinds of apps that are let in at sign-in. Backend clients are always asymmetric and need no entry here.
    pub kinds: BTreeSet<ClientKind>,
    /// Whether an app may register itself (RFC 7591).
    pub registration: bool,
    /// Known from the start. [`crate::Ehr::register`] adds others later.
    pub known: Vec<Client>,
}

impl Default for Clients {
    /// One public client, `consentry`, and no registration.
    fn default() -> Self {
        Self {
            kinds: BTreeSet::from([ClientKind::Public]),
            registration: false,
            known: vec![Client::app("consentry", "Consentry", Credential::None)],
        }
    }
}

impl Clients {
    /// Lets in apps of one kind only, all of them known beforehand.
    #[must_use]
    pub fn only(kind: ClientKind, known: Vec<Client>) -> Self {
        Self { kinds: BTreeSet::from([kind]), registration: false, known }
    }

    /// Knows no app, and lets each register itself as one of these kinds.
    #[must_use]
    pub fn registering(kinds: impl IntoIterator<Item = ClientKind>) -> Self {
        Self { kinds: kinds.into_iter().collect(), registration: true, known: Vec::new() }
    }
}

/// A kind of client (RFC 6749 §2.1, SMART App Launch 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientKind {
    /// Has no secret.
    Public,
    /// Shares a secret with the EHR: `client_secret_basic`.
    Symmetric,
    /// Signs with a key of its own: `private_key_jwt`.
    Asymmetric,
}

impl ClientKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Public, Self::Symmetric, Self::Asymmetric];

    /// As `token_endpoint_auth_method` has it (RFC 7591 §2).
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Public => "none",
            Self::Symmetric => "client_secret_basic",
            Self::Asymmetric => "private_key_jwt",
        }
    }

    /// As SMART's `capabilities` have it.
    pub(crate) const fn capability(self) -> &'static str {
        match self {
            Self::Public => "client-public",
            Self::Symmetric => "client-confidential-symmetric",
            Self::Asymmetric => "client-confidential-asymmetric",
        }
    }
}

/// One app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// How it proves itself.
    pub credential: Credential,
    /// What it is known for.
    pub purpose: Purpose,
}

impl Client {
    /// An app that people let in, with the loopback redirects of this project's app.
    #[must_use]
    pub fn app(id: &str, name: &str, credential: Credential) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            credential,
            purpose: Purpose::Launch { redirects: Redirects::Loopback },
        }
    }

    /// The same app, answered only at exactly these addresses.
    #[must_use]
    pub fn at_exactly(mut self, redirects: impl IntoIterator<Item = String>) -> Self {
        self.purpose = Purpose::Launch { redirects: Redirects::Exact(redirects.into_iter().collect()) };
        self
    }

    /// A backend-services client that may ask at most these `system/…` scopes, space-separated.
    #[must_use]
    pub fn backend(id: &str, name: &str, keys: Credential, scopes: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            credential: keys,
            purpose: Purpose::Backend { scopes: scopes.to_owned() },
        }
    }
}

/// How a client proves itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// It does not: a public client.
    None,
    /// By a secret; see [`Credential::secret`].
    Secret(SecretHash),
    /// By a key of this JWK set.
    Keys(Value),
    /// By a key of the JWK set that is served there; fetched anew each time, from this machine only.
    KeysAt(Url),
}

impl Credential {
    /// By this secret, of which only the hash is kept.
    #[must_use]
    pub fn secret(plain: &str) -> Self {
        Self::Secret(SecretHash(secret::hash(plain)))
    }

    /// Which kind of client has such a credential.
    #[must_use]
    pub const fn kind(&self) -> ClientKind {
        match self {
            Self::None => ClientKind::Public,
            Self::Secret(_) => ClientKind::Symmetric,
            Self::Keys(_) | Self::KeysAt(_) => ClientKind::Asymmetric,
        }
    }
}

/// SHA-256 of a client's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHash(String);

impl SecretHash {
    pub(crate) fn fits(&self, plain: &str) -> bool {
        secret::same(&self.0, &secret::hash(plain))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What a client is known for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// People let it in, and are sent back to one of its addresses.
    Launch {
        /// Where to.
        redirects: Redirects,
    },
    /// It comes by itself, for at most these `system/…` scopes.
    Backend {
        /// Space-separated.
        scopes: String,
    },
}

/// Where a browser may be sent back to. Only this machine, whatever is written here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redirects {
    /// `http://127.0.0.1:<any port>/callback/<one segment>`.
    Loopback,
    /// These loopback addresses, at any port (RFC 8252 §7.3).
    AnyPort(Vec<String>),
    /// Exactly these, port and all.
    Exact(Vec<String>),
}
