//! Vital signs, coded and measured as the R4 vital signs profile wants: <https://hl7.org/fhir/R4/observation-vitalsigns.html>.

use serde_json::{Value, json};

use super::chart::Chart;
use super::codes::{at, hl7, loinc, quantity};
use super::visits::Visit;

/// One kind of measurement. Values are in steps of `places` decimals.
struct Measure {
    loinc: &'static str,
    display: &'static str,
    unit: &'static str,
    ucum: &'static str,
    places: u32,
}

const PULSE: Measure =
    Measure { loinc: "8867-4", display: "Heart rate", unit: "beats/minute", ucum: "/min", places: 0 };
const BREATHS: Measure =
    Measure { loinc: "9279-1", display: "Respiratory rate", unit: "breaths/minute", ucum: "/min", places: 0 };
const TEMPERATURE: Measure =
    Measure { loinc: "8310-5", display: "Body temperature", unit: "°C", ucum: "Cel", places: 1 };
const OXYGEN: Measure = Measure {
    loinc: "2708-6",
    display: "Oxygen saturation in Arterial blood",
    unit: "%",
    ucum: "%",
    places: 0,
};
const WEIGHT: Measure =
    Measure { loinc: "29463-7", display: "Body weight", unit: "kg", ucum: "kg", places: 1 };
const HEIGHT: Measure =
    Measure { loinc: "8302-2", display: "Body height", unit: "cm", ucum: "cm", places: 1 };
const BMI: Measure = Measure {
    loinc: "39156-5",
    display: "Body mass index (BMI) [Ratio]",
    unit: "kg/m2",
    ucum: "kg/m2",
    places: 1,
};
const HEAD: Measure = Measure {
    loinc: "9843-4",
    display: "Head Occipital-frontal circumference",
    unit: "cm",
    ucum: "cm",
    places: 1,
};

impl Chart {
    /// Blood pressure, in mm Hg.
    pub(super) fn blood_pressure(&mut self, visit: &Visit, systolic: i32, diastolic: i32) {
        let part = |code, display, value| json!({"code": loinc(code, display), "valueQuantity": quantity(value, 0, "mmHg", "mm[Hg]")});
        let mut body = self.vital(visit, loinc("85354-9", "Blood pressure panel with all children optional"));
        if let Some(body) = body.as_object_mut() {
            let components = [
                part("8480-6", "Systolic blood pressure", systolic),
                part("8462-4", "Diastolic blood pressure", diastolic),
            ];
            body.insert("component".to_owned(), json!(components));
        }
        self.add("Observation", visit.day, body);
    }

    pub(super) fn pulse(&mut self, visit: &Visit, per_minute: i32) {
        self.measured(visit, &PULSE, per_minute);
    }

    pub(super) fn breaths(&mut self, visit: &Visit, per_minute: i32) {
        self.measured(visit, &BREATHS, per_minute);
    }

    /// In tenths of a degree Celsius.
    pub(super) fn temperature(&mut self, visit: &Visit, tenths: i32) {
        self.measured(visit, &TEMPERATURE, tenths);
    }

    pub(super) fn oxygen(&mut self, visit: &Visit, percent: i32) {
        self.measured(visit, &OXYGEN, percent);
    }

    /// In tenths of a kilogram.
    pub(super) fn weight(&mut self, visit: &Visit, tenths: i32) {
        self.measured(visit, &WEIGHT, tenths);
    }

    /// In millimetres.
    pub(super) fn height(&mut self, visit: &Visit, millimetres: i32) {
        self.measured(visit, &HEIGHT, millimetres);
    }

    /// Height in millimetres and weight in tenths of a kilogram, with the index that follows from them.
    pub(super) fn build(&mut self, visit: &Visit, millimetres: i32, tenths: i32) {
        self.height(visit, millimetres);
        self.weight(visit, tenths);
        let square = i64::from(millimetres).saturating_mul(i64::from(millimetres));
        // kg/10 over mm², times 10^6 mm² per m², in tenths.
        if let Some(index) = i64::from(tenths).saturating_mul(1_000_000).checked_div(square) {
            self.measured(visit, &BMI, i32::try_from(index).unwrap_or_default());
        }
    }

    /// In millimetres.
    pub(super) fn head(&mut self, visit: &Visit, millimetres: i32) {
        self.measured(visit, &HEAD, millimetres);
    }

    fn measured(&mut self, visit: &Visit, measure: &Measure, value: i32) {
        let mut body = self.vital(visit, loinc(measure.loinc, measure.display));
        if let Some(body) = body.as_object_mut() {
            let value = quantity(value, measure.places, measure.unit, measure.ucum);
            body.insert("valueQuantity".to_owned(), value);
        }
        self.add("Observation", visit.day, body);
    }

    fn vital(&self, visit: &Visit, code: Value) -> Value {
        json!({
            "status": "final",
            "category": [hl7("observation-category", "vital-signs", "Vital Signs")],
            "code": code,
            "subject": self.subject(),
            "encounter": visit.encounter(),
            "effectiveDateTime": at(visit.day, 14, 10),
            "performer": [self.staff.practitioner(visit.role)],
        })
    }
}
