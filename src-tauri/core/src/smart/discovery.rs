//! What an EHR says of itself: where to sign in, and what it can do (SMART App Launch 2.2 "Conformance",
//! RFC 8414, OpenID Connect Discovery, FHIR `/metadata`).
//!
//! Laws: nothing is guessed from a host name; a server whose documents contradict each other is refused
//! (RFC 9700 §4.4); sign-in protection is never weaker than PKCE S256 on our side.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::{
    capability::Capability,
    client::{ClientKind, ClientsOffered},
    operations::{self, Operations},
    syntax::ScopeSyntax,
};
use crate::{
    dialect::Dialect,
    ehr::{Ability, Describes, FhirBase},
    http::{Http, HttpError, Request},
    version::FhirVersion,
};

/// Longest smart-configuration and longest CapabilityStatement: servers list every search parameter there.
const CONFIGURATION: usize = 256 * 1024;
const METADATA: usize = 4 * 1024 * 1024;

/// What the EHR says about PKCE with S256 (RFC 7636). It is sent in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum S256 {
    /// It announces it.
    Announced,
    /// It says nothing: an older server.
    NotSaid,
}

/// Where an EHR signs people in. Used as found, for one attempt or one session; never read again in between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// The issuer that id_tokens and callbacks must name, exactly.
    pub issuer: Option<String>,
    /// The page for the browser.
    pub authorize: Url,
    /// Where codes and refresh tokens go.
    pub token: Url,
    /// RFC 7009.
    pub revoke: Option<Url>,
    /// Keys of id_tokens.
    pub jwks: Option<Url>,
    /// The page on which the person sees and ends what apps may do (SMART `management_endpoint`).
    #[serde(default)]
    pub manage: Option<Url>,
    /// The callback will name the issuer (RFC 9207).
    pub iss_promised: bool,
    /// PKCE.
    pub s256: S256,
    /// It promises to prove who signed in (OpenID Connect): then an id_token must come. Without, a good one is still taken.
    #[serde(default = "promised")]
    pub says_who: bool,
}

/// Before this was told apart, no other server could be signed in to.
const fn promised() -> bool {
    true
}

impl Endpoints {
    /// Whether two EHRs share the sign-in page but not the place for codes: one of them could then collect
    /// the codes of the other (RFC 9700 §4.4).
    #[must_use]
    pub fn mixes_up_with(&self, other: &Self) -> bool {
        self.authorize == other.authorize && self.token != other.token
    }
}

/// What was found at a FHIR base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// The name it gives itself, cleaned; else its host.
    pub name: String,
    /// The release of FHIR that it speaks.
    #[serde(default = "r4")]
    pub fhir: FhirVersion,
    /// How it lets other hospitals fetch; `None` when it knows no such thing.
    #[serde(default = "track")]
    pub dialect: Option<Dialect>,
    /// How its operations take and give.
    #[serde(default)]
    pub operations: Operations,
    /// Where to sign in.
    pub endpoints: Endpoints,
    /// What it offers, in the order of [`Ability::ALL`].
    pub abilities: Vec<Ability>,
    /// Scopes that it lists; the list need not be complete.
    pub scopes_supported: Vec<String>,
    /// Where its verification service is (`cavs_endpoint`). No specification names the place.
    #[serde(default)]
    pub cavs: Option<Url>,
    /// Where its brands are listed (SMART App Launch 2.2, `user_access_brand_bundle`).
    #[serde(default)]
    pub brands: Option<Url>,
    /// What its CapabilityStatement describes.
    #[serde(default)]
    pub describes: Describes,
    /// How to spell scopes for it.
    #[serde(default)]
    pub scopes: ScopeSyntax,
    /// What it says about apps.
    #[serde(default)]
    pub clients: ClientsOffered,
}

