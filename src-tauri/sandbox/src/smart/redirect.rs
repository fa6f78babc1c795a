//! Where a browser may be sent after sign-in: loopback redirects of a native app (RFC 8252 §7.3).
//!
//! `http://127.0.0.1:<any port>/callback/<one segment>` and nothing else. `localhost` is refused: it
//! can resolve to somebody else's socket.

use url::Url;

/// Whether the public client may be answered there. Compared on the text, not on what a parser
/// makes of it, so no second spelling slips through.
pub(super) fn is_registered(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("http://127.0.0.1:") else {
        return false;
    };
    let Some((port, path)) = rest.split_once('/') else {
        return false;
    };
    let port_is_plain = !port.is_empty()
        && port.bytes().all(|digit| digit.is_ascii_digit())
        && !port.starts_with('0')
        && port.parse::<u16>().is_ok();
    let segment_is_plain = path.strip_prefix("callback/").is_some_and(|segment| {
        !segment.is_empty()
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'))
            && !segment.starts_with('.')
    });
    port_is_plain && segment_is_plain
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
        assert!(is_registered("http://127.0.0.1:43117/callback/spruce-harbor"));
        assert!(is_registered("http://127.0.0.1:1/callback/0b9f2d0e-6a0e-4a57-9a43-6a6f9d1c8c11"));
    }

    #[test]
    fn refuses_every_other_spelling() {
        for uri in [
            "http://localhost:43117/callback/a",
            "http://127.0.0.1/callback/a",
            "http://127.0.0.1:0/callback/a",
            "http://127.0.0.1:99999/callback/a",
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
            assert!(!is_registered(uri), "{uri}");
        }
    }
}
