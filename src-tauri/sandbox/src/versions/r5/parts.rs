//! The differences of R5 that are like no other. Each function changes one object; pairs are each other's way back.

use serde_json::{Value, json};

use super::super::step::{Object, code_of, put, unwrapped};

const ADHERENCE: &str = "http://hl7.org/fhir/CodeSystem/medication-statement-adherence";

/// R5: the kinds are concepts, the outcome is a word with details, and the patient has an element.
pub(super) fn new_event(event: &mut Object) {
    if let Some(kind) = event.remove("type") {
        put(event, "category", vec![json!({"coding": [kind]})]);
    }
    if let Some(codings) = event.remove("subtype") {
        event.insert("code".to_owned(), json!({"coding": codings}));
    }
    let good = event.remove("outcome").is_some_and(|outcome| outcome == "0");
    let code = if good { "success" } else { "error" };
    let mut outcome = json!({"code": {"system": "http://hl7.org/fhir/issue-severity", "code": code}});
    if let (Some(words), Some(outcome)) = (event.remove("outcomeDesc"), outcome.as_object_mut()) {
        put(outcome, "detail", vec![json!({"text": words})]);
    }
    event.insert("outcome".to_owned(), outcome);
    let is_patient = |entity: &&Value| {
        let reference = entity.pointer("/what/reference").and_then(Value::as_str);
        reference.is_some_and(|reference| reference.starts_with("Patient/"))
    };
    let entities = event.get("entity").and_then(Value::as_array);
    let patient =
        entities.into_iter().flatten().find(is_patient).and_then(|entity| entity.get("what")).cloned();
    if let Some(patient) = patient {
        event.insert("patient".to_owned(), patient);
    }
}

/// R5: somebody is required or not; "for information only" has no word.
pub(super) fn required_there(participant: &mut Object) {
    match participant.remove("required").as_ref().and_then(Value::as_str) {
        Some("required") => drop(participant.insert("required".to_owned(), json!(true))),
        Some("optional") => drop(participant.insert("required".to_owned(), json!(false))),
        _ => {}
    }
}

pub(super) fn required_back(participant: &mut Object) {
    if let Some(required) = participant.remove("required").as_ref().and_then(Value::as_bool) {
        let word = if required { "required" } else { "optional" };
        participant.insert("required".to_owned(), json!(word));
    }
}

/// R5: what a plan intends are requests; here they are contained in it.
pub(super) fn activity_there(plan: &mut Object) {
    let Some(Value::Array(activities)) = plan.remove("activity") else { return };
    let subject = plan.get("subject").cloned();
    let (mut requests, mut planned) = (Vec::new(), Vec::new());
    for (number, activity) in activities.iter().enumerate() {
        let Some(words) = activity.pointer("/detail/description") else { continue };
        let id = format!("activity-{}", number.saturating_add(1));
        planned.push(json!({"plannedActivityReference": {"reference": format!("#{id}")}}));
        requests.push(json!({
            "resourceType": "ServiceRequest",
            "id": id,
            "status": "active",
            "intent": "plan",
            "code": {"concept": {"text": words}},
            "subject": subject,
        }));
    }
    put(plan, "activity", planned);
    put(plan, "contained", requests);
}

pub(super) fn activity_back(plan: &mut Object) {
    plan.remove("activity");
    let requests = plan.remove("contained");
    let activities = unwrapped(requests.as_ref(), "code").into_iter().filter_map(|code| {
        let words = code.pointer("/concept/text")?;
        Some(json!({"detail": {"status": "in-progress", "description": words}}))
    });
    put(plan, "activity", activities.collect());
}

/// R5: the context is a list of references.
pub(super) fn context_there(document: &mut Object) {
    let context = document.remove("context");
    let encounters = context.as_ref().and_then(|context| context.get("encounter")).and_then(Value::as_array);
    put(document, "context", encounters.cloned().unwrap_or_default());
}

pub(super) fn context_back(document: &mut Object) {
    if let Some(encounters) = document.remove("context") {
        document.insert("context".to_owned(), json!({"encounter": encounters}));
    }
}

/// R5: sizes are 64 bits wide, which JSON writes as text.
pub(super) fn size_there(attachment: &mut Object) {
    if let Some(size) = attachment.get("size").and_then(Value::as_u64) {
        attachment.insert("size".to_owned(), json!(size.to_string()));
    }
}

pub(super) fn size_back(attachment: &mut Object) {
    let size = attachment.get("size").and_then(Value::as_str).and_then(|size| size.parse::<u64>().ok());
    if let Some(size) = size {
        attachment.insert("size".to_owned(), json!(size));
    }
}

/// R5: a statement is recorded; whether the medicine is taken is said beside it.
const TAKEN: [(&str, &str); 5] = [
    ("active", "taking"),
    ("on-hold", "on-hold"),
    ("stopped", "stopped"),
    ("not-taken", "not-taking"),
    ("unknown", "unknown"),
];

pub(super) fn adherence_there(statement: &mut Object) {
    let status = statement.get("status").and_then(Value::as_str).unwrap_or_default();
    if status == "entered-in-error" {
        return;
    }
    let code = TAKEN.iter().find(|(r4, _)| *r4 == status).map_or("unknown", |(_, r5)| r5);
    let adherence = json!({"code": {"coding": [{"system": ADHERENCE, "code": code}]}});
    statement.insert("status".to_owned(), json!("recorded"));
    statement.insert("adherence".to_owned(), adherence);
}

pub(super) fn adherence_back(statement: &mut Object) {
    let code = statement.remove("adherence").and_then(|adherence| code_of(adherence.get("code")?));
    if statement.get("status").is_some_and(|status| status == "recorded") {
        let fit = TAKEN.iter().find(|(_, r5)| code.as_ref().is_some_and(|code| code == r5));
        statement.insert("status".to_owned(), json!(fit.map_or("unknown", |(r4, _)| r4)));
    }
}

/// R5: an organization is reached by its contacts.
pub(super) fn telecom_there(organization: &mut Object) {
    if let Some(telecom) = organization.remove("telecom") {
        put(organization, "contact", vec![json!({"telecom": telecom})]);
    }
}

pub(super) fn telecom_back(organization: &mut Object) {
    if let Some(contacts) = organization.remove("contact") {
        let telecom = unwrapped(Some(&contacts), "telecom").into_iter().filter_map(|telecom| match telecom {
            Value::Array(items) => Some(items),
            _ => None,
        });
        put(organization, "telecom", telecom.flatten().collect());
    }
}
