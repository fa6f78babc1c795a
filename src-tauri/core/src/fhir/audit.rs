//! Who looked: the source's own log of one Consent, in the AuditEvent of each release:
//! <https://hl7.org/fhir/STU3/auditevent.html>, <https://hl7.org/fhir/R4/auditevent.html> (R4B kept it),
//! <https://hl7.org/fhir/R5/auditevent.html>. Read by what is there, not by what the server says it speaks.
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

/// R4 and R5 name it in `entity.what`, STU3 in `entity.reference`.
fn is_about(event: &Value, reference: &str) -> bool {
    each(event, "entity")
        .flat_map(|entity| [entity.get("what"), entity.get("reference")])
        .filter_map(|named| text(named?, "reference"))
        .map(|named| named.split("/_history/").next().unwrap_or_default())
        .any(|named| named == reference || named.ends_with(&format!("/{reference}")))
}

fn look(event: &Value) -> Option<Look> {
    let at = moment(text(event, "recorded")?, Edge::Start)?;
    let mut agents: Vec<&Value> = each(event, "agent").collect();
    agents.sort_by_key(|agent| agent.get("requestor").and_then(Value::as_bool) != Some(true));
    Some(Look {
        at,
        app: agents.into_iter().find_map(app).unwrap_or_default(),
        allowed: allowed(event),
        detail: detail(event).map(|words| quoted(words, 300)).filter(|words| !words.is_empty()),
    })
}

/// STU3 and R4 write a code, of which 0 is success; R5 a Coding, of those codes or of the severities of an issue.
fn allowed(event: &Value) -> bool {
    let coding = event.get("outcome").and_then(|outcome| outcome.get("code"));
    let code = text(event, "outcome").or_else(|| coding.and_then(|coding| text(coding, "code")));
    code.is_none_or(|code| matches!(code, "0" | "success" | "information" | "warning"))
}

/// The server's words: the outcome's, else what kind of event it is.
fn detail(event: &Value) -> Option<&str> {
    text(event, "outcomeDesc")
        .or_else(|| event.get("outcome").and_then(|outcome| each(outcome, "detail").find_map(concept)))
        .or_else(|| event.get("type").and_then(|kind| text(kind, "display")))
        .or_else(|| event.get("code").and_then(concept))
}

fn concept(concept: &Value) -> Option<&str> {
    text(concept, "text").or_else(|| each(concept, "coding").find_map(|coding| text(coding, "display")))
}

/// R4 and R5 name the agent in `who`; STU3 in `userId` and `reference`.
fn app(agent: &Value) -> Option<String> {
    let named = |holder: &str| agent.get(holder).and_then(|who| who.get("identifier"));
    named("who")
        .or_else(|| agent.get("userId"))
        .or_else(|| named("reference"))
        .and_then(|id| text(id, "value"))
        .or_else(|| text(agent, "altId"))
        .map(str::to_owned)
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
