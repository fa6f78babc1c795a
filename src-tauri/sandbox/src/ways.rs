//! How one EHR speaks: the FHIR version, the dialect of the track, and what else real servers do differently.
//! Fixed when it starts; the default is what practice uses.

use std::{collections::BTreeMap, fmt, net::SocketAddr, str::FromStr, time::Duration};

use crate::client::Clients;
pub use crate::trust::{Certificate, Credentials};

/// What a caller can choose for one EHR.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    /// The FHIR version of everything it says and takes.
    pub fhir: FhirVersion,
    /// How it lets the other EHR fetch.
    pub dialect: Dialect,
    /// What `$authorize` of the track page takes the other EHR by.
    pub proof: Proof,
    /// As a target it has keys and no `$jwt`.
    pub keys_only: bool,
    /// `$authorizations` writes each `app-id` with a slash at its end, and `$revokeAuthorization` takes no other spelling.
    pub app_id_slash: bool,
    /// Consents can be read and not written.
    pub no_consents: bool,
    /// What revoking one of its own tokens (RFC 7009) does.
    pub revocation: Revocation,
    /// The verification service that it runs, and asks before it lets another EHR fetch. Without, it asks nobody.
    pub cavs: Option<Cavs>,
    /// How it says, in its introduction, who it is and why it asks.
    pub credentials: Credentials,
    /// The certificate with which it introduces itself.
    pub certificate: Certificate,
    /// Whether its CapabilityStatement describes a product and not this hospital (`kind` software).
    pub describes_a_product: bool,
    /// Whether and how it mails records (Direct). `None`: it does not offer it.
    pub direct: Option<Direct>,
    /// Whether a UMA authorization server guards the records, and how their owner decides there.
    pub uma: Uma,
    /// Whether people can connect it to the other EHR on its own page (pattern 1 of the track).
    pub connects_itself: bool,
    /// Where it tells apps to sign in.
    pub discovery: Discovery,
    /// Which SMART scopes it takes.
    pub scopes: ScopeSyntax,
    /// Which apps it knows and lets in.
    pub clients: Clients,
    /// Who knows whether an access token is good.
    pub introspection: Introspection,
    /// How clients without a person are let in.
    pub backend: Backend,
    /// Whether it does not prove who signed in (OpenID Connect): then `openid` and `fhirUser` are not offered.
    pub without_id_tokens: bool,
}

impl Ways {
    /// Whether a Consent cannot be created or updated as a resource.
    pub(crate) fn files_only(&self) -> bool {
        self.no_consents || self.dialect == Dialect::Fast
    }
}

/// A client application verification service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cavs {
    /// How its answers are laid out.
    pub layout: CavsLayout,
    /// How often this EHR asks again about everybody who may fetch. It asks before each token, too.
    pub every: Duration,
}

impl Default for Cavs {
    fn default() -> Self {
        Self { layout: CavsLayout::default(), every: Duration::from_secs(60) }
    }
}

/// Where `type` and `comment` of an endorsement are: both are out there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CavsLayout {
    /// Inside of `endorser`, as the server of 2017 wrote them.
    #[default]
    Inside,
    /// Beside `endorser`, where its client looked for them.
    Beside,
}

/// What `$authorize` takes the other EHR by. The track page never settled it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Proof {
    /// Its JWT, as text or as base64.
    #[default]
    Jwt,
    /// Its JWT as `valueString` alone.
    Text,
    /// Its JWT as `valueBase64Binary` alone.
    Binary,
    /// Its JWT, or its key as PEM in `publicKey`.
    JwtOrKey,
    /// Its key as PEM in `publicKey` alone.
    Key,
}

/// What revoking a token does (RFC 7009).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Revocation {
    /// The token, and for a refresh token the whole sign-in, ends at once.
    #[default]
    Ends,
    /// The answer is 200 and the token goes on working.
    Ignored,
    /// There is no such endpoint.
    Missing,
}

/// How an EHR mails records, and takes in those mailed to it. Its own address is `records@direct.SLUG.example`.
///
/// Real systems find a recipient's mail server and certificate in the DNS or in LDAP. Here both are given, so that
/// nothing ever leaves this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Direct {
    /// Where its letters are handed over.
    pub server: MailServer,
    /// Certificates of recipients (PEM) by address or by domain. That of the other practice EHR is known without.
    pub certificates: BTreeMap<String, String>,
    /// Which form of address `$pushStart` takes.
    pub form: AddressForm,
}

/// The mail server that an EHR hands its letters to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MailServer {
    /// That of the other practice EHR, which takes letters to itself only.
    #[default]
    Peer,
    /// Another one on this machine. Any other address is refused at the start.
    At(SocketAddr),
}

/// Forms of a Direct address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AddressForm {
    /// With or without `mailto:`.
    #[default]
    Either,
    /// `mailto:a@b.example`, a URI.
    MailtoOnly,
    /// `a@b.example`, as people write it.
    BareOnly,
}

/// A FHIR release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FhirVersion {
    /// 3.0.2
    Stu3,
    /// 4.0.1
    #[default]
    R4,
    /// 4.3.0
    R4b,
    /// 5.0.0
    R5,
}