/// What was kept before versions and dialects were told apart was this.
const fn r4() -> FhirVersion {
    FhirVersion::R4
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the field")]
const fn track() -> Option<Dialect> {
    Some(Dialect::Track)
}

/// Why a FHIR base cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// It could not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It answers that it has trouble (5xx).
    #[error("the server has trouble")]
    Trouble,
    /// Nothing there speaks FHIR with SMART sign-in.
    #[error("no FHIR server with SMART sign-in")]
    NotAnEhr,
    /// Its settings contradict each other.
    #[error("settings contradict each other")]
    Contradicts,
    /// It excludes PKCE with S256.
    #[error("sign-in protection too weak")]
    Weak,
    /// What it can do is told only to those who are signed in (401, 403).
    #[error("its description is not public")]
    NotPublic,
    /// It speaks another version of FHIR.
    #[error("another FHIR version")]
    OtherVersion {
        /// The version that it names, cleaned.
        found: String,
    },
}

/// Asks an EHR what it is. Two reads at once, then the issuer's own document.
///
/// # Errors
/// See [`DiscoveryError`].
pub async fn discover(http: &Http, base: &FhirBase) -> Result<Features, DiscoveryError> {
    let (configuration, metadata) = tokio::join!(
        read(http, base.join(".well-known/smart-configuration"), "smart-configuration"),
        read_metadata(http, base)
    );
    let capability = metadata?;
    let found = capability.fhir_version().ok_or(DiscoveryError::NotAnEhr)?;
    let fhir = FhirVersion::of(found)
        .ok_or_else(|| DiscoveryError::OtherVersion { found: crate::text::quoted(found, 20) })?;
    let smart = Configuration(configuration?.unwrap_or_default());
    let openid = read_openid(http, base, smart.text("issuer")).await?;
    let endpoints = endpoints(http, base, &smart, &openid, &capability)?;
    let supported = smart.texts("scopes_supported").unwrap_or_default();
    Ok(Features {
        name: capability.name().unwrap_or_else(|| base.host()),
        fhir,
        dialect: operations::dialect(&capability),
        cavs: optional(http, base, smart.text("cavs_endpoint")),
        brands: optional(http, base, smart.text("user_access_brand_bundle")),
        describes: capability.describes(),
        operations: Operations::read(http, base, &capability).await,
        abilities: abilities(&smart, &endpoints, &capability),
        scopes: ScopeSyntax::chosen(&smart.texts("capabilities").unwrap_or_default(), &supported, fhir),
        scopes_supported: supported,
        clients: clients(http, base, &smart, &openid, &capability),
        endpoints,
    })
}

/// A document of settings; members of another type count as missing.
#[derive(Default)]
struct Configuration(Map<String, Value>);

impl Configuration {
    fn text(&self, member: &str) -> Option<&str> {
        self.0.get(member)?.as_str().filter(|text| !text.is_empty())
    }

