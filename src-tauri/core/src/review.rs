//! What the person sees before signing: the sentence, who gets the records, and the Consent itself.
//! An [`Approval`] is bound to what was shown: signing with another one is refused.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    connection::{ConnectionId, KindCount, way::Way},
    kind::Kind,
    person::{ChartsAnswer, ChartsView},
    statement::Statement,
};

/// The target's ID card: what its verified JWT says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IdCardView {
    /// The name it gives itself.
    pub name: String,
    /// Host of its address: the verified part.
    pub host: String,
    /// The `iss` of its JWT, the `app-id` in the source's list.
    pub issuer: String,
    /// The last 4 characters of its key's thumbprint (RFC 7638).
    pub key_end: String,
    /// Until when the card is good.
    #[ts(type = "string")]
    pub good_until: Timestamp,
    /// As whom, in which role and for what it asks: its own words.
    pub credentials: CredentialsView,
    /// Whether somebody whom the person trusts confirms it.
    pub certificate: CertificateView,
    /// What the source's verification service says of it.
    pub service: ServiceView,
    /// What stands behind it.
    pub shows: CardShows,
}

/// What stands behind an ID card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum CardShows {
    /// The hospital signed it.
    Signed,
    /// A key that the hospital publishes; it signed nothing.
    Key,
    /// Its address alone: this way of sharing asks for no proof.
    Address,
}

/// As whom the target asks, in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CredentialsView {
    /// Its organisation.
    pub organization: Option<String>,
    /// An id of the organisation, often an address.
    pub organization_id: Option<String>,
    /// The role in which it asks.
    pub role: Option<String>,
    /// What it asks for, as codes: `TREAT` is treatment.
    pub purposes: Vec<String>,
}

/// What the certificates on the card say (`x5c`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum CertificateView {
    /// There are none.
    None,
    /// There are some, and no hospital list of the person has an anchor to check them with.
    Unchecked,
    /// They lead to an anchor of the person's hospital lists.
    Confirmed {
        /// Name of the anchor.
        by: String,
        /// The organisation that the certificate is of.
        organization: Option<String>,
    },
    /// They lead to somebody whom no hospital list of the person names.
    UnknownIssuer,
}

/// What the source's verification service says of the target (CAVS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServiceView {
    /// In one word.
    pub state: ServiceState,
    /// Host of the service.
    pub host: Option<String>,
    /// Its own words.
    pub message: Option<String>,
    /// What others say, as the service quotes them.
    pub endorsements: Vec<EndorsementView>,
}

/// The word of a verification service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceState {
    /// The source names none.
    #[default]
    NotOffered,
    /// Approved.
    Approved,
    /// Approved, and somebody warns.
    Warned,
    /// It does not know the target.
    Unknown,
    /// It knows the target, and says that it must not be used.
    Unsuitable,
    /// It says that the card is false.
    Invalid,
    /// It says something that is not a yes.
    NotApproved,
    /// It gave no answer.
    Unreachable,
}

impl ServiceState {
    /// Whether the person should say once more that they want it.
    #[must_use]
    pub const fn is_doubt(self) -> bool {
        !matches!(self, Self::NotOffered | Self::Approved)
    }
}

/// What somebody says of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EndorsementView {
    /// For, against, or neither.
    pub kind: EndorsementKind,
    /// In words.
    pub comment: Option<String>,
    /// Who says it.
    pub by: Option<String>,
    /// Host of the page where there is more.
    pub host: Option<String>,
}

/// The nature of an endorsement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EndorsementKind {
    /// Speaks for it.
    Approval,
    /// Speaks against it.
    Warning,
    /// Neither.
    UsageNote,
}

/// A reason to ask the person once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// The verification service did not plainly say yes.
    Service,
    /// Nobody whom the person trusts confirms the certificates.
    Certificate,
}

impl IdCardView {
    /// Why the person should say once more that they want this one.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let service = self.service.state.is_doubt().then_some(Doubt::Service);
        let certificate = (self.certificate == CertificateView::UnknownIssuer).then_some(Doubt::Certificate);
        service.into_iter().chain(certificate).collect()
    }
}

/// Everything on the screen "Check and sign".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReviewView {
    /// Names this review; signing refers to it.
    pub approval: ConnectionId,
    /// The sentence to sign.
    pub statement: Statement,
    /// Whose records.
    pub patient: String,
    /// The name to type.
    pub signer: String,
    /// Ticked kinds with the number of records that the source counts now; `count` is missing when it does not count.
    pub counts: Vec<KindCount>,
    /// All ticked kinds.
    pub kinds: Vec<Kind>,
    /// Kinds that are not shared.
    pub not_shared: Vec<Kind>,
    /// The last day.
    #[ts(type = "string")]
    pub last_day: Date,
    /// How it will be set up and ended.
    pub way: Way,
    /// Who gets it.
    pub id_card: IdCardView,
    /// Why a second yes is needed; empty when it is not.
    pub doubts: Vec<Doubt>,
    /// The Consent that will be posted, as JSON text for staff.
    pub consent: String,
    /// Both charts.
    pub charts: ChartsView,
}

/// The person's yes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Which review.
    pub approval: ConnectionId,
    /// The name, as typed.
    pub typed_name: String,
    /// What the person said of the two charts.
    pub charts: ChartsAnswer,
    /// Whether the person wants it in spite of the doubts that were shown.
    pub anyway: bool,
}
