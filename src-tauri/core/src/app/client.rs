//! How this app is known at a hospital: shown, changed by what the hospital's staff says, or registered by the app itself.
//!
//! Law: another name means another sign-in. What was granted to the old one is ended there first.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    context::Ehr,
    ehr::{EhrId, EhrView},
    fhir::FhirError,
    problem::{Problem, What},
    secret::Secret,
    smart::{
        client::{ClientKind, ClientOrigin, ClientRegistration, Credential, FIXED_PORTS, RedirectPolicy},
        clients::{ClientKeys, NoCredential},
        register::{self, RegisterError, Wanted, is_client_id, redirects},
    },
};

use super::App;

/// Ports that a hospital may fix, and characters of a secret.
const MOST_PORTS: usize = 8;
const LONGEST_SECRET: usize = 1024;

/// How the app is known at one hospital.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClientView {
    /// The app's name there (`client_id`).
    pub client_id: String,
    /// How it proves itself.
    pub kind: ClientKind,
    /// How it came to be known.
    pub origin: ClientOrigin,
    /// The ports that the hospital knows; empty for any.
    pub ports: Vec<u16>,
    /// The addresses to register, as they are now.
    pub redirects: Vec<String>,
    /// Whether the app can register itself there.
    pub can_register: bool,
    /// The kinds that the hospital takes.
    pub takes: Vec<ClientKind>,
    /// Whether the secret or the keys are missing on this computer, so that it cannot sign in.
    pub missing: bool,
}

/// How the app is to be known, as the hospital's staff said.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClientChange {
    /// The name.
    pub client_id: String,
    /// How to prove it.
    pub kind: ClientKind,
    /// The secret, for [`ClientKind::Secret`]. Missing: as before.
    #[ts(type = "string | null")]
    pub secret: Option<Secret>,
    /// The ports that the hospital knows; empty for any.
    pub ports: Vec<u16>,
}

impl App {
    /// How the app is known at a hospital.
    ///
    /// # Errors
    /// [`What::Gone`] when the hospital is not known here.
    pub async fn ehr_client(&self, id: &EhrId) -> Result<ClientView, Problem> {
        let ehr = self.ctx.ehr(id)?;
        let Ehr { client, features, .. } = &ehr;
        let ports = ports(client);
        let all = [ClientKind::Public, ClientKind::Secret, ClientKind::Key];
        Ok(ClientView {
            client_id: client.client_id.clone(),
            kind: client.kind,
            origin: client.origin,
            redirects: redirects(id, Some(&*ports).filter(|ports| !ports.is_empty())),
            ports,
            can_register: features.clients.register.is_some(),
            takes: all.into_iter().filter(|kind| features.clients.takes(*kind)).collect(),
            missing: self.ctx.clients.credential(id, client, &features.clients).await.is_err(),
        })
    }

    /// The public keys of this installation, to hand to a hospital: a JWK set as text. Made when there are none yet.
    ///
    /// # Errors
    /// [`What::AppSecretMissing`] when the keyring does not keep them.
    pub async fn client_keys(&self) -> Result<String, Problem> {
        let keys = self.ctx.clients.keys().await.map_err(|_| Problem::new(What::AppSecretMissing))?;
        serde_json::to_string_pretty(&keys.jwks()).map_err(|_| Problem::new(What::Internal))
    }

    /// Makes the app known as the hospital's staff said, and signs out.
    ///
    /// # Errors
    /// [`What::FormIncomplete`] for a name, secret or port that is none; or when the disk refuses.
    pub async fn ehr_client_set(&self, id: &EhrId, change: ClientChange) -> Result<ClientView, Problem> {
        self.ctx.ehr(id)?;
        let ClientChange { client_id, kind, secret, ports } = change;
        let client_id = client_id.trim().to_owned();
        let secret = secret.filter(|_| kind == ClientKind::Secret);
        // Into the check only.
        let fits = |secret: &Secret| {
            (1..=LONGEST_SECRET).contains(&secret.expose().len())
                && secret.expose().bytes().all(|b| (0x20..=0x7e).contains(&b))
        };
        let there = secret.is_some() || self.ctx.clients.has_secret(id).await;
        let complete = is_client_id(&client_id)
            && secret.as_ref().is_none_or(fits)
            && (kind != ClientKind::Secret || there)
            && ports.len() <= MOST_PORTS
            && ports.iter().all(|port| *port >= 1024);
        if !complete {
            return Err(Problem::new(What::FormIncomplete));
        }
        if kind == ClientKind::Key {
            // Nothing is promised that cannot be kept.
            self.client_keys().await?;
        }
        let redirect =
            if ports.is_empty() { RedirectPolicy::AnyPort } else { RedirectPolicy::FixedPorts(ports) };
        let client = ClientRegistration { client_id, kind, redirect, origin: ClientOrigin::Given };
        self.known_as(id, client, secret.map(Some)).await?;
        self.ehr_client(id).await
    }

