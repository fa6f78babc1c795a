//! The query with which the browser comes back (RFC 6749 §4.1.2, RFC 9207, RFC 9700 §4.7).
//!
//! Law: `state` is looked at first. Whoever does not know it can neither end nor colour a sign-in; such a
//! request is noise, and noise uses nothing up.

use std::collections::HashSet;

use super::reply::{OAuthCode, said};
use crate::secret::Secret;

/// Longest code that is taken, in bytes.
const LONGEST: usize = 4096;

/// What the EHR answered.
#[derive(Clone, Debug)]
pub struct Callback {
    /// A code, or why there is none.
    pub outcome: Result<Secret, Refusal>,
    /// The issuer that answered, when it says so.
    pub iss: Option<String>,
}

/// The EHR's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its code.
    pub code: OAuthCode,
    /// Its words, cleaned.
    pub said: Option<String>,
}

/// A request that is not the answer that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise;

/// Reads the raw query.
///
/// # Errors
/// [`Noise`] when `state` is wrong, anything comes twice, or there is not exactly one of `code` and `error`.
pub fn read(query: &str, state: &Secret) -> Result<Callback, Noise> {
    let pairs = pairs(query)?;
    let mut states = pairs.iter().filter(|(name, _)| name == "state");
    match (states.next(), states.next()) {
        (Some((_, given)), None) if state.same_as(given) => {}
        _ => return Err(Noise),
    }
    let mut seen = HashSet::new();
    if !pairs.iter().all(|(name, _)| seen.insert(name.as_str())) {
        return Err(Noise);
    }
    let get = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let outcome = match (get("code"), get("error")) {
        (Some(code), None) if opaque(code) => Ok(Secret::new(code)),
        (None, Some(error)) if !error.is_empty() => {
            Err(Refusal { code: OAuthCode::parse(error), said: said(get("error_description")) })
        }
        _ => return Err(Noise),
    };
    Ok(Callback { outcome, iss: get("iss").map(str::to_owned) })
}

/// Visible ASCII and spaces (RFC 6749 appendix A.11).
fn opaque(code: &str) -> bool {
    (1..=LONGEST).contains(&code.len()) && code.bytes().all(|b| (0x20..=0x7e).contains(&b))
}

/// Form-decoded pairs; a broken escape or bytes that are no UTF-8 make all of it noise.
fn pairs(query: &str) -> Result<Vec<(String, String)>, Noise> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, Noise> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    rest.next().and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok())
                };
                let (high, low) = (digit().ok_or(Noise)?, digit().ok_or(Noise)?);
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| Noise)
}

#[cfg(test)]
mod tests {
    use super::{Noise, Refusal, read};
    use crate::{secret::Secret, smart::reply::OAuthCode};

    fn state() -> Secret {
        Secret::new("S-1_x")
    }

    fn code(query: &str) -> Option<String> {
        read(query, &state()).ok()?.outcome.ok().map(|code| code.expose().to_owned())
    }

    #[test]
    fn takes_the_well_formed_answer() {
        assert_eq!(code("code=abc&state=S-1_x").as_deref(), Some("abc"));
        assert_eq!(code("state=S-1_x&&code=a%2Fb+c%20d&session_state=1").as_deref(), Some("a/b c d"));
        assert_eq!(
            read("code=a&state=S-1_x&iss=https%3A%2F%2Fehr.example", &state()).unwrap().iss.as_deref(),
            Some("https://ehr.example")
        );
    }

    #[test]
    fn a_code_stays_one_opaque_value() {
        assert_eq!(code("state=S-1_x&code=x%26client_id%3Devil").as_deref(), Some("x&client_id=evil"));
    }

    #[test]
    fn noise_is_everything_that_does_not_know_the_state() {
        for query in [
            "",
            "code=abc",
            "code=abc&state=",
            "code=abc&state=s-1_x",
            "code=abc&state=S-1_x%00",
            "code=abc&state=S-1_xx",
            "code=abc&state=S-1_x&state=S-1_x",
            "code=abc&state=no&state=S-1_x",
            "error=access_denied&error_description=CALL+555",
            "error=access_denied&state=other",
            "code=abc&State=S-1_x",
            "code=abc&state[]=S-1_x",
        ] {
            assert_eq!(read(query, &state()).err(), Some(Noise), "{query}");
        }
    }

    #[test]
    fn noise_is_also_what_contradicts_itself() {
        let long = format!("state=S-1_x&code={}", "a".repeat(4097));
        let many = format!("state=S-1_x&code=a{}", "&x=1".repeat(1000));
        for query in [
            "state=S-1_x",
            "state=S-1_x&code=",
            "state=S-1_x&code=a&code=a",
            "state=S-1_x&code=a&error=x",
            "state=S-1_x&error=",
            "state=S-1_x&code=a&iss=a&iss=b",
            "state=S-1_x&code=a%0D%0Ab",
            "state=S-1_x&code=%",
            "state=S-1_x&code=%G0",
            "state=S-1_x&code=a%C0%AF",
            "state=S-1_x&code=%FF",
            "state=S-1_x&code=a&x=1&x=1",
            "state=S-1_x&code=%2",
            "code&state=S-1_x",
            long.as_str(),
            many.as_str(),
        ] {
            assert_eq!(read(query, &state()).err(), Some(Noise), "{query}");
        }
    }

    #[test]
    fn hands_on_the_servers_no_as_plain_words() {
        let refusal = |query: &str| read(query, &state()).unwrap().outcome.unwrap_err();
        assert_eq!(
            refusal(
                "state=S-1_x&error=access_denied&error_description=You+said%0A%E2%80%AEno&error_uri=http://evil"
            ),
            Refusal { code: OAuthCode::AccessDenied, said: Some("You said no".into()) }
        );
        for (error, known) in [
            ("unauthorized_client", OAuthCode::UnknownApp),
            ("invalid_scope", OAuthCode::InvalidScope),
            ("server_error", OAuthCode::ServerTrouble),
            ("temporarily_unavailable", OAuthCode::ServerTrouble),
            ("login_required", OAuthCode::InteractionNeeded),
            ("<b>", OAuthCode::Other),
        ] {
            assert_eq!(refusal(&format!("state=S-1_x&error={error}")).code, known);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_query_is_an_answer_or_noise(query in "(state=S-1_x&)?[a-z=&%+0-9\\PC]{0,80}") {
            let _ = read(&query, &state());
        }
    }
}
