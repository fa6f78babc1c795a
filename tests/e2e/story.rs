//! The main job as a person does it, screen by screen: share four kinds of Paul Tindall's records from
//! Spruce Harbor to Tern Bay, then stop. What the app says is held against both hospitals' own records.
//!
//! `visit` is called on each screen with its name: the walk prints, others judge or take pictures.

use std::collections::BTreeSet;

use consentry_sandbox::{AuthorizationState, ConnectionState, Records};

use crate::desk::{Desk, Name, Origins, PATIENCE, Role, records, until, within};

pub(crate) const SPRUCE: &str = "Spruce Harbor Clinic";
pub(crate) const TERN: &str = "Tern Bay Hospital";
const PERSON: &str = "Paul Tindall";
/// The same person's name in both charts.
const WHOLE_NAME: &str = "Paul Everett Tindall";

/// What is ticked, with the scopes that this stands for.
const TICKED: [(&str, &[&str]); 4] = [
    ("Medicines", &["patient/MedicationRequest.rs", "patient/MedicationStatement.rs"]),
    ("Allergies", &["patient/AllergyIntolerance.rs"]),
    (
        "Lab tests",
        &[
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
            "patient/DiagnosticReport.rs",
        ],
    ),
    ("Vaccines", &["patient/Immunization.rs"]),
];

/// From an empty home to a share that is on.
pub(crate) async fn share(desk: &mut Desk, mut visit: impl AsyncFnMut(&Desk, &str)) -> Origins {
    let origins = desk.origins().await;
    desk.sees("PRACTICE").await;
    desk.thing(Role::Button, Name::Is("Set up a share")).await;
    visit(desk, "home, nothing shared").await;

    desk.press("Set up a share").await;
    desk.sees_title("Who has your records").await;
    desk.pick_in("From", SPRUCE).await;
    desk.pick_in("To", TERN).await;
    visit(desk, "from and to").await;
    desk.press("Next").await;

    desk.sees_title("What can Tern Bay Hospital see?").await;
    for (kind, _) in TICKED {
        desk.tick(kind).await;
    }
    visit(desk, "what to share").await;
    desk.press("Next").await;

    desk.sees_title("Why, and for how long?").await;
    desk.pick("My care").await;
    desk.pick("3 months").await;
    visit(desk, "why and how long").await;
    desk.press("Next").await;

    nothing_is_shared(&records(&origins.spruce).await);
    let asked = sign_in(desk, SPRUCE, &mut visit).await;
    let more: BTreeSet<&String> =
        asked.iter().filter(|scope| reads_records(scope) && !ticked(scope)).collect();
    assert!(more.is_empty(), "{SPRUCE} was asked for more than was ticked: {more:?}");
    sign_in(desk, TERN, &mut visit).await;

    desk.sees_title("Are both of these you?").await;
    desk.pick("Both are me").await;
    visit(desk, "are both charts you").await;
    desk.press("Go on").await;

    desk.sees_title(&format!("I, {WHOLE_NAME}, let {SPRUCE} share my medicines")).await;
    desk.write("It is your choice", WHOLE_NAME).await;
    visit(desk, "check and sign").await;
    nothing_is_shared(&records(&origins.spruce).await);
    desk.press("Say yes and share").await;

    desk.sees("Sharing starts").await;
    visit(desk, "the moment to cancel").await;
    desk.sees_title("Tern Bay Hospital can get 4 kinds of your records from Spruce Harbor Clinic.").await;
    is_on(desk, &origins).await;
    visit(desk, "on").await;
    origins
}

/// From "On" to the share's own page.
pub(crate) async fn open_share(desk: &Desk) {
    if desk.has(Role::Button, Name::Is("See this share")).await {
        desk.press("See this share").await;
    }
    desk.sees("What happened").await;
}

/// From a share that is on, seen on its home, to a stop with all three steps of its proof.
pub(crate) async fn stop(desk: &mut Desk, origins: &Origins, mut visit: impl AsyncFnMut(&Desk, &str)) {
    desk.sees_title("1 place can get your records.").await;
    visit(desk, "home, one share on").await;

    desk.press("Stop sharing").await;
    desk.sees("Stop sharing with Tern Bay Hospital?").await;
    visit(desk, "before the stop").await;
    assert!(is_live(&records(&origins.spruce).await), "asking to stop is not stopping");
    desk.press("Stop sharing").await;

    desk.sees_title("Stopped.").await;
    let source = records(&origins.spruce).await;
    assert!(!is_live(&source), "the app says stopped; {SPRUCE} says: {source:#?}");
    visit(desk, "stopped").await;

    // The third step is the target's own doing: it asks again in its own time.
    until("the target to be turned away, as the app tells it", async || {
        let text = desk.text().await;
        let waiting = text.contains("Not yet: Tern Bay Hospital asked again");
        (!waiting && text.contains("Tern Bay Hospital asked again and was turned away")).then_some(())
    })
    .await;
    is_over(origins).await;
    visit(desk, "stopped, with all of its proof").await;

    desk.press("Done").await;
    desk.sees_title("No place can get your records.").await;
    desk.sees("Proven to step 3 of 3.").await;
    visit(desk, "home, one share past").await;
}

