//! A Consent as the window shows it: what is understood in the glossary's words, what is not by its name, and the
//! hospital's own words as a quotation.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use ts_rs::TS;

use super::{opaque::Opaque, read::StoredConsent};
use crate::{kind::Kind, smart::scopes::Scopes, text::quoted};

/// Longest quotation of the hospital's words.
const LONGEST: usize = 600;

/// Choices that are written down at a hospital, by this app or by anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConsentView {
    /// Its id there.
    pub id: String,
    /// Whether it is in force, as far as its status goes.
    pub active: bool,
    /// The share of this app that it belongs to.
    pub share: Option<String>,
    /// Who gets records, as it is written there.
    pub recipient: Option<String>,
    /// The kinds that it allows in full.
    pub kinds: Vec<Kind>,
    /// The kinds of which it allows a part.
    pub partly: Vec<Kind>,
    /// What it allows beside these, in FHIR words, cleaned.
    pub others: Vec<String>,
    /// When it was given: `YYYY-MM-DD`.
    #[ts(type = "string | null")]
    pub given: Option<Date>,
    /// Its last day. Missing: it has no end.
    #[ts(type = "string | null")]
    pub last_day: Option<Date>,
    /// Only records from this day on.
    #[ts(type = "string | null")]
    pub records_from: Option<Date>,
    /// Only records until this day.
    #[ts(type = "string | null")]
    pub records_to: Option<Date>,
    /// The hospital's own text, cleaned.
    pub said: Option<String>,
    /// What of it is not understood here.
    pub opaque: Vec<Opaque>,
}

impl ConsentView {
    /// Puts a Consent into the window's terms.
    #[must_use]
    pub fn of(consent: &StoredConsent, share: Option<String>) -> Self {
        let scopes: Scopes = consent.scopes.iter().map(String::as_str).collect();
        let (mut kinds, mut others) = scopes.kinds();
        // A type without a scope allows reading it, as the version 2 scope does.
        let types = consent.types.iter().map(|name| format!("patient/{name}.rs")).collect::<Vec<_>>();
        let with_types: Scopes = consent.scopes.iter().chain(&types).map(String::as_str).collect::<Scopes>();
        if !types.is_empty() {
            let (all, beyond) = with_types.kinds();
            kinds = all;
            others = beyond.into_iter().map(|scope| bare(&types, scope)).collect();
        }
        let part = |kind: &Kind| kind.scopes().iter().any(|scope| with_types.cover(&Scopes::parse(scope)));
        let partly: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| !kinds.contains(kind) && part(kind)).collect();
        let of_parts: Scopes = partly.iter().flat_map(|kind| kind.scopes()).copied().collect();
        others.retain(|other| {
            let scope = if other.contains('/') { other.clone() } else { format!("patient/{other}.rs") };
            !of_parts.cover(&Scopes::parse(&scope))
        });
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        let (records_from, records_to) = consent.data_period.unwrap_or_default();
        Self {
            id: consent.id.clone(),
            active: consent.is_active(),
            share,
            recipient: consent.recipient.as_deref().map(crate::text::name).filter(|name| !name.is_empty()),
            kinds,
            partly,
            others: others.iter().map(|other| quoted(other, 80)).collect(),
            given: consent.given_at.map(day),
            last_day: consent.last_day(),
            records_from: records_from.map(day),
            records_to: records_to.map(day),
            said: consent
                .narrative
                .as_deref()
                .map(|text| quoted(text, LONGEST))
                .filter(|said| !said.is_empty()),
            opaque: consent.opaque.clone(),
        }
    }
}

/// The type again, where the scope was made from one.
fn bare(types: &[String], scope: String) -> String {
    if !types.contains(&scope) {
        return scope;
    }
    let name = scope.trim_start_matches("patient/").trim_end_matches(".rs");
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ConsentView;
    use crate::{
        consent::{opaque::Opaque, read::StoredConsent},
        kind::Kind,
    };

    fn view(classes: &Value) -> ConsentView {
        let consent = json!({
            "resourceType": "Consent", "id": "c1", "status": "active", "dateTime": "2026-01-15T10:00:00Z",
            "text": {"div": "<div>I let \u{202E}them</div>"},
            "policy": [{"uri": "http://hl7.org/fhir/ConsentDefinition/simple-oauth"}],
            "provision": {"period": {"end": "2026-07-15"}, "dataPeriod": {"start": "2020"}, "provision": [{
                "type": "permit", "action": [{"coding": [{"code": "access"}]}], "class": classes
            }]}
        });
        ConsentView::of(&StoredConsent::read(&consent).unwrap(), None)
    }

    fn scope(code: &str) -> Value {
        json!({"system": "http://smarthealthit.org/fhir/scopes", "code": code})
    }

    fn resource(name: &str) -> Value {
        json!({"system": "http://hl7.org/fhir/resource-types", "code": name})
    }

    #[test]
    fn what_is_understood_is_in_the_words_of_the_glossary() {
        let view = view(&json!([scope("patient/Immunization.rs"), scope("patient/MedicationRequest.read")]));
        assert_eq!((view.kinds, view.partly), (vec![Kind::Vaccines], vec![Kind::Medicines]));
        assert_eq!((view.others, view.opaque), (vec![], vec![]));
        assert_eq!(view.given.map(|d| d.to_string()).as_deref(), Some("2026-01-15"));
        assert_eq!(view.last_day.map(|d| d.to_string()).as_deref(), Some("2026-07-15"));
        assert_eq!(view.records_from.map(|d| d.to_string()).as_deref(), Some("2020-01-01"));
        assert_eq!((view.records_to, view.said.as_deref()), (None, Some("I let them")));
    }

    #[test]
    fn a_type_without_a_scope_is_understood_too() {
        let both = view(&json!([resource("MedicationRequest"), resource("MedicationStatement")]));
        assert_eq!((both.kinds, both.partly, both.others), (vec![Kind::Medicines], vec![], vec![]));
        let one = view(&json!([resource("MedicationRequest")]));
        assert_eq!((one.kinds, one.partly, one.others), (vec![], vec![Kind::Medicines], vec![]));
    }

    #[test]
    fn what_belongs_to_no_kind_is_named() {
        let view = view(&json!([
            scope("patient/Specimen.rs"),
            resource("Media"),
            json!({"system": "urn:x", "code": "y"})
        ]));
        assert_eq!(view.others, ["patient/Specimen.rs", "Media"]);
        assert_eq!(view.opaque, [Opaque::Records]);
    }
}
