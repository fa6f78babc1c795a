//! What only the environment can decide: proxies and certificate authorities. Each test starts itself again
//! with another environment, because a process cannot change its own safely.
//!
//! Needs `openssl` to make certificates, and fails without it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set up its world must fail")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use consentry_core::{
    ehr::FhirBase,
    http::{Answer, Bearer, Body, Http, HttpError, Limits, Request},
    secret::Secret,
};
use url::Url;

const INSIDE: &str = "CONSENTRY_EGRESS_TEST";

/// Runs `body` in a process of its own with these variables; `body` gets the value of the first. Afterwards
/// `true` outside, and `false` in the process that ran it.
fn with_environment(test: &str, variables: &[(&str, &str)], body: impl FnOnce(String)) -> bool {
    if env::var_os(INSIDE).is_some() {
        body(env::var(INSIDE).unwrap());
        return false;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    for name in ["NO_PROXY", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE"] {
        command.env_remove(name);
    }
    let output = command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(INSIDE, variables.first().unwrap().1)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "inside:\n{text}");
    true
}

fn send(http: &Http, request: Request) -> Result<Answer, HttpError> {
    tokio::runtime::Runtime::new().unwrap().block_on(http.send(request))
}

fn http() -> Http {
    let second = Duration::from_secs(1);
    Http::new(Limits { connect: second * 2, first_byte: second * 2, whole: second * 5 }).unwrap()
}

/// Writes down the head of each request and answers 200.
struct Recorder {
    origin: Url,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &log);
            }
        });
        Self { origin, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, log: &Mutex<Vec<String>>) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        head.push(byte[0]);
    }
    log.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}

#[test]
fn proxies_see_nothing_that_is_for_this_computer_and_only_a_tunnel_otherwise() {
    let proxy = Recorder::start();
    let address = proxy.origin.to_string();
    let names = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let variables: Vec<(&str, &str)> = names.iter().map(|name| (*name, address.as_str())).collect();
    let test = "proxies_see_nothing_that_is_for_this_computer_and_only_a_tunnel_otherwise";
    let outside = with_environment(test, &variables, |_| {
        let (http, own) = (http(), Recorder::start());
        http.trust(&own.origin);
        let bearer = Bearer::new(Secret::new("canary-token"), FhirBase::new(own.origin.clone()));
        let request = Request::get(own.origin.join("Patient/1").unwrap()).bearer(&bearer).unwrap();
        assert_eq!(send(&http, request).unwrap().status, 200);
        assert_eq!(own.heads().len(), 1);
        let away = FhirBase::new(Url::parse("https://ehr.example/r4").unwrap());
        let bearer = Bearer::new(Secret::new("canary-token"), away.clone());
        let form = Body::Form(vec![("code".into(), Secret::new("canary-code"))]);
        let request = Request::post(away.join("Patient?name=canary"), form).bearer(&bearer).unwrap();
        let error = send(&http, request).unwrap_err();
        assert!(error.unsent(), "the tunnel led nowhere: {error:?}");
    });
    let heads = proxy.heads();
    assert_eq!(heads.len(), usize::from(outside), "{heads:?}");
    for head in heads {
        assert!(
            head.starts_with("CONNECT ehr.example:443 HTTP/1.1\r\n") && !head.contains("canary"),
            "{head}"
        );
    }
}

/// Runs openssl in a folder.
fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(arguments.split(' '))
        .output()
        .expect("`openssl` cannot be started: install the package openssl");
    assert!(output.status.success(), "openssl {arguments}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// A certificate authority for one test, and certificates of it.
struct Authority(tempfile::TempDir);

impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        openssl(
            at,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca",
        );
        fs::write(at.join("index.txt"), "").unwrap();
        fs::write(at.join("serial"), "01\n").unwrap();
        let config = "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\ncertificate=ca.pem\nprivate_key=ca.key\n\
                      default_md=sha256\npolicy=p\nunique_subject=no\nemail_in_dn=no\n[p]\ncommonName=supplied\n";
        fs::write(at.join("ca.cnf"), config).unwrap();
        Self(folder)
    }

    /// A certificate for `name` (a subjectAltName), good between two dates (`YYYYMMDD`).
    fn issue(&self, file: &str, name: &str, from: &str, to: &str) {
        let at = self.0.path();
        openssl(
            at,
            &format!(
                "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {file}.key -out {file}.csr -subj /CN=127.0.0.1"
            ),
        );
        fs::write(at.join("ext"), format!("subjectAltName={name}\nextendedKeyUsage=serverAuth\n")).unwrap();
        openssl(
            at,
            &format!(
                "ca -batch -config ca.cnf -in {file}.csr -out {file}.pem -extfile ext -startdate {from}000000Z -enddate {to}000000Z"
            ),
        );
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

/// `openssl s_server`, which prints what it receives.
struct TlsServer {
    child: Child,
    origin: Url,
    output: mpsc::Receiver<String>,
}

impl TlsServer {
    fn start(folder: &Path, file: &str, more: &[&str]) -> Self {
        let mut child = Command::new("openssl")
            .current_dir(folder)
            .args([
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-cert",
                &format!("{file}.pem"),
                "-key",
                &format!("{file}.key"),
            ])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, output) = mpsc::channel();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                let _ = sender.send(String::from_utf8_lossy(&line).trim().to_owned());
                line.clear();
            }
        });
        let port = loop {
            let line = output.recv_timeout(Duration::from_secs(10)).expect("openssl s_server opened no port");
            if let Some(address) = line.strip_prefix("ACCEPT ") {
                break address.rsplit(':').next().unwrap().to_owned();
            }
        };
        let origin = Url::parse(&format!("https://127.0.0.1:{port}/")).unwrap();
        Self { child, origin, output }
    }

    /// Sends a request with a canary and gives back what came of it and what the server printed.
    fn try_it(mut self) -> (Result<u16, HttpError>, String) {
        let form = Body::Form(vec![("code".into(), Secret::new("canary"))]);
        let answer = send(&http(), Request::post(self.origin.clone(), form)).map(|answer| answer.status);
        let _ = self.child.kill();
        let _ = self.child.wait();
        (answer, self.output.iter().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn only_a_certificate_that_the_system_confirms_gets_any_byte() {
    let authority = Authority::new();
    authority.issue("good", "IP:127.0.0.1", "20260101", "20450101");
    authority.issue("name", "DNS:other.example", "20260101", "20450101");
    authority.issue("old", "IP:127.0.0.1", "20200101", "20210101");
    authority.issue("early", "IP:127.0.0.1", "20440101", "20450101");
    openssl(
        authority.0.path(),
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout self.key -out self.pem -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1",
    );
    let (folder, ca) =
        (authority.path().display().to_string(), authority.path().join("ca.pem").display().to_string());
    let test = "only_a_certificate_that_the_system_confirms_gets_any_byte";
    with_environment(test, &[("TEST_FOLDER", folder.as_str()), ("SSL_CERT_FILE", ca.as_str())], |folder| {
        let folder = Path::new(&folder);
        // This server answers nothing; that it got the request shows that the connection was trusted.
        let (answer, received) = TlsServer::start(folder, "good", &[]).try_it();
        assert!(received.contains("canary"), "the good one works: {answer:?} {received}");
        for (file, more) in [
            ("name", &[][..]),
            ("old", &[]),
            ("early", &[]),
            ("self", &[]),
            ("good", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]),
        ] {
            let (answer, received) = TlsServer::start(folder, file, more).try_it();
            assert_eq!(answer, Err(HttpError::NotTrusted), "{file} {more:?}");
            assert!(!received.contains("canary"), "{file}: {received}");
        }
    });
}