    fn texts(&self, member: &str) -> Option<Vec<String>> {
        let list = self.0.get(member)?.as_array()?;
        Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    fn yes(&self, member: &str) -> bool {
        self.0.get(member).and_then(Value::as_bool).unwrap_or(false)
    }

    fn lists(&self, member: &str, item: &str) -> bool {
        self.texts(member).is_some_and(|list| list.iter().any(|own| own == item))
    }
}

/// A JSON object, or `None` when the server does not have it. Trouble on the way is not "does not have it":
/// that would let somebody on the network push us to the older way of signing in.
async fn read(
    http: &Http,
    url: Url,
    name: &'static str,
) -> Result<Option<Map<String, Value>>, DiscoveryError> {
    let request = Request::get(url).named(name).limit(CONFIGURATION).follow_same_origin(true);
    let answer = match http.send(request).await {
        Ok(answer) => answer,
        Err(HttpError::Redirected) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match answer.status {
        200 => Ok(answer.json::<Map<String, Value>>().ok()),
        500..=599 => Err(DiscoveryError::Trouble),
        _ => Ok(None),
    }
}

async fn read_metadata(http: &Http, base: &FhirBase) -> Result<Capability, DiscoveryError> {
    let request = Request::get(base.join("metadata"))
        .named("metadata")
        .accept("application/fhir+json")
        .limit(METADATA)
        .follow_same_origin(true);
    let answer = http.send(request).await?;
    match answer.status {
        200 => answer.json().ok().and_then(Capability::of).ok_or(DiscoveryError::NotAnEhr),
        401 | 403 => Err(DiscoveryError::NotPublic),
        500..=599 => Err(DiscoveryError::Trouble),
        _ => Err(DiscoveryError::NotAnEhr),
    }
}

/// The OpenID configuration: at the issuer when one is named, else at the base and at the host's root.
async fn read_openid(
    http: &Http,
    base: &FhirBase,
    issuer: Option<&str>,
) -> Result<Configuration, DiscoveryError> {
    let places = match issuer {
        Some(issuer) => Url::parse(issuer)
            .ok()
            .into_iter()
            .map(|url| FhirBase::new(url).join(".well-known/openid-configuration"))
            .collect(),
        None => {
            let root = base.url().join("/.well-known/openid-configuration").ok();
            std::iter::once(base.join(".well-known/openid-configuration")).chain(root).collect::<Vec<_>>()
        }
    };
    for place in places {
        // Optional: without it the other documents must be enough.
        let Ok(Some(document)) = read(http, place, "openid-configuration").await else { continue };
        let document = Configuration(document);
        match (issuer, document.text("issuer")) {
            (Some(named), Some(own)) if named != own => return Err(DiscoveryError::Contradicts),
            (_, None) => {}
            _ => return Ok(document),
        }
    }
    Ok(Configuration::default())
}

fn endpoints(
    http: &Http,
    base: &FhirBase,
    smart: &Configuration,
    openid: &Configuration,
    capability: &Capability,
) -> Result<Endpoints, DiscoveryError> {
    let url = |text: Option<&str>| -> Result<Option<Url>, DiscoveryError> {
        let Some(text) = text else { return Ok(None) };
        let url = below(base, text).ok_or(DiscoveryError::Contradicts)?;
        http.allowed(&url)?;
        Ok(Some(url))
    };
    let pair = |document: &Configuration| {
        let (page, codes) = (document.text("authorization_endpoint"), document.text("token_endpoint"));
        Ok::<_, DiscoveryError>((url(page)?, url(codes)?))
    };
    let old = (url(capability.oauth_uri("authorize"))?, url(capability.oauth_uri("token"))?);
    let its_own = pair(openid)?;
    let complete: Vec<(Url, Url)> = [pair(smart)?, old, its_own.clone()]
        .into_iter()
        .filter_map(|(page, codes)| page.zip(codes))
        .collect();
    let (authorize, token) = complete.first().cloned().ok_or(DiscoveryError::NotAnEhr)?;
    if complete.iter().any(|(a, t)| *a == authorize && *t != token) || carries_parameters(&authorize) {
        return Err(DiscoveryError::Contradicts);
    }
    // A document found below the host may be about something else that lives there.
    let related = smart.text("issuer").is_some()
        || its_own.0.zip(its_own.1).is_none_or(|own| own == (authorize.clone(), token.clone()));
    let nobody = Configuration::default();
    let openid = if related { openid } else { &nobody };
    let revoke = match url(smart.text("revocation_endpoint").or_else(|| openid.text("revocation_endpoint")))?
    {
        None => url(capability.oauth_uri("revoke"))?,
        found => found,
    };
    let issuer = smart.text("issuer").or_else(|| openid.text("issuer")).map(str::to_owned);
    // The issuer's own document knows its keys best.
    let jwks = url(openid.text("jwks_uri").or_else(|| smart.text("jwks_uri")))?;
    let capabilities = smart.texts("capabilities").unwrap_or_default();
    let connects = capabilities.is_empty()
        || capabilities.iter().any(|own| own.starts_with("sso-openid-connect"))
        || !openid.0.is_empty();
    Ok(Endpoints {
        says_who: issuer.is_some() && jwks.is_some() && connects,
        issuer,
        jwks,
        // A page to look at: one that is no good is none.
        manage: optional(
            http,
            base,
            smart.text("management_endpoint").or_else(|| capability.oauth_uri("manage")),
        ),
        iss_promised: [smart, openid].iter().any(|d| d.yes("authorization_response_iss_parameter_supported")),
        s256: protection(smart, openid)?,
        authorize,
        token,
        revoke,
    })
}

/// An address in a document, which may be relative to the FHIR base.
fn below(base: &FhirBase, text: &str) -> Option<Url> {
    Url::parse(&format!("{}/", base.as_str())).ok()?.join(text).ok()
}

/// An address that signing in does not need; some servers write `mailto:` there. One that may not be asked counts as missing.
fn optional(http: &Http, base: &FhirBase, text: Option<&str>) -> Option<Url> {
    below(base, text?).filter(|url| http.allowed(url).is_ok())
}

/// What the documents say about apps.
fn clients(
    http: &Http,
    base: &FhirBase,
    smart: &Configuration,
    openid: &Configuration,
    capability: &Capability,
) -> ClientsOffered {
    let either = |member: &str| smart.texts(member).or_else(|| openid.texts(member)).unwrap_or_default();
    let methods = either("token_endpoint_auth_methods_supported");
    let announced = [
        ("client-public", ClientKind::Public),
        ("client-confidential-symmetric", ClientKind::Secret),
        ("client-confidential-asymmetric", ClientKind::Key),
    ];
    let capable =
        announced.into_iter().filter(|(name, _)| smart.lists("capabilities", name)).map(|(_, kind)| kind);
    // The methods of the token endpoint are also those of clients that no person stands behind, so what SMART's
    // capabilities say about apps comes first.
    let mut kinds: Vec<ClientKind> = capable.collect();
    if kinds.is_empty() {
        kinds = methods.iter().filter_map(|one| ClientKind::of_method(one)).collect();
    }
    let register = ["registration_endpoint", "register_endpoint"]
        .into_iter()
        .flat_map(|member| [smart.text(member), openid.text(member)])
        .chain([capability.oauth_uri("register")])
        .find_map(|text| optional(http, base, text));
    ClientsOffered { register, kinds, algorithms: either("token_endpoint_auth_signing_alg_values_supported") }
}

/// An authorization endpoint may have a query of its own, but not with our parameters (RFC 6749 §3.1).
fn carries_parameters(authorize: &Url) -> bool {
    const OURS: [&str; 9] = [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "aud",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    ];
    authorize.query_pairs().any(|(name, _)| OURS.contains(&name.as_ref()))
}

fn protection(smart: &Configuration, openid: &Configuration) -> Result<S256, DiscoveryError> {
    let mut said = S256::NotSaid;
    for document in [smart, openid] {
        if let Some(methods) = document.texts("code_challenge_methods_supported") {
            if !methods.iter().any(|method| method == "S256") {
                return Err(DiscoveryError::Weak);
            }
            said = S256::Announced;
        }
    }
    Ok(said)
}

fn abilities(smart: &Configuration, endpoints: &Endpoints, capability: &Capability) -> Vec<Ability> {
    let capabilities = smart.texts("capabilities").unwrap_or_default();
    let launches = capabilities.is_empty() || smart.lists("capabilities", "launch-standalone");
    let offered = |ability: Ability| match ability {
        Ability::SignIn => launches,
        Ability::ProtectedSignIn => endpoints.s256 == S256::Announced,
        Ability::StaySignedIn => {
            smart.lists("capabilities", "permission-offline")
                || smart.lists("scopes_supported", "offline_access")
        }
        Ability::SaveChoices => {
            capability.interacts("Consent", "create") || capability.operates("fileConsent")
        }
        Ability::ShareAndStop => {
            capability.operates("authorize") && capability.operates("revokeAuthorization")
        }
        Ability::ListShares => capability.operates("authorizations"),
        // Without a JWT it can still be named by its key.
        Ability::GetRecords => {
            capability.operates("connect") && (capability.operates("jwt") || endpoints.jwks.is_some())
        }
        Ability::TellWhoLooked => capability.interacts("AuditEvent", "search-type"),
        Ability::EndSignIn => endpoints.revoke.is_some(),
    };
    Ability::ALL.into_iter().filter(|ability| offered(*ability)).collect()
}

#[cfg(test)]
#[path = "discovery_tests.rs"]
mod tests;
