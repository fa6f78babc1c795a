//! Signing in, and every way in which it does not work out.

use consentry_core::{ehr::SessionView, kind::Kind, person::ChartsVerdict, problem::What, view::SignInFor};
use consentry_sandbox::{Exchange, Fault};
use consentry_tests::Bench;

fn source() -> SignInFor {
    SignInFor::Source { kinds: vec![Kind::Vaccines] }
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_ticked_kinds_are_asked_and_covered() {
    let bench = Bench::new().await;
    bench.sign_in(0, source()).await.expect("signed in");
    let view = bench.app.view().expect("a view");
    let ehr = view.ehrs.iter().find(|e| e.id == bench.ehr(0)).expect("the hospital");
    let SessionView::SignedIn { person, covers, manages, .. } = &ehr.session else {
        panic!("{:?}", ehr.session)
    };
    assert_eq!(person.name, "Paul Everett Tindall");
    assert_eq!(covers, &vec![Kind::AboutYou, Kind::Vaccines]);
    assert!(manages);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_gets_pkce_state_nonce_and_audience() {
    let bench = Bench::new().await;
    bench.sign_in(0, source()).await.expect("signed in");
    let page = bench.person.opened().pop().expect("a page was opened");
    let one = |name: &str| {
        let values: Vec<String> =
            page.query_pairs().filter(|(k, _)| k == name).map(|(_, v)| v.into_owned()).collect();
        assert_eq!(values.len(), 1, "{name} exactly once");
        values.into_iter().next().unwrap_or_default()
    };
    assert_eq!(one("response_type"), "code");
    assert_eq!(one("code_challenge_method"), "S256");
    assert_eq!(one("code_challenge").len(), 43);
    assert!(one("state").len() >= 22 && one("nonce").len() >= 22, "at least 122 bits");
    assert_eq!(one("aud"), bench.sandbox.ehrs()[0].base().as_str().trim_end_matches('/'));
    assert!(one("redirect_uri").starts_with("http://127.0.0.1:"));
    assert!(page.query_pairs().all(|(k, _)| k != "launch"), "standalone launch has no launch parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn saying_no_is_fine_and_changes_nothing() {
    let bench = Bench::new().await;
    bench.person.will(|p| p.deny = true);
    let problem = bench.sign_in(0, source()).await.expect_err("denied");
    assert_eq!(problem.what, What::SignInCancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_unticked_on_the_hospitals_page_is_named() {
    let bench = Bench::new().await;
    bench.person.will(|p| p.untick = vec!["operation/Consent.authorize".to_owned()]);
    let problem = bench.sign_in(0, source()).await.expect_err("short");
    assert_eq!(problem.what, What::ScopesShort);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_the_code_ends_the_attempt_and_the_code_is_sent_once() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[0].faults().next(Exchange::Token, Fault::LoseReplyAfterCommit);
    bench.sign_in(0, source()).await.expect_err("lost");
    assert_eq!(bench.sandbox.ehrs()[0].records().code_reuse, 0);
    bench.sign_in(0, source()).await.expect("the next try works");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_closes_the_port() {
    let bench = Bench::new().await;
    bench.person.will(|p| p.walk_away = true);
    let id = bench.ehr(0);
    bench.app.sign_in(&id, &source()).await.expect("started");
    let page = bench.person.opened().pop().expect("a page");
    let redirect = page.query_pairs().find(|(k, _)| k == "redirect_uri").expect("a redirect").1.into_owned();
    let port = url::Url::parse(&redirect).expect("a URL").port().expect("a port");
    tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("the port is open");
    bench.app.sign_in_cancel(&id);
    let closed = tokio::time::timeout(consentry_tests::PATIENCE, async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    closed.await.expect("the port closes");
}

#[tokio::test(flavor = "multi_thread")]
async fn near_namesakes_are_two_people_and_cannot_be_shared_between() {
    let bench = Bench::new().await;
    let kinds = vec![Kind::Vaccines];
    bench.draft(&kinds).expect("a draft");
    bench.person.will(|p| p.who = "Jon Lindqvist".to_owned());
    bench.sign_in(0, SignInFor::Source { kinds: kinds.clone() }).await.expect("signed in");
    bench.person.will(|p| p.who = "John Lindquist".to_owned());
    bench.sign_in(1, SignInFor::Target { kinds }).await.expect("signed in");
    assert_eq!(bench.app.charts().expect("charts").verdict, ChartsVerdict::TwoPeople);
    let refused = bench.sign().await.expect_err("refused");
    assert_eq!(refused.what, What::TwoPeople);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_signs_for_the_child() {
    let bench = Bench::new().await;
    bench.person.will(|p| {
        p.who = "Maria Okafor".to_owned();
        p.chart = Some("Ada Okafor".to_owned());
    });
    let share = bench.share(&[Kind::Vaccines]).await.expect("the share starts");
    let share = bench.until_state(&share.id, consentry_core::connection::ShareState::On).await;
    let sentence = share.statement.expect("the statement").text();
    assert!(
        sentence.starts_with(
            "I, Maria Ifeoma Okafor, let Spruce Harbor Clinic share Ada Chioma Okafor’s vaccines"
        ),
        "{sentence}"
    );
}
