//! Sessions: refreshed once, rotated durably, never spent twice.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use super::{Remembered, SessionError, Sessions, Site, Wished};
use crate::{
    ehr::{EhrId, FhirBase, Kept},
    http::{Bearer, HttpError, Request},
    outside::Clock,
    secret::Secret,
    smart::{
        client::{CLIENT_ID, Credential},
        discovery::{Endpoints, S256},
        id_token::Identity,
        launch::TokenSet,
        revoke::RevokeOutcome,
        scopes::Scopes,
        testing::{Act, Server, TestClock, TestKey, http},
    },
    vault::{Vault, VaultError, keeper::Keeper, memory::MemoryVault},
};

/// A vault that says it is a keyring, writes down the order of events, and can be broken.
#[derive(Default)]
struct Ring {
    inside: MemoryVault,
    log: Arc<Mutex<Vec<String>>>,
    broken: Mutex<bool>,
}

impl Ring {
    fn check(&self) -> Result<(), VaultError> {
        if *self.broken.lock().unwrap() { Err(VaultError::Locked) } else { Ok(()) }
    }

    fn holds(&self, name: &str) -> Option<String> {
        self.inside.get(name).unwrap().map(|secret| secret.expose().to_owned())
    }
}

impl Vault for Ring {
    fn kept(&self) -> Kept {
        Kept::Keyring
    }
    fn put(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        self.check()?;
        self.log.lock().unwrap().push(format!("put {name}"));
        self.inside.put(name, secret)
    }
    fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        self.check()?;
        self.inside.get(name)
    }
    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.check()?;
        self.log.lock().unwrap().push(format!("delete {name}"));
        self.inside.delete(name)
    }
}

struct Desk {
    server: Server,
    ring: Arc<Ring>,
    clock: Arc<TestClock>,
    sessions: Sessions,
    ehr: EhrId,
}

fn fresh(n: usize) -> Value {
    json!({"access_token": format!("acc-{n}"), "token_type": "bearer", "expires_in": 600, "refresh_token": format!("ref-{n}")})
}

impl Desk {
    async fn with(handler: impl Fn(&crate::smart::testing::Seen) -> Act + Send + Sync + 'static) -> Self {
        let ring = Arc::new(Ring::default());
        let log = Arc::clone(&ring.log);
        let server = Server::start(move |seen| {
            log.lock().unwrap().push(format!("ehr {}", seen.target));
            handler(seen)
        })
        .await;
        let clock = TestClock::at("2026-11-21T10:00:00Z");
        let ehr = EhrId::stored("e1");
        let sessions = Sessions::new(
            http(&[&server]),
            Keeper::new(Arc::<Ring>::clone(&ring)),
            Arc::<TestClock>::clone(&clock),
        );
        Self { server, ring, clock, sessions, ehr }
    }

    /// Answers the nth token request with the nth act.
    async fn script(acts: Vec<Act>) -> Self {
        let next = AtomicUsize::new(0);
        Self::with(move |seen| match seen.target.as_str() {
            "/token" => acts.get(next.fetch_add(1, Ordering::SeqCst)).cloned().unwrap_or(Act::Hang),
            _ => Act::http(200, "", b""),
        })
        .await
    }

    fn endpoints(&self) -> Endpoints {
        Endpoints {
            issuer: Some("https://issuer.example".into()),
            authorize: self.server.url("authorize"),
            token: self.server.url("token"),
            revoke: Some(self.server.url("revoke")),
            jwks: Some(self.server.url("jwks")),
            manage: None,
            iss_promised: false,
            s256: S256::Announced,
            says_who: true,
        }
    }

    fn base(&self) -> FhirBase {
        FhirBase::new(self.server.url("r4"))
    }

    fn site(&self, endpoints: Endpoints) -> Site {
        Site { base: self.base(), endpoints, credential: Credential::public(CLIENT_ID) }
    }

    async fn keep(&self, sessions: &Sessions, endpoints: Endpoints, set: TokenSet) -> Kept {
        sessions.keep(&self.ehr, self.site(endpoints), "p1".into(), Wished::default(), set).await
    }

    fn set(&self, refresh: Option<&str>) -> TokenSet {
        TokenSet {
            access: Secret::new("acc-0"),
            expires_at: self.clock.now() + jiff::SignedDuration::from_secs(600),
            refresh: refresh.map(Secret::new),
            scopes: Scopes::parse("patient/Patient.rs"),
            patient: Some("p1".into()),
            identity: Identity::Proven {
                issuer: "https://issuer.example".into(),
                subject: "u1".into(),
                fhir_user: None,
            },
        }
    }

