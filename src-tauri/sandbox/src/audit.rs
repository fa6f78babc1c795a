//! The patient's log at the source: one AuditEvent per token exchange, per round of reading and
//! per refusal of another EHR.
//!
//! <https://hl7.org/fhir/R4/auditevent.html>, stored in the release of this EHR. The app id is the agent's
//! identifier (in R4 `agent.who.identifier`), the Consent and the Patient are entities, so `AuditEvent?patient=…&entity=Consent/…` tells the whole story of one
//! Consent.

use serde_json::{Value, json};

use crate::{hospital::Hospital, store::Authorization, uma::Bought, versions};

/// What another EHR did, or was kept from doing.
#[derive(Debug, Clone)]
pub(crate) enum Deed<'a> {
    /// Bought an access token.
    Token,
    /// Made its first read with an access token; one per round.
    Round {
        /// Path of that read.
        path: &'a str,
    },
    /// Got a letter with records.
    Mailed {
        /// How many.
        records: usize,
    },
    /// Was refused, with the reason.
    Refused {
        /// For people.
        reason: &'a str,
    },
}

/// The other EHR, and whose records it is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actor<'a> {
    pub(crate) app: &'a str,
    pub(crate) name: &'a str,
    pub(crate) patient: &'a str,
    /// The Consent it acts under. None: a policy of the owner.
    pub(crate) consent: Option<&'a str>,
}

impl<'a> From<&'a Authorization> for Actor<'a> {
    fn from(authorization: &'a Authorization) -> Self {
        Self {
            app: &authorization.app,
            name: &authorization.app_name,
            patient: &authorization.patient,
            consent: Some(&authorization.consent),
        }
    }
}

impl<'a> Actor<'a> {
    /// Somebody with a requesting party token.
    pub(crate) fn party(site: &Hospital, bought: &'a Bought) -> Self {
        Self { app: &bought.client, name: site.peer_name(), patient: &bought.patient, consent: None }
    }
}

impl Deed<'_> {
    fn interaction(&self) -> &'static str {
        match self {
            Self::Round { .. } => "search-type",
            Self::Token | Self::Mailed { .. } | Self::Refused { .. } => "operation",
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Self::Round { .. } => "R",
            Self::Token | Self::Mailed { .. } | Self::Refused { .. } => "E",
        }
    }

    fn outcome(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "8",
            Self::Token | Self::Round { .. } | Self::Mailed { .. } => "0",
        }
    }

    fn words(&self, app: &str) -> String {
        match self {
            Self::Token => format!("{app} was given a key for a few minutes."),
            Self::Round { path } => format!("{app} began to read records, first {path}."),
            Self::Mailed { records } => format!("{app} was sent {records} records by mail."),
            Self::Refused { reason } => format!("{app} was refused: {reason}."),
        }
    }
}

/// Writes down what happened. A full disk must not give records away or hold them back, so a
/// failure is logged and the exchange goes on.
pub(crate) fn write(site: &Hospital, actor: &Actor<'_>, deed: &Deed<'_>) {
    let now = site.clock.now();
    let consent = actor.consent.map(|id| format!("Consent/{id}"));
    let entities: Vec<Value> = consent
        .into_iter()
        .chain([format!("Patient/{}", actor.patient)])
        .map(|reference| json!({ "what": { "reference": reference } }))
        .collect();
    let event = json!({
        "resourceType": "AuditEvent",
        "type": {
            "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
            "code": "rest",
            "display": "RESTful Operation"
        },
        "subtype": [{
            "system": "http://hl7.org/fhir/restful-interaction",
            "code": deed.interaction()
        }],
        "action": deed.action(),
        "recorded": now,
        "outcome": deed.outcome(),
        "outcomeDesc": deed.words(actor.name),
        "agent": [{
            "who": {
                "identifier": { "system": "urn:ietf:rfc:3986", "value": actor.app },
                "display": actor.name
            },
            "name": actor.name,
            "requestor": true
        }],
        "source": { "observer": { "display": site.names.full() } },
        "entity": entities
    });
    let event = versions::native(site.ways.fhir, event);
    let written = site.resources.create("AuditEvent", event, Some(actor.patient), now);
    if let Err(error) = written {
        tracing::error!(%error, "an audit event could not be written");
    }
    site.journal.changed();
}
