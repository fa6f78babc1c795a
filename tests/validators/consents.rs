//! Every Consent that the app can write: all releases, all spellings of scopes, every kind alone, every pair of kinds and
//! all together, every duration, every purpose, for oneself and for a child.

use consentry_core::{
    choice::{Choice, HowLong, Purpose},
    connection::{ConnectionId, way::Way},
    consent::{
        read::withdraw,
        write::{Signed, write},
    },
    ehr::EhrId,
    fhir::SourcePatientId,
    kind::Kind,
    smart::syntax::ScopeSyntax,
    statement::{Facts, statement},
    version::FhirVersion,
};
use jiff::{Timestamp, civil::date};
use serde_json::json;

use crate::judge::{Document, accepted};

const SYNTAXES: [ScopeSyntax; 3] = [ScopeSyntax::V1, ScopeSyntax::V2, ScopeSyntax::V2Granular];

fn purposes() -> [Purpose; 5] {
    let other = |words: &str| Purpose::Other { words: words.to_owned() };
    [
        Purpose::MyCare,
        Purpose::SecondOpinion,
        Purpose::MovingCare,
        other("for school"),
        other("« œuvre » <b>&amp;</b> \u{202E}\u{1F9D1}\u{200D}\u{1F680}"),
    ]
}

fn durations() -> [HowLong; 5] {
    let until = |date| HowLong::Until { date };
    [
        HowLong::OneDay,
        HowLong::ThreeMonths,
        HowLong::OneYear,
        until(date(2026, 1, 15)),
        until(date(2028, 1, 15)),
    ]
}

/// One Consent, as the app would write it on 15 January 2026.
pub fn consent(
    release: FhirVersion,
    syntax: ScopeSyntax,
    kinds: &[Kind],
    purpose: &Purpose,
    how_long: &HowLong,
    child: bool,
) -> Document {
    let today = date(2026, 1, 15);
    let choice = Choice {
        from: EhrId::fresh(),
        to: EhrId::fresh(),
        way: Way::ConsentTokens,
        under: None,
        kinds: kinds.to_vec(),
        purpose: purpose.clone(),
        last_day: how_long.last_day(today).expect("a day that can be picked"),
    };
    let (patient, signer) = if child { ("Ada Okafor", Some("Maria Okafor")) } else { ("Paul Tindall", None) };
    let statement = statement(&Facts {
        patient: Some(patient),
        signer,
        from: Some("Spruce Harbor Clinic"),
        to: Some("Tern Bay Hospital <&>"),
        kinds: &choice.kinds,
        purpose: Some(&choice.purpose),
        last_day: Some(choice.last_day),
    });
    let at: Timestamp = "2026-01-15T10:00:00.123456Z".parse().expect("a time");
    let resource = write(&Signed {
        version: release,
        syntax,
        choice: &choice,
        statement: &statement,
        patient: &SourcePatientId::parse("paul-1").expect("an id"),
        performer: if child { "RelatedPerson/maria" } else { "Patient/paul-1" }.to_owned(),
        source_name: "Spruce Harbor Clinic",
        target_name: "Tern Bay Hospital <&>",
        identifier: ConnectionId::fresh(),
        at,
    });
    Document { name: format!("{syntax:?} {kinds:?} {purpose:?} {how_long:?}"), release, resource }
}

/// All of them.
fn all() -> Vec<Document> {
    let (purposes, durations) = (purposes(), durations());
    let mut documents = Vec::new();
    for release in FhirVersion::ALL {
        for syntax in SYNTAXES {
            let one = |kinds: &[Kind], purpose, how_long, child| {
                consent(release, syntax, kinds, purpose, how_long, child)
            };
            let singles = Kind::ALL.iter().map(std::slice::from_ref);
            for kinds in singles.chain([&Kind::ALL[..]]) {
                for (i, purpose) in purposes.iter().enumerate() {
                    for how_long in &durations {
                        documents.push(one(kinds, purpose, how_long, i == 3));
                    }
                }
            }
            let pairs = Kind::ALL
                .iter()
                .enumerate()
                .flat_map(|(i, a)| Kind::ALL.iter().skip(i + 1).map(move |b| [*a, *b]));
            for (n, kinds) in pairs.enumerate() {
                // Each pair with one purpose and one duration, so that all of these come about.
                let (purpose, how_long) = (n % purposes.len(), (n / purposes.len()) % durations.len());
                documents.push(one(&kinds, &purposes[purpose], &durations[how_long], n % 2 == 1));
            }
        }
    }
    documents
}

#[test]
fn every_consent_that_can_be_written_is_a_consent_of_its_release() {
    let documents = all();
    assert_eq!(documents.len(), 4 * 3 * ((15 + 1) * 5 * 5 + 15 * 14 / 2), "every combination is there");
    accepted(&documents);
}

#[test]
fn a_consent_that_was_closed_is_still_one() {
    let closed = FhirVersion::ALL.map(|release| {
        let mut open = consent(
            release,
            ScopeSyntax::V2Granular,
            &Kind::ALL,
            &Purpose::MyCare,
            &HowLong::ThreeMonths,
            false,
        );
        // As a server gives it back.
        open.resource["id"] = json!("c1");
        open.resource["meta"] = json!({"versionId": "2", "lastUpdated": "2026-01-15T10:00:01.5Z"});
        Document { name: "closed".to_owned(), release, resource: withdraw(open.resource) }
    });
    accepted(&closed);
}

#[test]
fn the_examples_of_the_specification_are_accepted_too() {
    let examples = [
        (FhirVersion::Stu3, include_str!("../flows/examples/stu3.json")),
        (FhirVersion::R4, include_str!("../flows/examples/r4.json")),
        (FhirVersion::R4b, include_str!("../flows/examples/r4b.json")),
        (FhirVersion::R5, include_str!("../flows/examples/r5.json")),
    ];
    accepted(&examples.map(|(release, text)| Document {
        name: "HL7's example".to_owned(),
        release,
        resource: serde_json::from_str(text).expect("JSON"),
    }));
}
