//! The main job, told step by step with what both hospitals' own records say, and a picture of each
//! step in `artifacts/demo`. This is what `cargo xtask demo` runs without a display.

use std::cell::Cell;

use consentry_sandbox::Records;

use crate::{
    desk::{Desk, Hands, Theme, records},
    story,
};

#[tokio::test(flavor = "multi_thread")]
async fn main_job() {
    let mut desk = Desk::open("demo", Theme::Light, Hands::Mouse).await;
    let number = Cell::new(0_u32);
    let tell = async |desk: &Desk, screen: &str| {
        number.set(number.get() + 1);
        step(desk, number.get(), screen).await;
    };

    let origins = story::share(&mut desk, tell).await;

    // As in a power cut: nothing can say goodbye.
    desk.kill_app().await;
    desk.start_app().await;
    desk.sees_title("1 place can get your records.").await;
    let again = desk.origins().await;
    assert_eq!(again, origins, "the hospitals are where they were");
    tell(&desk, "after a power cut").await;

    story::stop(&mut desk, &origins, tell).await;

    desk.kill_app().await;
    let traces = desk.files_with(&["Tindall", "1961-03-14", "eyJ", "access_token"]);
    assert!(traces.is_empty(), "a name, a birth date or a token is on the disk: {traces:#?}");
}

/// Prints the step with what both hospitals say, and takes its picture.
async fn step(desk: &Desk, number: u32, screen: &str) {
    let origins = desk.origins().await;
    println!("{number:>2}. {screen}");
    for base in [&origins.spruce, &origins.tern] {
        println!("      {}", told(&records(base).await));
    }
    desk.picture(&format!("{number:02} {screen}")).await;
}

/// One line of what a hospital's own records say.
fn told(records: &Records) -> String {
    let mut facts = Vec::new();
    for consent in &records.consents {
        facts.push(format!("consent {}", consent.status));
    }
    for one in &records.authorizations {
        let state = format!("{:?}", one.state).to_lowercase();
        facts.push(format!("access {state}, read {} times, refused {} times", one.reads, one.refusals));
    }
    for one in &records.connections {
        let state = format!("{:?}", one.state).to_lowercase();
        facts.push(format!("{state}, {} records in {} rounds", one.total, one.rounds));
    }
    let sign_ins = records.sign_ins.iter().filter(|one| one.live).count();
    facts.push(format!("{sign_ins} sign-ins"));
    format!("{}: {}", records.name, facts.join("; "))
}
