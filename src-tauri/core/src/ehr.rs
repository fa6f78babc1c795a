//! A hospital's EHR as the app knows it: its FHIR base, what it can do, and the sign-in there.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;
use uuid::Uuid;

use crate::{kind::Kind, person::PersonView, version::FhirVersion};

/// Our own name for an EHR: random, opaque, also part of the redirect path (one path for each EHR).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct EhrId(String);

impl EhrId {
    /// A fresh id.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// An id as it was stored.
    #[must_use]
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The base URL of a FHIR server, without a trailing slash, in the spelling that the person gave.
/// `aud` and `$connect` send exactly this text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FhirBase(Url);

impl FhirBase {
    /// Takes a URL that passed the address rules of `http`.
    #[must_use]
    pub fn new(mut url: Url) -> Self {
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        url.set_query(None);
        url.set_fragment(None);
        Self(url)
    }

    /// The text to send as `aud`: no trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The URL below the base, for example `Consent/12/$authorize`.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
        url.set_path(&format!("{}/{path}", self.0.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }

    /// Whether `url` has our origin and lies at or below our path: only then may our bearer go there.
    #[must_use]
    pub fn contains(&self, url: &Url) -> bool {
        let base = self.0.path().trim_end_matches('/');
        url.origin() == self.0.origin() && (url.path() == base || url.path().starts_with(&format!("{base}/")))
    }

    /// The URL itself.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Host and, when it is not the scheme's own, port: what the person sees.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

impl fmt::Display for FhirBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something a hospital can or cannot do for this app, as found by asking it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// SMART standalone launch: the person can sign in.
    SignIn,
    /// Sign-in announces PKCE S256; without, the protection is older.
    ProtectedSignIn,
    /// Stays signed in (`offline_access`).
    StaySignedIn,
    /// Saves the person's choices (Consent create).
    SaveChoices,
    /// `$authorize` and `$revokeAuthorization`: shares and stops.
    ShareAndStop,
    /// `$authorizations`: lists who may.
    ListShares,
    /// `$jwt` and `$connect`: can get records from elsewhere.
    GetRecords,
    /// AuditEvent search: tells who looked.
    TellWhoLooked,
    /// RFC 7009: ends this app's own sign-in.
    EndSignIn,
}

impl Ability {
    /// All abilities, in the order in which they are listed.
    pub const ALL: [Self; 9] = [
        Self::SignIn,
        Self::ProtectedSignIn,
        Self::StaySignedIn,
        Self::SaveChoices,
        Self::ShareAndStop,
        Self::ListShares,
        Self::GetRecords,
        Self::TellWhoLooked,
        Self::EndSignIn,
    ];
}

/// What a CapabilityStatement describes (its `kind`). Carequality's workgroup settled on the hospital itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Describes {
    /// This very hospital, with its addresses (`instance`).
    #[default]
    Itself,
    /// Software that may be installed anywhere (`capability`), or what somebody wishes for (`requirements`).
    AProduct,
    /// It does not say.
    NotSaid,
}

/// What a hospital cannot do in the way of sharing, in one word each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// It shares, and keeps no list of who may get records, nor a way to stop.
    KeepsNoList,
    /// It keeps the person's choices on file; what follows from them it does not tell.
    FilesOnly,
    /// It cannot take the person's choices at all.
    SharesNothing,
    /// It cannot be told to get records from elsewhere.
    GetsNothing,
}

/// Where the refresh token of a sign-in is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// In the system's keyring: stays over restarts.
    Keyring,
    /// In memory: this session only.
    ThisSession,
}

/// One ability and whether the hospital has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AbilityView {
    /// Which.
    pub ability: Ability,
    /// Whether it is there.
    pub offered: bool,
}

/// The sign-in at a hospital.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum SessionView {
    /// Not signed in.
    SignedOut,
    /// Was signed in; the person must do it again.
    Expired {
        /// Who was signed in.
        person: Option<PersonView>,
    },
    /// Signed in.
    SignedIn {
        /// Whose records these are.
        person: PersonView,
        /// Where the sign-in is kept.
        kept: Kept,
        /// The kinds that this sign-in may read.
        covers: Vec<Kind>,
        /// Whether it may manage shares.
        manages: bool,
        /// Whether the hospital proved who signed in. Without, only whose records these are is known.
        proven: bool,
        /// What was asked and what came.
        granted: GrantView,
    },
}

