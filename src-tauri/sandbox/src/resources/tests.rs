//! The store: versions, searches, paging, copies.

use std::collections::BTreeSet;

use serde_json::json;

use super::types::served;
use super::*;

const SOURCE: &str = "http://127.0.0.1:9/fhir";

fn store() -> Resources {
    Resources::open(Arc::new(Mutex::new(Connection::open_in_memory().unwrap())), FhirVersion::R4).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-01-15T10:00:00.123Z")
}

fn observation(id: &str, patient: &str, day: u32, category: &str) -> Value {
    json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [{"coding": [{"system": "urn:category", "code": category}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
        "subject": {"reference": format!("Patient/{patient}")},
        "effectiveDateTime": format!("2025-01-{day:02}")
    })
}

fn search(patient: &str) -> Search {
    Search {
        served: served("Observation").unwrap(),
        patient: Some(patient.to_owned()),
        criteria: Vec::new(),
        reach: Vec::new(),
        sort: Sort { by: SortBy::Dated, descending: true },
        after: None,
        limit: 100,
    }
}

fn category(code: &str) -> Criterion {
    Criterion::Token {
        param: "category",
        any: vec![TokenMatch { system: Some("urn:category".to_owned()), code: Some(code.to_owned()) }],
    }
}

#[test]
fn keeps_every_version_and_refuses_a_stale_update() {
    let store = store();
    let first = store.create("Observation", observation("x", "p", 1, "lab"), Some("p"), now()).unwrap();
    assert_ne!(first.id, "x", "the server gives the id");
    assert_eq!(first.json["meta"]["versionId"], "1");
    assert_eq!(first.json["meta"]["lastUpdated"], "2026-01-15T10:00:00.123Z");

    let second =
        store.update("Observation", &first.id, observation("x", "p", 2, "lab"), Some(1), now()).unwrap();
    assert_eq!((second.version, second.id.as_str()), (2, first.id.as_str()));
    assert_eq!(store.read("Observation", &first.id).unwrap(), Some(second.clone()));
    assert_eq!(store.read_version("Observation", &first.id, 1).unwrap(), Some(first.clone()));
    assert_eq!(store.read_version("Observation", &first.id, 2).unwrap(), Some(second));
    assert_eq!(store.read_version("Observation", &first.id, 3).unwrap(), None);

    let stale = store.update("Observation", &first.id, json!({}), Some(1), now());
    assert!(matches!(stale, Err(UpdateError::Conflict { current: 2 })));
    let missing = store.update("Observation", "no", json!({}), None, now());
    assert!(matches!(missing, Err(UpdateError::NotFound)));
}

#[test]
fn never_finds_what_is_anothers() {
    let store = store();
    store.load(&[observation("a", "p", 1, "lab")], Some("p"), now()).unwrap();
    store.load(&[observation("b", "q", 1, "lab")], Some("q"), now()).unwrap();
    let page = store.search(&search("p")).unwrap();
    assert_eq!((page.total, page.entries.len()), (1, 1));
    assert_eq!(page.entries.first().unwrap().id, "a");
    assert_eq!(store.search(&search("nobody")).unwrap().total, 0);
}

#[test]
fn walks_all_pages_and_meets_each_entry_once() {
    for descending in [true, false] {
        for by in [SortBy::Dated, SortBy::Updated] {
            let store = store();
            // Several share a day and all share the time of loading, so that only the row tells them apart.
            let all: Vec<Value> =
                (0..25).map(|n| observation(&format!("o{n}"), "p", n % 5 + 1, "lab")).collect();
            store.load(&all, Some("p"), now()).unwrap();
            let mut seen = Vec::new();
            let mut next = search("p");
            next.limit = 7;
            next.sort = Sort { by, descending };
            loop {
                let page = store.search(&next).unwrap();
                assert_eq!(page.total, 25);
                seen.extend(page.entries.into_iter().map(|stored| stored.id));
                next.after = page.next;
                if next.after.is_none() {
                    break;
                }
            }
            assert_eq!(seen.len(), 25);
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 25);
        }
    }
}

