//! What was done: operations, examinations, therapy.

use serde_json::{Value, json};

use super::chart::Chart;
use super::codes::{at, snomed};
use super::visits::Visit;

impl Chart {
    /// A completed procedure at a visit, for a condition if one is given. Returns its reference.
    pub(super) fn done(&mut self, visit: &Visit, code: Value, reason: Option<&str>) -> String {
        self.done_at(visit, code, None, reason)
    }

    /// The same with a body site.
    pub(super) fn done_at(
        &mut self,
        visit: &Visit,
        code: Value,
        site: Option<(&str, &str)>,
        reason: Option<&str>,
    ) -> String {
        let body = json!({
            "status": "completed",
            "code": code,
            "subject": self.subject(),
            "encounter": visit.encounter(),
            "performedPeriod": {"start": at(visit.day, 14, 15), "end": at(visit.day, 15, 5)},
            "performer": [{"actor": self.staff.practitioner(visit.role)}],
            "bodySite": site.map(|(code, display)| vec![snomed(code, display)]),
            "reasonReference": reason.map(|reason| vec![json!({"reference": reason})]),
        });
        self.add("Procedure", visit.day, body)
    }
}
