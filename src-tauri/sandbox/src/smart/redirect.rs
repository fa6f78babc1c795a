//! Where a browser may be sent after sign-in: loopback redirects of a native app (RFC 8252 §7.3).
//!
//! `http://127.0.0.1` and nothing else, whatever a client registered. `localhost` is refused: it can resolve to
//! somebody else's socket. Compared on the text, not on what a parser makes of it, so no second spelling slips through.

use url::Url;

use crate::client::Redirects;

/// Whether the client may be answered there.
pub(super) fn is_registered(uri: &str, redirects: &Redirects) -> bool {
    let Some((_, path)) = loopback(uri) else {
        return false;
    };
    match redirects {
        Redirects::Loopback => path.strip_prefix("callback/").is_some_and(|segment| {
            !segment.is_empty() && !segment.contains('/') && !segment.starts_with('.')
        }),
        Redirects::AnyPort(known) => {
            known.iter().any(|known| loopback(known).is_some_and(|(_, other)| other == path))
        }
        Redirects::Exact(known) => known.iter().any(|known| known == uri),
    }
}

/// Whether an address may be registered: `http://127.0.0.1[:port]/path`, without query or fragment.
pub(super) fn is_native(uri: &str) -> bool {
    loopback(uri).is_some()
}

/// Port, when there is one, and path of a loopback address that is written plainly.
fn loopback(uri: &str) -> Option<(Option<u16>, &str)> {
    let rest = uri.strip_prefix("http://127.0.0.1")?;
    let (port, path) = rest.split_once('/')?;
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        None => return None,
        Some(digits) => {
            let is_plain = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
            Some(digits.parse().ok().filter(|_| is_plain)?)
        }
    };
    let is_plain = path
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/'));
    (is_plain && !path.split('/').any(|segment| matches!(segment, "." | ".."))).then_some((port, path))
}

/// The redirect with its answer. `uri` was checked by [`is_registered`] before it was stored.
pub(super) fn answer(uri: &str, parameters: &[(&str, &str)]) -> Option<String> {
    let mut url = Url::parse(uri).ok()?;
    url.query_pairs_mut().extend_pairs(parameters);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_any_port_and_one_segment() {
        for uri in [
            "http://127.0.0.1:43117/callback/spruce-harbor",
            "http://127.0.0.1:1/callback/0b9f2d0e-6a0e-4a57-9a43-6a6f9d1c8c11",
        ] {
            assert!(is_registered(uri, &Redirects::Loopback));
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        for uri in [
            "http://localhost:43117/callback/a",
            "http://127.0.0.1:0/callback/a",
            "http://127.0.0.1:99999/callback/a",
            "http://127.0.0.1:/callback/a",
            "http://127.0.0.1.evil.example/callback/a",
            "http://127.0.0.1:43117/callback",
            "http://127.0.0.1:43117/callback/",
            "http://127.0.0.1:43117/callback/a/b",
            "http://127.0.0.1:43117/callback/..",
            "http://127.0.0.1:43117/callback/a?next=x",
            "http://127.0.0.1:43117/callback/a#x",
            "http://127.0.0.1:43117@evil.example/callback/a",
            "http://127.0.0.1:43117\\@evil.example/callback/a",
            "https://127.0.0.1:43117/callback/a",
            "http://127.0.0.2:43117/callback/a",
            "http://[::1]:43117/callback/a",
            "consentry://callback/a",
        ] {
            assert!(!is_registered(uri, &Redirects::Loopback), "{uri}");
        }
    }

    #[test]
    fn a_registered_address_is_good_at_every_port_unless_its_port_is_fixed() {
        let known = || vec!["http://127.0.0.1:8080/cb/here".to_owned()];
        let (here, elsewhere) = ("http://127.0.0.1:8080/cb/here", "http://127.0.0.1:9090/cb/here");
        assert!(is_registered(here, &Redirects::AnyPort(known())));
        assert!(is_registered(elsewhere, &Redirects::AnyPort(known())));
        assert!(!is_registered("http://127.0.0.1:8080/cb/there", &Redirects::AnyPort(known())));
        assert!(is_registered(here, &Redirects::Exact(known())));
        assert!(!is_registered(elsewhere, &Redirects::Exact(known())));
        let strange = Redirects::Exact(vec!["https://evil.example/cb".to_owned()]);
        assert!(!is_registered("https://evil.example/cb", &strange));
    }
}