    async fn signed_in(self) -> Self {
        assert_eq!(self.keep(&self.sessions, self.endpoints(), self.set(Some("ref-0"))).await, Kept::Keyring);
        self.ring.log.lock().unwrap().clear();
        self
    }

    async fn bearer(&self) -> Result<Bearer, SessionError> {
        self.sessions.bearer(&self.ehr).await
    }

    /// The token that a bearer puts on a request.
    async fn token(&self) -> Result<String, SessionError> {
        Ok(self.shown(&self.bearer().await?).await)
    }

    async fn shown(&self, bearer: &Bearer) -> String {
        let request = Request::get(self.server.url("r4/x")).bearer(bearer).unwrap();
        http(&[&self.server]).send(request).await.unwrap();
        self.server
            .seen()
            .last()
            .unwrap()
            .header("authorization")
            .unwrap()
            .trim_start_matches("Bearer ")
            .to_owned()
    }

    fn refreshes(&self) -> Vec<String> {
        self.server
            .seen()
            .iter()
            .filter(|seen| seen.target == "/token")
            .map(|seen| seen.form("refresh_token").unwrap())
            .collect()
    }

    fn restarted(&self) -> Sessions {
        Sessions::new(
            http(&[&self.server]),
            Keeper::new(Arc::<Ring>::clone(&self.ring)),
            Arc::<TestClock>::clone(&self.clock),
        )
    }

    async fn restore(&self, sessions: &Sessions) -> bool {
        let remembered = Remembered {
            scopes: "patient/Patient.rs".into(),
            patient: "p1".into(),
            issuer: Some("https://issuer.example".into()),
            subject: Some("u1".into()),
            fhir_user: None,
            asked: String::new(),
            kinds: Vec::new(),
        };
        sessions.restore(&self.ehr, self.site(self.endpoints()), &remembered).await
    }
}

#[tokio::test]
async fn a_fresh_token_is_used_as_it_is() {
    let desk = Desk::script(vec![]).await.signed_in().await;
    assert_eq!(desk.token().await.as_deref(), Ok("acc-0"));
    assert!(desk.refreshes().is_empty());
    let granted = desk.sessions.granted(&desk.ehr).unwrap();
    assert_eq!((granted.patient.as_str(), granted.kept), ("p1", Kept::Keyring));
    assert_eq!(desk.sessions.granted(&EhrId::stored("other")), None);
    assert_eq!(desk.sessions.bearer(&EhrId::stored("other")).await.err(), Some(SessionError::SignedOut));
}

#[tokio::test]
async fn fifty_callers_cause_one_refresh() {
    let desk =
        Desk::script(vec![Act::json(200, &fresh(1)), Act::json(200, &fresh(2))]).await.signed_in().await;
    desk.clock.forward(590);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (sessions, ehr) = (desk.sessions.clone(), desk.ehr.clone());
        callers.spawn(async move { sessions.bearer(&ehr).await });
    }
    let bearers: Vec<Bearer> = callers.join_all().await.into_iter().map(Result::unwrap).collect();
    assert!(bearers.windows(2).all(|two| two[0].same_as(&two[1])));
    assert_eq!(desk.refreshes(), ["ref-0"]);
    assert_eq!(desk.token().await.as_deref(), Ok("acc-1"));
}

#[tokio::test]
async fn the_mark_comes_before_sending_and_the_new_token_before_its_use() {
    let desk = Desk::script(vec![Act::json(200, &fresh(1))]).await.signed_in().await;
    desk.clock.forward(590);
    desk.token().await.unwrap();
    let log = desk.ring.log.lock().unwrap().clone();
    assert_eq!(log, ["put e1.sent", "ehr /token", "put e1", "delete e1.sent", "ehr /r4/x"]);
    assert_eq!(desk.ring.holds("e1").as_deref(), Some("ref-1"));
    let seen = desk.server.seen().into_iter().find(|seen| seen.target == "/token").unwrap();
    assert_eq!(
        (seen.form("grant_type").as_deref(), seen.form("client_id").as_deref()),
        (Some("refresh_token"), Some("consentry"))
    );
}

