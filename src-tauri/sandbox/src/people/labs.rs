//! Laboratory results, each with its unit, its reference range and what that makes of it, and the report that
//! gathers them.

use serde_json::{Value, json};

use super::chart::Chart;
use super::codes::{at, decimal, hl7, loinc, quantity};
use super::visits::Visit;

/// One laboratory test. Bounds are in steps of `places` decimals.
pub(super) struct Test {
    code: &'static str,
    display: &'static str,
    unit: &'static str,
    ucum: &'static str,
    places: u32,
    low: Option<i32>,
    high: Option<i32>,
}

const fn test(
    code: &'static str,
    display: &'static str,
    (unit, ucum): (&'static str, &'static str),
    places: u32,
    low: Option<i32>,
    high: Option<i32>,
) -> Test {
    Test { code, display, unit, ucum, places, low, high }
}

const MG_DL: (&str, &str) = ("mg/dL", "mg/dL");
const G_DL: (&str, &str) = ("g/dL", "g/dL");
const MMOL_L: (&str, &str) = ("mmol/L", "mmol/L");
const PERCENT: (&str, &str) = ("%", "%");
const THOUSAND: (&str, &str) = ("10*3/uL", "10*3/uL");

pub(super) const HBA1C: Test =
    test("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", PERCENT, 1, Some(40), Some(56));
pub(super) const CHOLESTEROL: Test =
    test("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", MG_DL, 0, None, Some(199));
pub(super) const TRIGLYCERIDE: Test =
    test("2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", MG_DL, 0, None, Some(149));
pub(super) const HDL: Test =
    test("2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma", MG_DL, 0, Some(40), None);
pub(super) const LDL: Test = test(
    "13457-7",
    "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation",
    MG_DL,
    0,
    None,
    Some(99),
);
pub(super) const GLUCOSE: Test =
    test("2345-7", "Glucose [Mass/volume] in Serum or Plasma", MG_DL, 0, Some(70), Some(99));
pub(super) const SODIUM: Test =
    test("2951-2", "Sodium [Moles/volume] in Serum or Plasma", MMOL_L, 0, Some(136), Some(145));
pub(super) const POTASSIUM: Test =
    test("2823-3", "Potassium [Moles/volume] in Serum or Plasma", MMOL_L, 1, Some(35), Some(51));
pub(super) const UREA: Test =
    test("3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", MG_DL, 0, Some(7), Some(20));
pub(super) const CREATININE: Test =
    test("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", MG_DL, 2, Some(60), Some(130));
pub(super) const CALCIUM: Test =
    test("17861-6", "Calcium [Mass/volume] in Serum or Plasma", MG_DL, 1, Some(86), Some(103));
pub(super) const ALT: Test = test(
    "1742-6",
    "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma",
    ("U/L", "U/L"),
    0,
    Some(7),
    Some(55),
);
pub(super) const ALBUMIN_RATIO: Test =
    test("9318-7", "Albumin/Creatinine [Mass Ratio] in Urine", ("mg/g", "mg/g"), 0, None, Some(29));
pub(super) const WHITE_CELLS: Test =
    test("6690-2", "Leukocytes [#/volume] in Blood by Automated count", THOUSAND, 1, Some(45), Some(110));
pub(super) const HEMOGLOBIN: Test =
    test("718-7", "Hemoglobin [Mass/volume] in Blood", G_DL, 1, Some(120), Some(175));
pub(super) const HEMATOCRIT: Test = test(
    "4544-3",
    "Hematocrit [Volume Fraction] of Blood by Automated count",
    PERCENT,
    1,
    Some(360),
    Some(500),
);
pub(super) const PLATELETS: Test =
    test("777-3", "Platelets [#/volume] in Blood by Automated count", THOUSAND, 0, Some(150), Some(450));
pub(super) const TSH: Test = test(
    "3016-3",
    "Thyrotropin [Units/volume] in Serum or Plasma",
    ("mIU/L", "m[IU]/L"),
    2,
    Some(40),
    Some(400),
);
pub(super) const URATE: Test =
    test("3084-1", "Urate [Mass/volume] in Serum or Plasma", MG_DL, 1, Some(35), Some(72));
pub(super) const FERRITIN: Test =
    test("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", ("ng/mL", "ng/mL"), 0, Some(15), Some(150));
