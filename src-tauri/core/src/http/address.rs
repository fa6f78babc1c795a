//! Which web addresses this app uses at all (RFC 9700 §2.6, SMART App Launch "TLS").
//!
//! Law: https, or the exact origin of a socket that this process opened. What a person typed is read
//! strictly: no user info, no fragment, no characters that a person cannot see.

use url::{Host, Url};

use super::HttpError;

/// The longest address that is read.
const LONGEST: usize = 2048;

/// Reads what a person typed; `https://` is added when no scheme is there.
pub(super) fn typed(text: &str) -> Result<Url, HttpError> {
    let text = text.trim();
    let odd = |c: char| c.is_control() || c == '\\' || hidden(c);
    if text.is_empty() || text.len() > LONGEST || text.chars().any(odd) {
        return Err(HttpError::NotAnAddress);
    }
    let full = match text.split_once("://") {
        Some((_, rest)) if rest.starts_with('/') => return Err(HttpError::NotAnAddress),
        Some(_) => text.to_owned(),
        None if text.starts_with('/') => return Err(HttpError::NotAnAddress),
        None => format!("https://{text}"),
    };
    let url = Url::parse(&full).map_err(|_| HttpError::NotAnAddress)?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || !plain(&url) {
        return Err(HttpError::NotAnAddress);
    }
    Ok(url)
}

/// Whether the URL has a host and neither user info nor fragment.
pub(super) fn plain(url: &Url) -> bool {
    url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
        && url.host_str().is_some_and(|host| !host.is_empty() && host.is_ascii())
}

/// Whether the host is this computer: such requests never go through a proxy.
pub(super) fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

/// Characters that an address may hold without anybody seeing them.
fn hidden(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::{loopback, typed};
    use crate::http::HttpError;

    #[test]
    fn adds_https_and_keeps_what_was_typed() {
        for (text, url) in [
            ("ehr.example", "https://ehr.example/"),
            ("  ehr.example/fhir/r4 ", "https://ehr.example/fhir/r4"),
            ("ehr.example:8443/r4", "https://ehr.example:8443/r4"),
            ("HTTPS://EHR.example/R4", "https://ehr.example/R4"),
            ("https://ehr.example/my path", "https://ehr.example/my%20path"),
            ("bücher.example", "https://xn--bcher-kva.example/"),
        ] {
            assert_eq!(typed(text).map(String::from).as_deref(), Ok(url), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "   ",
            "Spruce Harbor Clinic",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://ehr.example",
            "smb://ehr.example/share",
            "https:ehr.example",
            "https:///ehr.example",
            "//ehr.example",
            "https://",
            "https://user@ehr.example",
            "https://user:pass@ehr.example/r4",
            "http://127.0.0.1@evil/",
            "https://ehr.example/r4#x",
            "https://ehr.example/r4?x=1",
            "https://ehr.example\\@evil.example",
            "https:\\\\ehr.example",
            "https://ehr.example/\u{202E}4r",
            "https://ehr\u{200B}.example",
            "https://ehr.\nexample",
            "https://ehr.example\t/r4",
            "https://ehr.example\u{0}",
            "https://ehr example/",
            "https://ehr.example:99999/",
            "https://%00/",
            "https://[::1",
            "https://256.256.256.256/",
        ] {
            assert_eq!(typed(text), Err(HttpError::NotAnAddress), "{text:?}");
        }
        assert_eq!(typed(&format!("https://ehr.example/{}", "a".repeat(3000))), Err(HttpError::NotAnAddress));
    }

    #[test]
    fn knows_this_computer_in_every_spelling() {
        let host = |text: &str| loopback(&url::Url::parse(text).unwrap());
        for this in [
            "http://127.0.0.1:1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://[::1]/",
            "http://localhost/",
            "http://a.localhost./",
            "http://0/",
        ] {
            assert!(host(this), "{this}");
        }
        for other in ["http://127.0.0.1.example/", "http://localhost.example/", "http://10.0.0.1/"] {
            assert!(!host(other), "{other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_an_address_or_not(text in "(https?://)?[\\PC]{0,60}") {
            if let Ok(url) = typed(&text) {
                proptest::prop_assert!(super::plain(&url) && url.query().is_none());
            }
        }
    }
}
