//! Ids that servers gave, checked before they are put into a URL: <https://hl7.org/fhir/R4/datatypes.html#id>.
//!
//! Law: a share has one person and two patient ids. The source's and the target's are two types, so that
//! they cannot be swapped.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::ehr::FhirBase;

/// A logical id: 1 to 64 of `A-Z a-z 0-9 - .`
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct FhirId(String);

impl FhirId {
    /// Reads an id. `.` and `..` fit the grammar and are refused: in a URL they would climb.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            && text != "."
            && text != "..";
        fits.then(|| Self(text.to_owned()))
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FhirId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no FHIR id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a FHIR id")]
pub struct NotAnId;

impl TryFrom<String> for FhirId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        Self::parse(&text).ok_or(NotAnId)
    }
}

macro_rules! id_of {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(FhirId);

        impl $name {
            /// Reads an id that a server gave.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                FhirId::parse(text).map(Self)
            }

            /// The plain id.
            #[must_use]
            pub const fn id(&self) -> &FhirId {
                &self.0
            }

            /// The text of the id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl From<FhirId> for $name {
            fn from(id: FhirId) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id_of! {
    /// Id of a Consent at the source.
    ConsentId
}
id_of! {
    /// Id of the patient at the source.
    SourcePatientId
}
id_of! {
    /// Id of the patient at the target.
    TargetPatientId
}

/// A reference to a resource on the same server, always written relative: `Patient/12`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocalReference {
    kind: String,
    id: FhirId,
}

impl LocalReference {
    /// A reference that we make.
    #[must_use]
    pub fn new(kind: &'static str, id: FhirId) -> Self {
        Self { kind: kind.to_owned(), id }
    }

    /// Reads `Type/id`, `Type/id/_history/v`, or either below `base`. Everything else, and every other server, is
    /// refused: a bearer must not follow it.
    #[must_use]
    pub fn parse(text: &str, base: &FhirBase) -> Option<Self> {
        let absolute = Url::parse(text).ok();
        let path = match &absolute {
            Some(url) => {
                let inside = base.contains(url) && url.query().is_none() && url.fragment().is_none();
                let own = base.url().path().trim_end_matches('/');
                inside.then(|| url.path().strip_prefix(own)).flatten()?.trim_start_matches('/')
            }
            None => text,
        };
        let mut parts = path.split('/');
        let (kind, id) = (parts.next()?, FhirId::parse(parts.next()?)?);
        let version = (parts.next(), parts.next(), parts.next());
        if !matches!(version, (None, None, None) | (Some("_history"), Some(_), None)) {
            return None;
        }
        let named = kind.starts_with(|c: char| c.is_ascii_uppercase())
            && kind.bytes().all(|b| b.is_ascii_alphabetic());
        named.then(|| Self { kind: kind.to_owned(), id })
    }

    /// The resource type.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &FhirId {
        &self.id
    }
}

impl fmt::Display for LocalReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{ConsentId, FhirId, LocalReference};
    use crate::ehr::FhirBase;

    fn base() -> FhirBase {
        FhirBase::new(Url::parse("https://ehr.example/r4").unwrap())
    }

    #[test]
    fn accepts_what_fhir_allows() {
        for good in ["1", "consent-17", "a.b", "A81de03d-cfad-462d-a81b-3f8254909622", &"x".repeat(64)] {
            assert!(FhirId::parse(good).is_some(), "{good} is an id");
        }
    }

    #[test]
    fn refuses_what_could_leave_its_place_in_a_url() {
        for bad in
            ["", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a b", "é", "a\n", "$authorize", &"x".repeat(65)]
        {
            assert!(FhirId::parse(bad).is_none(), "{bad:?} is no id");
        }
    }

    #[test]
    fn a_stored_id_is_checked_again() {
        assert_eq!(serde_json::from_str::<ConsentId>("\"c1\"").unwrap().as_str(), "c1");
        assert!(serde_json::from_str::<ConsentId>("\"../c1\"").is_err());
    }

    #[test]
    fn reads_references_of_its_own_server_only() {
        for (text, expected) in [
            ("Patient/1", Some("Patient/1")),
            ("Patient/1/_history/3", Some("Patient/1")),
            ("https://ehr.example/r4/RelatedPerson/m", Some("RelatedPerson/m")),
            ("https://ehr.example/r4/Consent/c/_history/1", Some("Consent/c")),
            ("https://ehr.example/other/Patient/1", None),
            ("https://evil.example/r4/Patient/1", None),
            ("https://ehr.example/r4/Patient/1?x=y", None),
            ("http://ehr.example/r4/Patient/1", None),
            ("urn:uuid:1486332b-fe3b-483a-b9d4-d6d81cc5b72e", None),
            ("Patient/../Consent", None),
            ("patient/1", None),
            ("Patient", None),
            ("Patient/1/x", None),
            ("#contained", None),
            ("", None),
        ] {
            let read = LocalReference::parse(text, &base()).map(|r| r.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
