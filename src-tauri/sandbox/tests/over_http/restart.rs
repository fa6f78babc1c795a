//! What survives a restart, and what the ports do.

use std::time::Duration;

use consentry_sandbox::{ConnectionState, Options, Sandbox, StartError, Storage};
use reqwest::StatusCode;

use crate::bench::{
    Bench, CONSENT_SCOPES, SOURCE_SCOPE, TARGET_SCOPE, client, get_fhir, link, session, until,
};

#[tokio::test]
async fn a_restart_goes_on_where_it_ended() {
    let bench = Bench::start().await;
    let here = session(bench.source(), "Paul Tindall", SOURCE_SCOPE).await;
    let there = session(bench.target(), "Paul Tindall", TARGET_SCOPE).await;
    let consent = bench.consent_with(&here, CONSENT_SCOPES, "2099-01-01").await;
    let answer = bench.authorize(&here, &consent, &bench.introduction().await).await;
    assert_eq!(answer.status(), StatusCode::OK);
    bench.connect(&there, &consent).await;
    until(bench.target(), "a round", |records| records.connections[0].rounds >= 1).await;
    let keys = client().get(link(bench.target(), "jwks")).send().await.unwrap();
    let keys = keys.text().await.unwrap();
    let logins = bench.source().logins();

    let Bench { sandbox, folder } = bench;
    let ports = sandbox.ports();
    sandbox.stop().await;
    let options = Options {
        storage: Storage::Folder(folder.path().to_owned()),
        pace: Duration::from_millis(40),
        // A folder remembers its own seed.
        seed: 1,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    assert_eq!(sandbox.ports(), ports);
    let bench = Bench { sandbox, folder };

    let again = client().get(link(bench.target(), "jwks")).send().await.unwrap();
    assert_eq!(again.text().await.unwrap(), keys);
    assert!(bench.source().logins() == logins);
    let path = format!("Patient/{}", here.patient());
    assert_eq!(get_fhir(bench.source(), &path, here.access()).await.status(), StatusCode::OK);
    let rounds = bench.target().records().connections[0].rounds;
    until(bench.target(), "rounds after the restart", |records| records.connections[0].rounds > rounds).await;
    bench.revoke(&here, &consent).await;
    until(bench.target(), "a refusal", |records| records.connections[0].state == ConnectionState::Refused)
        .await;
    session(bench.source(), "Paul Tindall", SOURCE_SCOPE).await;
}

#[tokio::test]
async fn says_so_when_a_port_is_taken() {
    let first = Sandbox::start(Options::default()).await.unwrap();
    let [taken, _] = first.ports();
    let options = Options { ports: Some([taken, 0]), ..Options::default() };
    match Sandbox::start(options).await {
        Err(StartError::PortTaken { port }) => assert_eq!(port, taken),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("two listeners on one port"),
    }
    first.stop().await;
}

#[tokio::test]
async fn nothing_listens_after_a_stop() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let page = link(&sandbox.ehrs()[0], "");
    assert_eq!(client().get(&page).send().await.unwrap().status(), StatusCode::OK);
    sandbox.stop().await;
    assert!(client().get(&page).send().await.is_err());
}

#[tokio::test]
async fn everybody_sees_the_same_people_for_the_same_seed() {
    let one = Sandbox::start(Options::default()).await.unwrap();
    let two = Sandbox::start(Options::default()).await.unwrap();
    for (left, right) in one.ehrs().iter().zip(two.ehrs()) {
        assert!(left.logins() == right.logins());
        assert_eq!(left.logins().len(), 4);
    }
    one.stop().await;
    two.stop().await;
}
