//! The socket to which the browser comes back: `http://127.0.0.1:<port>/callback/<ehr>` (RFC 8252 §7.3, §8.3).
//!
//! Laws: the literal 127.0.0.1, bound once and held until done; its own path for each EHR (RFC 9700 §4.4);
//! only the one well-formed request ends the wait, whatever else knocks gets a short no and uses nothing up;
//! the page shown last has no script, no parameters, and repeats nothing that came in.

use std::{
    collections::VecDeque,
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::{AbortHandle, JoinSet},
    time::{sleep, timeout},
};
use url::Url;

use super::{
    callback::{self, Callback},
    client::RedirectPolicy,
};
use crate::{ehr::EhrId, secret::Secret};

const HEAD: usize = 8 * 1024;
const OPEN: usize = 32;
const ONE_REQUEST: Duration = Duration::from_secs(5);
/// How long the last page can still be fetched after the answer came.
const LINGER: Duration = Duration::from_secs(5);

/// An open socket that waits for one answer. Dropping it before the answer closes the port at once.
#[derive(Debug)]
pub struct Loopback {
    redirect: Url,
    answer: oneshot::Receiver<Callback>,
    gate: Arc<Gate>,
    server: AbortHandle,
}

impl Loopback {
    /// Binds a port that the policy allows. `words` is the plain text of the page that the person sees at the end.
    ///
    /// # Errors
    /// When no port could be bound: with fixed ports, when every one of them is taken.
    pub async fn open(
        ehr: &EhrId,
        policy: &RedirectPolicy,
        state: Secret,
        words: &'static str,
    ) -> io::Result<Self> {
        let listener = bind(policy).await?;
        let host = format!("127.0.0.1:{}", listener.local_addr()?.port());
        let mut redirect = Url::parse(&format!("http://{host}/")).map_err(io::Error::other)?;
        redirect.set_path(&format!("/callback/{}", ehr.as_str()));
        let (sender, answer) = oneshot::channel();
        let gate = Arc::new(Gate {
            host,
            path: redirect.path().to_owned(),
            done: format!("{}/done", redirect.path()),
            state,
            words,
            sender: Mutex::new(Some(sender)),
            taken: Notify::new(),
            shown: Notify::new(),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&gate))).abort_handle();
        Ok(Self { redirect, answer, gate, server })
    }

    /// The redirect URI.
    #[must_use]
    pub const fn redirect(&self) -> &Url {
        &self.redirect
    }

    /// The answer. `None` when the socket died.
    pub async fn callback(&mut self) -> Option<Callback> {
        (&mut self.answer).await.ok()
    }
}

/// The literal address, never a name. With fixed ports the first that is free; never another one, because a browser that
/// an EHR sends elsewhere would hand the answer to a stranger.
async fn bind(policy: &RedirectPolicy) -> io::Result<TcpListener> {
    let ports = match policy {
        RedirectPolicy::AnyPort => &[0][..],
        RedirectPolicy::FixedPorts(ports) => ports,
    };
    let mut failed = io::Error::from(io::ErrorKind::AddrInUse);
    for port in ports {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

impl Drop for Loopback {
    fn drop(&mut self) {
        // After the answer the server closes by itself, once the browser has its last page.
        if self.gate.waiting() {
            self.server.abort();
        }
    }
}

struct Gate {
    host: String,
    path: String,
    done: String,
    state: Secret,
    words: &'static str,
    sender: Mutex<Option<oneshot::Sender<Callback>>>,
    taken: Notify,
    shown: Notify,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)
    }
}

