//! The source's verification service (CAVS): what does it say of the target?
//!
//! HL7 CCDE track 2017 names the service and leaves its interface blank; form and answer are those of the one server that
//! ran it, in both of the layouts that are out there. The source asks it anyway at `$authorize`; asked early, the person
//! knows before signing. Laws: only `approved` is a yes; silence is "nobody knows", never a no; the words are a quotation.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::introduce::{Card, Introduction};
use crate::{
    http::{Body, Http, Request},
    review::{EndorsementKind, EndorsementView, ServiceState, ServiceView},
    text::{name, quoted},
};

/// Longest answer that is read, and most endorsements that are shown.
const LONGEST: usize = 64 * 1024;
const MOST: usize = 12;

/// The person waits for it, and it is not needed.
const PATIENCE: Duration = Duration::from_secs(8);

/// Asks the service at `place` about the target.
pub async fn ask(http: &Http, place: &Url, target: &Introduction) -> ServiceView {
    // A bare key cannot be asked about: the service knows JWTs.
    let Card::Jwt(jwt) = target.card() else { return ServiceView::default() };
    let form = vec![("jwt".to_owned(), jwt.clone())];
    let request =
        Request::post(place.clone(), Body::Form(form)).named("cavs").limit(LONGEST).deadline(PATIENCE);
    let said = match http.send(request).await {
        Ok(answer) if answer.ok() => answer.json::<Value>().ok().as_ref().and_then(read),
        _ => None,
    };
    let (state, message, endorsements) = said.unwrap_or((ServiceState::Unreachable, None, Vec::new()));
    let host = place.host_str().unwrap_or_default();
    let host = place.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    ServiceView { state, host: Some(host), message, endorsements }
}

type Said = (ServiceState, Option<String>, Vec<EndorsementView>);

/// `None` for what is no answer of such a service.
fn read(document: &Value) -> Option<Said> {
    let status = document.get("status")?.as_str()?;
    let endorsements: Vec<EndorsementView> = document
        .get("endorsements")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(endorsement)
        .take(MOST)
        .collect();
    let warned = endorsements.iter().any(|one| one.kind == EndorsementKind::Warning);
    let state = match status.to_ascii_lowercase().as_str() {
        "approved" if warned => ServiceState::Warned,
        "approved" => ServiceState::Approved,
        "unknown" => ServiceState::Unknown,
        "unsuitable" => ServiceState::Unsuitable,
        "invalid" => ServiceState::Invalid,
        _ => ServiceState::NotApproved,
    };
    let message = document.get("message").and_then(Value::as_str).map(|text| quoted(text, 300));
    Some((state, message.filter(|text| !text.is_empty()), endorsements))
}

/// `type` and `comment` are beside `endorser`, or inside of it.
fn endorsement(item: &Value) -> Option<EndorsementView> {
    let endorser = item.get("endorser").filter(|endorser| endorser.is_object());
    let inside = |member: &str| endorser.and_then(|endorser| endorser.get(member)).and_then(Value::as_str);
    let either = |member: &str| item.get(member).and_then(Value::as_str).or_else(|| inside(member));
    let kind = match either("type") {
        Some("approval") => EndorsementKind::Approval,
        Some("warning") => EndorsementKind::Warning,
        _ => EndorsementKind::UsageNote,
    };
    let comment = either("comment").map(|text| quoted(text, 300)).filter(|text| !text.is_empty());
    let by = inside("name").map(name).filter(|text| !text.is_empty());
    let host =
        inside("url").and_then(|url| Url::parse(url).ok()).and_then(|url| url.host_str().map(str::to_owned));
    (comment.is_some() || by.is_some()).then_some(EndorsementView { kind, comment, by, host })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Said, ask, read};
    use crate::{
        exchange::introduce::tests::introduction,
        fhir::stage::{Says, Stage},
        review::{EndorsementKind, ServiceState},
    };

    async fn asked(says: Says) -> (crate::review::ServiceView, Stage) {
        let stage = Stage::in_turn([says]);
        let place = stage.base.url().join("/oauth/cavs").unwrap();
        (ask(&stage.http, &place, &introduction().await).await, stage)
    }

    fn said(document: Value) -> Said {
        read(&document).unwrap()
    }

    #[test]
    fn only_approved_is_a_yes() {
        for (status, state) in [
            ("approved", ServiceState::Approved),
            ("Approved", ServiceState::Approved),
            ("unknown", ServiceState::Unknown),
            ("unsuitable", ServiceState::Unsuitable),
            ("invalid", ServiceState::Invalid),
            ("approved-ish", ServiceState::NotApproved),
            ("", ServiceState::NotApproved),
        ] {
            assert_eq!(said(json!({ "status": status })).0, state, "{status}");
        }
    }

    #[test]
    fn a_warning_is_told_also_when_it_approves_in_both_layouts() {
        let inside = json!([{"endorser": {"name": "N", "url": "https://n.example/x", "type": "warning", "comment": "C"}}]);
        let beside = json!([{"type": "warning", "comment": "C", "endorser": {"name": "N", "url": "https://n.example/x"}}]);
        for endorsements in [inside, beside] {
            let (state, _, found) = said(json!({"status": "approved", "endorsements": endorsements}));
            assert_eq!(state, ServiceState::Warned);
            let one = &found[0];
            assert_eq!(
                (one.kind, one.comment.as_deref(), one.by.as_deref()),
                (EndorsementKind::Warning, Some("C"), Some("N"))
            );
            assert_eq!(one.host.as_deref(), Some("n.example"));
        }
    }

    #[test]
    fn odd_endorsements_are_left_out_and_many_are_cut() {
        let odd = json!({"status": "approved", "endorsements": [7, null, {}, {"endorser": "N"}, {"type": "warning"}]});
        assert_eq!(said(odd), (ServiceState::Approved, None, Vec::new()));
        let many: Vec<Value> = (0..100).map(|n| json!({"comment": format!("{n}")})).collect();
        let (_, message, found) =
            said(json!({"status": "approved", "message": "a\u{202E}b\n", "endorsements": many}));
        assert_eq!((found.len(), message.as_deref()), (12, Some("ab")));
        assert!(read(&json!([])).is_none() && read(&json!({"status": 1})).is_none());
    }

    #[tokio::test]
    async fn a_service_that_gives_no_answer_says_nothing() {
        for says in [
            Says::hang_up(),
            Says::status(404),
            Says::json(500, &json!({"status": "approved"})),
            Says::text(200, "text/html", "<html>approved</html>"),
            Says::json(200, &json!({"ok": true})),
            Says::status(302).header("location", "/elsewhere"),
            Says::text(
                200,
                "application/json",
                &format!("{{\"status\":\"approved\",\"x\":\"{}\"}}", "x".repeat(70_000)),
            ),
        ] {
            let (view, _) = asked(says).await;
            assert_eq!(view.state, ServiceState::Unreachable);
        }
    }

    #[tokio::test]
    async fn the_jwt_goes_into_the_form_and_no_token_with_it() {
        let (view, stage) = asked(Says::json(200, &json!({"status": "approved", "message": "Fine"}))).await;
        assert_eq!((view.state, view.message.as_deref()), (ServiceState::Approved, Some("Fine")));
        let asked = stage.asked().remove(0);
        assert_eq!((asked.method.as_str(), asked.path()), ("POST", "/oauth/cavs"));
        assert!(asked.body.starts_with("jwt=ey") && asked.header("authorization").is_none());
    }
}
