//! The page on which a person allows an app, scope by scope, and the code that follows.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};

use crate::{
    hospital::{Hospital, Site},
    logins::Person,
    scope::Scopes,
    secret::Secret,
    store::{Browser, Code, Request},
    web::pages::{self, text},
};

use super::{authorize, browser, choose::signed_in, form::Form, sign_in};

pub(super) const PATH: &str = "/oauth/allow";

/// Life of a code in seconds (RFC 6749 §4.1.2 allows ten minutes at most).
const CODE_LIFE: i64 = 60;

pub(super) async fn show(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let Some(browser) = browser::current(&site, &headers) else {
        return sign_in::too_late(&site);
    };
    match signed_in(&site, form.only("request"), &browser) {
        Some((request, person)) if request.patient.is_some() => page(&site, &browser, &request, person, None),
        _ => sign_in::too_late(&site),
    }
}

pub(super) async fn handle(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&body);
    let browser = match browser::posted(&site, &headers, &form) {
        Ok(browser) => browser,
        Err(stranger) => {
            return pages::error(&site, StatusCode::FORBIDDEN, &stranger.to_string());
        }
    };
    let Some((request, person)) = signed_in(&site, form.only("request"), &browser) else {
        return sign_in::too_late(&site);
    };
    let Some(patient) = request.patient.clone() else {
        return sign_in::too_late(&site);
    };
    match form.only("decision") {
        "allow" => {}
        "deny" => return deny(&site, &request),
        _ => return pages::error(&site, StatusCode::BAD_REQUEST, "Choose to allow or not."),
    }
    let ticked: Vec<&str> = form.all("scope").collect();
    // Only what was asked for can be ticked, whatever the form says.
    let asked = Scopes::parse(&request.asked.scope);
    let granted: Vec<&str> = asked.iter().filter(|scope| ticked.contains(scope)).collect();
    if granted.is_empty() {
        let message = "Tick at least one line, or choose Do not allow.";
        return page(&site, &browser, &request, person, Some(message));
    }
    allow(&site, request.clone(), person, patient, granted.join(" "))
        .unwrap_or_else(|error| pages::broken(&site, &*error))
}

fn deny(site: &Hospital, request: &Request) -> Response {
    match site.store.end_request(&request.id) {
        Ok(true) => authorize::refuse(
            site,
            &request.asked.redirect_uri,
            Some(&request.asked.state),
            "access_denied",
            "the person did not allow it",
        ),
        Ok(false) => sign_in::too_late(site),
        Err(error) => pages::broken(site, &error),
    }
}

fn allow(
    site: &Hospital,
    request: Request,
    person: &Person,
    patient: String,
    scope: String,
) -> Result<Response, Box<dyn std::error::Error>> {
    if !site.store.end_request(&request.id)? {
        return Ok(sign_in::too_late(site));
    }
    let code = Secret::fresh("code")?;
    let (to, state) = (request.asked.redirect_uri.clone(), request.asked.state.clone());
    site.store.add_code(
        &code.hash(),
        &Code {
            asked: request.asked,
            username: person.username.clone(),
            patient: Some(patient),
            scope,
            expires: site.second().saturating_add(CODE_LIFE),
        },
    )?;
    Ok(authorize::back(site, &to, &[("code", code.reveal()), ("state", &state)]))
}