impl Gate {
    fn waiting(&self) -> bool {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The first well-formed answer wins; every later one finds the place empty.
    fn enter(&self, callback: Callback) -> bool {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        sender.is_some_and(|sender| {
            // A receiver that is gone means that the sign-in was cancelled.
            let _ = sender.send(callback);
            self.taken.notify_one();
            true
        })
    }

    async fn over(&self) {
        self.taken.notified().await;
        let _ = timeout(LINGER, self.shown.notified()).await;
        sleep(Duration::from_millis(250)).await;
    }

    fn respond(&self, head: &[u8]) -> Vec<u8> {
        let Some(request) = Head::parse(head) else { return plain("400 Bad Request", "Not understood.") };
        if request.hosts != [self.host.as_str()] {
            return plain("400 Bad Request", "Not understood.");
        }
        if request.path != self.path && request.path != self.done {
            return plain("404 Not Found", "Nothing here.");
        }
        if request.method != "GET" {
            return plain("405 Method Not Allowed", "Not here.");
        }
        if request.speculative {
            return plain("204 No Content", "");
        }
        if request.path == self.done {
            if self.waiting() || !request.query.is_empty() {
                return plain("404 Not Found", "Nothing here.");
            }
            self.shown.notify_one();
            return page(self.words);
        }
        let Ok(callback) = callback::read(request.query, &self.state) else {
            return plain("400 Bad Request", "Not understood.");
        };
        if self.enter(callback) {
            response("303 See Other", &format!("Location: {}\r\n", self.done), "text/plain", "")
        } else {
            plain("409 Conflict", "Already received.")
        }
    }
}

async fn serve(listener: TcpListener, gate: Arc<Gate>) {
    let mut connections = JoinSet::new();
    let mut order: VecDeque<AbortHandle> = VecDeque::new();
    let over = gate.over();
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = &mut over => return,
            Some(_) = connections.join_next() => order.retain(|handle| !handle.is_finished()),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    if order.len() >= OPEN && let Some(oldest) = order.pop_front() {
                        oldest.abort();
                    }
                    order.push_back(connections.spawn(one(stream, Arc::clone(&gate))));
                }
                // Out of descriptors, for example: let others close theirs.
                Err(_) => sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

/// One request on one connection, in bounded time. What goes wrong in writing is the caller's loss.
async fn one(mut stream: TcpStream, gate: Arc<Gate>) {
    let _ = timeout(ONE_REQUEST, async {
        let Some(head) = read_head(&mut stream).await else { return };
        let response = match head {
            Ok(head) => gate.respond(&head),
            Err(TooLong) => plain("431 Request Header Fields Too Large", "Too long."),
        };
        if stream.write_all(&response).await.is_ok() && stream.shutdown().await.is_ok() {
            // Whatever else was sent is read away, or closing would destroy the response on its way.
            let _ = tokio::io::copy(&mut stream.take(256 * 1024), &mut tokio::io::sink()).await;
        }
    })
    .await;
}

struct TooLong;

async fn read_head(stream: &mut TcpStream) -> Option<Result<Vec<u8>, TooLong>> {
    let mut head = Vec::with_capacity(1024);
    let mut part = [0_u8; 1024];
    loop {
        let read = stream.read(&mut part).await.ok().filter(|n| *n > 0)?;
        head.extend_from_slice(part.get(..read)?);
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            head.truncate(end);
            return Some(if end > HEAD { Err(TooLong) } else { Ok(head) });
        }
        if head.len() > HEAD {
            return Some(Err(TooLong));
        }
    }
}

/// A request head, read strictly (RFC 9112 §3, §5).
struct Head<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    hosts: Vec<&'a str>,
    speculative: bool,
}

impl<'a> Head<'a> {
    fn parse(head: &'a [u8]) -> Option<Self> {
        let head = std::str::from_utf8(head).ok()?;
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target, version) = (first.next()?, first.next()?, first.next()?);
        if first.next().is_some() || !matches!(version, "HTTP/1.1" | "HTTP/1.0") || !target.starts_with('/') {
            return None;
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self { method, path, query, hosts: Vec::new(), speculative: false };
        for line in lines {
            let (name, value) = line.split_once(':')?;
            let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if name.is_empty() || !name.bytes().all(token) || value.contains(['\r', '\n']) {
                return None;
            }
            let value = value.trim_matches([' ', '\t']);
            match name.to_ascii_lowercase().as_str() {
                "host" => request.hosts.push(value),
                "purpose" | "sec-purpose" | "x-purpose" | "x-moz" => {
                    let value = value.to_ascii_lowercase();
                    request.speculative |= value.contains("prefetch")
                        || value.contains("preview")
                        || value.contains("prerender");
                }
                _ => {}
            }
        }
        Some(request)
    }
}

const STYLE: &str =
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}";

fn page(words: &str) -> Vec<u8> {
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Done</title><style>{STYLE}</style></head>\
         <body><main><p>{words}</p></main></body></html>"
    );
    response("200 OK", "", "text/html", &body)
}

fn plain(status: &str, words: &str) -> Vec<u8> {
    let allow = if status.starts_with("405") { "Allow: GET\r\n" } else { "" };
    response(status, allow, "text/plain", words)
}

fn response(status: &str, more: &str, kind: &str, body: &str) -> Vec<u8> {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "HTTP/1.1 {status}\r\n{more}Content-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; \
         style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
#[path = "loopback_tests.rs"]
mod tests;
