//! The way out, against raw servers that break the rules.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

use super::{Bearer, Body, Http, HttpError, Limits, Request};
use crate::{
    ehr::FhirBase,
    secret::Secret,
    smart::testing::{Act, Server, http, quick},
};

fn form() -> Body {
    Body::Form(vec![("code".into(), Secret::new("canary&x=1")), ("b".into(), Secret::new("ä+"))])
}

fn bearer(server: &Server) -> Bearer {
    Bearer::new(Secret::new("canary-token"), FhirBase::new(server.url("r4")))
}

#[test]
fn plain_http_goes_only_to_sockets_of_this_process() {
    let http = Http::new(Limits::default()).unwrap();
    http.trust(&Url::parse("http://127.0.0.1:4001/").unwrap());
    assert!(http.allowed(&Url::parse("http://127.0.0.1:4001/r4/Patient").unwrap()).is_ok());
    assert!(http.allowed(&Url::parse("https://ehr.example/").unwrap()).is_ok());
    for refused in [
        "http://127.0.0.1:9999/",
        "http://127.0.0.1/",
        "http://localhost:4001/",
        "http://0:4001/",
        "http://[::1]:4001/",
        "http://[::ffff:127.0.0.1]:4001/",
        "http://127.0.0.2:4001/",
        "http://ehr.example/",
        "ftp://127.0.0.1:4001/",
        "ws://127.0.0.1:4001/",
    ] {
        assert_eq!(http.allowed(&Url::parse(refused).unwrap()), Err(HttpError::NotSecure), "{refused}");
    }
    for same in ["http://2130706433:4001/", "http://0x7f.1:4001/", "http://127.1:4001/"] {
        assert!(
            http.allowed(&Url::parse(same).unwrap()).is_ok(),
            "{same} is another spelling of the same socket"
        );
    }
    for odd in [
        "http://127.0.0.1:4001@evil/",
        "https://u@ehr.example/",
        "https://ehr.example/#x",
        "data:text/html,x",
    ] {
        assert_eq!(http.allowed(&Url::parse(odd).unwrap()), Err(HttpError::NotAnAddress), "{odd}");
    }
}

#[test]
fn trusts_no_origin_that_is_not_this_computer() {
    let http = Http::new(Limits::default()).unwrap();
    for origin in
        ["http://ehr.example:80/", "http://10.0.0.1:4001/", "http://localhost:4001/", "http://127.0.0.1/"]
    {
        let origin = Url::parse(origin).unwrap();
        http.trust(&origin);
        assert_eq!(http.allowed(&origin), Err(HttpError::NotSecure), "{origin}");
    }
}

#[test]
fn reads_an_address_and_says_what_is_wrong_with_it() {
    let http = Http::new(Limits::default()).unwrap();
    assert_eq!(http.address("ehr.example/r4/").unwrap().as_str(), "https://ehr.example/r4");
    assert_eq!(http.address("http://ehr.example/r4").err(), Some(HttpError::NotSecure));
    assert_eq!(http.address("http://2130706433:4001/").err(), Some(HttpError::NotSecure));
    assert_eq!(http.address("http://127.0.0.1@evil/").err(), Some(HttpError::NotAnAddress));
    http.trust(&Url::parse("http://127.0.0.1:4001").unwrap());
    assert_eq!(http.address("http://127.0.0.1:4001/r4").unwrap().as_str(), "http://127.0.0.1:4001/r4");
}

