//! Stopping, while the source says something odd. "Stopped" needs a whole, well-formed list without the target.

use consentry_core::{
    connection::{
        Rung, RungState, ShareState, ShareView,
        journal::{Step, StepState},
    },
    kind::Kind,
    problem::What,
};
use consentry_tests::{
    PATIENCE,
    between::Between,
    proxy::{Call, Canned, Twist},
};
use serde_json::json;

use crate::odd::{bundle, few, no, outcome, parameters, redirects, unclear};

async fn on(bench: &Between) -> ShareView {
    bench.pick(&[Kind::Vaccines]);
    let share = bench.sign().await.expect("the share starts");
    bench.until(&share.id, |s| s.state == ShareState::On).await
}

fn rung(share: &ShareView, rung: Rung) -> RungState {
    share.proof.iter().find(|r| r.rung == rung).expect("the rung is shown").state
}

fn rests(share: &ShareView) -> bool {
    matches!(share.state, ShareState::NotStopped | ShareState::Stopped)
}

/// A share that the person tries to stop again and again, each time at a source that behaves in another way.
struct Stubborn {
    bench: Between,
    share: ShareView,
    wrong: Vec<String>,
}

impl Stubborn {
    async fn new() -> Self {
        let bench = Between::new().await;
        bench.ready(&[Kind::Vaccines]).await;
        let share = on(&bench).await;
        Self { bench, share, wrong: Vec::new() }
    }

    fn heard(&self, call: Call) -> usize {
        self.bench.front[0].seen().iter().filter(|s| s.call == call).count()
    }

    /// Presses "stop" until the source was asked and it came to rest.
    async fn press(&self, call: Call) -> ShareView {
        let before = self.heard(call);
        let asked = tokio::time::timeout(PATIENCE, async {
            while self.heard(call) == before {
                self.bench.app.share_stop(&self.share.id).expect("stop");
                self.bench.until(&self.share.id, rests).await;
            }
        });
        asked.await.expect("the source is asked");
        self.bench.until(&self.share.id, rests).await
    }

    /// With these twists it must not be called stopped. Gives what is said of it.
    async fn is_not_stopped(&mut self, name: &str, call: Call, twists: Vec<(Call, Twist)>) -> ShareView {
        self.bench.front[0].honest();
        for (call, twist) in twists {
            self.bench.front[0].always(call, twist);
        }
        let said = self.press(call).await;
        let proven = rung(&said, Rung::NotListed) == RungState::Proven;
        if said.state == ShareState::Stopped || proven {
            self.wrong.push(format!("{name}: called stopped"));
            self.share = on(&self.bench).await;
        } else if said.problem.is_none() {
            self.wrong.push(format!("{name}: does not say why"));
        }
        said
    }

