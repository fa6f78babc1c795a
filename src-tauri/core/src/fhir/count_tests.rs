//! Counting by kind, also where a server does not count.

use serde_json::json;
use url::Url;

use super::{Counted, Query, of_kind, of_kinds};
use crate::{
    ehr::FhirBase,
    fhir::stage::{Asked, Says, Stage},
    kind::Kind,
    version::FhirVersion,
};

/// Counts 1 for each type, 10 for laboratory, and says which criteria it used.
fn counting() -> Stage {
    Stage::open(|asked| counted(asked, if asked.target.contains("laboratory") { 10 } else { 1 }))
}

fn counted(asked: &Asked, total: u32) -> Says {
    let own = format!("http://x{}", asked.target);
    Says::json(
        200,
        &json!({"resourceType": "Bundle", "total": total, "link": [{"relation": "self", "url": own}]}),
    )
}

#[test]
fn every_scope_of_the_glossary_is_a_search() {
    for scope in Kind::ALL.iter().flat_map(|k| k.scopes()) {
        assert!(Query::of(scope).is_some(), "{scope}");
    }
    assert_eq!(
        Query::of("patient/Observation.rs?category=http://x.example/c|laboratory"),
        Some(Query {
            resource_type: "Observation",
            params: vec![("category", "http://x.example/c|laboratory")]
        })
    );
    assert_eq!(Query::of("user/Observation.rs"), None);
    assert_eq!(Query::of("patient/Observation.rs?category"), None);
}

#[tokio::test]
async fn adds_up_the_types_of_a_kind() {
    let stage = counting();
    assert_eq!(
        of_kind(&stage.client(), FhirVersion::R4, "p1", Kind::LabTests, None).await.unwrap(),
        Some(11)
    );
    let targets: Vec<String> = stage.asked().into_iter().map(|a| a.target).collect();
    let category = "http%3A%2F%2Fterminology.hl7.org%2FCodeSystem%2Fobservation-category%7Claboratory";
    assert_eq!(
        targets,
        [
            format!("/r4/Observation?patient=p1&category={category}&_summary=count"),
            "/r4/DiagnosticReport?patient=p1&_summary=count".to_owned()
        ]
    );
}

#[tokio::test]
async fn the_patient_is_found_by_id() {
    let stage = counting();
    of_kind(&stage.client(), FhirVersion::R4, "p1", Kind::AboutYou, None).await.unwrap();
    assert_eq!(stage.asked().remove(0).target, "/r4/Patient?_id=p1&_summary=count");
}

#[tokio::test]
async fn what_arrived_is_counted_by_its_source() {
    let stage = counting();
    let source = FhirBase::new(Url::parse("https://source.example/r4/").unwrap());
    assert_eq!(
        of_kind(&stage.client(), FhirVersion::R4, "p1", Kind::Vaccines, Some(&source)).await.unwrap(),
        Some(1)
    );
    assert_eq!(stage.asked().remove(0).param("_source").as_deref(), Some("https://source.example/r4"));
}

#[tokio::test]
async fn a_kind_of_which_one_type_is_not_counted_is_not_counted() {
    let stage =
        Stage::open(
            |asked| if asked.path().ends_with("/Goal") { Says::status(404) } else { counted(asked, 5) },
        );
    let counts =
        of_kinds(&stage.client(), FhirVersion::R4, "p1", &[Kind::Plans, Kind::Images], None).await.unwrap();
    let expected =
        [Counted { kind: Kind::Plans, count: None }, Counted { kind: Kind::Images, count: Some(5) }];
    assert_eq!(counts, expected);
}

#[tokio::test]
async fn counts_all_kinds_in_the_order_given() {
    let stage = counting();
    let mut kinds = Kind::ALL.to_vec();
    kinds.reverse();
    let counts = of_kinds(&stage.client(), FhirVersion::R4, "p1", &kinds, None).await.unwrap();
    assert_eq!(counts.iter().map(|c| c.kind).collect::<Vec<_>>(), kinds);
    assert!(counts.iter().all(|c| c.count.is_some()));
    let scopes: usize = Kind::ALL.iter().map(|k| k.scopes().len()).sum();
    assert_eq!(stage.asked().len(), scopes, "each type is asked once");
}

#[tokio::test]
async fn a_sign_in_that_is_over_is_an_error() {
    let stage = Stage::open(|_| Says::status(401));
    assert_eq!(
        of_kinds(&stage.client(), FhirVersion::R4, "p1", &Kind::ALL, None).await.unwrap_err().status(),
        Some(401)
    );
}

#[tokio::test]
async fn stu3_has_its_own_code_system_of_categories_and_does_not_tell_where_records_came_from() {
    let stage = counting();
    let client = stage.client();
    assert_eq!(of_kind(&client, FhirVersion::Stu3, "p1", Kind::VitalSigns, None).await.unwrap(), Some(1));
    assert_eq!(
        stage.asked().remove(0).param("category").as_deref(),
        Some("http://hl7.org/fhir/observation-category|vital-signs")
    );
    let asked = stage.asked().len();
    let source = FhirBase::new(Url::parse("https://source.example/r4").unwrap());
    let arrived = of_kind(&client, FhirVersion::Stu3, "p1", Kind::VitalSigns, Some(&source)).await.unwrap();
    assert_eq!((arrived, stage.asked().len()), (None, asked), "not even asked");
}