/// How what a hospital granted differs from what was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GrantView {
    /// The kinds that were asked for this sign-in.
    pub asked: Vec<Kind>,
    /// The asked kinds that did not come.
    pub left_out: Vec<Kind>,
    /// What else did not come.
    pub left_out_more: Vec<LeftOut>,
    /// Kinds that nobody wanted and that had to be asked for, because the hospital cannot tell them from a wanted one.
    pub widened: Vec<Kind>,
    /// Kinds that came without being asked for.
    pub added: Vec<Kind>,
    /// Whether permission to change records came without being asked for.
    pub may_change: bool,
    /// Scopes of no kind that came without being asked for: plain text.
    pub added_scopes: Vec<String>,
}

/// Something beside kinds that was asked and did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// The person's own details: without them nobody knows whose records these are.
    AboutYou,
    /// Saving and closing choices (Consent).
    Choices,
    /// Allowing, listing and stopping shares.
    Sharing,
    /// Who looked (AuditEvent).
    WhoLooked,
    /// Staying signed in (`offline_access`).
    Staying,
}

/// A made-up person of a practice hospital, with the login to type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PracticeLogin {
    /// Name of the person.
    pub who: String,
    /// What to type as user name.
    pub username: String,
    /// What to type as password.
    pub password: String,
    /// One line about the person.
    pub about: String,
}

/// A hospital as the window shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EhrView {
    /// Our id.
    pub id: EhrId,
    /// Its name.
    pub name: String,
    /// Host of its address: the verified part.
    pub host: String,
    /// Its FHIR address.
    pub address: String,
    /// The release of FHIR that it speaks.
    pub fhir: FhirVersion,
    /// All abilities, offered or not.
    pub abilities: Vec<AbilityView>,
    /// What it cannot do in the way of sharing.
    pub limits: Vec<Limit>,
    /// When we last asked what it can do.
    #[ts(type = "string")]
    pub checked_at: Timestamp,
    /// The sign-in there.
    pub session: SessionView,
    /// Practice logins; empty for real hospitals.
    pub practice_logins: Vec<PracticeLogin>,
}

/// How a User-Access Brands bundle names a hospital.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BrandView {
    /// Its name.
    pub name: String,
    /// Town and state.
    pub place: Option<String>,
    /// Host of the bundle: who says so.
    pub host: String,
}

/// A hospital that was asked and not yet added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EhrCandidate {
    /// Its FHIR address.
    pub address: String,
    /// Host of its address.
    pub host: String,
    /// The name it gives itself.
    pub name: String,
    /// All abilities, offered or not.
    pub abilities: Vec<AbilityView>,
    /// What its description is of.
    pub describes: Describes,
    /// How its own brands bundle names it.
    pub brand: Option<BrandView>,
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::FhirBase;

    fn base(text: &str) -> FhirBase {
        FhirBase::new(Url::parse(text).unwrap())
    }

    #[test]
    fn drops_one_trailing_slash_only_from_the_end() {
        assert_eq!(base("https://ehr.example/r4/").as_str(), "https://ehr.example/r4");
        assert_eq!(base("https://ehr.example").as_str(), "https://ehr.example");
    }

    #[test]
    fn joins_operations_and_queries() {
        assert_eq!(
            base("https://ehr.example/r4").join("Consent/1/$authorize").as_str(),
            "https://ehr.example/r4/Consent/1/$authorize"
        );
        assert_eq!(
            base("https://ehr.example").join("Consent?patient=1").as_str(),
            "https://ehr.example/Consent?patient=1"
        );
    }

    #[test]
    fn bearer_stays_below_the_base() {
        let base = base("https://ehr.example/r4");
        for inside in ["https://ehr.example/r4", "https://ehr.example/r4/Patient/1"] {
            assert!(base.contains(&Url::parse(inside).unwrap()), "{inside} is below the base");
        }
        for outside in [
            "https://ehr.example/r45/Patient",
            "http://ehr.example/r4/Patient",
            "https://ehr.example:8443/r4/x",
            "https://other.example/r4/x",
            "https://ehr.example/r4/../x",
        ] {
            assert!(!base.contains(&Url::parse(outside).unwrap()), "{outside} is not below the base");
        }
    }
}
