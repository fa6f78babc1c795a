//! What the person sees before signing: the sentence, who gets the records, and the Consent itself.
//! An [`Approval`] is bound to what was shown: signing with another one is refused.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    connection::{ConnectionId, KindCount},
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
    /// Who gets it.
    pub id_card: IdCardView,
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
}
