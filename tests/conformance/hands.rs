//! A person at a browser who fills in whatever form a page shows: names, passwords, and yes. Nothing but HTTP.

use std::{collections::BTreeMap, io};

use consentry_core::outside::Browser;
use url::Url;

/// Pages that a sign-in may have.
const MOST_PAGES: usize = 10;

/// Who signs in.
#[derive(Clone)]
pub(crate) struct Hands {
    http: reqwest::Client,
    username: &'static str,
    password: &'static str,
}

impl Hands {
    /// # Panics
    /// When no client can be made.
    #[expect(clippy::disallowed_methods, reason = "a person's browser is not the app's way out")]
    pub(crate) fn of(username: &'static str, password: &'static str) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        Self { http: http.expect("a client"), username, password }
    }

    async fn walk(self, page: Url) -> Result<(), reqwest::Error> {
        let mut cookies = BTreeMap::new();
        let mut here = self.follow(&mut cookies, page.clone(), self.http.get(page)).await?;
        for _ in 0..MOST_PAGES {
            let Some((action, fields)) = self.form(&here.0, &here.1) else { return Ok(()) };
            let post = self.http.post(action.clone()).form(&fields);
            here = self.follow(&mut cookies, action, post).await?;
        }
        Ok(())
    }

    async fn follow(
        &self,
        cookies: &mut BTreeMap<(String, String), String>,
        mut url: Url,
        mut request: reqwest::RequestBuilder,
    ) -> Result<(Url, String), reqwest::Error> {
        loop {
            let origin = url.origin().ascii_serialization();
            let line: Vec<String> = cookies
                .iter()
                .filter(|((at, _), _)| *at == origin)
                .map(|((_, name), value)| format!("{name}={value}"))
                .collect();
            let answer = request.header("cookie", line.join("; ")).send().await?;
            for set in answer.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()) {
                if let Some((name, value)) = set.split(';').next().and_then(|pair| pair.split_once('=')) {
                    cookies.insert((origin.clone(), name.trim().to_owned()), value.trim().to_owned());
                }
            }
            let next = answer.headers().get("location").and_then(|v| v.to_str().ok());
            match next.and_then(|v| url.join(v).ok()) {
                Some(next) if answer.status().is_redirection() => {
                    request = self.http.get(next.clone());
                    url = next;
                }
                _ => return Ok((url, answer.text().await?)),
            }
        }
    }

    /// The first form that wants something, filled in.
    fn form(&self, page: &Url, html: &str) -> Option<(Url, Vec<(String, String)>)> {
        let (_, rest) = html.split_once("<form")?;
        let (head, rest) = rest.split_once('>')?;
        let (body, _) = rest.split_once("</form>")?;
        let action = page.join(&attribute(head, "action").unwrap_or_default()).ok()?;
        let inputs = body.split("<input").skip(1).chain(body.split("<button").skip(1));
        let fields = inputs.filter_map(|tag| {
            let tag = tag.split('>').next()?;
            let name = attribute(tag, "name")?;
            let value = match name.as_str() {
                "username" | "login" => self.username.to_owned(),
                "password" => self.password.to_owned(),
                "cancel" | "rememberMe" => return None,
                _ => attribute(tag, "value").unwrap_or_default(),
            };
            Some((name, value))
        });
        Some((action, fields.collect()))
    }
}

impl Browser for Hands {
    fn open(&self, page: &Url) -> io::Result<()> {
        tokio::spawn(self.clone().walk(page.clone()));
        Ok(())
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&"))
}