    /// Makes the app known under its usual name again, and signs out.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn ehr_client_usual(&self, id: &EhrId) -> Result<ClientView, Problem> {
        self.known_as(id, ClientRegistration::default(), None).await?;
        self.ehr_client(id).await
    }

    /// Registers the app at a hospital that lets apps do so themselves, and signs out.
    ///
    /// # Errors
    /// [`What::NotOffered`], [`What::RegistrationRefused`], or why the hospital could not be asked.
    pub async fn ehr_client_register(&self, id: &EhrId) -> Result<ClientView, Problem> {
        let ehr = self.ctx.ehr(id)?;
        self.register(&ehr).await?;
        self.ehr_client(id).await
    }

    /// Registers the app. Only the ports that are registered are used from then on: many servers compare the port too.
    async fn register(&self, ehr: &Ehr) -> Result<(), Problem> {
        let offered = &ehr.features.clients;
        let endpoint =
            offered.register.as_ref().ok_or_else(|| Problem::new(What::NotOffered).at(ehr.name.clone()))?;
        let keys =
            if offered.kinds.contains(&ClientKind::Key) { self.ctx.clients.keys().await.ok() } else { None };
        let keys = keys.filter(|keys| keys.fitting(&offered.algorithms).is_some());
        // A key proves the app; a secret that every program of this person could read hardly does, so it comes last.
        let mut kinds = [ClientKind::Key, ClientKind::Public, ClientKind::Secret]
            .into_iter()
            .filter(|kind| offered.takes(*kind) && (*kind != ClientKind::Key || keys.is_some()));
        let registered = loop {
            let kind =
                kinds.next().ok_or_else(|| Problem::new(What::RegistrationRefused).at(ehr.name.clone()))?;
            let wanted = Wanted {
                kind,
                redirects: redirects(&ehr.id, Some(&FIXED_PORTS)),
                jwks: keys.as_ref().map(ClientKeys::jwks),
            };
            match register::register(&self.ctx.http, endpoint, &wanted).await {
                Ok(registered) => break registered,
                // It may let in another kind, where it does not say which.
                Err(RegisterError::Refused { .. })
                    if offered.kinds.is_empty() && kind != ClientKind::Secret => {}
                Err(error) => return Err(register_problem(&error, &ehr.name)),
            }
        };
        let client = ClientRegistration {
            client_id: registered.client_id,
            kind: registered.kind,
            redirect: RedirectPolicy::FixedPorts(FIXED_PORTS.to_vec()),
            origin: ClientOrigin::Registered,
        };
        self.known_as(&ehr.id, client, Some(registered.secret)).await
    }

    /// `secret`: `None` leaves the one at hand, where the kind still needs one.
    async fn known_as(
        &self,
        id: &EhrId,
        client: ClientRegistration,
        secret: Option<Option<Secret>>,
    ) -> Result<(), Problem> {
        let _: EhrView = self.sign_out(id).await?;
        if client.kind != ClientKind::Secret {
            self.ctx.clients.keep_secret(id, None).await;
        } else if let Some(secret) = secret {
            self.ctx.clients.keep_secret(id, secret).await;
        }
        let mut ehr = self.ctx.ehr(id)?;
        ehr.client = client;
        self.ctx.put_ehr(ehr)?;
        self.ctx.tell(crate::event::Event::EhrsChanged);
        Ok(())
    }

    /// The app at a hospital, ready to prove itself. Where nobody made it known and the hospital lets apps register
    /// themselves, it does so first; `ehr` is then changed to how it is known.
    ///
    /// # Errors
    /// [`What::AppUnknown`] when the hospital takes only apps that it knows better than this one;
    /// [`What::AppSecretMissing`] when the secret or key is not at hand.
    pub(super) async fn credential(&self, ehr: &mut Ehr) -> Result<Credential, Problem> {
        if ehr.client.origin == ClientOrigin::BuiltIn && ehr.features.clients.register.is_some() {
            match self.register(ehr).await {
                Ok(()) => ehr.client = self.ctx.ehr(&ehr.id)?.client,
                // It may know the usual name all the same.
                Err(problem) => tracing::warn!(what = ?problem.what, "the app could not register itself"),
            }
        }
        let Ehr { id, client, features, name, .. } = &*ehr;
        if client.origin == ClientOrigin::BuiltIn && !features.clients.takes(client.kind) {
            return Err(Problem::new(What::AppUnknown).at(name.clone()));
        }
        self.ctx.clients.credential(id, client, &features.clients).await.map_err(|error| match error {
            NoCredential::NoSecret | NoCredential::Vault(_) => {
                Problem::new(What::AppSecretMissing).at(name.clone())
            }
            NoCredential::NoAlgorithm => Problem::new(What::AppUnknown).at(name.clone()),
        })
    }
}

fn ports(client: &ClientRegistration) -> Vec<u16> {
    match &client.redirect {
        RedirectPolicy::AnyPort => Vec::new(),
        RedirectPolicy::FixedPorts(ports) => ports.clone(),
    }
}

fn register_problem(error: &RegisterError, name: &str) -> Problem {
    match error {
        RegisterError::Http(error) => FhirError::Http(*error).problem(name),
        RegisterError::Refused { said } => {
            Problem::new(What::RegistrationRefused).at(name).said(said.as_deref())
        }
        RegisterError::Trouble => Problem::new(What::EhrTrouble).at(name),
        RegisterError::Unusable => Problem::new(What::Unreadable).at(name),
    }
}
