//! Notes and letters, with their text inside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::chart::Chart;
use super::codes::{at, concept, loinc};
use super::visits::Visit;

/// LOINC codes of the kinds of note.
pub(super) const PROGRESS: (&str, &str) = ("11506-3", "Progress note");
pub(super) const CONSULT: (&str, &str) = ("11488-4", "Consult note");
pub(super) const DISCHARGE: (&str, &str) = ("18842-5", "Discharge summary");
pub(super) const OPERATION: (&str, &str) = ("11504-8", "Surgical operation note");
pub(super) const AUDIOLOGY: (&str, &str) = ("28615-3", "Audiology study");

const CATEGORY: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";

impl Chart {
    /// A signed note about a visit.
    pub(super) fn note(&mut self, visit: &Visit, kind: (&str, &str), text: &str) {
        let body = json!({
            "status": "current",
            "docStatus": "final",
            "type": loinc(kind.0, kind.1),
            "category": [concept(CATEGORY, "clinical-note", "Clinical Note")],
            "subject": self.subject(),
            "date": at(visit.day, 18, 0),
            "author": [self.staff.practitioner(visit.role)],
            "custodian": self.staff.organization(),
            "content": [{
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "data": STANDARD.encode(text),
                    "size": text.len(),
                    "title": kind.1,
                    "creation": at(visit.day, 18, 0),
                },
            }],
            "context": {"encounter": [visit.encounter()]},
        });
        self.add("DocumentReference", visit.day, body);
    }
}
