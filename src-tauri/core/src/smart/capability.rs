//! The parts of a CapabilityStatement that matter here (FHIR R4 §CapabilityStatement): version, name, old
//! sign-in addresses, and what it declares for Consent, AuditEvent and the operations of sharing.
//!
//! A server that declares too little still works: abilities are what is shown, not what is tried.

use serde_json::{Map, Value};

use crate::{ehr::Describes, text};

/// The extension in which servers published sign-in addresses before smart-configuration.
const OAUTH_URIS: &str = "fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

/// A CapabilityStatement.
#[derive(Debug)]
pub struct Capability(Map<String, Value>);

impl Capability {
    /// Takes a CapabilityStatement, or `Conformance`, its name in DSTU2.
    #[must_use]
    pub fn of(document: Value) -> Option<Self> {
        let Value::Object(members) = document else { return None };
        let kind = members.get("resourceType")?.as_str()?;
        matches!(kind, "CapabilityStatement" | "Conformance").then_some(Self(members))
    }

    /// `fhirVersion`, for example `4.0.1`.
    #[must_use]
    pub fn fhir_version(&self) -> Option<&str> {
        self.0.get("fhirVersion")?.as_str()
    }

    /// What it describes.
    #[must_use]
    pub fn describes(&self) -> Describes {
        match self.0.get("kind").and_then(Value::as_str) {
            Some("instance") => Describes::Itself,
            Some(_) => Describes::AProduct,
            None => Describes::NotSaid,
        }
    }

    /// The name that the server gives itself, cleaned: what is installed here, who publishes it, the software.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let inner = |member: &str, part: &str| self.0.get(member)?.get(part)?.as_str();
        [
            inner("implementation", "description"),
            self.0.get("publisher").and_then(Value::as_str),
            inner("software", "name"),
        ]
        .into_iter()
        .flatten()
        .map(text::name)
        .find(|name| !name.is_empty())
    }

    /// A sign-in address of the old extension: `authorize`, `token` or `revoke`.
    #[must_use]
    pub fn oauth_uri(&self, which: &str) -> Option<&str> {
        self.rest()
            .filter_map(|rest| rest.get("security"))
            .flat_map(|security| list(security, "extension"))
            .filter(|outer| {
                outer.get("url").and_then(Value::as_str).is_some_and(|url| url.ends_with(OAUTH_URIS))
            })
            .flat_map(|outer| list(outer, "extension"))
            .find(|inner| inner.get("url").and_then(Value::as_str) == Some(which))
            .and_then(|inner| inner.get("valueUri").or_else(|| inner.get("valueUrl"))?.as_str())
    }

    /// Whether it declares an interaction with a type, for example `create` of `Consent`.
    #[must_use]
    pub fn interacts(&self, kind: &str, code: &str) -> bool {
        self.resources()
            .filter(|resource| resource.get("type").and_then(Value::as_str) == Some(kind))
            .flat_map(|resource| list(resource, "interaction"))
            .any(|interaction| interaction.get("code").and_then(Value::as_str) == Some(code))
    }

    /// Whether it declares an operation, on the system or on a type, with or without the `$`.
    #[must_use]
    pub fn operates(&self, name: &str) -> bool {
        self.rest()
            .chain(self.resources())
            .flat_map(|place| list(place, "operation"))
            .filter_map(|operation| operation.get("name")?.as_str())
            .any(|declared| declared.trim_start_matches('$') == name)
    }

    /// The definition of a declared operation, on the system or on a type. STU3 wrote it as a reference.
    #[must_use]
    pub fn definition(&self, name: &str) -> Option<&str> {
        let named = |operation: &&Value| {
            let own = operation.get("name").and_then(Value::as_str).unwrap_or_default();
            own.trim_start_matches('$') == name
        };
        let operation =
            self.rest().chain(self.resources()).flat_map(|place| list(place, "operation")).find(named)?;
        let definition = operation.get("definition")?;
        definition.as_str().or_else(|| definition.get("reference")?.as_str())
    }

    fn rest(&self) -> impl Iterator<Item = &Value> {
        self.0
            .get("rest")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|rest| rest.get("mode").and_then(Value::as_str).is_none_or(|mode| mode == "server"))
    }

    fn resources(&self) -> impl Iterator<Item = &Value> {
        self.rest().flat_map(|rest| list(rest, "resource"))
    }
}

fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Capability;

    fn capability(document: Value) -> Capability {
        Capability::of(document).unwrap()
    }

    #[test]
    fn is_a_capability_statement() {
        assert!(Capability::of(json!({"resourceType": "Patient"})).is_none());
        assert!(Capability::of(json!([])).is_none());
        assert!(Capability::of(json!({"resourceType": "Conformance", "fhirVersion": "1.0.2"})).is_some());
    }

    #[test]
    fn takes_the_first_name_that_says_something() {
        let named = |document| capability(document).name();
        assert_eq!(
            named(
                json!({"resourceType": "CapabilityStatement", "implementation": {"description": " \u{202E}Spruce\n Harbor "}})
            ),
            Some("Spruce Harbor".into())
        );
        assert_eq!(
            named(
                json!({"resourceType": "CapabilityStatement", "implementation": {"description": "\u{200B}"}, "publisher": "Tern Bay", "software": {"name": "x"}})
            ),
            Some("Tern Bay".into())
        );
        assert_eq!(
            named(
                json!({"resourceType": "CapabilityStatement", "publisher": 7, "software": {"name": "EHR 3"}})
            ),
            Some("EHR 3".into())
        );
        assert_eq!(named(json!({"resourceType": "CapabilityStatement"})), None);
    }

    #[test]
    fn finds_declared_interactions_and_operations_anywhere() {
        let it = capability(json!({
            "resourceType": "CapabilityStatement",
            "rest": [
                {"mode": "client", "operation": [{"name": "connect"}]},
                {"mode": "server", "operation": [{"name": "$jwt"}],
                 "resource": [{"type": "Consent", "interaction": [{"code": "create"}], "operation": [{"name": "authorize"}]}, {"type": 4}]}
            ]
        }));
        assert!(
            it.interacts("Consent", "create")
                && !it.interacts("Consent", "delete")
                && !it.interacts("Patient", "create")
        );
        assert!(it.operates("authorize") && it.operates("jwt"));
        assert!(!it.operates("connect"), "what it does as a client does not count");
    }

    #[test]
    fn reads_the_old_sign_in_addresses() {
        let it = capability(json!({
            "resourceType": "CapabilityStatement",
            "rest": [{"security": {"extension": [
                {"url": "http://other.example"},
                {"url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", "extension": [
                    {"url": "register", "valueUri": "r"}, {"url": "token", "valueUri": "t"}, {"url": "authorize", "valueUri": "a"}]}
            ]}}]
        }));
        assert_eq!(
            (it.oauth_uri("authorize"), it.oauth_uri("token"), it.oauth_uri("revoke")),
            (Some("a"), Some("t"), None)
        );
    }

    #[test]
    fn survives_wrong_shapes() {
        let it = capability(
            json!({"resourceType": "CapabilityStatement", "fhirVersion": 4, "rest": {"mode": "server"}, "implementation": []}),
        );
        assert_eq!((it.fhir_version(), it.name(), it.oauth_uri("token")), (None, None, None));
        assert!(!it.operates("x") && !it.interacts("x", "y"));
    }
}
