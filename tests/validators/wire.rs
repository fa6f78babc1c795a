//! Everything of FHIR that went over the wire in a whole story, both ways and between the hospitals, in every release:
//! requests of the app, answers of the practice hospitals, and the records themselves.

use std::collections::BTreeSet;

use consentry_core::{connection::ShareState, kind::Kind, version::FhirVersion as Spoken};
use consentry_sandbox::FhirVersion;
use consentry_tests::{between::Between, proxy::Call};
use serde_json::Value;

use crate::judge::{Document, accepted};

/// Both hospitals speak the release; a share is set up, counted, looked at and stopped.
async fn heard(release: FhirVersion) -> Vec<Document> {
    let spoken = match release {
        FhirVersion::Stu3 => Spoken::Stu3,
        FhirVersion::R4 => Spoken::R4,
        FhirVersion::R4b => Spoken::R4b,
        FhirVersion::R5 => Spoken::R5,
    };
    let bench = Between::speaking([release, release]).await;
    bench.ready(&Kind::ALL).await;
    let share = bench.sign().await.expect("the share starts");
    bench.until(&share.id, |s| s.state == ShareState::On && s.last_asked.is_some()).await;
    bench.app.share_stop(&share.id).expect("stop");
    // The paperwork is closed after the stop was proven.
    let closed = || bench.front[0].seen().iter().any(|seen| seen.call == Call::ConsentUpdate);
    bench.until(&share.id, |s| s.state == ShareState::Stopped && closed()).await;

    let mut calls = BTreeSet::new();
    let mut documents = Vec::new();
    for front in &bench.front {
        for seen in front.seen() {
            for (way, body) in [("asked", &seen.asked), ("answered", &seen.answered)] {
                let Ok(resource) = serde_json::from_str::<Value>(body) else { continue };
                let Some(kind) = resource.get("resourceType").and_then(Value::as_str) else { continue };
                calls.insert(format!("{:?}", seen.call));
                let name = format!("{kind} {way} at {} ({})", seen.target, seen.status);
                documents.push(Document { name, release: spoken, resource });
            }
        }
    }
    for call in [
        Call::Metadata,
        Call::ConsentCreate,
        Call::ConsentUpdate,
        Call::Authorize,
        Call::Connect,
        Call::Audit,
    ] {
        assert!(calls.contains(&format!("{call:?}")), "{release:?}: {call:?} was heard: {calls:?}");
    }
    documents
}

async fn judged(release: FhirVersion) {
    let documents = heard(release).await;
    assert!(documents.len() > 40, "{release:?}: {} documents", documents.len());
    accepted(&documents);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_in_stu3_is_stu3() {
    judged(FhirVersion::Stu3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_in_r4_is_r4() {
    judged(FhirVersion::R4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_in_r4b_is_r4b() {
    judged(FhirVersion::R4b).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_in_r5_is_r5() {
    judged(FhirVersion::R5).await;
}
