//! Every record that both practice hospitals keep of everybody, in each release, as they serve it.

use std::collections::BTreeSet;

use consentry_core::version::FhirVersion as Spoken;
use consentry_sandbox::{FhirVersion, Options, Sandbox, Ways};

use crate::judge::{Document, accepted};

/// All records of a pair that speaks the release.
async fn kept(release: FhirVersion) -> Vec<Document> {
    let spoken = match release {
        FhirVersion::Stu3 => Spoken::Stu3,
        FhirVersion::R4 => Spoken::R4,
        FhirVersion::R4b => Spoken::R4b,
        FhirVersion::R5 => Spoken::R5,
    };
    let ways = Ways { fhir: release, ..Ways::default() };
    let options = Options { ways: [ways.clone(), ways], ..Options::default() };
    let sandbox = Sandbox::start(options).await.expect("the hospitals start");
    let of = |ehr: &consentry_sandbox::Ehr| {
        let name = ehr.name().to_owned();
        ehr.resources().into_iter().map(move |resource| Document {
            name: format!("{}/{} of {name}", resource["resourceType"], resource["id"]),
            release: spoken,
            resource,
        })
    };
    let records = sandbox.ehrs().iter().flat_map(of).collect();
    sandbox.stop().await;
    records
}

async fn judged(release: FhirVersion) {
    let records = kept(release).await;
    let kinds: BTreeSet<&str> =
        records.iter().filter_map(|record| record.resource["resourceType"].as_str()).collect();
    assert!(records.len() > 700 && kinds.len() > 20, "{}: {kinds:?}", records.len());
    accepted(&records);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_kept_in_stu3_are_stu3() {
    judged(FhirVersion::Stu3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_kept_in_r4_are_r4() {
    judged(FhirVersion::R4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_kept_in_r4b_are_r4b() {
    judged(FhirVersion::R4b).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_kept_in_r5_are_r5() {
    judged(FhirVersion::R5).await;
}