    /// At an honest source it is stopped, truly.
    async fn ends(self) {
        self.bench.front[0].honest();
        let stopped = tokio::time::timeout(PATIENCE, async {
            while self.bench.app.share(&self.share.id).expect("the share").share.state != ShareState::Stopped
            {
                self.bench.app.share_stop(&self.share.id).expect("stop");
                self.bench.until(&self.share.id, rests).await;
            }
        });
        stopped.await.expect("it stops as soon as the source lets it");
        assert_eq!(self.bench.live_under(&self.share.id), 0);
        assert_eq!(self.bench.trap.heads(), Vec::<String>::new(), "no bearer went elsewhere");
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_did_not_happen_is_not_called_stopped() {
    let mut share = Stubborn::new().await;
    let mut cases = vec![
        ("200 with nothing", Canned::bare(200)),
        ("204", Canned::bare(204)),
        ("200 with kind words", Canned::json(200, &outcome("information", "informational", "Stopped"))),
        ("200 with Parameters", parameters(&json!([{"name": "message", "valueString": "Stopped"}]))),
        ("a Bundle", Canned::json(200, &bundle())),
        ("400", no(400, "Bad")),
        ("403", no(403, "No")),
        ("404", Canned::bare(404)),
        ("410", Canned::bare(410)),
        ("405", Canned::bare(405)),
        ("429", Canned::bare(429)),
    ];
    cases.extend(unclear());
    cases.extend(redirects(&share.bench.trap.at("stop")));
    for (name, canned) in cases {
        let twists = vec![(Call::Revoke, Twist::Instead(canned))];
        share.is_not_stopped(name, Call::Revoke, twists).await;
    }
    share.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_read_proves_nothing() {
    let mut share = Stubborn::new().await;
    let mut cases = vec![
        ("200 with nothing", Canned::bare(200)),
        ("204", Canned::bare(204)),
        ("an empty Bundle", Canned::json(200, &bundle())),
        ("kind words", Canned::json(200, &outcome("information", "informational", "None"))),
        ("404", Canned::bare(404)),
        ("410", Canned::bare(410)),
        ("403", no(403, "No")),
        ("405", Canned::bare(405)),
        ("a list that is a text", parameters(&json!("none"))),
        ("a list that is a number", parameters(&json!(0))),
        ("a list of nothing", parameters(&json!([null]))),
        ("a list of texts", parameters(&json!(["token"]))),
        (
            "an entry without a name",
            parameters(&json!([{"part": [{"name": "app-id", "valueUri": "https://x.example"}]}])),
        ),
        ("an entry that names nobody", parameters(&json!([{"name": "token"}]))),
        (
            "an entry with an empty name",
            parameters(&json!([{"name": "token", "part": [{"name": "app-id", "valueUri": ""}]}])),
        ),
        ("an entry without a value", parameters(&json!([{"name": "token", "part": [{"name": "app-id"}]}]))),
        ("parts that are a text", parameters(&json!([{"name": "token", "part": "app-id"}]))),
        (
            "an error in the list",
            parameters(
                &json!([{"name": "outcome", "resource": outcome("error", "exception", "Half of it")}]),
            ),
        ),
        (
            "another word for it",
            parameters(
                &json!([{"name": "grant", "part": [{"name": "client", "valueUri": "https://x.example"}]}]),
            ),
        ),
    ];
    cases.extend(unclear());
    cases.extend(redirects(&share.bench.trap.at("list")));
    for (name, canned) in cases {
        // The source lies, too: it goes on honouring the target.
        let lies = (Call::Revoke, Twist::Instead(Canned::bare(200)));
        let list = (Call::Authorizations, Twist::Instead(canned));
        share.is_not_stopped(name, Call::Authorizations, vec![lies, list]).await;
    }
    share.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_listed_in_another_spelling_is_still_listed() {
    let mut share = Stubborn::new().await;
    let app = share.bench.front[1].base().as_str().to_owned();
    let entry = |app: &str| json!({"name": "token", "part": [{"name": "app-id", "valueUri": app}]});
    let plain = parameters(&json!([entry(&app)]));
    let cases = [
        ("as before", plain),
        ("with a slash", parameters(&json!([entry(&format!("{app}/"))]))),
        ("with spaces", parameters(&json!([entry(&format!(" {app} "))]))),
        ("in capitals", parameters(&json!([entry(&app.replace("http", "HTTP"))]))),
        ("one level deeper", parameters(&json!([{"name": "tokens", "part": [entry(&app)]}]))),
        (
            "two in one",
            parameters(&json!([{"name": "token", "part": [entry("https://x.example"), entry(&app)]}])),
        ),
        ("after others", parameters(&json!([entry("https://x.example"), {"name": "note"}, entry(&app)]))),
        ("as a single thing", parameters(&entry(&app))),
    ];
    for (name, canned) in cases {
        let lies = (Call::Revoke, Twist::Instead(Canned::bare(200)));
        let list = (Call::Authorizations, Twist::Instead(canned));
        let said = share.is_not_stopped(name, Call::Authorizations, vec![lies, list]).await;
        let what = said.problem.map(|p| p.what);
        if what != Some(What::StillListed) {
            share.wrong.push(format!("{name}: {what:?}"));
        }
    }
    share.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_happened_is_proven_whatever_was_answered() {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    for (name, canned) in few() {
        let share = on(&bench).await;
        bench.front[0].once(Call::Revoke, Twist::After(canned));
        bench.app.share_stop(&share.id).expect("stop");
        bench.until(&share.id, rests).await;
        bench.app.share_stop(&share.id).expect("try again");
        let share = bench.until(&share.id, |s| s.state == ShareState::Stopped).await;
        assert_eq!(rung(&share, Rung::NotListed), RungState::Proven, "{name}");
        assert_eq!(bench.live_under(&share.id), 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paper_that_cannot_be_closed_does_not_take_the_proof_back() {
    let bench = Between::new().await;
    bench.ready(&[Kind::Vaccines]).await;
    for (name, canned) in
        [("a page", Canned::page(200)), ("500", Canned::bare(500)), ("412", Canned::bare(412))]
    {
        let share = on(&bench).await;
        bench.front[0].always(Call::ConsentUpdate, Twist::Instead(canned));
        bench.app.share_stop(&share.id).expect("stop");
        let share = bench.until(&share.id, |s| s.state == ShareState::Stopped && s.problem.is_some()).await;
        assert_eq!(rung(&share, Rung::NotListed), RungState::Proven, "{name}");
        bench.front[0].honest();
        bench.app.share_stop(&share.id).expect("try again");
        let closed = |s: &ShareView| {
            s.steps.iter().any(|s| s.step == Step::FileConsent && s.state == StepState::Undone)
        };
        bench.until(&share.id, closed).await;
        let consents = bench.sandbox.ehrs()[0].records().consents;
        assert!(consents.iter().filter(|c| c.identifier.is_some()).all(|c| c.status == "inactive"), "{name}");
    }
}