fn page(
    site: &Hospital,
    browser: &Browser,
    request: &Request,
    person: &Person,
    error: Option<&str>,
) -> Response {
    let boxes: String = Scopes::parse(&request.asked.scope)
        .iter()
        .enumerate()
        .map(|(index, scope)| {
            format!(
                "<div class=\"choice\"><input type=\"checkbox\" id=\"scope-{index}\" name=\"scope\" \
                 value=\"{scope}\" checked><label for=\"scope-{index}\">{words}</label>\
                 <span class=\"about\">{scope}</span></div>\n",
                scope = text(scope),
                words = text(&words(scope)),
            )
        })
        .collect();
    let chart = request.patient.as_deref().and_then(|patient| person.chart(patient));
    let about = chart.map_or_else(String::new, |chart| format!("{}, {}", chart.name, chart.about));
    let alert = error.map_or_else(String::new, |error| {
        format!("<p class=\"error\" id=\"scope-error\" role=\"alert\">{}</p>\n", text(error))
    });
    let described = if error.is_some() { " aria-describedby=\"scope-error\"" } else { "" };
    let body = format!(
        "<h1>Let {app} work with this record?</h1>\n\
         <p>You are signed in as {who}. The record is that of <strong>{about}</strong> at \
         {name}.</p>\n\
         <form method=\"post\" action=\"{PATH}\" id=\"allow\">\n\
         <input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\n\
         <input type=\"hidden\" name=\"request\" value=\"{request}\">\n\
         {alert}<fieldset{described}><legend>{app} asks to</legend>\n{boxes}</fieldset>\n\
         <p class=\"quiet\">You can untick a line. You can end this at any time under \
         <a href=\"/my/apps\">My apps</a>.</p>\n\
         <div class=\"buttons\">\
         <button type=\"submit\" name=\"decision\" value=\"allow\" id=\"allow-button\">Allow</button>\
         <button type=\"submit\" name=\"decision\" value=\"deny\" id=\"deny-button\" \
         class=\"second\">Do not allow</button></div>\n\
         </form>\n",
        app = text(&site.app_name(&request.asked.client)),
        who = text(&person.who),
        about = text(&about),
        name = text(site.names.full()),
        csrf = text(&browser.csrf),
        request = text(&request.id),
    );
    let status = if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    pages::page(site, status, "Allow this app", &body)
}

/// A scope in plain words.
pub(super) fn words(scope: &str) -> String {
    match scope {
        "openid" => return "know that it is you".to_owned(),
        "fhirUser" | "profile" => return "know who you are in this hospital".to_owned(),
        "launch/patient" => return "know whose record it is about".to_owned(),
        "offline_access" => return "stay signed in until you end it".to_owned(),
        "operation/Consent.authorize" => {
            return "let another hospital fetch, see who may, and stop it".to_owned();
        }
        "Consent/flow" => return "have records mailed, see where they go, and stop it".to_owned(),
        _ => {}
    }
    let alone = Scopes::parse(scope);
    let name =
        scope.strip_prefix("patient/").and_then(|rest| rest.split_once('.')).map_or(scope, |(name, _)| name);
    let name = if name == "*" { "everything in the record".to_owned() } else { plural(name) };
    let may = |op| crate::resources::types::SERVED.iter().any(|served| alone.may(served.name, op));
    let reads = may('r') || may('s');
    let writes = may('c') || may('u') || may('d');
    let verb = match (reads, writes) {
        (true, true) => "read and write",
        (false, true) => "write",
        _ => "read",
    };
    let part = scope.split_once('?').map_or_else(String::new, |(_, query)| {
        let value = query.rsplit(['|', '=']).next().unwrap_or(query);
        format!(", only {}", value.replace('-', " "))
    });
    format!("{verb} {name}{part}")
}

/// A resource type in words; one without words of its own is spelt out.
fn plural(name: &str) -> String {
    let words = match name {
        "AllergyIntolerance" => "allergies",
        "AuditEvent" => "the log of who looked",
        "CarePlan" => "care plans",
        "Condition" => "health problems",
        "Consent" => "consents",
        "DiagnosticReport" => "reports of tests",
        "DocumentReference" => "letters and documents",
        "Encounter" => "visits",
        "Immunization" => "vaccinations",
        "MedicationRequest" => "prescriptions",
        "Observation" => "measurements and test results",
        "Patient" => "name, birth date and address",
        "Procedure" => "procedures",
        _ => "",
    };
    if !words.is_empty() {
        return words.to_owned();
    }
    let mut spelt = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !spelt.is_empty() {
            spelt.push(' ');
        }
        spelt.push(letter.to_ascii_lowercase());
    }
    format!("{spelt} records")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_said_in_words() {
        assert_eq!(words("patient/Observation.rs"), "read measurements and test results");
        assert_eq!(words("patient/Consent.crus"), "read and write consents");
        assert_eq!(words("patient/*.rs"), "read everything in the record");
        assert_eq!(words("patient/RelatedPerson.rs"), "read related person records");
        assert_eq!(
            words("patient/Observation.rs?category=urn:x|vital-signs"),
            "read measurements and test results, only vital signs"
        );
    }
}
