//! The source's question to the service, over HTTP like anybody's, and what it passes on of the answer.

use serde::Deserialize;
use serde_json::{Value, json};

use super::PATH;
use crate::{hospital::Hospital, http};

/// Longest text that is passed on.
const LONGEST: usize = 300;

/// What the service said.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Verification {
    status: String,
    message: Option<String>,
    #[serde(default)]
    endorsements: Vec<Item>,
}

/// Servers of 2017 wrote `type` and `comment` inside of `endorser`, clients of 2017 looked beside it.
#[derive(Debug, Clone, Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: Option<String>,
    comment: Option<String>,
    endorser: Option<Endorser>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Endorser {
    name: Option<String>,
    url: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    comment: Option<String>,
}

impl Verification {
    pub(crate) fn is_approved(&self) -> bool {
        self.status == "approved"
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.status == "unknown"
    }

    pub(crate) fn says(&self) -> String {
        self.message.clone().unwrap_or_else(|| format!("its status is {}", self.status))
    }

    /// Why this EHR lets the application fetch nothing. One that nobody registered is the patient's to judge.
    pub(crate) fn refusal(&self) -> Option<String> {
        (!self.is_approved() && !self.is_unknown())
            .then(|| format!("the verification service does not approve that system: {}", self.says()))
    }
}

/// Asks. `None` when this EHR asks nobody, or the service is silent or unreadable.
pub(crate) async fn ask(site: &Hospital, jwt: &str) -> Option<Verification> {
    site.ways.cavs.as_ref()?;
    let asked = site
        .http
        .post(site.address.link(PATH))
        .header("accept", "application/json")
        .form(&[("jwt", jwt)])
        .send()
        .await;
    match asked {
        Ok(answer) if answer.status().is_success() => http::json(answer).await.ok(),
        _ => None,
    }
}

/// The `message` and `endorsement` parameters of an answer to `$authorize`.
pub(crate) fn parameters(verification: &Verification) -> Vec<Value> {
    let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let mut parameters = vec![json!({ "name": "message", "valueString": cut(&verification.says()) })];
    if verification.is_unknown() {
        parameters.push(json!({ "name": "endorsement", "part": [
            { "name": "type", "valueCode": "warning" },
            { "name": "comment", "valueString": "The verification service does not know this system" }
        ] }));
    }
    for item in &verification.endorsements {
        let endorser = item.endorser.clone().unwrap_or_default();
        let kind = item.kind.clone().or(endorser.kind).unwrap_or_else(|| "usage-note".to_owned());
        let mut part = vec![json!({ "name": "type", "valueCode": cut(&kind) })];
        if let Some(comment) = item.comment.clone().or(endorser.comment) {
            part.push(json!({ "name": "comment", "valueString": cut(&comment) }));
        }
        if let Some(name) = endorser.name {
            part.push(json!({ "name": "endorser", "valueString": cut(&name) }));
        }
        if let Some(url) = endorser.url {
            part.push(json!({ "name": "url", "valueString": cut(&url) }));
        }
        parameters.push(json!({ "name": "endorsement", "part": part }));
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(document: Value) -> Verification {
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn only_a_clear_no_refuses() {
        for (status, refuses) in [
            ("approved", false),
            ("unknown", false),
            ("unsuitable", true),
            ("invalid", true),
            ("maybe", true),
        ] {
            assert_eq!(said(json!({ "status": status })).refusal().is_some(), refuses, "{status}");
        }
    }

    #[test]
    fn both_layouts_are_passed_on_alike() {
        let inside = json!({ "status": "approved", "message": "Yes", "endorsements": [
            { "endorser": { "name": "N", "url": "https://n.example", "type": "warning", "comment": "C" } }
        ] });
        let beside = json!({ "status": "approved", "message": "Yes", "endorsements": [
            { "type": "warning", "comment": "C", "endorser": { "name": "N", "url": "https://n.example" } }
        ] });
        assert_eq!(parameters(&said(inside)), parameters(&said(beside)));
    }
}