#[tokio::test]
async fn nothing_is_sent_to_what_is_not_allowed() {
    let server = Server::script(vec![Act::json(200, &json!({}))]).await;
    let nobody = http(&[]);
    assert_eq!(nobody.send(Request::get(server.url("x"))).await.err(), Some(HttpError::NotSecure));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn sends_what_it_says_and_no_more() {
    let server = Server::script(vec![Act::json(200, &json!({"a": 1}))]).await;
    let request = Request::post(server.url("r4/$x"), form())
        .bearer(&bearer(&server))
        .unwrap()
        .header("If-Match", "W/\"1\"");
    let answer = http(&[&server]).send(request).await.unwrap();
    assert_eq!((answer.status, answer.json::<Value>().unwrap()), (200, json!({"a": 1})));
    assert_eq!(answer.content_type().as_deref(), Some("application/json"));
    let seen = server.seen().remove(0);
    assert_eq!(seen.body, "code=canary%26x%3D1&b=%C3%A4%2B");
    let mut names: Vec<String> =
        seen.head.lines().skip(1).map(|l| l.split(':').next().unwrap().to_lowercase()).collect();
    names.sort();
    assert_eq!(
        names,
        ["accept", "authorization", "content-length", "content-type", "host", "if-match", "user-agent"]
    );
    assert_eq!(seen.header("authorization"), Some("Bearer canary-token"));
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn a_bearer_stays_at_its_ehr() {
    let (own, other) = (Server::script(vec![]).await, Server::script(vec![]).await);
    let bearer = bearer(&own);
    assert!(Request::get(own.url("r4/Patient/1")).bearer(&bearer).is_ok());
    for foreign in [
        other.url("r4/Patient/1"),
        own.url("r5/Patient/1"),
        own.url("r4/../x"),
        own.url("r45"),
        own.url("token"),
    ] {
        assert_eq!(
            Request::get(foreign.clone()).bearer(&bearer).err(),
            Some(HttpError::Redirected),
            "{foreign}"
        );
    }
}

#[tokio::test]
async fn no_redirect_is_followed_with_a_body_or_a_secret() {
    for status in [300, 301, 302, 303, 307, 308] {
        for same_origin in [true, false] {
            let trap = Server::script(vec![]).await;
            let place = if same_origin { "/elsewhere".to_owned() } else { trap.url("elsewhere").to_string() };
            let server =
                Server::script(vec![Act::http(status, &format!("Location: {place}\r\n"), b""); 2]).await;
            let http = http(&[&server, &trap]);
            let post = Request::post(server.url("token"), form()).follow_same_origin(true);
            assert_eq!(http.send(post).await.err(), Some(HttpError::Redirected));
            let get =
                Request::get(server.url("r4/x")).bearer(&bearer(&server)).unwrap().follow_same_origin(true);
            assert_eq!(http.send(get).await.err(), Some(HttpError::Redirected));
            assert_eq!(server.seen().len(), 2, "{status}: each request went out once");
            assert!(trap.seen().is_empty());
        }
    }
}

#[tokio::test]
async fn discovery_follows_three_redirects_and_only_at_home() {
    let hop = |to: &str| Act::http(302, &format!("Location: {to}\r\n"), b"");
    let done = Act::json(200, &json!({}));
    let near = Server::script(vec![hop("/b"), hop("/c"), hop("/d"), done]).await;
    let get = |url: Url| Request::get(url).follow_same_origin(true);
    let answer = http(&[&near]).send(get(near.url("a"))).await.unwrap();
    assert_eq!(answer.url, near.url("d"));
    let far =
        Server::script(vec![hop("/b"), hop("/c"), hop("/d"), hop("/e"), Act::json(200, &json!({}))]).await;
    assert_eq!(http(&[&far]).send(get(far.url("a"))).await.err(), Some(HttpError::Redirected));
    assert_eq!(far.seen().len(), 4);
    let trap = Server::script(vec![]).await;
    for place in [
        trap.url("x").to_string(),
        format!("https://{}/x", near.origin.authority()),
        "https://[".into(),
        String::new(),
    ] {
        let server =
            Server::script(vec![Act::http(301, &format!("Location: {place}\r\n"), b""), Act::Hang]).await;
        assert!(http(&[&server, &trap]).send(get(server.url("a"))).await.is_err(), "{place}");
    }
    let bare = Server::script(vec![Act::http(302, "", b"")]).await;
    assert_eq!(http(&[&bare]).send(get(bare.url("a"))).await.err(), Some(HttpError::Redirected));
    assert!(trap.seen().is_empty());
}

#[tokio::test]
async fn a_body_ends_at_its_limit_whatever_its_length_says() {
    let exact =
        Server::script(vec![Act::http(200, "", &[b'x'; 1000]), Act::http(200, "", &[b'x'; 1001])]).await;
    let way = http(&[&exact]);
    assert_eq!(way.send(Request::get(exact.url("a")).limit(1000)).await.unwrap().body.len(), 1000);
    assert_eq!(way.send(Request::get(exact.url("a")).limit(1000)).await.err(), Some(HttpError::TooLarge));
    // No length at all, and far more than the limit.
    let mut endless = b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n".to_vec();
    endless.extend(vec![b'x'; 4 * 1024 * 1024]);
    let mut chunked = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    chunked.extend(b"ffff\r\n".iter().chain(&vec![b'x'; 0xffff]).chain(b"\r\n0\r\n\r\n"));
    let announced = b"HTTP/1.1 200 X\r\nContent-Length: 99999999999\r\n\r\nx".to_vec();
    for bytes in [endless, chunked, announced] {
        let server = Server::script(vec![Act::SayAndHold(bytes)]).await;
        assert_eq!(
            http(&[&server]).send(Request::get(server.url("a")).limit(1000)).await.err(),
            Some(HttpError::TooLarge)
        );
    }
}

#[tokio::test]
async fn a_body_shorter_than_announced_is_lost_and_not_taken() {
    let short = b"HTTP/1.1 200 X\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{}".to_vec();
    let cut = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{}".to_vec();
    for bytes in [short, cut] {
        let server = Server::script(vec![Act::Say(bytes)]).await;
        assert_eq!(
            http(&[&server]).send(Request::get(server.url("a"))).await.err(),
            Some(HttpError::Unreachable { written: true })
        );
    }
}

#[tokio::test]
async fn headers_are_bounded_too() {
    let fields = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect::<String>();
    let long = format!("X: {}\r\n", "x".repeat(70 * 1024));
    for headers in [fields, long] {
        let server = Server::script(vec![Act::http(200, &headers, b"{}")]).await;
        assert!(http(&[&server]).send(Request::get(server.url("a"))).await.is_err());
    }
}

#[tokio::test]
async fn every_stall_ends_by_itself() {
    let whole = Duration::from_millis(2500);
    let stalls = [
        &b""[..],
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 X\r\nContent-",
        b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n",
        b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{",
    ];
    for stall in stalls {
        let server = Server::script(vec![Act::SayAndHold(stall.to_vec())]).await;
        let began = Instant::now();
        let answer = http(&[&server]).send(Request::post(server.url("a"), form())).await;
        assert_eq!(answer.err(), Some(HttpError::TooSlow { written: true }));
        assert!(began.elapsed() < whole);
    }
}

#[tokio::test]
async fn one_byte_at_a_time_ends_with_the_whole_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let drip = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 9000\r\n\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let http = Http::new(quick()).unwrap();
    http.trust(&url);
    let began = Instant::now();
    let answer = http.send(Request::get(url).deadline(Duration::from_millis(600))).await;
    assert_eq!(answer.err(), Some(HttpError::TooSlow { written: true }));
    assert!(began.elapsed() < Duration::from_secs(2));
    drip.abort();
}

#[tokio::test]
async fn tells_whether_anything_was_sent() {
    // A port that was just closed refuses.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let refused = Http::new(quick()).unwrap();
    refused.trust(&closed);
    assert_eq!(
        refused.send(Request::post(closed, form())).await.err(),
        Some(HttpError::Unreachable { written: false })
    );
    // One that takes the request and hangs up.
    let server = Server::script(vec![Act::Hang]).await;
    assert_eq!(
        http(&[&server]).send(Request::post(server.url("a"), form())).await.err(),
        Some(HttpError::Unreachable { written: true })
    );
    assert_eq!(server.seen().len(), 1, "and it was sent once");
}

#[tokio::test]
async fn a_handshake_that_never_ends_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let hold =
        tokio::spawn(async move { (listener.accept().await.unwrap(), std::future::pending::<()>().await) });
    let answer = Http::new(quick()).unwrap().send(Request::post(url, form())).await;
    assert_eq!(answer.err(), Some(HttpError::TooSlow { written: false }));
    hold.abort();
}

#[tokio::test]
async fn plain_text_where_tls_should_be_is_not_trusted() {
    let server = Server::start(|_| Act::Hang).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let talk = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
        std::future::pending::<()>().await;
    });
    assert_eq!(http(&[&server]).send(Request::get(url)).await.err(), Some(HttpError::NotTrusted));
    talk.abort();
}

