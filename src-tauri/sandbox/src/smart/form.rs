//! Parameters of a request or a form, each at most once (RFC 6749 §3.1).

use url::form_urlencoded;

/// A parameter came twice, so nobody can say which one counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} was given twice")]
pub(crate) struct Repeated(String);

/// Decoded parameters in the order given. An empty value counts as none.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Decodes a query or an `application/x-www-form-urlencoded` body.
    pub(crate) fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The value of a parameter.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut found = self.all(name);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            _ => Err(Repeated(name.to_owned())),
        }
    }

    /// The value of a parameter on one of our own pages, where a second one is tampering.
    pub(crate) fn only(&self, name: &str) -> &str {
        self.one(name).ok().flatten().unwrap_or("")
    }

    /// Every value of a parameter, as check boxes send them.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_given_twice_is_refused_and_an_empty_one_is_absent() {
        let form = Form::read(b"code=a&code=b&state=&scope=patient%2F*.rs");
        assert!(form.one("code").is_err());
        assert_eq!(form.one("state"), Ok(None));
        assert_eq!(form.one("scope"), Ok(Some("patient/*.rs")));
    }
}
