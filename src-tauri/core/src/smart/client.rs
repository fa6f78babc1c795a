//! How this app is known at one EHR, and how it proves there that it is this app.
//!
//! RFC 6749 §2, RFC 7523 §2.2, SMART App Launch 2.2 "Client Authentication": public; confidential with a shared secret
//! (`client_secret_basic`); confidential with a key (`private_key_jwt`). Law: a secret is shown to the EHR that gave it and
//! to nobody else; what is kept in the database says which kind it is, never the secret.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;

use super::client_key::ClientKey;
use crate::{
    http::{Body, Request},
    secret::Secret,
};

/// The name under which EHRs know this app unless they say otherwise: a public client, the same on every computer.
pub const CLIENT_ID: &str = "consentry";

/// The ports that are registered where an EHR must know them beforehand: few, unassigned, in the dynamic range.
pub const FIXED_PORTS: [u16; 4] = [49_813, 51_427, 52_813, 60_207];

/// How the app proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    /// It does not: a public client.
    Public,
    /// By a secret that the hospital gave.
    Secret,
    /// By a key of this installation.
    Key,
}

impl ClientKind {
    /// As `token_endpoint_auth_method` has it (RFC 7591 §2).
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Public => "none",
            Self::Secret => "client_secret_basic",
            Self::Key => "private_key_jwt",
        }
    }

    /// Reads `token_endpoint_auth_method`; `None` for a way that is not spoken here.
    #[must_use]
    pub fn of_method(method: &str) -> Option<Self> {
        [Self::Public, Self::Secret, Self::Key].into_iter().find(|kind| kind.method() == method)
    }
}

/// How the app came to be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ClientOrigin {
    /// Nobody said anything: the app's usual name.
    #[default]
    BuiltIn,
    /// Typed in, as the hospital gave it.
    Given,
    /// Registered by the app itself (RFC 7591).
    Registered,
}

/// On which ports of this computer the browser may come back (RFC 8252 §7.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedirectPolicy {
    /// Whichever is free.
    #[default]
    AnyPort,
    /// One of these, the first that is free: the EHR knows only them.
    FixedPorts(Vec<u16>),
}

/// How the app is known at one EHR.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRegistration {
    /// Its name there.
    pub client_id: String,
    /// How it proves itself.
    pub kind: ClientKind,
    /// Where the browser may come back.
    pub redirect: RedirectPolicy,
    /// Since when.
    pub origin: ClientOrigin,
}

impl Default for ClientRegistration {
    fn default() -> Self {
        Self {
            client_id: CLIENT_ID.to_owned(),
            kind: ClientKind::Public,
            redirect: RedirectPolicy::AnyPort,
            origin: ClientOrigin::BuiltIn,
        }
    }
}

/// What an EHR says about apps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientsOffered {
    /// Where an app may register itself.
    pub register: Option<Url>,
    /// How apps may prove themselves; empty when it says nothing.
    pub kinds: Vec<ClientKind>,
    /// The algorithms for `private_key_jwt`; empty when it says nothing.
    pub algorithms: Vec<String>,
}

impl ClientsOffered {
    /// What it says, and what it must therefore take: a server that says nothing may take any.
    #[must_use]
    pub fn takes(&self, kind: ClientKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

/// The app at one EHR, ready to prove itself. Cheap to clone, prints no secret.
#[derive(Clone, Debug)]
pub struct Credential {
    client_id: String,
    proof: Proof,
}

#[derive(Clone, Debug)]
enum Proof {
    None,
    Secret(Secret),
    Key(Arc<ClientKey>),
}

/// The key could not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the app's key cannot sign")]
pub struct CannotSign;

impl Credential {
    /// A public client.
    #[must_use]
    pub fn public(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), proof: Proof::None }
    }

    /// A client with a shared secret.
    #[must_use]
    pub fn secret(client_id: impl Into<String>, secret: Secret) -> Self {
        Self { client_id: client_id.into(), proof: Proof::Secret(secret) }
    }

    /// A client with a key.
    #[must_use]
    pub fn key(client_id: impl Into<String>, key: Arc<ClientKey>) -> Self {
        Self { client_id: client_id.into(), proof: Proof::Key(key) }
    }

    /// The app's name there.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// A POST of a form, with the proof. `token` is the EHR's token endpoint: assertions are made out to it, wherever they
    /// go (RFC 7523 §3).
    ///
    /// # Errors
    /// [`CannotSign`]; nothing was sent then.
    pub fn post(
        &self,
        to: &Url,
        token: &Url,
        mut form: Vec<(String, Secret)>,
        now: Timestamp,
    ) -> Result<Request, CannotSign> {
        let mut add = |name: &str, value: Secret| form.push((name.to_owned(), value));
        match &self.proof {
            Proof::None => add("client_id", Secret::new(self.client_id.as_str())),
            // Named in the header already (RFC 6749 §2.3: one way only).
            Proof::Secret(_) => {}
            Proof::Key(key) => {
                let assertion = key.assertion(&self.client_id, token, now).ok_or(CannotSign)?;
                add(
                    "client_assertion_type",
                    Secret::new("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                );
                add("client_assertion", assertion);
            }
        }
        let request = Request::post(to.clone(), Body::Form(form));
        Ok(match &self.proof {
            Proof::Secret(secret) => request.basic(&self.client_id, secret),
            Proof::None | Proof::Key(_) => request,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientKind, Credential};
    use crate::secret::Secret;

    #[test]
    fn a_credential_prints_no_secret() {
        let shown = format!("{:?}", Credential::secret("app", Secret::new("canary")));
        assert!(shown.contains("app") && shown.contains("[secret]") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn methods_are_told_by_their_registered_names() {
        for kind in [ClientKind::Public, ClientKind::Secret, ClientKind::Key] {
            assert_eq!(ClientKind::of_method(kind.method()), Some(kind));
        }
        assert_eq!(ClientKind::of_method("client_secret_post"), None);
        assert_eq!(ClientKind::of_method("client_secret_jwt"), None);
    }
}
