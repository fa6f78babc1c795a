//! An EHR for tests: a loopback socket that answers as the test says and remembers what it was asked.
//!
//! It knows no FHIR, so that it can answer what no honest server would, or hang up without a word.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

use super::FhirClient;
use crate::{
    ehr::FhirBase,
    http::{Bearer, Http, Limits},
    secret::Secret,
};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query, decoded, in order.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub(crate) fn param(&self, name: &str) -> Option<String> {
        self.query().into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// One answer. Status 0 hangs up instead.
#[derive(Clone, Debug)]
pub(crate) struct Says {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Says {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub(crate) fn hang_up() -> Self {
        Self::status(0)
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/fhir+json; charset=utf-8", &body.to_string())
    }

    pub(crate) fn text(status: u16, content_type: &str, body: &str) -> Self {
        let mut says = Self::status(status).header("content-type", content_type);
        says.body = body.to_owned();
        says
    }

    pub(crate) fn outcome(status: u16, severity: &str, code: &str, words: &str) -> Self {
        let issue = serde_json::json!({"severity": severity, "code": code, "diagnostics": words});
        Self::json(status, &serde_json::json!({"resourceType": "OperationOutcome", "issue": [issue]}))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The running server with a client that is signed in there. Its FHIR base ends in `/r4`.
pub(crate) struct Stage {
    pub(crate) http: Http,
    pub(crate) base: FhirBase,
    pub(crate) bearer: Bearer,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Stage {
    /// Opens it; `answer` is asked once for each request.
    pub(crate) fn open(answer: impl Fn(&Asked) -> Says + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket for tokio");
        let address = listener.local_addr().expect("an address");
        let listener = TcpListener::from_std(listener).expect("a listener");
        let origin = Url::parse(&format!("http://{address}")).expect("an origin");
        let http = Http::new(Limits::default()).expect("a client");
        http.trust(&origin);
        let base = FhirBase::new(origin.join("/r4").expect("a base"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, heard) = (Arc::new(answer), asked.clone());
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (answer, heard) = (answer.clone(), heard.clone());
                tokio::spawn(async move { serve(socket, answer.as_ref(), &heard).await });
            }
        });
        let bearer = Bearer::new(Secret::new("canary-token"), base.clone());
        Self { http, base, bearer, asked, task }
    }

    /// Opens one that gives these answers in turn, and then hangs up.
    pub(crate) fn in_turn(answers: impl IntoIterator<Item = Says>) -> Self {
        let answers: Mutex<std::collections::VecDeque<Says>> = Mutex::new(answers.into_iter().collect());
        Self::open(move |_| {
            let next = answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            next.unwrap_or_else(Says::hang_up)
        })
    }

    pub(crate) fn client(&self) -> FhirClient<'_> {
        FhirClient::new(&self.http, &self.base, &self.bearer)
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut socket: TcpStream,
    answer: &(dyn Fn(&Asked) -> Says + Send + Sync),
    heard: &Mutex<Vec<Asked>>,
) {
    let Some(asked) = hear(&mut socket).await else { return };
    let says = answer(&asked);
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    if says.status == 0 {
        return;
    }
    let mut head =
        format!("HTTP/1.1 {} x\r\nconnection: close\r\ncontent-length: {}\r\n", says.status, says.body.len());
    if says.status == 204 {
        head = "HTTP/1.1 204 x\r\nconnection: close\r\n".to_owned();
    }
    for (name, value) in &says.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = socket.write_all(format!("{head}\r\n{}", says.body).as_bytes()).await;
    let _ = socket.shutdown().await;
}

async fn hear(socket: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes.get(..end)?.to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    let start = end.checked_add(4)?;
    while bytes.len().checked_sub(start)? < length {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(bytes.get(start..)?.to_vec()).ok()?;
    Some(Asked { method, target, headers, body })
}
