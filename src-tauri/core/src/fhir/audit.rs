//! Who looked: the source's own log of one Consent, <https://hl7.org/fhir/R4/auditevent.html>.
//!
//! Law: "turned away" is a proof, so only a failure that the server wrote down counts as one.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    ConsentId, FhirClient, FhirError, SourcePatientId,
    json::{each, text},
    time::{Edge, moment},
};
use crate::text::quoted;

/// One line of the source's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// Who: the `app-id` by which the source also lists its authorizations. Empty when the server does not say.
    pub app: String,
    /// Whether it was allowed. A line that does not say how it ended counts as allowed.
    pub allowed: bool,
    /// The server's words about it, cleaned.
    pub detail: Option<String>,
}

/// The newest 50 lines about one Consent, newest first.
///
/// # Errors
/// When the log cannot be read.
pub async fn looks(
    client: &FhirClient<'_>,
    patient: &SourcePatientId,
    consent: &ConsentId,
) -> Result<Vec<Look>, FhirError> {
    let reference = format!("Consent/{consent}");
    let params =
        [("patient", patient.as_str()), ("entity", &reference), ("_sort", "-date"), ("_count", "50")];
    let found = client.newest("AuditEvent", &params).await?;
    // Servers are known to leave out criteria that they do not know.
    let mut looks: Vec<Look> =
        found.iter().filter(|event| is_about(event, &reference)).filter_map(look).collect();
    looks.sort_by_key(|look| std::cmp::Reverse(look.at));
    Ok(looks)
}

fn is_about(event: &Value, reference: &str) -> bool {
    each(event, "entity")
        .filter_map(|entity| entity.get("what").and_then(|what| text(what, "reference")))
        .map(|named| named.split("/_history/").next().unwrap_or_default())
        .any(|named| named == reference || named.ends_with(&format!("/{reference}")))
}

fn look(event: &Value) -> Option<Look> {
    let at = moment(text(event, "recorded")?, Edge::Start)?;
    let mut agents: Vec<&Value> = each(event, "agent").collect();
    agents.sort_by_key(|agent| agent.get("requestor").and_then(Value::as_bool) != Some(true));
    let allowed = text(event, "outcome").is_none_or(|outcome| outcome == "0");
    let detail = text(event, "outcomeDesc").or_else(|| event.get("type").and_then(|t| text(t, "display")));
    Some(Look {
        at,
        app: agents.into_iter().find_map(app).unwrap_or_default(),
        allowed,
        detail: detail.map(|words| quoted(words, 300)).filter(|words| !words.is_empty()),
    })
}

fn app(agent: &Value) -> Option<String> {
    let identifier = agent.get("who").and_then(|who| who.get("identifier"));
    identifier.and_then(|id| text(id, "value")).or_else(|| text(agent, "altId")).map(str::to_owned)
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