pub(super) const PSA: Test = test(
    "2857-1",
    "Prostate specific Ag [Mass/volume] in Serum or Plasma",
    ("ng/mL", "ng/mL"),
    1,
    None,
    Some(40),
);
pub(super) const GLUCOSE_CHALLENGE: Test = test(
    "1504-0",
    "Glucose [Mass/volume] in Serum or Plasma --1 hour post 50 g glucose PO",
    MG_DL,
    0,
    None,
    Some(139),
);
pub(super) const LEAD: Test =
    test("5671-3", "Lead [Mass/volume] in Blood", ("ug/dL", "ug/dL"), 1, None, Some(34));

/// A named group of tests.
pub(super) struct Panel {
    code: &'static str,
    display: &'static str,
}

pub(super) const LIPIDS: Panel = Panel { code: "24331-1", display: "Lipid 1996 panel - Serum or Plasma" };
pub(super) const CHEMISTRY: Panel =
    Panel { code: "24323-8", display: "Comprehensive metabolic 2000 panel - Serum or Plasma" };
pub(super) const BLOOD_COUNT: Panel =
    Panel { code: "58410-2", display: "CBC panel - Blood by Automated count" };

impl Chart {
    /// One result. Returns its reference.
    pub(super) fn lab(&mut self, visit: &Visit, test: &Test, value: i32) -> String {
        let (code, display) = match (test.low, test.high) {
            (Some(low), _) if value < low => ("L", "Low"),
            (_, Some(high)) if value > high => ("H", "High"),
            _ => ("N", "Normal"),
        };
        let mut body = self.result(visit, loinc(test.code, test.display));
        if let Some(body) = body.as_object_mut() {
            body.insert("valueQuantity".to_owned(), quantity(value, test.places, test.unit, test.ucum));
            body.insert(
                "interpretation".to_owned(),
                json!([hl7("v3-ObservationInterpretation", code, display)]),
            );
            body.insert("referenceRange".to_owned(), json!([range(test)]));
        }
        self.add("Observation", visit.day, body)
    }

    /// A result that is a word: blood group, pregnancy test, throat swab.
    pub(super) fn coded_lab(&mut self, visit: &Visit, code: Value, answer: Value) -> String {
        let mut body = self.result(visit, code);
        if let Some(body) = body.as_object_mut() {
            body.insert("valueCodeableConcept".to_owned(), answer);
        }
        self.add("Observation", visit.day, body)
    }

    /// The tests of a panel and the report that gathers them.
    pub(super) fn panel(&mut self, visit: &Visit, panel: &Panel, results: &[(&Test, i32)]) {
        let results: Vec<Value> =
            results.iter().map(|(test, value)| json!({"reference": self.lab(visit, test, *value)})).collect();
        let body = json!({
            "status": "final",
            "category": [hl7("v2-0074", "LAB", "Laboratory")],
            "code": loinc(panel.code, panel.display),
            "subject": self.subject(),
            "encounter": visit.encounter(),
            "effectiveDateTime": at(visit.day, 14, 20),
            "issued": at(visit.day, 20, 30),
            "performer": [self.staff.organization()],
            "result": results,
        });
        self.add("DiagnosticReport", visit.day, body);
    }

    fn result(&self, visit: &Visit, code: Value) -> Value {
        json!({
            "status": "final",
            "category": [hl7("observation-category", "laboratory", "Laboratory")],
            "code": code,
            "subject": self.subject(),
            "encounter": visit.encounter(),
            "effectiveDateTime": at(visit.day, 14, 20),
            "issued": at(visit.day, 20, 30),
            "performer": [self.staff.organization()],
        })
    }
}

fn range(test: &Test) -> Value {
    let mut range = json!({});
    if let Some(object) = range.as_object_mut() {
        for (name, bound) in [("low", test.low), ("high", test.high)] {
            if let Some(bound) = bound {
                object.insert(name.to_owned(), quantity(bound, test.places, test.unit, test.ucum));
            }
        }
        let text = match (test.low, test.high) {
            (Some(low), Some(high)) => {
                format!("{}-{}", decimal(low, test.places), decimal(high, test.places))
            }
            (Some(low), None) => format!(">= {}", decimal(low, test.places)),
            (None, Some(high)) => format!("<= {}", decimal(high, test.places)),
            (None, None) => String::new(),
        };
        object.insert("text".to_owned(), json!(format!("{text} {}", test.unit)));
    }
    range
}