#[tokio::test]
async fn each_refresh_token_is_sent_once() {
    let desk = Desk::script((1..=3).map(|n| Act::json(200, &fresh(n))).collect()).await.signed_in().await;
    for _ in 0..3 {
        desk.clock.forward(590);
        desk.token().await.unwrap();
    }
    assert_eq!(desk.refreshes(), ["ref-0", "ref-1", "ref-2"]);
}

#[tokio::test]
async fn a_lost_refresh_is_never_repeated() {
    let lost = [
        Act::Hang,
        Act::SayAndHold(Vec::new()),
        Act::http(502, "", b"<html>"),
        Act::http(200, "", b"{}"),
        Act::http(303, "Location: /x\r\n", b""),
        Act::Say(
            b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{".to_vec(),
        ),
    ];
    for act in lost {
        let desk = Desk::script(vec![act.clone(), Act::json(200, &fresh(1))]).await.signed_in().await;
        desk.clock.forward(590);
        assert_eq!(desk.token().await.as_deref(), Ok("acc-0"), "its last seconds are used up: {act:?}");
        desk.clock.forward(20);
        assert_eq!(desk.bearer().await.err(), Some(SessionError::Spent), "{act:?}");
        assert_eq!(desk.refreshes(), ["ref-0"]);
        let after = desk.restarted();
        assert!(!desk.restore(&after).await, "nor after a restart: {act:?}");
        assert_eq!(desk.ring.holds("e1"), None);
        assert_eq!(desk.refreshes(), ["ref-0"]);
    }
}

#[tokio::test]
async fn a_refresh_that_was_never_sent_may_be_repeated() {
    let desk = Desk::script(vec![]).await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin: url::Url = format!("http://{}/", gone.local_addr().unwrap()).parse().unwrap();
    drop(gone);
    let way = http(&[&desk.server]);
    way.trust(&origin);
    let sessions =
        Sessions::new(way, Keeper::new(Arc::<Ring>::clone(&desk.ring)), Arc::<TestClock>::clone(&desk.clock));
    let mut endpoints = desk.endpoints();
    endpoints.token = origin.join("token").unwrap();
    desk.keep(&sessions, endpoints, desk.set(Some("ref-0"))).await;
    desk.clock.forward(700);
    for _ in 0..2 {
        let unsent = SessionError::Http(HttpError::Unreachable { written: false });
        assert_eq!(sessions.bearer(&desk.ehr).await.err(), Some(unsent));
    }
    assert_eq!(desk.ring.holds("e1.sent"), None);
    assert!(desk.restore(&desk.restarted()).await);
}

#[tokio::test]
async fn asked_to_wait_costs_nothing() {
    let busy = Act::http(429, "Retry-After: 9\r\n", b"");
    let desk = Desk::script(vec![busy, Act::json(200, &fresh(1))]).await.signed_in().await;
    desk.clock.forward(700);
    assert_eq!(
        desk.bearer().await.err(),
        Some(SessionError::Busy { wait: Some(std::time::Duration::from_secs(9)) })
    );
    assert_eq!(desk.token().await.as_deref(), Ok("acc-1"));
}

#[tokio::test]
async fn a_refused_refresh_ends_the_session() {
    let refused = Act::json(400, &json!({"error": "invalid_grant"}));
    let desk = Desk::script(vec![refused]).await.signed_in().await;
    desk.clock.forward(700);
    assert_eq!(desk.bearer().await.err(), Some(SessionError::SignedOut));
    assert_eq!((desk.ring.holds("e1"), desk.ring.holds("e1.sent")), (None, None));
    assert!(desk.sessions.granted(&desk.ehr).is_none());
    assert_eq!(desk.bearer().await.err(), Some(SessionError::SignedOut));
    assert_eq!(desk.refreshes().len(), 1);
}

#[tokio::test]
async fn an_ehr_that_keeps_the_old_token_may_be_asked_again_after_a_loss() {
    let same = json!({"access_token": "acc-1", "token_type": "Bearer", "expires_in": 600});
    let desk = Desk::script(vec![Act::json(200, &same), Act::Hang, Act::json(200, &fresh(2))])
        .await
        .signed_in()
        .await;
    desk.clock.forward(590);
    assert_eq!(desk.token().await.as_deref(), Ok("acc-1"));
    assert_eq!((desk.ring.holds("e1").as_deref(), desk.ring.holds("e1.sent")), (Some("ref-0"), None));
    desk.clock.forward(700);
    assert_eq!(desk.bearer().await.err(), Some(SessionError::Http(HttpError::Unreachable { written: true })));
    assert_eq!(desk.token().await.as_deref(), Ok("acc-2"));
}

#[tokio::test]
async fn a_bearer_that_was_refused_is_renewed_once() {
    let desk =
        Desk::script(vec![Act::json(200, &fresh(1)), Act::json(200, &fresh(2))]).await.signed_in().await;
    let refused = desk.bearer().await.unwrap();
    let (one, two) =
        tokio::join!(desk.sessions.renew(&desk.ehr, &refused), desk.sessions.renew(&desk.ehr, &refused));
    assert!(one.unwrap().same_as(&two.unwrap()));
    assert_eq!(desk.refreshes(), ["ref-0"]);
}

#[tokio::test]
async fn another_patient_ends_the_session() {
    let mut other = fresh(1);
    other["patient"] = json!("p2");
    let desk = Desk::script(vec![Act::json(200, &other)]).await.signed_in().await;
    desk.clock.forward(700);
    assert_eq!(desk.bearer().await.err(), Some(SessionError::SignedOut));
    assert_eq!(desk.ring.holds("e1"), None);
}

#[tokio::test]
async fn another_person_in_the_id_token_ends_the_session() {
    let now = 1_795_255_200 + 700;
    for (member, value, kept) in [
        ("sub", json!("u1"), true),
        ("sub", json!("u2"), false),
        ("iss", json!("https://evil.example"), false),
        ("aud", json!("other"), false),
    ] {
        let key = Arc::new(TestKey::fresh("k"));
        let mut claims = json!({"iss": "https://issuer.example", "aud": "consentry", "sub": "u1", "iat": now, "exp": now + 300});
        claims[member] = value.clone();
        let mut reply = fresh(1);
        reply["id_token"] = json!(key.sign(&claims).expose());
        let desk = Desk::with(move |seen| match seen.target.as_str() {
            "/token" => Act::json(200, &reply),
            "/jwks" => Act::json(200, &key.jwks()),
            _ => Act::http(200, "", b""),
        })
        .await
        .signed_in()
        .await;
        desk.clock.forward(700);
        assert_eq!(desk.bearer().await.is_ok(), kept, "{member} {value}");
    }
}

#[tokio::test]
async fn a_restart_takes_the_session_up() {
    let desk = Desk::script(vec![Act::json(200, &fresh(1))]).await.signed_in().await;
    let after = desk.restarted();
    assert!(desk.restore(&after).await);
    assert_eq!(after.granted(&desk.ehr).unwrap().patient, "p1");
    assert!(after.bearer(&desk.ehr).await.is_ok());
    assert_eq!(desk.refreshes(), ["ref-0"]);
    assert!(
        !desk
            .restore(&Sessions::new(
                http(&[]),
                Keeper::new(Arc::new(MemoryVault::default())),
                Arc::<TestClock>::clone(&desk.clock)
            ))
            .await
    );
}

#[tokio::test]
async fn an_entry_that_somebody_deleted_signs_out() {
    let desk = Desk::script(vec![Act::json(200, &fresh(1))]).await.signed_in().await;
    desk.ring.inside.delete("e1").unwrap();
    desk.clock.forward(700);
    assert_eq!(desk.bearer().await.err(), Some(SessionError::SignedOut));
    assert!(desk.refreshes().is_empty());
}

#[tokio::test]
async fn while_the_keyring_is_locked_nothing_is_sent_and_later_it_goes_on() {
    let desk = Desk::script(vec![Act::json(200, &fresh(1))]).await.signed_in().await;
    desk.clock.forward(700);
    *desk.ring.broken.lock().unwrap() = true;
    assert_eq!(desk.bearer().await.err(), Some(SessionError::SignedOut));
    assert!(desk.refreshes().is_empty());
    assert_eq!(desk.sessions.vault_answers().await, Err(VaultError::Locked));
    *desk.ring.broken.lock().unwrap() = false;
    assert_eq!(desk.token().await.as_deref(), Ok("acc-1"));
}

#[tokio::test]
async fn without_a_keyring_a_session_lives_in_memory() {
    let desk = Desk::script(vec![Act::json(200, &fresh(1)), Act::json(200, &fresh(2))]).await;
    *desk.ring.broken.lock().unwrap() = true;
    let kept = desk.keep(&desk.sessions, desk.endpoints(), desk.set(Some("ref-0"))).await;
    assert_eq!(kept, Kept::ThisSession);
    for n in 1..=2 {
        desk.clock.forward(590);
        assert_eq!(desk.token().await, Ok(format!("acc-{n}")));
    }
    assert_eq!(desk.refreshes(), ["ref-0", "ref-1"]);
    *desk.ring.broken.lock().unwrap() = false;
    assert!(!desk.restore(&desk.restarted()).await);
}

#[tokio::test]
async fn a_sign_in_without_a_refresh_token_ends_with_its_access_token() {
    let desk = Desk::script(vec![]).await.signed_in().await;
    desk.keep(&desk.sessions, desk.endpoints(), desk.set(None)).await;
    assert_eq!(desk.ring.holds("e1"), None, "the token of the session before is gone");
    desk.clock.forward(590);
    assert_eq!(desk.token().await.as_deref(), Ok("acc-0"), "to its last second");
    desk.clock.forward(10);
    assert_eq!(desk.bearer().await.err(), Some(SessionError::SignedOut));
}

#[tokio::test]
async fn signing_out_revokes_the_refresh_token_first_and_deletes_in_any_case() {
    for (act, outcome) in [
        (Act::http(200, "", b""), RevokeOutcome::Done),
        (Act::http(503, "Retry-After: 9\r\n", b""), RevokeOutcome::StillThere),
        (Act::json(400, &json!({"error": "unsupported_token_type"})), RevokeOutcome::NotOffered),
        (Act::http(302, "Location: /x\r\n", b""), RevokeOutcome::NotConfirmed),
        (Act::Hang, RevokeOutcome::NotConfirmed),
    ] {
        let desk = Desk::with(move |_| act.clone()).await.signed_in().await;
        assert_eq!(desk.sessions.forget(&desk.ehr).await, outcome);
        let revoked: Vec<_> = desk
            .server
            .seen()
            .iter()
            .map(|seen| (seen.form("token").unwrap(), seen.form("token_type_hint").unwrap()))
            .collect();
        assert_eq!(
            revoked,
            [
                ("ref-0".to_owned(), "refresh_token".to_owned()),
                ("acc-0".to_owned(), "access_token".to_owned())
            ]
        );
        assert_eq!(desk.ring.holds("e1"), None);
        assert!(desk.sessions.granted(&desk.ehr).is_none());
        assert_eq!(desk.bearer().await.err(), Some(SessionError::SignedOut));
    }
    let desk = Desk::script(vec![]).await;
    let mut endpoints = desk.endpoints();
    endpoints.revoke = None;
    desk.keep(&desk.sessions, endpoints, desk.set(Some("ref-0"))).await;
    assert_eq!(desk.sessions.forget(&desk.ehr).await, RevokeOutcome::NotOffered);
    assert_eq!(desk.ring.holds("e1"), None);
}

#[tokio::test]
async fn changed_scopes_are_seen_and_remembered() {
    let mut fewer = fresh(1);
    fewer["scope"] = json!("openid");
    let desk = Desk::script(vec![Act::json(200, &fewer)]).await.signed_in().await;
    assert_eq!(desk.sessions.remembered(&desk.ehr).unwrap().scopes, "patient/Patient.rs");
    desk.clock.forward(590);
    desk.token().await.unwrap();
    assert_eq!(desk.sessions.granted(&desk.ehr).unwrap().scopes, Scopes::parse("openid"));
    assert_eq!(desk.sessions.remembered(&desk.ehr).unwrap().scopes, "openid");
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_lose_the_refresh() {
    let desk = Desk::script(vec![Act::json(200, &fresh(1))]).await.signed_in().await;
    desk.clock.forward(700);
    let (sessions, ehr) = (desk.sessions.clone(), desk.ehr.clone());
    let caller = tokio::spawn(async move { sessions.bearer(&ehr).await });
    let began = std::time::Instant::now();
    while desk.refreshes().is_empty() {
        assert!(began.elapsed().as_secs() < 5, "no refresh was sent");
        tokio::task::yield_now().await;
    }
    caller.abort();
    assert_eq!(desk.token().await.as_deref(), Ok("acc-1"));
    assert_eq!(desk.refreshes(), ["ref-0"]);
}
