//! No screen of the main job breaks a rule of axe-core, in light and in dark.

use std::cell::RefCell;

use crate::{
    desk::{Desk, Hands, Theme},
    story,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_in_light() {
    every_screen(Theme::Light).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_in_dark() {
    every_screen(Theme::Dark).await;
}

async fn every_screen(theme: Theme) {
    let mut desk = Desk::open("axe", theme, Hands::Mouse).await;
    desk.is_themed(theme).await;
    // All screens are judged before any fails: one run tells everything.
    let found = RefCell::new(Vec::new());
    let judge = async |desk: &Desk, screen: &str| {
        let violations = desk.violations(screen).await;
        found.borrow_mut().extend(violations);
    };

    let origins = story::share(&mut desk, judge).await;
    story::open_share(&desk).await;
    judge(&desk, "one share").await;
    desk.go_to("Hospitals").await;
    desk.sees_title("hospitals").await;
    judge(&desk, "hospitals").await;
    desk.go_to("Sharing").await;
    story::stop(&mut desk, &origins, judge).await;

    desk.press("Leave practice").await;
    desk.sees("You can stop at any time.").await;
    judge(&desk, "welcome").await;

    let found = found.into_inner();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
