//! A server that answers with bytes of the test's choosing, well-formed or not, and remembers what it was asked.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

type Answers = Arc<dyn Fn(&str, &Url) -> Vec<u8> + Send + Sync>;

/// A raw server on loopback; it ends when it is dropped.
pub struct Raw {
    origin: Url,
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Raw {
    /// Answers each request with what `answers` makes of its path and the server's own origin. Each answer ends its
    /// connection.
    ///
    /// # Panics
    /// When no port can be opened.
    pub async fn start(answers: impl Fn(&str, &Url) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let origin = Url::parse(&format!("http://127.0.0.1:{port}/")).expect("a URL");
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let (answers, heard, own): (Answers, _, _) = (Arc::new(answers), heads.clone(), origin.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answers.clone(), heard.clone(), own.clone()));
            }
        });
        Self { origin, heads, task }
    }

    /// A server that nobody should ever ask anything. It answers friendly, so that whoever asks goes on.
    pub async fn trap() -> Self {
        Self::start(|_, _| http(200, &["Content-Type: application/fhir+json"], b"{}")).await
    }

    /// Its root.
    #[must_use]
    pub fn origin(&self) -> &Url {
        &self.origin
    }

    /// A place on it.
    ///
    /// # Panics
    /// When `path` is none.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        self.origin.join(path).expect("a path").into()
    }

    /// The heads of all requests.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn serve(mut stream: TcpStream, answers: Answers, heads: Arc<Mutex<Vec<String>>>, own: Url) {
    let (mut head, mut byte) = (Vec::new(), [0; 1]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < 64 * 1024 {
        match stream.read(&mut byte).await {
            Ok(1) => head.extend(byte),
            _ => break,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    heads.lock().unwrap_or_else(PoisonError::into_inner).push(head);
    // Who asked may have had enough before the end.
    let _ = stream.write_all(&answers(&path, &own)).await;
    let _ = stream.shutdown().await;
}

/// A whole answer.
#[must_use]
pub fn http(status: u16, fields: &[&str], body: &[u8]) -> Vec<u8> {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{fields}\r\n");
    [head.as_bytes(), body].concat()
}
