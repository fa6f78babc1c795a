//! Direct addresses: `local@domain`, with or without `mailto:` before it.
//!
//! RFC 5321 §4.1.2 for the parts, RFC 6068 for `mailto:`. The law kept here: only plain mailboxes pass, so nothing
//! that a mail server would read as a command, a list or a header can be in one.

use std::fmt;

use crate::ways::AddressForm;

/// Longest address (RFC 5321 §4.5.3.1).
const LONGEST: usize = 254;

/// One mailbox. Two are equal when their local parts are the same and their domains differ in case at most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address {
    local: String,
    domain: String,
}

/// How an address was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// `mailto:a@b.example`
    Mailto,
    /// `a@b.example`
    Bare,
}

impl AddressForm {
    /// Whether `$pushStart` takes an address that is written so.
    pub(crate) fn takes(self, written: Written) -> bool {
        match self {
            Self::Either => true,
            Self::MailtoOnly => written == Written::Mailto,
            Self::BareOnly => written == Written::Bare,
        }
    }

    /// An address as this EHR writes it.
    pub(crate) fn write(self, address: &Address) -> String {
        match self {
            Self::Either | Self::MailtoOnly => format!("mailto:{address}"),
            Self::BareOnly => address.to_string(),
        }
    }
}

impl Address {
    /// Reads either form; none for anything but one plain mailbox.
    pub(crate) fn read(text: &str) -> Option<(Self, Written)> {
        let scheme = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        let (bare, written) = match scheme {
            Some(scheme) => (text.get(scheme.len()..)?, Written::Mailto),
            None => (text, Written::Bare),
        };
        let (local, domain) = bare.rsplit_once('@')?;
        let fits = bare.len() <= LONGEST && dotted(local, is_atext) && dotted(domain, is_label);
        if !fits || !domain.contains('.') {
            return None;
        }
        Some((Self { local: local.to_owned(), domain: domain.to_ascii_lowercase() }, written))
    }

    /// The mailbox of a text in either form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::read(text).map(|(address, _)| address)
    }

    pub(crate) fn domain(&self) -> &str {
        &self.domain
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// Non-empty parts between dots.
fn dotted(text: &str, fits: fn(u8) -> bool) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(fits))
}

fn is_atext(byte: u8) -> bool {
    // `%` would need decoding in a `mailto:`, and `?` would begin its headers.
    byte.is_ascii_alphanumeric() || b"!#$&'*+-/=^_`{|}~".contains(&byte)
}

fn is_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_and_the_case_of_the_domain_do_not_matter() {
        let (one, written) = Address::read("mailto:Records@Direct.Tern-Bay.example").unwrap();
        assert_eq!(written, Written::Mailto);
        let (other, written) = Address::read("Records@direct.tern-bay.example").unwrap();
        assert_eq!(written, Written::Bare);
        assert_eq!(one, other);
        assert_ne!(one, Address::parse("records@direct.tern-bay.example").unwrap());
    }

    #[test]
    fn takes_one_plain_mailbox_and_nothing_else() {
        for odd in [
            "",
            "mailto:",
            "records",
            "@tern-bay.example",
            "records@",
            "records@localhost",
            "a@b@tern-bay.example",
            "a,b@tern-bay.example",
            "a@tern-bay.example,b@tern-bay.example",
            "a@tern-bay.example?bcc=b@elsewhere.example",
            "Records <a@tern-bay.example>",
            "a@tern-bay.example\r\nRCPT TO:<b@elsewhere.example>",
            "a b@tern-bay.example",
            "a@tern..bay.example",
            "%61@tern-bay.example",
            "https://tern-bay.example",
            "ü@tern-bay.example",
        ] {
            assert!(Address::parse(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_way_decides_which_form_is_taken_and_written() {
        let address = Address::parse("a@b.example").unwrap();
        assert!(AddressForm::Either.takes(Written::Bare));
        assert!(!AddressForm::MailtoOnly.takes(Written::Bare));
        assert!(!AddressForm::BareOnly.takes(Written::Mailto));
        assert_eq!(AddressForm::MailtoOnly.write(&address), "mailto:a@b.example");
        assert_eq!(AddressForm::BareOnly.write(&address), "a@b.example");
    }
}
