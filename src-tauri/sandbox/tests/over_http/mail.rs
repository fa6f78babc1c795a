//! A mail server of the test's own, and a mailbox that opens letters with OpenSSL: nothing here is the sandbox's code.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Longest wait for a letter.
const DEADLINE: Duration = Duration::from_secs(30);

/// What the server does with the next recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Takes,
    Refuses,
    Later,
}

/// A letter as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) raw: Vec<u8>,
}

/// A small ESMTP server (RFC 5321).
pub(crate) struct MailServer {
    pub(crate) at: SocketAddr,
    letters: watch::Receiver<Vec<Letter>>,
    mood: Arc<Mutex<Mood>>,
    task: JoinHandle<()>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    pub(crate) async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let at = listener.local_addr().unwrap();
        let (sender, letters) = watch::channel(Vec::new());
        let mood = Arc::new(Mutex::new(Mood::Takes));
        let its_mood = Arc::clone(&mood);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // One after the other: a sender in these tests has one conversation at a time.
                let _ = talk(stream, &its_mood, &sender).await;
            }
        });
        Self { at, letters, mood, task }
    }

    pub(crate) fn mood(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.borrow().clone()
    }

    /// Waits until this many came.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Letter> {
        let mut letters = self.letters.clone();
        let enough = letters.wait_for(|letters| letters.len() >= count);
        tokio::time::timeout(DEADLINE, enough).await.unwrap().unwrap().clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(
    stream: TcpStream,
    mood: &Mutex<Mood>,
    letters: &watch::Sender<Vec<Letter>>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let (mut from, mut to) = (String::new(), String::new());
    write.write_all(b"220 mail.test ESMTP\r\n").await?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let upper = line.to_ascii_uppercase();
        let path = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer: &[u8] = if upper.starts_with("EHLO") {
            b"250-mail.test\r\n250 8BITMIME\r\n"
        } else if upper.starts_with("MAIL FROM:") {
            from = path();
            b"250 2.1.0 fine\r\n"
        } else if upper.starts_with("RCPT TO:") {
            to = path();
            let mood = *mood.lock().unwrap();
            match mood {
                Mood::Takes => b"250 2.1.5 fine\r\n",
                Mood::Refuses => b"550 5.1.1 nobody of that name\r\n",
                Mood::Later => b"451 4.3.0 come back later\r\n",
            }
        } else if upper.starts_with("DATA") {
            write.write_all(b"354 go on\r\n").await?;
            let mut raw = Vec::new();
            loop {
                let mut line = Vec::new();
                if lines.read_until(b'\n', &mut line).await? == 0 {
                    return Ok(());
                }
                if line == b".\r\n" {
                    break;
                }
                raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            }
            let letter = Letter { from: from.clone(), to: to.clone(), raw };
            letters.send_modify(|letters| letters.push(letter));
            b"250 2.0.0 taken\r\n"
        } else if upper.starts_with("QUIT") {
            return write.write_all(b"221 2.0.0 bye\r\n").await;
        } else {
            b"250 2.0.0 fine\r\n"
        };
        write.write_all(answer).await?;
    }
}

/// A Direct mailbox somewhere else: key and certificate made by OpenSSL.
pub(crate) struct Mailbox {
    folder: tempfile::TempDir,
}

impl Mailbox {
    pub(crate) fn new(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("subjectAltName=email:{address}");
        let made = openssl(
            folder.path(),
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem",
                "-days",
                "365",
                "-subj",
                "/CN=Elsewhere",
                "-addext",
                &name,
            ],
        );
        assert!(made, "OpenSSL made no certificate");
        Self { folder }
    }

    /// PEM.
    pub(crate) fn certificate(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("cert.pem")).unwrap()
    }

    /// Decrypts a letter and verifies that `sender` (PEM) signed it; the Bundle inside.
    pub(crate) fn open(&self, letter: &Letter, sender: &str) -> Value {
        let file = |name: &str| self.folder.path().join(name);
        std::fs::write(file("letter.eml"), &letter.raw).unwrap();
        std::fs::write(file("sender.pem"), sender).unwrap();
        let opened = openssl(
            self.folder.path(),
            &[
                "cms",
                "-decrypt",
                "-in",
                "letter.eml",
                "-recip",
                "cert.pem",
                "-inkey",
                "key.pem",
                "-out",
                "signed.eml",
            ],
        );
        assert!(opened, "OpenSSL could not decrypt");
        assert!(self.verifies(sender), "OpenSSL does not accept the signature");
        bundle(&std::fs::read_to_string(file("records.eml")).unwrap())
    }

    /// Whether the letter that was opened last is signed by this certificate (PEM).
    pub(crate) fn verifies(&self, sender: &str) -> bool {
        std::fs::write(self.folder.path().join("sender.pem"), sender).unwrap();
        openssl(
            self.folder.path(),
            &["cms", "-verify", "-in", "signed.eml", "-CAfile", "sender.pem", "-out", "records.eml"],
        )
    }
}

/// Runs OpenSSL in a folder. Whether it succeeded.
fn openssl(folder: &Path, arguments: &[&str]) -> bool {
    Command::new("openssl").args(arguments).current_dir(folder).output().unwrap().status.success()
}

/// The `application/fhir+json` part of a verified entity.
fn bundle(entity: &str) -> Value {
    let entity = entity.replace("\r\n", "\n");
    assert!(entity.starts_with("Content-Type: multipart/mixed"), "{}", &entity[..200.min(entity.len())]);
    let (_, part) = entity.split_once("application/fhir+json").unwrap();
    assert!(part.contains("filename=\"bundle.json\""));
    let (_, body) = part.split_once("\n\n").unwrap();
    let (body, _) = body.split_once("\n--").unwrap();
    let text: String = body.split_whitespace().collect();
    serde_json::from_slice(&STANDARD.decode(text).unwrap()).unwrap()
}
