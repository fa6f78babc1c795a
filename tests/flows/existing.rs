//! One more hospital under a permission that the source already has.

use std::{sync::Arc, time::Duration};

use consentry_core::{
    choice::{Draft, HowLong, Purpose},
    connection::{ShareState, ShareView, journal::Step, way::Way},
    ehr::EhrId,
    kind::Kind,
    problem::{Problem, What},
    view::SignInFor,
};
use consentry_sandbox::{AuthorizationState, Ehr, Options, Sandbox};
use consentry_tests::{Bench, PATIENCE, hospitals};

const KINDS: [Kind; 2] = [Kind::Medicines, Kind::Vaccines];

/// The usual pair, and a third hospital that gets records from the same source.
struct Three {
    bench: Bench,
    more: Sandbox,
}

impl Three {
    async fn new() -> Self {
        let pair = Arc::new(hospitals().await);
        let source = &pair.ehrs()[0];
        let options = Options {
            pace: Duration::from_millis(150),
            sources: [None, source.base().port()],
            ..Options::default()
        };
        let more = Sandbox::start(options).await.expect("the third hospital starts");
        source.welcome(more.ehrs()[1].base());
        Self { bench: Bench::with_more(pair, &more).await, more }
    }

    fn third(&self) -> &Ehr {
        &self.more.ehrs()[1]
    }

    fn third_id(&self) -> EhrId {
        let address = self.third().base().as_str();
        let view = self.bench.app.view().expect("a view");
        view.ehrs.into_iter().find(|e| e.address == address).expect("the third hospital is known").id
    }

    /// Shares with a hospital under the one permission that the source holds.
    async fn share_under(&self, to: &EhrId, how_long: HowLong) -> Result<ShareView, Problem> {
        self.draft_under(to, how_long).await?;
        self.bench.sign().await
    }

    async fn draft_under(&self, to: &EhrId, how_long: HowLong) -> Result<(), Problem> {
        let bench = &self.bench;
        let found = bench.app.ehr_consents(&bench.ehr(0)).await?;
        let permission = found.into_iter().find(|one| one.active).ok_or_else(|| Problem::new(What::Gone))?;
        let draft = Draft {
            from: Some(bench.ehr(0)),
            to: Some(to.clone()),
            way: Way::ExistingConsent,
            under: Some(permission.id.clone()),
            kinds: permission.kinds.clone(),
            purpose: Some(Purpose::MyCare),
            how_long: Some(how_long),
        };
        bench.app.draft_set(draft)?;
        bench.app.sign_in(to, &SignInFor::Target { kinds: Vec::new() }).await?;
        bench.app.sign_in_result(to).await.map(drop)
    }

    fn source_state(&self, app: &str) -> Vec<AuthorizationState> {
        let records = self.bench.sandbox.ehrs()[0].records();
        records.authorizations.iter().filter(|a| a.app == app).map(|a| a.state).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_hospitals_get_records_under_one_permission_and_each_is_stopped_alone() {
    let three = Three::new().await;
    let bench = &three.bench;
    let first = bench.share(&KINDS).await.expect("the first share starts");
    bench.until_state(&first.id, ShareState::On).await;

    let second =
        three.share_under(&three.third_id(), HowLong::OneDay).await.expect("the second share starts");
    let sentence = second.statement.clone().expect("the statement").text();
    assert!(sentence.contains("share my medicines and vaccines with Tern Bay Hospital"), "{sentence}");
    assert!(sentence.contains(", under the permission given on "), "{sentence}");
    let second = bench.until_state(&second.id, ShareState::EndsSoon).await;
    let steps: Vec<Step> = second.steps.iter().map(|s| s.step).collect();
    assert_eq!(
        steps,
        [Step::CheckIdCard, Step::Authorize, Step::Connect, Step::Confirm],
        "nothing is filed anew"
    );
    assert_eq!(bench.sandbox.ehrs()[0].records().consents.len(), 1, "one paper");

    let arrived = tokio::time::timeout(PATIENCE, async {
        let mut changes = three.third().watch();
        while !three.third().records().connections.iter().any(|c| c.total > 0) {
            changes.changed().await.expect("the hospital is there");
        }
    });
    arrived.await.expect("records arrive at the third hospital");

    bench.app.share_stop(&first.id).expect("stop the first");
    bench.until_state(&first.id, ShareState::Stopped).await;
    let third = three.third().base().as_str();
    assert_eq!(three.source_state(third), [AuthorizationState::Live], "the other one is left alone");
    let consent = bench.sandbox.ehrs()[0].records().consents[0].status.clone();
    assert_eq!(consent, "active", "the paper stays as long as somebody gets records under it");

    bench.app.share_stop(&second.id).expect("stop the second");
    bench.until_state(&second.id, ShareState::Stopped).await;
    assert_eq!(three.source_state(third), [AuthorizationState::Revoked]);
    bench.until_records(0, |r| r.consents.iter().all(|c| c.status == "inactive").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_share_lasts_longer_than_the_permission_it_is_under() {
    let three = Three::new().await;
    let bench = &three.bench;
    let first = bench.share(&KINDS).await.expect("the first share starts");
    let first = bench.until_state(&first.id, ShareState::On).await;
    let second =
        three.share_under(&three.third_id(), HowLong::OneYear).await.expect("the second share starts");
    let second = bench.until_state(&second.id, ShareState::On).await;
    assert_eq!(second.last_day, first.last_day);
    let sentence = second.statement.expect("the statement").text();
    assert!(!sentence.contains("a day"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_that_gets_records_under_a_permission_is_not_let_in_again() {
    let three = Three::new().await;
    let bench = &three.bench;
    let first = bench.share(&KINDS).await.expect("the first share starts");
    bench.until_state(&first.id, ShareState::On).await;
    let again = three.share_under(&bench.ehr(1), HowLong::OneDay).await;
    assert_eq!(again.expect_err("refused").what, What::AlreadyShared);
    assert_eq!(three.source_state(bench.sandbox.ehrs()[1].base().as_str()).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_was_closed_meanwhile_is_not_used() {
    let three = Three::new().await;
    let bench = &three.bench;
    let first = bench.share(&KINDS).await.expect("the first share starts");
    bench.until_state(&first.id, ShareState::On).await;
    three.draft_under(&three.third_id(), HowLong::OneDay).await.expect("a draft");
    bench.app.share_stop(&first.id).expect("stop");
    bench.until_records(0, |r| r.consents.iter().all(|c| c.status == "inactive").then_some(())).await;
    assert_eq!(bench.app.review().await.expect_err("refused").what, What::Gone);
}
