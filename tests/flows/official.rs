//! HL7's own examples of a Consent for SMART on FHIR, one for each release, kept by a hospital: the app shows what it
//! understands of them, and says what it does not.

use consentry_core::{
    consent::{opaque::Opaque, view::ConsentView},
    kind::Kind,
};
use consentry_sandbox::FhirVersion;
use consentry_tests::{between::Between, proxy::Call};
use serde_json::{Value, json};

const STU3: &str = include_str!("examples/stu3.json");
const R4: &str = include_str!("examples/r4.json");
const R4B: &str = include_str!("examples/r4b.json");
const R5: &str = include_str!("examples/r5.json");

/// The example as the hospital keeps it: about Paul, under an id of the hospital's own. Gives what the app shows.
async fn shown(release: FhirVersion, example: &str) -> ConsentView {
    let bench = Between::speaking([release, FhirVersion::R4]).await;
    bench.sign_in(0, &[]).await.expect("signed in");
    let ehr = bench.ehr(0);
    assert_eq!(bench.app.ehr_consents(&ehr).await.expect("the list"), [], "nothing is on file yet");

    let asked = bench.front[0].seen();
    let search = asked.iter().rfind(|seen| seen.call == Call::ConsentSearch).expect("the app asked");
    let patient =
        search.target.split("patient=").nth(1).and_then(|rest| rest.split('&').next()).expect("a patient");
    let mut consent: Value = serde_json::from_str(example).expect("the example");
    let fields = consent.as_object_mut().expect("a resource");
    fields.remove("id");
    let whose = if fields.contains_key("subject") { "subject" } else { "patient" };
    fields.insert(whose.to_owned(), json!({"reference": format!("Patient/{patient}")}));
    let (own, bearer) = (bench.sandbox.ehrs()[0].base(), search.authorization.clone().expect("a token"));
    let kept = bench
        .person
        .posts(&format!("{}/Consent", own.as_str().trim_end_matches('/')), &bearer, &consent)
        .await;
    assert_eq!(kept, 201, "{release:?}: the hospital keeps it");

    let mut shown = bench.app.ehr_consents(&ehr).await.expect("the list");
    assert_eq!(shown.len(), 1, "{release:?}: it is shown");
    shown.remove(0)
}

fn understood(consent: &ConsentView, release: FhirVersion) {
    assert!(consent.active && consent.share.is_none(), "{release:?}");
    // Medicines are two types; the example names one of them.
    assert_eq!((&consent.kinds[..], &consent.partly[..]), (&[][..], &[Kind::Medicines][..]), "{release:?}");
    assert_eq!(consent.others, [""; 0], "{release:?}");
    assert_eq!(consent.last_day.map(|day| day.to_string()).as_deref(), Some("2016-06-23"), "{release:?}");
    assert_eq!(consent.given.map(|day| day.to_string()).as_deref(), Some("2016-06-23"), "{release:?}");
    assert_eq!(consent.recipient, None, "{release:?}: the examples name no recipient");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_stu3_r4_and_r4b_are_understood_but_for_their_policy() {
    for (release, example) in [(FhirVersion::Stu3, STU3), (FhirVersion::R4, R4), (FhirVersion::R4b, R4B)] {
        let consent = shown(release, example).await;
        understood(&consent, release);
        // "Opt-in" does not say what happens to everything else.
        assert_eq!(consent.opaque, [Opaque::Base], "{release:?}");
        assert!(
            consent.said.is_some_and(|said| said.contains("opt-in")),
            "{release:?}: the narrative is quoted"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_r5_allows_by_default_and_that_is_said() {
    let consent = shown(FhirVersion::R5, R5).await;
    understood(&consent, FhirVersion::R5);
    assert!(consent.opaque.contains(&Opaque::AllowsTheRest), "{:?}", consent.opaque);
    assert!(consent.opaque.contains(&Opaque::Actions), "it allows correcting: {:?}", consent.opaque);
    assert!(consent.opaque.contains(&Opaque::Limits), "its rules hold for a time: {:?}", consent.opaque);
}
