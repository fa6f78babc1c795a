//! The dialects of Consumer Centered Data Exchange. The track page and the one server that ran the track differ in
//! almost every operation, and FAST is a relative of both; a server speaks one of them, or none.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a server lets another one fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// The operations as the track page has them (HL7 connectathon, September 2017).
    Track,
    /// The operations as the server of that track had them.
    Reference,
    /// `$fileConsent` and `$revokeConsent` (HL7 FAST Scalable Consent Management).
    Fast,
}
