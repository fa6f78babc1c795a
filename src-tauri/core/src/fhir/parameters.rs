//! Parameters, the envelope of operations: <https://hl7.org/fhir/R4/parameters.html>.
//!
//! Read tolerantly: names in any case, a value under any sibling type (`valueUri` for `valueString`, `valueQuantity`
//! for `valueDuration`). Written exactly. Values may be secrets, so `Debug` prints names only.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    duration::{Hours, Lasts},
    json::{each, kind, text},
    outcome::Outcome,
};

/// Parts inside parts that are looked at; deeper ones are not read.
const DEEPEST: u8 = 6;

/// One parameter as read.
#[derive(Clone, PartialEq)]
pub struct Parameter {
    /// Its name, as the server spells it.
    pub name: String,
    /// Its `value[x]`, of whatever type.
    pub value: Option<Value>,
    /// Its parts.
    pub parts: Vec<Self>,
}

impl Parameter {
    /// Whether this is its name, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The first part of this name.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&Self> {
        self.parts.iter().find(|part| part.is(name))
    }

    /// The value as text: primitives as they are, a Reference, Identifier, Coding or concept by its own text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self.value.as_ref()? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            Value::Object(_) => {
                let value = self.value.as_ref()?;
                ["text", "reference", "value", "display", "code"]
                    .into_iter()
                    .find_map(|key| text(value, key))
                    .map(str::to_owned)
            }
            Value::Null | Value::Array(_) => None,
        }
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameter")
            .field("name", &self.name)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

/// A Parameters resource as read.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Parameters {
    all: Vec<Parameter>,
    torn: bool,
}

impl Parameters {
    /// Reads a Parameters resource; `None` when it is another resource.
    #[must_use]
    pub fn read(resource: &Value) -> Option<Self> {
        (kind(resource) == Some("Parameters")).then(|| Self {
            all: each(resource, "parameter").filter_map(|p| parameter(p, 0)).collect(),
            torn: each(resource, "parameter").any(|p| torn(p, 0)),
        })
    }

    /// Whether something could not be read, or the server says in it that it failed: what is missing from such a
    /// resource proves nothing.
    #[must_use]
    pub const fn is_torn(&self) -> bool {
        self.torn
    }

    /// All parameters, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.all.iter()
    }

    /// The first parameter of this name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.all.iter().find(|parameter| parameter.is(name))
    }

    /// How long, from the parameter of this name.
    #[must_use]
    pub fn lasts(&self, name: &str) -> Lasts {
        lasts(self.get(name))
    }
}

/// How long, from a parameter that may be missing.
#[must_use]
pub fn lasts(parameter: Option<&Parameter>) -> Lasts {
    match parameter {
        None => Lasts::NotSaid,
        Some(Parameter { value: None, .. }) => Lasts::NotUnderstood,
        Some(Parameter { value, .. }) => Lasts::read(value.as_ref()),
    }
}

fn parameter(json: &Value, depth: u8) -> Option<Parameter> {
    let value = json
        .as_object()?
        .iter()
        .find(|(key, value)| key.starts_with("value") && !value.is_null())
        .map(|(_, value)| value.clone());
    let parts = if depth < DEEPEST {
        each(json, "part").filter_map(|part| parameter(part, depth + 1)).collect()
    } else {
        Vec::new()
    };
    Some(Parameter { name: text(json, "name")?.to_owned(), value, parts })
}

fn torn(json: &Value, depth: u8) -> bool {
    let failed = json.get("resource").and_then(Outcome::read).is_some_and(|outcome| outcome.is_bad());
    let mut parts = each(json, "part");
    text(json, "name").is_none() || failed || parts.any(|part| depth >= DEEPEST || torn(part, depth + 1))
}

/// Parameters to send, in the order given. No `Debug`: a JWT may be in it.
#[derive(Clone, Default)]
pub struct Outgoing(Vec<Value>);

impl Outgoing {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a `valueString`.
    #[must_use]
    pub fn string(self, name: &str, value: &str) -> Self {
        self.with(json!({"name": name, "valueString": value}))
    }

    /// Adds a `valueBase64Binary`.
    #[must_use]
    pub fn binary(self, name: &str, value: &[u8]) -> Self {
        self.with(json!({"name": name, "valueBase64Binary": BASE64_STANDARD.encode(value)}))
    }

    /// Adds a resource.
    #[must_use]
    pub fn resource(self, name: &str, resource: &Value) -> Self {
        self.with(json!({"name": name, "resource": resource}))
    }

    /// Adds a `valueReference`.
    #[must_use]
    pub fn reference(self, name: &str, to: &str) -> Self {
        self.with(json!({"name": name, "valueReference": {"reference": to}}))
    }

    /// Adds a `valueUri`.
    #[must_use]
    pub fn uri(self, name: &str, value: &str) -> Self {
        self.with(json!({"name": name, "valueUri": value}))
    }

