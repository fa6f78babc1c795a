//! Keys, clocks and a tiny HTTP server for tests. The server is raw on purpose: it can break framing, and it
//! shares no code with what it tests.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

use crate::{
    http::{Http, Limits},
    outside::Clock,
    secret::Secret,
};

/// The modulus of the example key of RFC 7515 appendix A.2; its exponent is `AQAB`.
pub(crate) const RFC7515_RSA_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

/// A key that signs with ES256, made for one test.
pub(crate) struct TestKey {
    kid: String,
    key: EncodingKey,
}

impl TestKey {
    pub(crate) fn fresh(kid: &str) -> Self {
        // PKCS #8 (RFC 5958) of an EC key on P-256, the private number at the end.
        let mut der = vec![
            0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
            0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
            0x01, 0x04, 0x20,
        ];
        der.extend_from_slice(&rand::random::<[u8; 32]>());
        Self { kid: kid.to_owned(), key: EncodingKey::from_ec_der(&der) }
    }

    pub(crate) fn jwk(&self) -> Value {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.key, Algorithm::ES256).unwrap()).unwrap();
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk
    }

    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    pub(crate) fn sign(&self, claims: &Value) -> Secret {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        Secret::new(jsonwebtoken::encode(&header, claims, &self.key).unwrap())
    }

    /// Signs whatever stands before the signature.
    pub(crate) fn sign_raw(&self, header: &Value, payload: &str) -> Secret {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
        let message = format!(
            "{}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(header.to_string()),
            BASE64_URL_SAFE_NO_PAD.encode(payload)
        );
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, Algorithm::ES256).unwrap();
        Secret::new(format!("{message}.{signature}"))
    }
}

/// A clock that tests move.
pub(crate) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub(crate) fn at(text: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(text.parse().unwrap())))
    }

    pub(crate) fn forward(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Limits short enough for tests.
pub(crate) fn quick() -> Limits {
    use std::time::Duration;
    Limits {
        connect: Duration::from_millis(400),
        first_byte: Duration::from_millis(400),
        whole: Duration::from_secs(3),
    }
}

/// What a test server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends these bytes and closes.
    Say(Vec<u8>),
    /// Sends these bytes and holds the connection open.
    SayAndHold(Vec<u8>),
    /// Closes without a word.
    Hang,
}

impl Act {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::http(status, "Content-Type: application/json\r\n", body.to_string().as_bytes())
    }

    pub(crate) fn http(status: u16, headers: &str, body: &[u8]) -> Self {
        let mut bytes = format!(
            "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        Self::Say(bytes)
    }
}

type Handler = dyn Fn(&Seen) -> Act + Send + Sync;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub(crate) fn form(&self, name: &str) -> Option<String> {
        let mut values = url::form_urlencoded::parse(self.body.as_bytes()).filter(|(own, _)| own == name);
        let value = values.next()?.1.into_owned();
        assert!(values.next().is_none(), "{name} came twice");
        Some(value)
    }
}

/// A server on 127.0.0.1 that answers by a function of the request.
pub(crate) struct Server {
    pub(crate) origin: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(handler: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, handler): (_, Arc<Handler>) = (Arc::clone(&seen), Arc::new(handler));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&log), Arc::clone(&handler)));
            }
        });
        Self { origin, seen, task: task.abort_handle() }
    }

    /// Answers with these, one after another; then hangs up.
    pub(crate) async fn script(acts: Vec<Act>) -> Self {
        let acts = Mutex::new(VecDeque::from(acts));
        Self::start(move |_| acts.lock().unwrap().pop_front().unwrap_or(Act::Hang)).await
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.origin.join(path).unwrap()
    }
}

/// An [`Http`] that trusts these servers.
pub(crate) fn http(servers: &[&Server]) -> Http {
    let http = Http::new(quick()).unwrap();
    for server in servers {
        http.trust(&server.origin);
    }
    http
}

async fn answer(mut stream: TcpStream, log: Arc<Mutex<Vec<Seen>>>, handler: Arc<Handler>) {
    let mut bytes = Vec::new();
    let (head, mut body) = loop {
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(n) => bytes.extend_from_slice(&part[..n]),
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes[end + 4..].to_vec());
        }
    };
    let mut seen = Seen { method: String::new(), target: String::new(), head, body: String::new() };
    let length: usize = seen.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    while body.len() < length {
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(n) => body.extend_from_slice(&part[..n]),
        }
    }
    let first = seen.head.lines().next().unwrap_or_default().to_owned();
    let mut words = first.split(' ');
    seen.method = words.next().unwrap_or_default().to_owned();
    seen.target = words.next().unwrap_or_default().to_owned();
    seen.body = String::from_utf8_lossy(&body).into_owned();
    log.lock().unwrap().push(seen.clone());
    match handler(&seen) {
        Act::Say(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Act::SayAndHold(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let mut rest = [0; 16];
            let _ = stream.read(&mut rest).await;
        }
        Act::Hang => {}
    }
}
