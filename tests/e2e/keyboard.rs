//! The main job with keys alone, in the window and in the browser: no mouse, and no script that focuses.

use fantoccini::key::Key;

use crate::{
    desk::{Desk, Hands, Theme, until},
    story,
};

#[tokio::test(flavor = "multi_thread")]
async fn whole_way() {
    let mut desk = Desk::open("keyboard", Theme::Light, Hands::Keys).await;
    let quiet = async |_: &Desk, _: &str| {};
    let origins = story::share(&mut desk, quiet).await;
    story::open_share(&desk).await;
    desk.go_to("Sharing").await;

    // Escape is the safe side.
    desk.press("Stop sharing").await;
    desk.sees("Stop sharing with Tern Bay Hospital?").await;
    desk.key(Key::Escape).await;
    until("the question to be gone", async || {
        (!desk.text().await.contains("Stop sharing with Tern Bay Hospital?")).then_some(())
    })
    .await;

    story::stop(&mut desk, &origins, quiet).await;
}
