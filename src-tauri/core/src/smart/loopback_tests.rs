//! The callback corpus, against the real socket.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::Loopback;
use crate::{ehr::EhrId, secret::Secret, smart::client::RedirectPolicy};

const STATE: &str = "st-123";
const WORDS: &str = "You can close this page.";

async fn open() -> Loopback {
    Loopback::open(&EhrId::stored("e1"), &RedirectPolicy::AnyPort, Secret::new(STATE), WORDS).await.unwrap()
}

fn host(loopback: &Loopback) -> String {
    format!("127.0.0.1:{}", loopback.redirect().port().unwrap())
}

/// Sends raw bytes and reads to the end.
async fn raw(loopback: &Loopback, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(host(loopback)).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn get(loopback: &Loopback, target: &str) -> String {
    raw(loopback, format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", host(loopback)).as_bytes()).await
}

fn good() -> String {
    format!("/callback/e1?code=abc&state={STATE}")
}

async fn still_open(mut loopback: Loopback, after: &str) {
    let answer = get(&loopback, &good()).await;
    assert!(answer.starts_with("HTTP/1.1 303 "), "after {after}: {answer}");
    let callback = timeout(Duration::from_secs(2), loopback.callback()).await.unwrap().unwrap();
    assert_eq!(callback.outcome.unwrap().expose(), "abc", "after {after}");
}

#[tokio::test]
async fn listens_on_the_literal_loopback_address_with_a_path_for_each_ehr() {
    let one = open().await;
    let other = Loopback::open(&EhrId::stored("e2"), &RedirectPolicy::AnyPort, Secret::new(STATE), WORDS)
        .await
        .unwrap();
    assert_eq!(one.redirect().host_str(), Some("127.0.0.1"));
    assert_eq!(one.redirect().path(), "/callback/e1");
    assert_eq!(other.redirect().path(), "/callback/e2");
    assert!(one.redirect().query().is_none());
}

#[tokio::test]
async fn the_answer_leads_to_a_static_page_without_parameters() {
    let mut loopback = open().await;
    let answer = get(&loopback, &good()).await;
    assert!(answer.contains("\r\nLocation: /callback/e1/done\r\n"), "{answer}");
    loopback.callback().await.unwrap();
    let page = get(&loopback, "/callback/e1/done").await;
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains(WORDS), "{page}");
    for field in [
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'; style-src 'sha256-",
        "X-Content-Type-Options: nosniff",
    ] {
        assert!(page.contains(field) && answer.contains(field), "{field}");
    }
    for absent in ["<script", "http://", "https://", "src=", "Access-Control", "Server:", STATE, "abc"] {
        assert!(!page.contains(absent), "{absent} in {page}");
    }
}

#[tokio::test]
async fn the_port_closes_after_the_last_page_and_at_once_when_dropped() {
    let closes = |address: String| async move {
        let began = Instant::now();
        while TcpStream::connect(&address).await.is_ok() {
            assert!(began.elapsed() < Duration::from_secs(5), "still open");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waiting = open().await;
    let address = host(&waiting);
    drop(waiting);
    closes(address).await;
    let mut answered = open().await;
    let address = host(&answered);
    get(&answered, &good()).await;
    answered.callback().await.unwrap();
    assert!(get(&answered, "/callback/e1/done").await.contains(WORDS));
    drop(answered);
    closes(address).await;
}

#[tokio::test]
async fn the_last_page_can_be_fetched_after_the_sign_in_is_done() {
    let mut loopback = open().await;
    let address = host(&loopback);
    get(&loopback, &good()).await;
    loopback.callback().await.unwrap();
    drop(loopback);
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream
        .write_all(format!("GET /callback/e1/done HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    assert!(page.contains(WORDS));
}

#[tokio::test]
async fn other_targets_methods_and_hosts_use_nothing_up() {
    let loopback = open().await;
    let (host, good) = (host(&loopback), good());
    let query = good.split_once('?').unwrap().1;
    let target = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let mut requests = vec![
        target("/favicon.ico"),
        target("/exit"),
        target("/"),
        target("*"),
        target(&format!("//callback/e1?{query}")),
        target(&format!("/callback/e1/?{query}")),
        target(&format!("/callback/e2?{query}")),
        target(&format!("/%63allback/e1?{query}")),
        target(&format!("/callback/../callback/e1?{query}")),
        target(&format!("/callback/e1;x?{query}")),
        target(&format!("http://{host}{good}")),
        target(&format!("/callback/e1/done?{query}")),
        target("/callback/e1/done"),
        target("/callback/e1"),
        target(&format!("/callback/e1?{query}&state={STATE}")),
        target("/callback/e1?error=access_denied&error_description=CALL+555"),
        target("/callback/e1?error=access_denied&state=wrong"),
        target(&format!("/callback/e1?state={STATE}")),
        target(&format!("/callback/e1#?{query}")),
        format!("GET {good} HTTP/1.1\r\n\r\n"),
        format!("GET {good} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        format!("GET {good} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        format!("GET {good} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", host.split(':').nth(1).unwrap()),
        format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n"),
        format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n"),
        format!("GET {good} HTTP/2.0\r\nHost: {host}\r\n\r\n"),
        format!("GET {good}\r\nHost: {host}\r\n\r\n"),
        format!("GET  {good} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nno colon\r\n\r\n"),
        format!("GET {good} HTTP/1.1\r\nHost: {host}\r\n folded: x\r\n\r\n"),
        format!("GET {good} HTTP/1.1\r\nHost : {host}\r\n\r\n"),
        format!("GET {good} HTTP/1.1\nHost: {host}\n\n\r\n\r\n"),
        format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n", "x".repeat(9000)),
        "\x01\x03\x03\x07\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "\r\n\r\n".to_owned(),
    ];
    for method in ["HEAD", "POST", "PUT", "OPTIONS", "TRACE", "DELETE", "get", "CONNECT"] {
        requests.push(format!(
            "{method} {good} HTTP/1.1\r\nHost: {host}\r\nAccess-Control-Request-Private-Network: true\r\nContent-Length: 3\r\n\r\na=b"
        ));
    }
    for request in &requests {
        let answer = raw(&loopback, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{request:?} got {answer}");
        assert!(
            !answer.contains("Access-Control") && !answer.contains("evil") && !answer.contains("CALL"),
            "{answer}"
        );
    }
    still_open(loopback, "all of that").await;
}

#[tokio::test]
async fn bytes_that_are_no_http_use_nothing_up() {
    let loopback = open().await;
    let mut tls_hello = vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];
    tls_hello.extend([0xff; 9000]);
    assert!(raw(&loopback, &tls_hello).await.starts_with("HTTP/1.1 431"));
    assert!(raw(&loopback, b"GET /\xff\xfe HTTP/1.1\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    drop(TcpStream::connect(host(&loopback)).await.unwrap());
    still_open(loopback, "noise").await;
}

#[tokio::test]
async fn looking_ahead_is_not_coming_back() {
    for field in [
        "Sec-Purpose: prefetch",
        "Sec-Purpose: prefetch;prerender",
        "Purpose: prefetch",
        "X-Moz: prefetch",
        "X-Purpose: preview",
    ] {
        let loopback = open().await;
        let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\n{field}\r\n\r\n", good(), host(&loopback));
        assert!(raw(&loopback, request.as_bytes()).await.starts_with("HTTP/1.1 204 "), "{field}");
        still_open(loopback, field).await;
    }
}

#[tokio::test]
async fn a_hundred_silent_connections_do_not_keep_the_answer_out() {
    let loopback = open().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(host(&loopback)).await.unwrap());
    }
    let began = Instant::now();
    still_open(loopback, "a hundred silent connections").await;
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn of_fifty_equal_answers_one_is_taken() {
    let mut loopback = open().await;
    let address = host(&loopback);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let address = address.clone();
        calls.spawn(async move {
            let mut stream = TcpStream::connect(&address).await.ok()?;
            stream
                .write_all(format!("GET {} HTTP/1.1\r\nHost: {address}\r\n\r\n", good()).as_bytes())
                .await
                .ok()?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.ok()?;
            Some(answer)
        });
    }
    let answers: Vec<String> = calls.join_all().await.into_iter().flatten().collect();
    assert_eq!(answers.iter().filter(|a| a.starts_with("HTTP/1.1 303 ")).count(), 1);
    assert!(
        answers
            .iter()
            .all(|a| a.is_empty() || a.starts_with("HTTP/1.1 303 ") || a.contains("Already received."))
    );
    assert_eq!(loopback.callback().await.unwrap().outcome.unwrap().expose(), "abc");
}

#[tokio::test]
async fn a_pipelined_second_request_is_not_looked_at() {
    let mut loopback = open().await;
    let host = host(&loopback);
    let two = format!(
        "GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\n\r\nGET {} HTTP/1.1\r\nHost: {host}\r\n\r\n",
        good()
    );
    let answer = raw(&loopback, two.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    assert!(timeout(Duration::from_millis(100), loopback.callback()).await.is_err());
}

#[tokio::test]
async fn a_request_in_pieces_is_put_together() {
    let loopback = open().await;
    let mut stream = TcpStream::connect(host(&loopback)).await.unwrap();
    let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", good(), host(&loopback));
    for piece in request.as_bytes().chunks(7) {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 303 "));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_a_request_or_not(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), text in "GET /[a-z?=&]{0,9} HTTP/1.1(\r\n[a-zA-Z: ]{0,20}){0,4}") {
        let _ = super::Head::parse(&bytes);
        let _ = super::Head::parse(text.as_bytes());
    }
}
