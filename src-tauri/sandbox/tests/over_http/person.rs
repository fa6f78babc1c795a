//! A person with a browser: follows redirects, fills in forms, keeps cookies.

use std::{cell::RefCell, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use consentry_sandbox::{Ehr, Login};
use reqwest::{Response, StatusCode};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::bench::{client, link};

pub(crate) const REDIRECT: &str = "http://127.0.0.1:43117/callback/spruce-harbor";

/// What an app opens in the browser.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) verifier: String,
    endpoint: String,
}

impl Launch {
    pub(crate) fn new(ehr: &Ehr, scope: &str) -> Self {
        let verifier = URL_SAFE_NO_PAD.encode(uuid::Uuid::new_v4().simple().to_string());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let parameters = [
            ("response_type", "code"),
            ("client_id", "consentry"),
            ("redirect_uri", REDIRECT),
            ("scope", scope),
            ("state", "state-of-this-try"),
            ("nonce", "nonce-of-this-try"),
            ("aud", ehr.base().as_str()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        Self {
            parameters: parameters.map(|(name, value)| (name.into(), value.into())).into(),
            verifier,
            endpoint: link(ehr, "oauth/authorize"),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.parameters.remove(name);
        self
    }

    pub(crate) async fn open(&self) -> Response {
        client().get(&self.endpoint).query(&self.parameters).send().await.unwrap()
    }

    pub(crate) fn token_form<'a>(&'a self, code: &'a str) -> [(&'a str, &'a str); 5] {
        [
            ("grant_type", "authorization_code"),
            ("client_id", "consentry"),
            ("redirect_uri", &self.parameters["redirect_uri"]),
            ("code", code),
            ("code_verifier", &self.verifier),
        ]
    }
}

/// What came back to the app.
#[derive(Debug)]
pub(crate) struct Callback(pub(crate) BTreeMap<String, String>);

impl Callback {
    pub(crate) fn of(answer: &Response) -> Self {
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let location = answer.headers()["location"].to_str().unwrap();
        assert!(location.starts_with("http://127.0.0.1:"), "{location}");
        Self(Url::parse(location).unwrap().query_pairs().into_owned().collect())
    }

    pub(crate) fn code(&self) -> String {
        self.0.get("code").cloned().unwrap_or_else(|| panic!("no code in {:?}", self.0))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Somebody in front of a browser.
pub(crate) struct Person<'a> {
    ehr: &'a Ehr,
    pub(crate) login: Login,
    cookie: RefCell<Option<String>>,
}

/// A page as it came.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) html: String,
}

impl<'a> Person<'a> {
    pub(crate) fn of(ehr: &'a Ehr, who: &str) -> Self {
        let login = ehr.logins().into_iter().find(|login| login.who == who).unwrap();
        Self { ehr, login, cookie: RefCell::default() }
    }

    /// Goes all the way and allows everything.
    pub(crate) async fn allows(&self, launch: &Launch, patient: Option<&str>) -> Callback {
        self.decides(launch, patient, &[], "allow").await
    }

    /// Goes all the way, unticks some scopes and decides.
    pub(crate) async fn decides(
        &self,
        launch: &Launch,
        patient: Option<&str>,
        untick: &[&str],
        decision: &str,
    ) -> Callback {
        let page = self.reaches_decision(launch, patient).await;
        let mut form = vec![
            ("csrf".to_owned(), page.hidden("csrf")),
            ("request".to_owned(), page.hidden("request")),
            ("decision".to_owned(), decision.to_owned()),
        ];
        form.extend(
            page.values("scope")
                .into_iter()
                .filter(|scope| !untick.contains(&scope.as_str()))
                .map(|scope| ("scope".to_owned(), scope)),
        );
        Callback::of(&self.post("oauth/allow", &form).await)
    }

    /// The page with the scopes.
    pub(crate) async fn reaches_decision(&self, launch: &Launch, patient: Option<&str>) -> Page {
        let page = self.opens(launch).await;
        let answer = self.signs_in(&page, &self.login.password).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let mut next = answer.headers()["location"].to_str().unwrap().to_owned();
        if next.starts_with("/oauth/patient") {
            let page = self.get(&next).await;
            let charts = page.values("patient");
            let patient = patient.map_or_else(|| charts[0].clone(), str::to_owned);
            let answer = self.chooses(&page, &patient).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER);
            next = answer.headers()["location"].to_str().unwrap().to_owned();
        }
        self.get(&next).await
    }

    pub(crate) async fn opens(&self, launch: &Launch) -> Page {
        let answer = launch.open().await;
        self.keep_cookie(&answer);
        Page::of(answer).await
    }

    pub(crate) async fn signs_in(&self, page: &Page, password: &str) -> Response {
        self.post(
            "oauth/sign-in",
            &[
                ("csrf".to_owned(), page.hidden("csrf")),
                ("request".to_owned(), page.hidden("request")),
                ("username".to_owned(), self.login.username.clone()),
                ("password".to_owned(), password.to_owned()),
            ],
        )
        .await
    }

    pub(crate) async fn chooses(&self, page: &Page, patient: &str) -> Response {
        self.post(
            "oauth/patient",
            &[
                ("csrf".to_owned(), page.hidden("csrf")),
                ("request".to_owned(), page.hidden("request")),
                ("patient".to_owned(), patient.to_owned()),
            ],
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        let mut request = client().get(link(self.ehr, path.trim_start_matches('/')));
        if let Some(cookie) = self.cookie.borrow().as_deref() {
            request = request.header("cookie", cookie);
        }
        let answer = request.send().await.unwrap();
        self.keep_cookie(&answer);
        Page::of(answer).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(String, String)]) -> Response {
        let mut request = client().post(link(self.ehr, path)).form(form);
        if let Some(cookie) = self.cookie.borrow().as_deref() {
            request = request.header("cookie", cookie);
        }
        let answer = request.send().await.unwrap();
        self.keep_cookie(&answer);
        answer
    }

    pub(crate) fn forgets_cookies(&self) {
        self.cookie.replace(None);
    }

    fn keep_cookie(&self, answer: &Response) {
        if let Some(header) = answer.headers().get("set-cookie") {
            let pair = header.to_str().unwrap().split(';').next().unwrap().to_owned();
            self.cookie.replace(Some(pair));
        }
    }
}

impl Page {
    pub(crate) async fn of(answer: Response) -> Self {
        let status = answer.status();
        Self { status, html: answer.text().await.unwrap() }
    }

    /// Value of the first hidden field of this name.
    pub(crate) fn hidden(&self, name: &str) -> String {
        self.values(name).into_iter().next().unwrap_or_else(|| panic!("no field {name} in {}", self.html))
    }

    /// Values of all inputs of this name.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        self.html
            .split("<input ")
            .skip(1)
            .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
            .filter(|tag| attribute(tag, "name").as_deref() == Some(name))
            .filter_map(|tag| attribute(tag, "value"))
            .collect()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&amp;", "&"))
}
