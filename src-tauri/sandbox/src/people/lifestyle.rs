//! Social history and questionnaires.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::chart::Chart;
use super::codes::{at, hl7, loinc, quantity, snomed};
use super::visits::Visit;

const SOCIAL: (&str, &str) = ("social-history", "Social History");
const SURVEY: (&str, &str) = ("survey", "Survey");

impl Chart {
    /// Tobacco smoking status, as a SNOMED CT answer.
    pub(super) fn tobacco(&mut self, visit: &Visit, answer: (&str, &str)) {
        let value = ("valueCodeableConcept", snomed(answer.0, answer.1));
        self.told(visit, SOCIAL, loinc("72166-2", "Tobacco smoking status"), value);
    }

    pub(super) fn pack_years(&mut self, visit: &Visit, years: i32) {
        let value = ("valueQuantity", quantity(years, 0, "pack-years", "{PackYears}"));
        self.told(
            visit,
            SOCIAL,
            loinc("8664-5", "Cigarettes smoked total (pack per year) - Reported"),
            value,
        );
    }

    pub(super) fn drinks(&mut self, visit: &Visit, per_day: i32) {
        let value = ("valueQuantity", quantity(per_day, 0, "drinks per day", "{drinks}/d"));
        self.told(visit, SOCIAL, loinc("74013-4", "Alcoholic drinks per drinking day"), value);
    }

    pub(super) fn occupation(&mut self, visit: &Visit, what: &str) {
        self.told(visit, SOCIAL, loinc("11341-5", "History of Occupation"), ("valueString", json!(what)));
    }

    /// How many pregnancies, and how many of them carried to birth.
    pub(super) fn pregnancies(&mut self, visit: &Visit, pregnancies: i32, births: i32) {
        let count = |number| ("valueQuantity", quantity(number, 0, "count", "{#}"));
        self.told(visit, SOCIAL, loinc("11996-6", "[#] Pregnancies"), count(pregnancies));
        self.told(visit, SOCIAL, loinc("11977-6", "[#] Parity"), count(births));
    }

    /// Whether pregnant now, as a SNOMED CT answer.
    pub(super) fn pregnancy_status(&mut self, visit: &Visit, answer: (&str, &str)) {
        let value = ("valueCodeableConcept", snomed(answer.0, answer.1));
        self.told(visit, SOCIAL, loinc("82810-3", "Pregnancy status"), value);
    }

    pub(super) fn last_period(&mut self, visit: &Visit, day: Date) {
        self.told(
            visit,
            SOCIAL,
            loinc("8665-2", "Last menstrual period start date"),
            ("valueDateTime", json!(day)),
        );
    }

    /// Depression, 0 to 6.
    pub(super) fn phq2(&mut self, visit: &Visit, score: i32) {
        self.score(
            visit,
            loinc("55758-7", "Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]"),
            score,
        );
    }

    /// Depression, 0 to 27.
    pub(super) fn phq9(&mut self, visit: &Visit, score: i32) {
        self.score(
            visit,
            loinc("44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]"),
            score,
        );
    }

    /// Anxiety, 0 to 21.
    pub(super) fn gad7(&mut self, visit: &Visit, score: i32) {
        self.score(
            visit,
            loinc("70274-6", "Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]"),
            score,
        );
    }

    /// Pain, 0 to 10.
    pub(super) fn pain(&mut self, visit: &Visit, score: i32) {
        self.score(
            visit,
            loinc("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported"),
            score,
        );
    }

    fn score(&mut self, visit: &Visit, code: Value, score: i32) {
        self.told(visit, SURVEY, code, ("valueQuantity", quantity(score, 0, "score", "{score}")));
    }

    fn told(&mut self, visit: &Visit, category: (&str, &str), code: Value, value: (&str, Value)) {
        let mut body = json!({
            "status": "final",
            "category": [hl7("observation-category", category.0, category.1)],
            "code": code,
            "subject": self.subject(),
            "encounter": visit.encounter(),
            "effectiveDateTime": at(visit.day, 14, 25),
            "performer": [self.staff.practitioner(visit.role)],
        });
        if let Some(body) = body.as_object_mut() {
            body.insert(value.0.to_owned(), value.1);
        }
        self.add("Observation", visit.day, body);
    }
}