impl FhirVersion {
    /// All of them, oldest first.
    pub const ALL: [Self; 4] = [Self::Stu3, Self::R4, Self::R4b, Self::R5];

    /// As `CapabilityStatement.fhirVersion` has it.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::Stu3 => "3.0.2",
            Self::R4 => "4.0.1",
            Self::R4b => "4.3.0",
            Self::R5 => "5.0.0",
        }
    }

    /// The value of the media type parameter `fhirVersion`: <https://hl7.org/fhir/R5/http.html#version-parameter>.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Stu3 => "3.0",
            Self::R4 => "4.0",
            Self::R4b => "4.3",
            Self::R5 => "5.0",
        }
    }

    /// The release that a `CapabilityStatement.fhirVersion` belongs to; none for one that is not spoken here.
    pub(crate) fn of_number(number: &str) -> Option<Self> {
        let mut parts = number.split('.');
        let (major, minor) = (parts.next()?, parts.next()?);
        Self::ALL.into_iter().find(|version| version.parameter().split('.').eq([major, minor]))
    }
}

impl fmt::Display for FhirVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stu3 => "STU3",
            Self::R4 => "R4",
            Self::R4b => "R4B",
            Self::R5 => "R5",
        })
    }
}

/// A name that is no FHIR release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a FHIR release is stu3, r4, r4b or r5")]
pub struct UnknownVersion;

impl FromStr for FhirVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|version| version.to_string().eq_ignore_ascii_case(text))
            .ok_or(UnknownVersion)
    }
}

/// A dialect of Consumer Centered Data Exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The track page's own.
    #[default]
    Track,
    /// That of the server which ran the track in 2017, with its quirks.
    Reference,
    /// `$fileConsent` and `$revokeConsent` of HL7's FAST Scalable Consent Management.
    Fast,
    /// None of it: every server of today.
    None,
}

/// How the owner of records decides at the UMA 2.0 authorization server (pattern 3 of the track).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Uma {
    /// There is none.
    #[default]
    Off,
    /// Through an API shaped like Keycloak's, and on a page.
    Api,
    /// On the page behind `user_access_policy_uri` only: all that the standard knows.
    Page,
}

/// In which documents an EHR names its OAuth endpoints. The document of the OpenID issuer itself, below the host, is
/// there unless [`Ways::without_id_tokens`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Discovery {
    /// In all of them.
    #[default]
    Everywhere,
    /// `.well-known/smart-configuration`.
    SmartConfiguration,
    /// `oauth-uris` in the CapabilityStatement.
    CapabilityStatement,
    /// The same under the extension's address of DSTU2 times.
    CapabilityStatementDstu2,
    /// `.well-known/openid-configuration` below the FHIR base and below the host.
    OpenId,
    /// In all of them, relative to the FHIR base.
    Relative,
    /// `smart-configuration` with nothing but the two endpoints and the capabilities, as older servers have it.
    Sparse,
}

impl Discovery {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Everywhere,
        Self::SmartConfiguration,
        Self::CapabilityStatement,
        Self::CapabilityStatementDstu2,
        Self::OpenId,
        Self::Relative,
        Self::Sparse,
    ];
}

/// The syntax of SMART scopes that an EHR takes. A request in another one is answered with `invalid_scope`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ScopeSyntax {
    /// v1, v2 and v2 with a query.
    #[default]
    All,
    /// `patient/Observation.read` only.
    V1,
    /// `patient/Observation.rs` only, without a query.
    V2,
    /// `patient/Observation.rs`, also with a query (`?category=…`).
    V2Granular,
}

impl ScopeSyntax {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::All, Self::V1, Self::V2, Self::V2Granular];

    pub(crate) const fn takes_v1(self) -> bool {
        matches!(self, Self::All | Self::V1)
    }

    pub(crate) const fn takes_v2(self) -> bool {
        !matches!(self, Self::V1)
    }

    pub(crate) const fn takes_granular(self) -> bool {
        matches!(self, Self::All | Self::V2Granular)
    }
}

/// How backend clients are let in, and what they are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Backend {
    /// As SMART Backend Services says.
    #[default]
    Smart,
    /// As Aidbox does: RS256 too, access tokens that are JWTs, `refresh_token: null` and `need_patient_banner` in the
    /// answer, a token endpoint at `/auth/token`, and clients that an administrator puts there.
    Aidbox,
}

/// Who knows whether an access token is good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Introspection {
    /// The EHR itself.
    #[default]
    Own,
    /// A central server, which the EHR asks about every token (RFC 7662).
    Central {
        /// How long its answers may be used again, whole seconds; zero: not at all.
        keep: Duration,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_known_by_name_and_by_number() {
        for version in FhirVersion::ALL {
            assert_eq!(version.to_string().to_lowercase().parse(), Ok(version));
            assert_eq!(FhirVersion::of_number(version.number()), Some(version));
        }
        assert_eq!(FhirVersion::of_number("3.0.1"), Some(FhirVersion::Stu3));
        for number in ["1.0.2", "4", "", "40.1"] {
            assert_eq!(FhirVersion::of_number(number), None, "{number}");
        }
        assert_eq!("dstu2".parse::<FhirVersion>(), Err(UnknownVersion));
    }
}
