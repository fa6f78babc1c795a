//! Finding a hospital in the person's lists: a directory that is searched, a bundle of brands that is kept.

use consentry_core::{
    directory::{ListAnswer, ListKind, Reach},
    ehr::Describes,
    problem::What,
    smart::anchor::Anchor,
};
use consentry_sandbox::Ways;
use consentry_tests::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn hospitals_are_found_by_name_and_place_in_the_directory() {
    let bench = Bench::new().await;
    let lists = bench.app.hospital_lists().expect("lists");
    assert_eq!((lists.len(), lists[0].kind, lists[0].own), (1, ListKind::Directory, false));
    assert_eq!(lists[0].anchors[0].name, "Harbor Health Alliance");

    let found = bench.app.hospitals_search("bay tern", "").await.expect("a search");
    assert_eq!(found.looks[0].answer, ListAnswer::Asked);
    let one = &found.hospitals[0];
    assert_eq!((one.name.as_str(), one.place.as_deref()), ("Tern Bay Hospital", Some("Tern Bay, ME")));
    assert_eq!((one.reach, one.known.clone()), (Reach::Ready, Some(bench.ehr(1))));
    let probed = bench.app.ehr_probe(one.address.as_deref().expect("an address")).await.expect("a probe");
    assert_eq!(probed.name, "Tern Bay Hospital");
    let brand = probed.brand.expect("its own bundle is followed");
    assert_eq!((brand.name.as_str(), brand.place.as_deref()), ("Tern Bay Hospital", Some("Tern Bay, ME")));
    assert_eq!(probed.describes, Describes::Itself);

    let near = bench.app.hospitals_search("", "alder").await.expect("a search");
    let names: Vec<&str> = near.hospitals.iter().map(|h| h.name.as_str()).collect();
    assert_eq!(names, ["Spruce Harbor Clinic", "Gull Point Urgent Care"]);
    assert_eq!(near.hospitals[1].reach, Reach::NotFhir);
    assert!(near.hospitals[1].address.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_of_brands_is_kept_and_used_when_it_cannot_be_asked() {
    let bench = Bench::new().await;
    let address = format!("{}brands", bench.sandbox.ehrs()[1].origin());
    let lists =
        bench.app.hospital_list_add("Tern brands", &address, bench.sandbox.anchor()).await.expect("added");
    let list = lists.iter().find(|l| l.own).expect("the list");
    assert_eq!(list.kind, ListKind::Brands);
    assert!(list.copy_of.is_some());
    assert_eq!(list.anchors.len(), Anchor::read(bench.sandbox.anchor()).expect("anchors").len());

    let found = bench.app.hospitals_search("tern", "").await.expect("a search");
    assert!(found.looks.iter().all(|look| look.answer == ListAnswer::Asked));
    assert_eq!(found.hospitals.len(), 1, "one row, two lists: {:#?}", found.hospitals);
    assert_eq!(found.hospitals[0].listed_by.len(), 2);
    let asked = bench.sandbox.ehrs()[1].records().requests;
    assert!(asked.iter().any(|r| r.path == "/brands" && r.status == 304), "only what changed is sent again");

    bench.sandbox.ehrs()[1].faults().down(true);
    let found = bench.app.hospitals_search("tern", "").await.expect("a search");
    let look = found.looks.iter().find(|look| look.name == "Tern brands").expect("the look");
    assert!(matches!(look.answer, ListAnswer::Copy { .. }), "{look:?}");
    assert_eq!(found.hospitals[0].name, "Tern Bay Hospital");

    let lists = bench.app.hospital_list_remove(&list.id).expect("removed");
    assert_eq!(lists.len(), 1);
    let given = bench.app.hospital_list_remove(&lists[0].id).expect_err("comes with practice");
    assert_eq!(given.what, What::NotAllowed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_is_part_of_the_answer() {
    let bench = Bench::new().await;
    bench.sandbox.ehrs()[0].faults().down(true);
    let found = bench.app.hospitals_search("tern", "").await.expect("a search");
    assert!(found.hospitals.is_empty());
    assert!(
        matches!(&found.looks[0].answer, ListAnswer::Failed { problem } if problem.what == What::EhrTrouble)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_or_no_certificate_is_not_added() {
    let bench = Bench::new().await;
    let origin = bench.sandbox.ehrs()[0].origin().to_string();
    let brands = format!("{origin}brands");
    for (address, anchors, what) in [
        (format!("{origin}fhir"), "", What::NotAList),
        (format!("{origin}nothing"), "", What::NotAList),
        (brands.clone(), "no certificate", What::NotACertificate),
        ("http://example.org/brands".to_owned(), "", What::NotSecure),
        ("https://example.org/brands".to_owned(), "", What::NotSecure),
        ("not an address".to_owned(), "", What::NotAnAddress),
    ] {
        let problem = bench.app.hospital_list_add("x", &address, anchors).await.expect_err("refused");
        assert_eq!(problem.what, what, "{address}");
    }
    assert_eq!(bench.app.hospital_lists().expect("lists").len(), 1);
    assert_eq!(
        bench.app.hospitals_search(" ", "").await.expect_err("nothing asked").what,
        What::FormIncomplete
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_of_a_product_is_told_apart() {
    let product = Ways { describes_a_product: true, ..Ways::default() };
    let bench = Bench::with_ways([product, Ways::default()]).await;
    let probed = bench.app.ehr_probe(bench.sandbox.ehrs()[0].base().as_str()).await.expect("a probe");
    assert_eq!(probed.describes, Describes::AProduct);
}
