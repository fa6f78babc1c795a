//! What a token endpoint answers (RFC 6749 §5, SMART App Launch 2.2 "token response").
//!
//! Read by hand because real servers write `expires_in` as text, `refresh_token: null`, and any spelling
//! of "Bearer". Tolerant in form, strict in what could do harm: a token that could break out of a header
//! field, or a patient id that could change a URL, is refused.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{http::Answer, secret::Secret, text};

/// Longest token that is taken, in bytes.
const LONGEST: usize = 16 * 1024;
/// Lifetime to plan with when the server does not say one.
const UNSAID: Duration = Duration::from_secs(300);
const SHORTEST: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A token reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The access token.
    pub access: Secret,
    /// How long to use it: between 1 second and 1 day.
    pub lasts: Duration,
    /// The refresh token, when there is one.
    pub refresh: Option<Secret>,
    /// The granted scopes; `None` means as asked (RFC 6749 §5.1).
    pub scope: Option<String>,
    /// Whose records these are.
    pub patient: Whose,
    /// Who signed in.
    pub id_token: Option<Secret>,
}

/// The patient of a token reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A FHIR id.
    Patient(String),
    /// Missing, null or empty.
    NotSaid,
    /// Something that is no id.
    Unusable,
}

/// The registered error codes that are told apart (RFC 6749 §4.1.2.1, §5.2, OpenID Connect Core §3.1.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthCode {
    /// The person said no.
    AccessDenied,
    /// The app is not known there, or may not do this.
    UnknownApp,
    /// The code or refresh token is used, old, or another app's.
    InvalidGrant,
    /// A scope is not offered.
    InvalidScope,
    /// The server wants the person to do something on its page first.
    InteractionNeeded,
    /// The server has trouble.
    ServerTrouble,
    /// Anything else.
    Other,
}

impl OAuthCode {
    /// Reads the value of `error`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "access_denied" => Self::AccessDenied,
            "invalid_client" | "unauthorized_client" => Self::UnknownApp,
            "invalid_grant" => Self::InvalidGrant,
            "invalid_scope" => Self::InvalidScope,
            "interaction_required" | "login_required" | "account_selection_required" | "consent_required" => {
                Self::InteractionNeeded
            }
            "server_error" | "temporarily_unavailable" => Self::ServerTrouble,
            _ => Self::Other,
        }
    }
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoToken {
    /// The server said no. It did not use up a refresh token by that, unless it says so.
    Refused {
        /// Its code.
        code: OAuthCode,
        /// Its words, cleaned, at most 300 characters.
        said: Option<String>,
    },
    /// It asks to wait; it did not look at the request.
    Busy {
        /// How long, when it says so.
        wait: Option<Duration>,
    },
    /// It has trouble (5xx); nobody knows how far it came.
    Trouble,
    /// It answered something else.
    Unreadable,
}

/// Reads the answer of a token endpoint.
///
/// # Errors
/// See [`NoToken`].
pub fn read(answer: &Answer, now: Timestamp) -> Result<Reply, NoToken> {
    let json = matches!(answer.content_type().as_deref(), Some(kind) if kind == "application/json" || kind.ends_with("+json"));
    let members = answer.json::<Map<String, Value>>().ok().filter(|_| json);
    if answer.status == 200 {
        return members.and_then(|m| tokens(&m)).ok_or(NoToken::Unreadable);
    }
    // Neither was processed (RFC 9110 §15.6.4, RFC 6585 §4): what was sent may be sent again.
    if matches!(answer.status, 429 | 503) {
        return Err(NoToken::Busy { wait: answer.retry_after(now) });
    }
    let text = |member: &str| members.as_ref()?.get(member)?.as_str();
    match (text("error"), answer.status) {
        // Some servers answer 500 for every refusal and still name the reason.
        (Some(error), 400..=599) => {
            Err(NoToken::Refused { code: OAuthCode::parse(error), said: said(text("error_description")) })
        }
        (None, 400..=499) => Err(NoToken::Refused { code: OAuthCode::Other, said: None }),
        (_, 500..=599) => Err(NoToken::Trouble),
        _ => Err(NoToken::Unreadable),
    }
}

