//! What the CapabilityStatement says of the operations, and the OperationDefinitions of the track page's dialect:
//! <https://hl7.org/fhir/R4/operationdefinition.html>.
//!
//! The track never settled how the target's identity is sent, so the parameters listed here are the only place where a
//! client can read it beforehand.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::{Value, json};

use crate::{
    fhir::outcome::Refusal,
    hospital::Site,
    versions,
    ways::{Dialect, Proof, Ways},
};

use super::{done, fast, outcome, push};

/// Names and definitions, on the server and on Consent.
pub(crate) struct Advertised {
    pub(crate) system: Vec<(&'static str, String)>,
    pub(crate) consent: Vec<(&'static str, String)>,
}

/// What an EHR of these ways declares.
pub(crate) fn advertised(ways: &Ways, base: &str) -> Advertised {
    let own = |name: &'static str| (name, format!("{base}/OperationDefinition/{name}"));
    let published =
        |name: &'static str, id: &str| (name, format!("http://hl7.org/fhir/OperationDefinition/{id}"));
    match ways.dialect {
        Dialect::Track => Advertised {
            system: [own("jwt"), own("connect")]
                .into_iter()
                .filter(|(name, _)| !ways.keys_only || *name != "jwt")
                .collect(),
            consent: ["authorize", "authorizations", "revokeAuthorization"]
                .into_iter()
                .chain(ways.direct.is_some().then_some(push::OPERATIONS).into_iter().flatten())
                .map(own)
                .collect(),
        },
        Dialect::Reference => Advertised {
            system: vec![published("connect", "Connect"), published("jwt", "Jwt")],
            consent: vec![published("authorize", "Consent-authorize")],
        },
        Dialect::Fast => Advertised {
            system: Vec::new(),
            consent: vec![
                ("fileConsent", format!("{}file-consent", fast::DEFINITIONS)),
                ("revokeConsent", format!("{}revoke-consent", fast::DEFINITIONS)),
            ],
        },
        Dialect::None => Advertised { system: Vec::new(), consent: Vec::new() },
    }
}

/// `GET [base]/OperationDefinition/[name]`: readable by anybody, like the CapabilityStatement that names it.
pub(super) async fn handle(State(site): State<Site>, Path(name): Path<String>) -> Result<Response, Refusal> {
    definition(&site.ways, &name)
        .map(|definition| done(&versions::native(site.ways.fhir, definition)))
        .ok_or_else(|| outcome::not_found("there is no such OperationDefinition"))
}

fn definition(ways: &Ways, name: &str) -> Option<Value> {
    let (on_consent, changes, parameters): (bool, bool, Vec<Value>) = match name {
        "authorize" => {
            let mut parameters = proof(ways.proof);
            parameters.push(parameter("duration", "in", "Duration", 0));
            parameters.push(parameter("message", "out", "string", 0));
            parameters.push(parameter("duration", "out", "Duration", 0));
            (true, true, parameters)
        }
        "authorizations" => {
            let token = list(vec![
                parameter("app-id", "out", "uri", 1),
                parameter("duration", "out", "Duration", 0),
                parameter("error", "out", "string", 0),
            ]);
            (true, false, vec![token])
        }
        "pushStart" if ways.direct.is_some() => (
            true,
            true,
            vec![
                parameter("address", "in", "uri", 1),
                parameter("duration", "in", "Duration", 0),
                parameter("address", "out", "uri", 1),
                parameter("duration", "out", "Duration", 0),
            ],
        ),
        "listPush" if ways.direct.is_some() => {
            let token = list(vec![
                parameter("address", "out", "uri", 1),
                parameter("status", "out", "string", 1),
                parameter("error", "out", "string", 0),
            ]);
            (true, false, vec![token])
        }
        "pushStop" if ways.direct.is_some() => (true, true, vec![parameter("address", "in", "uri", 1)]),
        "revokeAuthorization" => (true, true, vec![parameter("app-id", "in", "uri", 1)]),
        "connect" => (
            false,
            true,
            vec![
                parameter("url", "in", "uri", 1),
                parameter("Consent", "in", "id", 1),
                parameter("duration", "in", "Duration", 0),
                parameter("patient", "in", "id", 0),
                parameter("jwt", "in", "string", 0),
                parameter("publicKey", "in", "string", 0),
            ],
        ),
        "jwt" if !ways.keys_only => {
            (false, false, vec![parameter("source", "in", "uri", 1), parameter("jwt", "out", "string", 1)])
        }
        _ => return None,
    };
    let mut definition = json!({
        "resourceType": "OperationDefinition",
        "id": name,
        "name": name,
        "status": "active",
        "kind": "operation",
        "affectsState": changes,
        "code": name,
        "system": !on_consent,
        "type": false,
        "instance": on_consent,
        "parameter": parameters
    });
    if on_consent {
        definition["resource"] = json!(["Consent"]);
    }
    Some(definition)
}

fn proof(proof: Proof) -> Vec<Value> {
    match proof {
        // Both are taken, and a parameter has one type only.
        Proof::Jwt => vec![parameter("jwt", "in", "string", 1)],
        Proof::Text => vec![parameter("jwt", "in", "string", 1)],
        Proof::Binary => vec![parameter("jwt", "in", "base64Binary", 1)],
        Proof::JwtOrKey => {
            vec![parameter("jwt", "in", "string", 0), parameter("publicKey", "in", "string", 0)]
        }
        Proof::Key => vec![parameter("publicKey", "in", "string", 1)],
    }
}

/// The repeating parameter of a list, with its parts.
fn list(parts: Vec<Value>) -> Value {
    json!({ "name": "token", "use": "out", "min": 0, "max": "*", "part": parts })
}

fn parameter(name: &str, usage: &str, kind: &str, min: u8) -> Value {
    json!({ "name": name, "use": usage, "min": min, "max": "1", "type": kind })
}
