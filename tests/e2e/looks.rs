//! Every screen of the main job in light and dark, in the usual, a small and the smallest window, as
//! pictures in `artifacts/screens`. Nothing may need scrolling sideways.
//!
//! The smallest window is also what 200 % zoom leaves of the usual one (WCAG 2.2, 1.4.10 asks less).

use serde_json::json;

use crate::{
    desk::{Desk, Hands, Theme},
    story,
};

const SIZES: [(u32, u32); 3] = [(1000, 700), (760, 560), (500, 400)];

#[tokio::test(flavor = "multi_thread")]
async fn sizes_in_light() {
    sizes(Theme::Light, "screens/light").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_in_dark() {
    sizes(Theme::Dark, "screens/dark").await;
}

async fn sizes(theme: Theme, pictures: &str) {
    let mut desk = Desk::open(pictures, theme, Hands::Mouse).await;
    let look = async |desk: &Desk, screen: &str| {
        for (width, height) in SIZES.into_iter().rev() {
            desk.resize(width, height).await;
            desk.picture(&format!("{screen} {width}x{height}")).await;
            fits(desk, screen).await;
        }
    };
    let origins = story::share(&mut desk, look).await;
    desk.picture_of_screen("the whole screen").await;
    story::open_share(&desk).await;
    look(&desk, "one share").await;
    desk.go_to("Hospitals").await;
    desk.sees_title("hospitals").await;
    look(&desk, "hospitals").await;
    desk.go_to("Sharing").await;
    story::stop(&mut desk, &origins, look).await;
}

/// Neither the page nor its main part is wider than what is shown of it.
async fn fits(desk: &Desk, screen: &str) {
    let over = desk
        .ask(
            "return ['html', 'main'].map((name) => document.querySelector(name))\n\
             .filter((one) => one && one.scrollWidth > one.clientWidth)\n\
             .map((one) => `${one.tagName} ${one.scrollWidth} > ${one.clientWidth}`)",
            Vec::new(),
        )
        .await;
    assert_eq!(over, json!([]), "{screen} must be scrolled sideways");
}