#[test]
fn finds_by_category_code_date_and_source() {
    let store = store();
    store
        .load(
            &[
                observation("a", "p", 1, "lab"),
                observation("b", "p", 10, "vital"),
                observation("c", "p", 20, "lab"),
            ],
            Some("p"),
            now(),
        )
        .unwrap();
    let ids = |criteria: Vec<Criterion>, reach: Vec<Vec<Criterion>>| {
        let page = store.search(&Search { criteria, reach, ..search("p") }).unwrap();
        page.entries.into_iter().map(|stored| stored.id).collect::<Vec<_>>().join(" ")
    };
    let dated = |comparator, text| Criterion::Dated(comparator, dates::Stretch::parse(text).unwrap());
    let loinc = |system: Option<&str>, code: Option<&str>| Criterion::Token {
        param: "code",
        any: vec![TokenMatch { system: system.map(str::to_owned), code: code.map(str::to_owned) }],
    };
    assert_eq!(ids(vec![], vec![]), "c b a");
    assert_eq!(ids(vec![category("lab")], vec![]), "c a");
    assert_eq!(ids(vec![], vec![vec![category("vital")], vec![dated(Comparator::Ge, "2025-01-20")]]), "c b");
    assert_eq!(ids(vec![category("lab")], vec![vec![category("vital")]]), "");
    assert_eq!(ids(vec![loinc(None, Some("4548-4"))], vec![]), "c b a");
    assert_eq!(ids(vec![loinc(Some(""), Some("4548-4"))], vec![]), "");
    assert_eq!(ids(vec![loinc(Some("http://loinc.org"), None)], vec![]), "c b a");
    assert_eq!(ids(vec![loinc(None, None)], vec![]), "");
    assert_eq!(ids(vec![dated(Comparator::Gt, "2025-01-10")], vec![]), "c");
    assert_eq!(ids(vec![dated(Comparator::Ge, "2025-01-10")], vec![]), "c b");
    assert_eq!(ids(vec![dated(Comparator::Lt, "2025-01-10")], vec![]), "a");
    assert_eq!(ids(vec![dated(Comparator::Le, "2025-01-10")], vec![]), "b a");
    assert_eq!(ids(vec![dated(Comparator::Eq, "2025-01")], vec![]), "c b a");
    assert_eq!(ids(vec![dated(Comparator::Ne, "2025-01-10")], vec![]), "c a");
    assert_eq!(ids(vec![Criterion::Id(vec!["a".to_owned(), "z".to_owned()])], vec![]), "a");
    assert_eq!(ids(vec![Criterion::Source(vec![SOURCE.to_owned()])], vec![]), "");
}

#[test]
fn creates_once_when_asked_not_to_repeat() {
    let store = store();
    let unless = Search { criteria: vec![category("lab")], ..search("p") };
    let create = || store.create_unless(&unless, observation("x", "p", 1, "lab"), Some("p"), now()).unwrap();
    let Unless::Created(created) = create() else { panic!("the first is new") };
    let Unless::Exists(found) = create() else { panic!("the second is the first") };
    assert_eq!(created, found);
    store.create("Observation", observation("x", "p", 1, "lab"), Some("p"), now()).unwrap();
    assert!(matches!(create(), Unless::Several(2)));
}

#[test]
fn loading_again_changes_nothing() {
    let store = store();
    let mut old = observation("a", "p", 1, "lab");
    old["meta"] = json!({"lastUpdated": "2025-01-02T00:00:00Z"});
    store.load(&[old.clone()], Some("p"), now()).unwrap();
    store.update("Observation", "a", observation("a", "p", 2, "lab"), None, now()).unwrap();
    store.load(&[old], Some("p"), now()).unwrap();
    assert_eq!(store.read("Observation", "a").unwrap().unwrap().version, 2);
    assert_eq!(
        store.read_version("Observation", "a", 1).unwrap().unwrap().updated,
        at("2025-01-02T00:00:00Z")
    );
}

#[test]
fn copying_twice_changes_nothing() {
    let store = store();
    let original = observation("a", "there", 1, "lab");
    assert!(store.put_copy(SOURCE, FhirVersion::R4, "here", &original, now()).unwrap());
    assert!(!store.put_copy(SOURCE, FhirVersion::R4, "here", &original, now()).unwrap());
    assert!(!store.put_copy(&format!("{SOURCE}/"), FhirVersion::R4, "here", &original, now()).unwrap());

    let page = store.search(&search("here")).unwrap();
    let copy = page.entries.first().unwrap().clone();
    assert_eq!(page.total, 1);
    assert_ne!(copy.id, "a");
    assert_eq!(copy.json["subject"]["reference"], "Patient/here");
    assert_eq!(copy.json["meta"]["source"], SOURCE);

    assert!(
        store.put_copy(SOURCE, FhirVersion::R4, "here", &observation("a", "there", 2, "lab"), now()).unwrap()
    );
    let changed = store.read("Observation", &copy.id).unwrap().unwrap();
    assert_eq!((changed.version, &changed.json["effectiveDateTime"]), (2, &json!("2025-01-02")));
    assert_eq!(
        store.count_by_source(SOURCE, "here").unwrap(),
        BTreeMap::from([("Observation".to_owned(), 1)])
    );
    assert_eq!(store.count_by_source(SOURCE, "there").unwrap(), BTreeMap::new());
}

