//! Reading an R4 Parameters resource: every name once, every value of a type that fits.

use axum::{
    body::Bytes,
    http::{HeaderMap, header::CONTENT_TYPE},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::fhir::outcome::Refusal;

use super::duration::Duration;

/// The parameters of one call.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<Parameter>);

#[derive(Debug, Deserialize)]
struct Parameter {
    name: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    resource_type: String,
    #[serde(default)]
    parameter: Vec<Parameter>,
}

impl Parameters {
    /// Reads the body of an operation.
    pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Refusal> {
        let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let media = media.split(';').next().unwrap_or("").trim();
        if !matches!(media, "application/fhir+json" | "application/json") {
            return Err(Refusal::invalid("The body must be application/fhir+json."));
        }
        let resource: Resource = serde_json::from_slice(body)
            .map_err(|error| Refusal::invalid(format!("The body is not Parameters: {error}.")))?;
        if resource.resource_type != "Parameters" {
            return Err(Refusal::invalid("The body must be a Parameters resource."));
        }
        Ok(Self(resource.parameter))
    }

    /// A text, of any of these value types.
    pub(crate) fn text(&self, name: &str, types: &[&str]) -> Result<Option<String>, Refusal> {
        let Some(parameter) = self.one(name)? else {
            return Ok(None);
        };
        types
            .iter()
            .find_map(|kind| parameter.get(*kind).and_then(Value::as_str))
            .map(|text| Some(text.to_owned()))
            .ok_or_else(|| Refusal::invalid(format!("{name} must come as {}.", types.join(" or "))))
    }

    /// A value of any simple type, as text.
    pub(crate) fn any(&self, name: &str) -> Result<Option<String>, Refusal> {
        let value = |object: &Map<String, Value>| {
            object.iter().find(|(key, _)| key.starts_with("value")).and_then(|(_, value)| match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        Ok(self.one(name)?.and_then(value))
    }

    /// A resource. The name may have a capital, as some profiles write it.
    pub(crate) fn resource(&self, name: &str) -> Result<Option<Value>, Refusal> {
        Ok(self.one_in_any_case(name)?.and_then(|object| object.get("resource")).cloned())
    }

    /// A reference. The name may have a capital, as some profiles write it.
    pub(crate) fn reference(&self, name: &str) -> Result<Option<String>, Refusal> {
        let reference = |object: &Map<String, Value>| {
            object.get("valueReference")?.get("reference")?.as_str().map(str::to_owned)
        };
        Ok(self.one_in_any_case(name)?.and_then(reference))
    }

    /// The kinds of value that a parameter came with.
    pub(crate) fn has(&self, name: &str, kind: &str) -> bool {
        self.0.iter().any(|parameter| parameter.name == name && parameter.rest.contains_key(kind))
    }

    /// A JWT: the text itself, or base64 of it.
    pub(crate) fn jwt(&self) -> Result<Option<String>, Refusal> {
        let Some(parameter) = self.one("jwt")? else {
            return Ok(None);
        };
        if let Some(text) = parameter.get("valueString").and_then(Value::as_str) {
            return Ok(Some(text.trim().to_owned()));
        }
        parameter
            .get("valueBase64Binary")
            .and_then(Value::as_str)
            .and_then(|text| STANDARD.decode(text.trim()).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(|text| Some(text.trim().to_owned()))
            .ok_or_else(|| Refusal::invalid("jwt must come as valueString or valueBase64Binary."))
    }

    /// How long something shall last.
    pub(crate) fn duration(&self) -> Result<Option<Duration>, Refusal> {
        let Some(parameter) = self.one("duration")? else {
            return Ok(None);
        };
        parameter
            .get("valueDuration")
            .and_then(Duration::read)
            .map(Some)
            .ok_or_else(|| Refusal::invalid("duration must be a valueDuration with a UCUM unit."))
    }

    fn one(&self, name: &str) -> Result<Option<&Map<String, Value>>, Refusal> {
        self.only(name, |given| given == name)
    }

    fn one_in_any_case(&self, name: &str) -> Result<Option<&Map<String, Value>>, Refusal> {
        self.only(name, |given| given.eq_ignore_ascii_case(name))
    }

    fn only(&self, name: &str, is: impl Fn(&str) -> bool) -> Result<Option<&Map<String, Value>>, Refusal> {
        let mut found = self.0.iter().filter(|parameter| is(&parameter.name));
        match (found.next(), found.next()) {
            (first, None) => Ok(first.map(|parameter| &parameter.rest)),
            _ => Err(Refusal::invalid(format!("{name} was given twice."))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn read(body: &str) -> Result<Parameters, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
        Parameters::read(&headers, &Bytes::from(body.to_owned()))
    }

    #[test]
    fn reads_a_jwt_as_text_or_base64() {
        for value in [r#""valueString":"a.b.c""#, r#""valueBase64Binary":"YS5iLmM=""#] {
            let body = format!(r#"{{"resourceType":"Parameters","parameter":[{{"name":"jwt",{value}}}]}}"#);
            assert_eq!(read(&body).unwrap().jwt().unwrap().as_deref(), Some("a.b.c"));
        }
    }

    #[test]
    fn refuses_a_parameter_given_twice() {
        let body = r#"{"resourceType":"Parameters","parameter":[
            {"name":"url","valueUri":"a"},{"name":"url","valueUri":"b"}]}"#;
        assert!(read(body).unwrap().text("url", &["valueUri"]).is_err());
    }

    #[test]
    fn refuses_what_is_no_parameters_resource() {
        assert!(read(r#"{"resourceType":"Patient"}"#).is_err());
        assert!(read("<Parameters/>").is_err());
    }
}
