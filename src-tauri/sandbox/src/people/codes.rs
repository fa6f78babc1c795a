//! How codes, amounts and times are written in R4.

use jiff::civil::Date;
use serde_json::{Value, json};

pub(super) const ACT: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
pub(super) const ROLE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
const UCUM: &str = "http://unitsofmeasure.org";

/// A CodeableConcept of one coding, worded as the coding is.
pub(super) fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [{"system": system, "code": code, "display": display}], "text": display})
}

pub(super) fn snomed(code: &str, display: &str) -> Value {
    concept("http://snomed.info/sct", code, display)
}

pub(super) fn loinc(code: &str, display: &str) -> Value {
    concept("http://loinc.org", code, display)
}

pub(super) fn rxnorm(code: &str, display: &str) -> Value {
    concept("http://www.nlm.nih.gov/research/umls/rxnorm", code, display)
}

pub(super) fn cvx(code: &str, display: &str) -> Value {
    concept("http://hl7.org/fhir/sid/cvx", code, display)
}

/// A concept of an HL7 code system, named by the last part of its address.
pub(super) fn hl7(system: &str, code: &str, display: &str) -> Value {
    concept(&format!("http://terminology.hl7.org/CodeSystem/{system}"), code, display)
}

/// An amount: `scaled` counts steps of `places` decimals (72 with one place is 7.2).
pub(super) fn quantity(scaled: i32, places: u32, unit: &str, ucum: &str) -> Value {
    json!({"value": decimal(scaled, places), "unit": unit, "system": UCUM, "code": ucum})
}

/// A decimal that JSON writes with no rounding noise.
pub(super) fn decimal(scaled: i32, places: u32) -> Value {
    if places == 0 {
        return json!(scaled);
    }
    json!(f64::from(scaled) / f64::from(10_u32.saturating_pow(places)))
}

/// An instant of that day, on the clock of the record (UTC).
pub(super) fn at(day: Date, hour: u8, minute: u8) -> String {
    format!("{day}T{hour:02}:{minute:02}:00Z")
}