#[test]
fn copies_refer_to_each_other_whatever_the_order() {
    let store = store();
    let mut observation = observation("a", "there", 1, "lab");
    observation["encounter"] = json!({"reference": "Encounter/e"});
    observation["performer"] = json!([{"reference": "Patient/mother"}, {"reference": "#inside"}]);
    let encounter = json!({
        "resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": format!("{SOURCE}/Patient/there")}
    });
    store.put_copy(SOURCE, FhirVersion::R4, "here", &observation, now()).unwrap();
    let copied = || store.search(&search("here")).unwrap().entries.into_iter().next().unwrap().json;
    assert_eq!(copied()["encounter"]["reference"], format!("{SOURCE}/Encounter/e"));

    store.put_copy(SOURCE, FhirVersion::R4, "here", &encounter, now()).unwrap();
    let local = copied()["encounter"]["reference"].as_str().unwrap().to_owned();
    let found = store.read("Encounter", local.trim_start_matches("Encounter/")).unwrap().unwrap();
    assert_eq!(found.json["subject"]["reference"], "Patient/here");
    assert_eq!(copied()["performer"][0]["reference"], format!("{SOURCE}/Patient/mother"), "not this patient");
    assert_eq!(copied()["performer"][1]["reference"], "#inside");
    assert!(
        !store.put_copy(SOURCE, FhirVersion::R4, "here", &observation, now()).unwrap(),
        "the link is no change of the source's"
    );
}

#[test]
fn a_copied_chart_refers_to_the_one_kept_here() {
    let store = store();
    let chart = json!({"resourceType": "Patient", "id": "there", "birthDate": "1961-03-14"});
    store.load(&[json!({"resourceType": "Patient", "id": "here"})], Some("here"), now()).unwrap();
    assert!(store.put_copy(SOURCE, FhirVersion::R4, "here", &chart, now()).unwrap());
    let patients = store.search(&Search { served: served("Patient").unwrap(), ..search("here") }).unwrap();
    let copy = patients.entries.into_iter().find(|stored| stored.id != "here").unwrap();
    assert_eq!(copy.json["link"][0], json!({"other": {"reference": "Patient/here"}, "type": "refer"}));
}

#[test]
fn never_takes_anothers_consent_for_its_own() {
    let store = store();
    let consent = json!({"resourceType": "Consent", "id": "c", "status": "active", "patient": {"reference": "Patient/there"}});
    assert!(!store.put_copy(SOURCE, FhirVersion::R4, "here", &consent, now()).unwrap());
    assert!(matches!(
        store.put_copy(
            SOURCE,
            FhirVersion::R4,
            "here",
            &json!({"resourceType": "Spaceship", "id": "1"}),
            now()
        ),
        Err(StoreError::NotServed(_))
    ));
}

#[test]
fn never_copies_a_copy() {
    let (here, there) = (store(), store());
    let original = observation("a", "p", 1, "lab");
    assert!(there.put_copy(SOURCE, FhirVersion::R4, "q", &original, now()).unwrap());
    let copy = there.search(&search("q")).unwrap().entries.into_iter().next().unwrap();
    assert!(!here.put_copy("http://127.0.0.1:8/fhir", FhirVersion::R4, "p", &copy.json, now()).unwrap());
}

#[test]
fn a_copy_is_kept_in_the_release_spoken_here() {
    let speaking = |version| {
        Resources::open(Arc::new(Mutex::new(Connection::open_in_memory().unwrap())), version).unwrap()
    };
    let encounter = json!({
        "resourceType": "Encounter", "id": "e", "status": "completed", "class": [{"coding": [{"code": "AMB"}]}],
        "actualPeriod": {"start": "2025-01-01"}, "subject": {"reference": "Patient/there"},
        "reason": [{"value": [{"concept": {"text": "Cough"}}]}]
    });
    let find = |store: &Resources| {
        let all = Search { served: served("Encounter").unwrap(), ..search("here") };
        store.search(&all).unwrap().entries.into_iter().next().unwrap().json
    };
    let old = speaking(FhirVersion::Stu3);
    assert!(old.put_copy(SOURCE, FhirVersion::R5, "here", &encounter, now()).unwrap());
    assert!(!old.put_copy(SOURCE, FhirVersion::R5, "here", &encounter, now()).unwrap());
    let copy = find(&old);
    assert_eq!(copy["status"], "finished");
    assert_eq!(copy["class"], json!({"code": "AMB"}));
    assert_eq!(copy["reason"], json!([{"text": "Cough"}]));
    assert_eq!(copy["subject"]["reference"], "Patient/here");
    assert!(copy["meta"].get("source").is_none(), "STU3 has none");
    assert_eq!(copy["meta"]["extension"][0]["valueUri"], SOURCE);

    // Whatever the release, a copy is known as one.
    for version in FhirVersion::ALL {
        let third = speaking(version);
        assert!(!third.put_copy(SOURCE, FhirVersion::Stu3, "here", &copy, now()).unwrap(), "{version}");
    }
}