    /// Adds a `valueId`.
    #[must_use]
    pub fn id(self, name: &str, value: &super::FhirId) -> Self {
        self.with(json!({"name": name, "valueId": value.as_str()}))
    }

    /// Adds a `valueDuration`.
    #[must_use]
    pub fn duration(self, name: &str, value: Hours) -> Self {
        self.with(json!({"name": name, "valueDuration": value.to_fhir()}))
    }

    /// The resource.
    #[must_use]
    pub fn into_value(self) -> Value {
        json!({"resourceType": "Parameters", "parameter": self.0})
    }

    fn with(mut self, parameter: Value) -> Self {
        self.0.push(parameter);
        self
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::{Outgoing, Parameters};
    use crate::fhir::{FhirId, duration::Lasts};

    fn read(parameter: serde_json::Value) -> Parameters {
        Parameters::read(&json!({"resourceType": "Parameters", "parameter": parameter})).unwrap()
    }

    #[test]
    fn takes_a_value_of_any_sibling_type() {
        for key in ["valueString", "valueUri", "valueUrl", "valueId", "valueCode", "valueCanonical"] {
            assert_eq!(
                read(json!([{"name": "jwt", key: "x"}])).get("jwt").unwrap().text().as_deref(),
                Some("x"),
                "{key}"
            );
        }
        for key in ["valueDuration", "valueQuantity", "valueAge"] {
            let duration =
                read(json!([{"name": "duration", key: {"value": 1, "code": "h"}}])).lasts("duration");
            assert_eq!(duration, Lasts::For(SignedDuration::from_hours(1)), "{key}");
        }
    }

    #[test]
    fn names_fit_in_any_case() {
        let read = read(json!([{"name": "Message", "valueString": "hello"}]));
        assert_eq!(read.get("message").unwrap().text().as_deref(), Some("hello"));
    }

    #[test]
    fn a_duration_without_a_value_is_not_understood() {
        assert_eq!(read(json!([{"name": "duration"}])).lasts("duration"), Lasts::NotUnderstood);
        assert_eq!(read(json!([])).lasts("duration"), Lasts::NotSaid);
    }

    #[test]
    fn other_resources_are_no_parameters() {
        assert!(Parameters::read(&json!({"resourceType": "Bundle"})).is_none());
        assert!(Parameters::read(&json!([])).is_none());
        assert_eq!(Parameters::read(&json!({"resourceType": "Parameters"})), Some(Parameters::default()));
    }

    #[test]
    fn structured_values_have_a_text_too() {
        let read = read(json!([
            {"name": "a", "valueReference": {"reference": "Patient/1"}},
            {"name": "b", "valueCoding": {"system": "s", "code": "c"}},
            {"name": "c", "valueIdentifier": {"system": "s", "value": "v"}},
            {"name": "d", "valueInteger": 3},
            {"name": "e", "valueBoolean": false},
        ]));
        let texts: Vec<_> = read.iter().filter_map(super::Parameter::text).collect();
        assert_eq!(texts, ["Patient/1", "c", "v", "3", "false"]);
    }

    #[test]
    fn parts_too_deep_are_left_unread() {
        let mut nest = json!({"name": "end"});
        for _ in 0..50 {
            nest = json!({"name": "n", "part": [nest]});
        }
        assert!(!format!("{:?}", read(json!([nest]))).contains("end"));
    }

    #[test]
    fn what_could_not_be_read_is_known_to_be_missing() {
        let failed = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]});
        for torn in [
            json!("none"),
            json!(0),
            json!([null]),
            json!(["a"]),
            json!([{"valueString": "x"}]),
            json!([{"name": "a", "part": "b"}]),
            json!([{"name": "a", "part": [{"name": "b"}, {}]}]),
            json!([{"name": "outcome", "resource": failed}]),
        ] {
            assert!(read(torn.clone()).is_torn(), "{torn}");
        }
        for whole in
            [json!([]), json!(null), json!([{"name": "a", "part": {"name": "b"}}]), json!({"name": "a"})]
        {
            assert!(!read(whole.clone()).is_torn(), "{whole}");
        }
    }

    #[test]
    fn values_are_not_printed() {
        let printed = format!("{:?}", read(json!([{"name": "jwt", "valueString": "canary"}])));
        assert!(printed.contains("jwt") && !printed.contains("canary"), "{printed}");
    }

    #[test]
    fn writes_exactly() {
        let sent = Outgoing::new()
            .string("a", "b")
            .uri("u", "https://x.example")
            .id("i", &FhirId::parse("1").unwrap());
        assert_eq!(
            sent.into_value(),
            json!({"resourceType": "Parameters", "parameter": [
                {"name": "a", "valueString": "b"},
                {"name": "u", "valueUri": "https://x.example"},
                {"name": "i", "valueId": "1"},
            ]})
        );
    }
}