#[tokio::test]
async fn answers_show_neither_body_nor_url() {
    let server = Server::script(vec![Act::json(200, &json!({"access_token": "canary"}))]).await;
    let request = Request::post(server.url("a?code=canary"), form());
    let shown = format!("{request:?}");
    let answer = http(&[&server]).send(request).await.unwrap();
    let all = format!("{shown} {answer:?} {:?} {:?}", bearer(&server), form());
    assert!(!all.contains("canary"), "{all}");
    let wrong_shape = answer.json::<Vec<u8>>().unwrap_err();
    assert!(!format!("{wrong_shape} {wrong_shape:?}").contains("canary"));
}

#[tokio::test]
async fn a_header_value_that_is_none_is_not_sent() {
    let server = Server::script(vec![Act::json(200, &json!({}))]).await;
    let request = Request::get(server.url("a")).header("If-Match", "W/\"1\"\r\nX-Evil: 1");
    assert_eq!(http(&[&server]).send(request).await.err(), Some(HttpError::Unreadable));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn locations_of_other_origins_are_not_given() {
    let at = |place: &str| Act::http(201, &format!("Location: {place}\r\n"), b"");
    let server = Server::script(vec![
        at("/r4/Consent/1/_history/1"),
        at("https://evil.example/r4/Consent/1"),
        at("r4/Consent/2"),
    ])
    .await;
    let way = http(&[&server]);
    let mut places = Vec::new();
    for _ in 0..3 {
        places.push(way.send(Request::get(server.url("a"))).await.unwrap().location());
    }
    assert_eq!(places, [Some(server.url("r4/Consent/1/_history/1")), None, Some(server.url("r4/Consent/2"))]);
}
