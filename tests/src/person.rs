//! A person at a browser: signs in on the hospital's pages, picks a chart, allows what is asked, and comes back to
//! the app, with nothing but HTTP. Does what a browser does with cookies and redirects.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use consentry_core::outside::Browser;
use consentry_sandbox::{Login, Sandbox};
use url::Url;

/// What the person does on the pages.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Whose login is typed: the full name of the person.
    pub who: String,
    /// Whose chart is picked, when there are several.
    pub chart: Option<String>,
    /// Scopes that are unticked on the "allow" page.
    pub untick: Vec<String>,
    /// Says no on the "allow" page.
    pub deny: bool,
    /// Opens the page and walks away.
    pub walk_away: bool,
}

/// A person.
pub struct Person {
    manner: Mutex<Manner>,
    logins: Vec<(String, Vec<Login>)>,
    opened: Mutex<Vec<Url>>,
    http: reqwest::Client,
}

impl Person {
    /// Somebody who has a login at both hospitals.
    ///
    /// # Panics
    /// When no client can be made.
    #[must_use]
    pub fn new(who: &str, sandbox: &Sandbox) -> Self {
        Self::known_at(who, &[sandbox])
    }

    /// Somebody who has a login at all of these hospitals.
    ///
    /// # Panics
    /// When no client can be made.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a person's browser is not the app's way out")]
    pub fn known_at(who: &str, sandboxes: &[&Sandbox]) -> Self {
        let manner =
            Manner { who: who.to_owned(), chart: None, untick: Vec::new(), deny: false, walk_away: false };
        let ehrs = sandboxes.iter().flat_map(|sandbox| sandbox.ehrs());
        let logins = ehrs.map(|e| (origin(e.base()), e.logins())).collect();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        Self { manner: Mutex::new(manner), logins, opened: Mutex::default(), http }
    }

    /// Changes what the person does.
    pub fn will(&self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.manner.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Every page that the app asked to open.
    #[must_use]
    pub fn opened(&self) -> Vec<Url> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Posts a resource by hand, with somebody's `Authorization` field. Gives the status.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn posts(&self, address: &str, authorization: &str, resource: &serde_json::Value) -> u16 {
        let request = self.http.post(address).header("authorization", authorization);
        let request = request.header("content-type", "application/fhir+json").body(resource.to_string());
        request.send().await.expect("an answer").status().as_u16()
    }

    fn login(&self, page: &Url, who: &str) -> Option<Login> {
        let at = origin(page);
        let (_, logins) = self.logins.iter().find(|(origin, _)| *origin == at)?;
        logins.iter().find(|l| l.who == who).cloned()
    }

    async fn walk(
        http: reqwest::Client,
        page: Url,
        login: Login,
        manner: Manner,
    ) -> Result<(), reqwest::Error> {
        let mut tab = Tab { http, cookies: HashMap::new() };
        let mut here = tab.get(page).await?;
        for _ in 0..6 {
            let Some(form) = Form::read(&here.1) else { return Ok(()) };
            let fields = form.filled(&login, &manner);
            let Ok(action) = here.0.join(&form.action) else { return Ok(()) };
            here = tab.post(action, &fields).await?;
        }
        Ok(())
    }
}

impl Browser for Person {
    fn open(&self, page: &Url) -> io::Result<()> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).push(page.clone());
        let manner = self.manner.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if manner.walk_away {
            return Ok(());
        }
        let login = self.login(page, &manner.who).ok_or_else(|| io::Error::other("no login there"))?;
        tokio::spawn(Self::walk(self.http.clone(), page.clone(), login, manner));
        Ok(())
    }
}

/// A browser that cannot be started.
pub struct NoBrowser;

impl Browser for NoBrowser {
    fn open(&self, _page: &Url) -> io::Result<()> {
        Err(io::Error::other("no browser"))
    }
}

/// Shares a browser between the app and the test.
#[must_use]
pub fn shared(browser: impl Browser + 'static) -> Arc<dyn Browser> {
    Arc::new(browser)
}

