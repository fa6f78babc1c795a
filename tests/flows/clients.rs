//! How the app is known: every kind of client signs in, stays signed in over a restart, and is ended; the app registers
//! itself where it may; and fixed ports are kept to.

use consentry_core::{
    app::client::ClientChange,
    ehr::EhrId,
    kind::Kind,
    problem::What,
    secret::Secret,
    smart::client::{ClientKind, ClientOrigin},
    view::SignInFor,
};
use consentry_sandbox::{Client, ClientKind as Kinds, Clients, Credential, Ways};
use consentry_tests::Bench;
use tokio::net::TcpListener;

const NAME: &str = "app-20417";
const WORD: &str = "a word: of 100%";

fn source() -> SignInFor {
    SignInFor::Source { kinds: vec![Kind::Vaccines] }
}

fn change(kind: ClientKind, ports: Vec<u16>) -> ClientChange {
    let secret = (kind == ClientKind::Secret).then(|| Secret::new(WORD));
    ClientChange { client_id: NAME.to_owned(), kind, secret, ports }
}

/// Spruce Harbor lets in only this kind, and knows nobody yet.
async fn takes_only(kind: Kinds) -> Bench {
    let ways = Ways { clients: Clients::only(kind, Vec::new()), ..Ways::default() };
    Bench::with_ways([ways, Ways::default()]).await
}

/// Whether Spruce Harbor has a living sign-in of this app.
fn lives(bench: &Bench, client: &str) -> bool {
    bench.sandbox.ehrs()[0].records().sign_ins.iter().any(|one| one.client == client && one.live)
}

/// Signs in, goes on after a restart, which needs a refresh, and signs out.
async fn whole_life(bench: &mut Bench, client: &str) {
    bench.sign_in(0, source()).await.expect("signed in");
    assert!(lives(bench, client), "{:?}", bench.sandbox.ehrs()[0].records().sign_ins);
    bench.restart().await;
    bench.until_fresh(0).await;
    bench.app.sign_out(&bench.ehr(0)).await.expect("signed out");
    assert!(!lives(bench, client), "ended at the hospital too");
    assert_eq!(bench.sandbox.ehrs()[0].records().refresh_reuse, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_secret_signs_in_refreshes_and_revokes() {
    let mut bench = takes_only(Kinds::Symmetric).await;
    let known = Client::app(NAME, "Consentry", Credential::secret(WORD));
    bench.sandbox.ehrs()[0].register(&known).expect("known there");
    let id = bench.ehr(0);
    bench.app.ehr_client_set(&id, change(ClientKind::Secret, Vec::new())).await.expect("set");
    whole_life(&mut bench, NAME).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_key_signs_in_refreshes_and_revokes() {
    let mut bench = takes_only(Kinds::Asymmetric).await;
    let keys = bench.app.client_keys().await.expect("keys");
    let known = Client::app(NAME, "Consentry", Credential::Keys(serde_json::from_str(&keys).expect("JSON")));
    bench.sandbox.ehrs()[0].register(&known).expect("known there");
    let id = bench.ehr(0);
    bench.app.ehr_client_set(&id, change(ClientKind::Key, Vec::new())).await.expect("set");
    whole_life(&mut bench, NAME).await;
    assert_eq!(bench.app.client_keys().await.expect("keys"), keys, "one key for each installation");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_registers_itself_where_apps_may() {
    for (takes, kind) in [
        (Kinds::Asymmetric, ClientKind::Key),
        (Kinds::Symmetric, ClientKind::Secret),
        (Kinds::Public, ClientKind::Public),
    ] {
        let ways = Ways { clients: Clients::registering([takes]), ..Ways::default() };
        let mut bench = Bench::with_ways([ways, Ways::default()]).await;
        // Nobody has to do anything: the first sign-in does it.
        bench.sign_in(0, source()).await.expect("signed in");
        let client = bench.app.ehr_client(&bench.ehr(0)).await.expect("a view");
        assert_eq!((client.kind, client.origin), (kind, ClientOrigin::Registered));
        assert!(!client.missing && client.can_register && !client.ports.is_empty());
        bench.app.sign_out(&bench.ehr(0)).await.expect("signed out");
        whole_life(&mut bench, &client.client_id).await;
        let after = bench.app.ehr_client(&bench.ehr(0)).await.expect("a view");
        assert_eq!(after.client_id, client.client_id, "registered once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_that_knows_apps_better_says_so_before_the_browser_opens() {
    let bench = takes_only(Kinds::Symmetric).await;
    let problem = bench.sign_in(0, source()).await.expect_err("unknown");
    assert_eq!(problem.what, What::AppUnknown);
    assert!(bench.person.opened().is_empty());
    let id = bench.ehr(0);
    let nothing = ClientChange { secret: None, ..change(ClientKind::Secret, Vec::new()) };
    assert_eq!(
        bench.app.ehr_client_set(&id, nothing).await.err().map(|p| p.what),
        Some(What::FormIncomplete)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_told_as_an_app_that_is_not_known() {
    let bench = takes_only(Kinds::Symmetric).await;
    let known = Client::app(NAME, "Consentry", Credential::secret("another word"));
    bench.sandbox.ehrs()[0].register(&known).expect("known there");
    let id = bench.ehr(0);
    bench.app.ehr_client_set(&id, change(ClientKind::Secret, Vec::new())).await.expect("set");
    assert_eq!(bench.sign_in(0, source()).await.expect_err("refused").what, What::AppUnknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_ends_the_sign_in_under_the_old_one() {
    let bench = Bench::new().await;
    bench.sign_in(0, source()).await.expect("signed in");
    assert!(lives(&bench, "consentry"));
    let id = bench.ehr(0);
    bench.app.ehr_client_set(&id, change(ClientKind::Public, Vec::new())).await.expect("set");
    assert!(!lives(&bench, "consentry") && !bench.is_signed_in(0));
    let usual = bench.app.ehr_client_usual(&id).await.expect("usual");
    assert_eq!((usual.client_id.as_str(), usual.origin), ("consentry", ClientOrigin::BuiltIn));
    bench.sign_in(0, source()).await.expect("signed in as before");
}

fn back(ports: &[u16], id: &EhrId) -> Vec<String> {
    ports.iter().map(|port| format!("http://127.0.0.1:{port}/callback/{}", id.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fixed_ports_are_kept_to_and_a_taken_one_leads_to_the_next() {
    let bench = Bench::new().await;
    let id = bench.ehr(0);
    let held = [
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
    ];
    let ports: Vec<u16> = held.iter().map(|one| one.local_addr().expect("an address").port()).collect();
    let known = Client::app(NAME, "Consentry", Credential::None).at_exactly(back(&ports, &id));
    bench.sandbox.ehrs()[0].register(&known).expect("known there");
    let view = bench.app.ehr_client_set(&id, change(ClientKind::Public, ports.clone())).await.expect("set");
    assert_eq!(view.redirects, back(&ports, &id), "what staff has to register");

    let problem = bench.sign_in(0, source()).await.expect_err("both are taken");
    assert_eq!(problem.what, What::PortsTaken);
    assert_eq!(problem.detail, Some(format!("{}, {}", ports[0], ports[1])));
    assert!(bench.person.opened().is_empty(), "no page for a port that is not ours");

    let [first, second] = held;
    drop(second);
    bench.sign_in(0, source()).await.expect("the next port is free");
    let page = bench.person.opened().pop().expect("a page");
    let redirect =
        page.query_pairs().find(|(name, _)| name == "redirect_uri").expect("a redirect").1.into_owned();
    assert_eq!(redirect, back(&ports[1..], &id)[0]);
    drop(first);
}
