//! What the service knows of an application: what it thinks of it, and who else vouches for it or warns.

use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use serde::{Deserialize, Serialize};

use crate::{hospital::Hospital, store::Application};

/// What the service says of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It may be used.
    Approved,
    /// It was never registered, or no longer is.
    Unknown,
    /// It was registered and must not be used; the status it has instead of active.
    Unsuitable(String),
    /// A word that nobody agreed on.
    Other(String),
}

/// What somebody says of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endorsement {
    /// Who says it.
    pub endorser: String,
    /// Where to read more.
    pub url: String,
    /// What it is.
    pub kind: EndorsementKind,
    /// In words.
    pub comment: String,
}

/// The nature of an endorsement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndorsementKind {
    /// Speaks for it.
    Approval,
    /// Speaks against it.
    Warning,
    /// Neither.
    UsageNote,
}

impl EndorsementKind {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Warning => "warning",
            Self::UsageNote => "usage-note",
        }
    }
}

/// Registers the other EHR, so that the service knows it; what was said of it before stays.
pub(crate) fn register(site: &Hospital, issuer: &str, key: &Jwk) -> Result<(), RegisterError> {
    let thumbprint = key.thumbprint(ThumbprintHash::SHA256)?;
    let key = serde_json::to_string(key)?;
    let reviewed = Endorsement {
        endorser: "Harbor Health Alliance".to_owned(),
        url: "https://harbor-health.example/members".to_owned(),
        kind: EndorsementKind::Approval,
        comment: "Member since 2021, reviewed every year".to_owned(),
    };
    site.store.register(&Application {
        issuer: issuer.to_owned(),
        thumbprint,
        key,
        verdict: serde_json::to_string(&Verdict::Approved)?,
        endorsements: serde_json::to_string(&[reviewed])?,
    })?;
    Ok(())
}

/// Why an application could not be registered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegisterError {
    #[error(transparent)]
    Key(#[from] jsonwebtoken::errors::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}