struct Tab {
    http: reqwest::Client,
    cookies: HashMap<String, HashMap<String, String>>,
}

impl Tab {
    async fn get(&mut self, url: Url) -> Result<(Url, String), reqwest::Error> {
        let request = self.http.get(url.clone());
        self.send(url, request).await
    }

    async fn post(&mut self, url: Url, fields: &[(String, String)]) -> Result<(Url, String), reqwest::Error> {
        let request = self.http.post(url.clone()).form(fields);
        self.send(url, request).await
    }

    async fn send(
        &mut self,
        url: Url,
        request: reqwest::RequestBuilder,
    ) -> Result<(Url, String), reqwest::Error> {
        let (mut url, mut request) = (url, request);
        loop {
            let cookies = self.cookies.entry(origin(&url)).or_default();
            if !cookies.is_empty() {
                let line: Vec<String> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
                request = request.header("cookie", line.join("; "));
            }
            let answer = request.send().await?;
            for line in answer.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()) {
                if let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) {
                    cookies.insert(name.trim().to_owned(), value.trim().to_owned());
                }
            }
            let next =
                answer.headers().get("location").and_then(|v| v.to_str().ok()).and_then(|v| url.join(v).ok());
            match next {
                Some(next) if answer.status().is_redirection() => {
                    request = self.http.get(next.clone());
                    url = next;
                }
                _ => return Ok((url, answer.text().await?)),
            }
        }
    }
}

/// A form of a page, read as a browser would.
struct Form {
    action: String,
    inputs: Vec<Input>,
}

struct Input {
    kind: String,
    name: String,
    value: String,
    checked: bool,
    label: String,
}

impl Form {
    fn read(html: &str) -> Option<Self> {
        let (_, rest) = html.split_once("<form")?;
        let (body, _) = rest.split_once("</form>")?;
        let (head, body) = body.split_once('>')?;
        let mut inputs: Vec<Input> = Vec::new();
        for tag in body.split('<') {
            if let Some(tag) = tag.strip_prefix("input") {
                inputs.push(Input {
                    kind: attribute(tag, "type").unwrap_or_else(|| "text".to_owned()),
                    name: attribute(tag, "name").unwrap_or_default(),
                    value: attribute(tag, "value").unwrap_or_default(),
                    checked: tag.contains(" checked"),
                    label: String::new(),
                });
            } else if let (Some((_, words)), Some(last)) = (tag.split_once('>'), inputs.last_mut()) {
                // The words after a box or a button, until the next one, are its label.
                last.label.push_str(words);
            }
        }
        Some(Self { action: attribute(head, "action")?, inputs })
    }

    fn filled(&self, login: &Login, manner: &Manner) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        let (mut allows, mut radios) = (false, Vec::new());
        for input in &self.inputs {
            let value = match (input.kind.as_str(), input.name.as_str()) {
                (_, "username") => Some(login.username.clone()),
                (_, "password") => Some(login.password.clone()),
                ("hidden", _) => Some(input.value.clone()),
                ("checkbox", "scope") => {
                    allows = true;
                    (input.checked && !manner.untick.contains(&input.value)).then(|| input.value.clone())
                }
                ("checkbox", _) => input.checked.then(|| input.value.clone()),
                ("radio", "patient") => {
                    radios.push(input);
                    None
                }
                _ => None,
            };
            fields.extend(value.map(|v| (input.name.clone(), v)));
        }
        let wanted = manner.chart.as_deref().unwrap_or(&manner.who);
        if let Some(radio) = radios.iter().find(|r| r.label.contains(wanted)).or(radios.first()) {
            fields.push(("patient".to_owned(), radio.value.clone()));
        }
        if allows || self.action.contains("allow") || self.action.contains("decision") {
            fields.push(("decision".to_owned(), if manner.deny { "deny" } else { "allow" }.to_owned()));
        }
        fields
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