async fn sign_in(
    desk: &mut Desk,
    hospital: &str,
    visit: &mut impl AsyncFnMut(&Desk, &str),
) -> BTreeSet<String> {
    desk.sees_title(&format!("sign in at {hospital}")).await;
    visit(desk, &format!("before signing in at {hospital}")).await;
    let login = desk.login(hospital, PERSON).await;
    desk.press("Open the sign-in page").await;
    let page = desk.next_page().await;
    desk.sees("in your web browser.").await;
    visit(desk, &format!("waiting for {hospital}")).await;
    desk.picture_of(&page, &format!("browser: {hospital}")).await;
    let asked = page.sign_in(&login).await;
    page.close().await;
    asked
}

fn reads_records(scope: &str) -> bool {
    scope.starts_with("patient/")
        && !["patient/Patient.", "patient/Consent.", "patient/AuditEvent."]
            .iter()
            .any(|managing| scope.starts_with(managing))
}

fn ticked(scope: &str) -> bool {
    TICKED.iter().any(|(_, scopes)| scopes.contains(&scope))
}

fn nothing_is_shared(source: &Records) {
    assert!(source.consents.is_empty(), "nothing is saved before the yes: {:#?}", source.consents);
    assert!(source.authorizations.is_empty(), "nobody is let in before the yes");
}

fn is_live(source: &Records) -> bool {
    source.authorizations.iter().any(|one| one.state == AuthorizationState::Live)
}

/// Both hospitals say the same as the app: one authorization with exactly what was ticked, and records
/// that arrive, as many as the app tells.
async fn is_on(desk: &Desk, origins: &Origins) {
    let source = records(&origins.spruce).await;
    let [granted] = source.authorizations.as_slice() else {
        panic!("{SPRUCE} has let in {:#?}", source.authorizations);
    };
    assert_eq!(granted.state, AuthorizationState::Live, "{granted:#?}");
    assert_eq!(granted.app, origins.tern.as_str(), "somebody else was let in");
    let scopes: BTreeSet<&str> = granted.scopes.split_whitespace().collect();
    let picked: BTreeSet<&str> = TICKED.iter().flat_map(|(_, scopes)| *scopes).copied().collect();
    assert_eq!(scopes, picked, "{SPRUCE} gave something else than what was ticked");
    let consent = source.consents.iter().find(|one| one.id == granted.consent);
    assert_eq!(consent.map(|one| one.status.as_str()), Some("active"), "{:#?}", source.consents);

    let total = until("records to arrive at the target", async || {
        let target = records(&origins.tern).await;
        target
            .connections
            .iter()
            .find(|one| one.source == origins.spruce.as_str() && one.state == ConnectionState::Copying)
            .filter(|one| one.rounds > 0 && one.total > 0)
            .map(|one| one.total)
    })
    .await;
    let told =
        within(PATIENCE, async || desk.text().await.contains(&format!("{total} records")).then_some(()))
            .await;
    if told.is_none() {
        desk.fail(&format!("{TERN} has {total} records, and the app never told")).await;
    }
}

/// Both hospitals say the same as the app: closed, turned away, and not one record more.
async fn is_over(origins: &Origins) {
    let before = records(&origins.spruce).await;
    let [ended] = before.authorizations.as_slice() else {
        panic!("{SPRUCE} has let in {:#?}", before.authorizations);
    };
    assert_eq!(ended.state, AuthorizationState::Revoked, "{ended:#?}");
    assert!(ended.refusals > 0, "nobody was turned away: {ended:#?}");
    let consent = before.consents.iter().find(|one| one.id == ended.consent);
    assert_eq!(consent.map(|one| one.status.as_str()), Some("inactive"), "{:#?}", before.consents);

    let target = until("the target to notice", async || {
        let target = records(&origins.tern).await;
        target.connections.iter().any(|one| one.state == ConnectionState::Refused).then_some(target)
    })
    .await;
    assert!(target.connections.iter().all(|one| one.state != ConnectionState::Copying));
    let after = records(&origins.spruce).await;
    let reads: Vec<u64> = after.authorizations.iter().map(|one| one.reads).collect();
    assert_eq!(reads, [ended.reads], "something was read after the stop");
}
