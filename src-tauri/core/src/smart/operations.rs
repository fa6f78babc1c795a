//! Which dialect of sharing an EHR speaks, and how its `$authorize` takes the target: from the operations that it
//! declares, and from the OperationDefinitions that it publishes itself
//! (<https://hl7.org/fhir/R4/operationdefinition.html>).
//!
//! The track page (HL7 connectathon, September 2017) left open whether the target is named by its JWT, as text or as
//! binary, or by its key. The name of a parameter tells the content, its type the form.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::capability::Capability;
use crate::{
    dialect::Dialect,
    ehr::FhirBase,
    http::{Http, Request},
};

/// Longest OperationDefinition that is read.
const LONGEST: usize = 128 * 1024;
/// Definitions of the server that ran the track; their text was never published.
const OF_2017: [&str; 2] = [
    "http://hl7.org/fhir/OperationDefinition/Consent-authorize",
    "http://hl7.org/fhir/OperationDefinition/Connect",
];

/// A form in which `$authorize` takes the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taken {
    /// `jwt` as `valueString`.
    Text,
    /// `jwt` as `valueBase64Binary`.
    Binary,
    /// `publicKey` as PEM.
    Key,
}

/// What is known of an EHR's operations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operations {
    /// As a target: it gives a JWT.
    #[serde(default = "yes")]
    pub introduces: bool,
    /// As a source: what it says that it takes; empty when it does not say.
    #[serde(default)]
    pub takes: Vec<Taken>,
}

/// What was kept before this was told apart.
const fn yes() -> bool {
    true
}

impl Default for Operations {
    fn default() -> Self {
        Self { introduces: yes(), takes: Vec::new() }
    }
}

impl Operations {
    /// Reads what is declared, and follows the definition of `$authorize` when it lies below the base. One that cannot be
    /// read says nothing.
    pub async fn read(http: &Http, base: &FhirBase, capability: &Capability) -> Self {
        let definition = capability
            .definition("authorize")
            .and_then(|link| Url::parse(&format!("{}/", base.as_str())).ok()?.join(link).ok())
            .filter(|link| base.contains(link));
        let takes = match definition {
            Some(link) => takes_of(http, link).await.unwrap_or_default(),
            None => Vec::new(),
        };
        Self { introduces: capability.operates("jwt"), takes }
    }
}

async fn takes_of(http: &Http, link: Url) -> Option<Vec<Taken>> {
    let request = Request::get(link)
        .named("operation-definition")
        .accept("application/fhir+json")
        .limit(LONGEST)
        .follow_same_origin(true);
    let answer = http.send(request).await.ok().filter(|answer| answer.status == 200)?;
    let definition: Value = answer.json().ok()?;
    (definition.get("resourceType")?.as_str()? == "OperationDefinition").then(|| takes(&definition))
}

fn takes(definition: &Value) -> Vec<Taken> {
    let parameters = definition.get("parameter").and_then(Value::as_array).into_iter().flatten();
    let text = |parameter: &Value, member: &str| {
        parameter.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    parameters
        .filter(|parameter| text(parameter, "use") == "in")
        .filter_map(|parameter| match (text(parameter, "name").as_str(), text(parameter, "type").as_str()) {
            ("jwt", "base64Binary") => Some(Taken::Binary),
            ("jwt", _) => Some(Taken::Text),
            ("publicKey", _) => Some(Taken::Key),
            _ => None,
        })
        .collect()
}

/// The dialect that the declared operations belong to.
#[must_use]
pub fn dialect(capability: &Capability) -> Option<Dialect> {
    let has = |name: &str| capability.operates(name);
    let of_2017 = ["authorize", "connect"]
        .into_iter()
        .filter_map(|name| capability.definition(name))
        .any(|definition| OF_2017.contains(&definition));
    let manages = has("authorizations") || has("revokeAuthorization");
    if of_2017 && !manages {
        return Some(Dialect::Reference);
    }
    if manages || has("authorize") || has("connect") {
        return Some(Dialect::Track);
    }
    has("fileConsent").then_some(Dialect::Fast)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Taken, dialect, takes};
    use crate::{dialect::Dialect, smart::capability::Capability};

    fn of(system: Value, consent: Value) -> Option<Dialect> {
        let rest = json!([{"operation": system, "resource": [{"type": "Consent", "operation": consent}]}]);
        dialect(&Capability::of(json!({"resourceType": "CapabilityStatement", "rest": rest})).unwrap())
    }

    fn named(names: &[&str]) -> Value {
        names
            .iter()
            .map(|name| json!({"name": name, "definition": format!("https://x.example/{name}")}))
            .collect()
    }

    #[test]
    fn tells_the_dialects_apart_by_what_is_declared() {
        let connect =
            json!([{"name": "connect", "definition": "http://hl7.org/fhir/OperationDefinition/Connect"}]);
        let authorize = json!([{"name": "$authorize",
            "definition": {"reference": "http://hl7.org/fhir/OperationDefinition/Consent-authorize"}}]);
        for (system, consent, expected) in [
            (named(&["jwt", "connect"]), named(&["authorize", "authorizations"]), Some(Dialect::Track)),
            (named(&["connect"]), named(&[]), Some(Dialect::Track)),
            (connect.clone(), authorize.clone(), Some(Dialect::Reference)),
            (named(&[]), authorize, Some(Dialect::Reference)),
            (connect, named(&["revokeAuthorization"]), Some(Dialect::Track)),
            (named(&[]), named(&["fileConsent", "revokeConsent"]), Some(Dialect::Fast)),
            (named(&["everything"]), named(&[]), None),
        ] {
            assert_eq!(of(system.clone(), consent.clone()), expected, "{system} {consent}");
        }
    }

    #[test]
    fn the_name_of_a_parameter_tells_the_content_and_its_type_the_form() {
        let taken = |name: &str, kind: &str| {
            takes(
                &json!({"parameter": [{"name": name, "use": "in", "type": kind}, {"name": "jwt", "use": "out"}]}),
            )
        };
        assert_eq!(taken("jwt", "string"), [Taken::Text]);
        assert_eq!(taken("jwt", "base64Binary"), [Taken::Binary]);
        assert_eq!(taken("publicKey", "string"), [Taken::Key]);
        assert_eq!(taken("duration", "Duration"), []);
        assert_eq!(takes(&json!({"parameter": "?"})), []);
    }
}
