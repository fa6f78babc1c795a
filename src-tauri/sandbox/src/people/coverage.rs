//! Who pays.

use jiff::civil::Date;
use serde_json::json;

use super::chart::Chart;
use super::codes::{ACT, concept, hl7};
use super::staff::Payer;

impl Chart {
    pub(super) fn covered(&mut self, payer: Payer, kind: (&str, &str), member: &str, since: Date) {
        let body = json!({
            "identifier": [{"system": "https://plans.example/member", "value": member}],
            "status": "active",
            "type": concept(ACT, kind.0, kind.1),
            "subscriberId": member,
            "beneficiary": self.subject(),
            "relationship": hl7("subscriber-relationship", "self", "Self"),
            "period": {"start": since},
            "payor": [self.staff.payer(payer)],
            "class": [{"type": hl7("coverage-class", "plan", "Plan"), "value": payer.name()}],
        });
        self.add("Coverage", since, body);
    }
}