/// A server's words: plain text, at most 300 characters.
pub(super) fn said(words: Option<&str>) -> Option<String> {
    words.map(|w| text::quoted(w, 300)).filter(|w| !w.is_empty())
}

fn tokens(members: &Map<String, Value>) -> Option<Reply> {
    let kind = members.get("token_type")?.as_str()?;
    if !kind.eq_ignore_ascii_case("bearer") {
        return None;
    }
    Some(Reply {
        access: token(members, "access_token")??,
        lasts: lasts(members.get("expires_in")),
        refresh: token(members, "refresh_token")?,
        scope: members.get("scope").and_then(Value::as_str).map(str::to_owned),
        patient: whose(members.get("patient")),
        id_token: token(members, "id_token")?,
    })
}

/// Outer `None`: there is one, and it is not usable.
fn token(members: &Map<String, Value>, name: &str) -> Option<Option<Secret>> {
    token_text(members.get(name)).ok()
}

/// There is something, and it is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unusable;

/// A secret from a server. Missing, null and empty mean that there is none.
pub(super) fn token_text(value: Option<&Value>) -> Result<Option<Secret>, Unusable> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_graphic()) => {
            Ok(Some(Secret::new(text.as_str())))
        }
        Some(_) => Err(Unusable),
    }
}

fn lasts(value: Option<&Value>) -> Duration {
    let seconds = match value {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    seconds
        .map_or(UNSAID, |s: f64| Duration::from_secs_f64(s.clamp(SHORTEST.as_secs_f64(), DAY.as_secs_f64())))
}

fn whose(value: Option<&Value>) -> Whose {
    match value {
        None | Some(Value::Null) => Whose::NotSaid,
        Some(Value::String(text)) if text.is_empty() => Whose::NotSaid,
        Some(Value::String(text)) => fhir_id(text).map_or(Whose::Unusable, Whose::Patient),
        Some(_) => Whose::Unusable,
    }
}

/// A FHIR id (R4 §datatypes), also when the server wrote `Patient/` before it.
fn fhir_id(text: &str) -> Option<String> {
    let id = text.strip_prefix("Patient/").unwrap_or(text);
    let known = (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    (known && id != "." && id != "..").then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
    use serde_json::{Value, json};

    use super::{NoToken, OAuthCode, Reply, Whose, read};
    use crate::http::Answer;

    fn answer(status: u16, content_type: Option<&'static str>, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(kind) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        Answer { status, headers, body: body.into(), url: "https://ehr.example/token".parse().unwrap() }
    }

    fn with(change: Value) -> Result<Reply, NoToken> {
        let mut body =
            json!({"access_token": "acc", "token_type": "Bearer", "expires_in": 3600, "patient": "p1"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        read(&answer(200, Some("application/json;charset=UTF-8"), &body.to_string()), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn reads_lifetimes_however_they_are_written() {
        let cases = [
            (json!(3600), 3600),
            (json!("3600"), 3600),
            (json!(0), 1),
            (json!(-5), 1),
            (json!(59.9), 59),
            (json!(1e30), 86400),
            (json!("99999999999999999999"), 86400),
            (json!(null), 300),
            (json!("soon"), 300),
            (json!("-5"), 300),
            (json!([]), 300),
            (json!(""), 300),
        ];
        for (written, seconds) in cases {
            assert_eq!(
                with(json!({"expires_in": written.clone()})).unwrap().lasts.as_secs(),
                seconds,
                "{written}"
            );
        }
    }

    #[test]
    fn takes_bearer_in_any_spelling_and_nothing_else() {
        for kind in ["Bearer", "bearer", "bEaReR"] {
            assert!(with(json!({"token_type": kind})).is_ok());
        }
        for kind in [json!("mac"), json!(null), json!(1), json!("Bearer ")] {
            assert_eq!(with(json!({"token_type": kind})).err(), Some(NoToken::Unreadable));
        }
    }

    #[test]
    fn refuses_tokens_that_could_break_out_of_a_header() {
        for token in ["a\r\nX-Evil: 1", "a\nb", "a\0", "ä", "a b", "\u{7f}"] {
            assert_eq!(with(json!({"access_token": token})).err(), Some(NoToken::Unreadable), "{token:?}");
            assert_eq!(with(json!({"refresh_token": token})).err(), Some(NoToken::Unreadable), "{token:?}");
        }
        for token in [json!(""), json!(null), json!(5), json!({"a": 1})] {
            assert!(with(json!({"access_token": token})).is_err());
        }
        assert!(with(json!({"access_token": "urn:oauth:2f-9_~+/="})).is_ok());
        assert!(with(json!({"access_token": "x".repeat(16 * 1024)})).is_ok());
        assert!(with(json!({"access_token": "x".repeat(16 * 1024 + 1)})).is_err());
    }

    #[test]
    fn no_refresh_token_may_be_said_in_three_ways() {
        for none in [json!({}), json!({"refresh_token": null}), json!({"refresh_token": ""})] {
            assert!(with(none).unwrap().refresh.is_none());
        }
        assert_eq!(with(json!({"refresh_token": "r"})).unwrap().refresh.unwrap().expose(), "r");
    }

    #[test]
    fn missing_scope_is_told_from_empty_scope() {
        assert_eq!(with(json!({})).unwrap().scope, None);
        assert_eq!(with(json!({"scope": null})).unwrap().scope, None);
        assert_eq!(with(json!({"scope": ""})).unwrap().scope.as_deref(), Some(""));
    }

    #[test]
    fn a_patient_is_a_fhir_id() {
        assert_eq!(
            with(json!({"patient": "Patient/p-1.2"})).unwrap().patient,
            Whose::Patient("p-1.2".into())
        );
        for patient in [json!(""), json!(null)] {
            assert_eq!(with(json!({"patient": patient})).unwrap().patient, Whose::NotSaid);
        }
        for patient in
            [json!("a/b"), json!("../x"), json!(".."), json!("a?b"), json!(7), json!("x".repeat(65))]
        {
            assert_eq!(
                with(json!({"patient": patient.clone()})).unwrap().patient,
                Whose::Unusable,
                "{patient}"
            );
        }
    }

    #[test]
    fn needs_json_and_says_so_in_the_content_type() {
        let body = r#"{"access_token":"a","token_type":"Bearer"}"#;
        for kind in [None, Some("text/html"), Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            assert_eq!(
                read(&answer(200, kind, body), Timestamp::UNIX_EPOCH).err(),
                Some(NoToken::Unreadable)
            );
        }
        for body in
            ["", "null", "[]", "<html>", r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#]
        {
            assert_eq!(
                read(&answer(200, Some("application/json"), body), Timestamp::UNIX_EPOCH).err(),
                Some(NoToken::Unreadable),
                "{body}"
            );
        }
    }

    #[test]
    fn tells_refusals_apart() {
        let no = |status, body| {
            read(&answer(status, Some("application/json"), body), Timestamp::UNIX_EPOCH).err().unwrap()
        };
        let refused = |code, said: Option<&str>| NoToken::Refused { code, said: said.map(str::to_owned) };
        assert_eq!(
            no(400, r#"{"error":"invalid_grant","error_description":"too\u202e late"}"#),
            refused(OAuthCode::InvalidGrant, Some("too late"))
        );
        assert_eq!(no(401, r#"{"error":"invalid_client"}"#), refused(OAuthCode::UnknownApp, None));
        assert_eq!(
            no(500, r#"{"error":"invalid_grant"}"#),
            refused(OAuthCode::InvalidGrant, None),
            "seen in the field"
        );
        assert_eq!(no(403, "<html>"), refused(OAuthCode::Other, None));
        assert_eq!(no(502, "<html>"), NoToken::Trouble);
        assert_eq!(no(204, ""), NoToken::Unreadable);
        assert_eq!(no(201, r#"{"access_token":"a","token_type":"Bearer"}"#), NoToken::Unreadable);
    }

    #[test]
    fn busy_is_not_refused() {
        let mut busy = answer(429, None, "");
        busy.headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        assert_eq!(
            read(&busy, Timestamp::UNIX_EPOCH).err(),
            Some(NoToken::Busy { wait: Some(Duration::from_secs(7)) })
        );
    }

    #[test]
    fn shows_no_token() {
        let shown = format!(
            "{:?}",
            with(json!({"access_token": "canary-1", "refresh_token": "canary-2", "id_token": "canary-3"}))
                .unwrap()
        );
        assert!(!shown.contains("canary"), "{shown}");
    }
}
