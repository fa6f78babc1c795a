//! Pictures of the window, of the whole screen, and of the window in other sizes.

use std::{fs, path::PathBuf};

use serde_json::Value;

use super::{Desk, Page, wait};

/// How often to look for a picture that stays.
const STEADY: usize = 12;

impl Desk {
    /// A picture of what the window shows: `{name}.png` in the desk's folder of pictures.
    pub(crate) async fn picture(&self, name: &str) -> PathBuf {
        let file = self.pictures.join(format!("{name}.png"));
        if let Some(bytes) = self.steady().await {
            fs::write(&file, bytes).expect("artifacts can be written");
        }
        file
    }

    /// What the window shows once it is painted: two pictures in a row are the same. What moves for ever
    /// is taken as it is. `None` when the window is gone.
    async fn steady(&self) -> Option<Vec<u8>> {
        let mut last = Vec::new();
        for _ in 0..STEADY {
            let next = self.client().screenshot().await.ok()?;
            if next == last {
                break;
            }
            last = next;
        }
        Some(last)
    }

    /// A picture of what the person's browser shows.
    pub(crate) async fn picture_of(&self, page: &Page, name: &str) {
        let bytes = page.client.screenshot().await.expect("the browser can be pictured");
        fs::write(self.pictures.join(format!("{name}.png")), bytes).expect("artifacts can be written");
    }

    /// A picture of the whole screen, window frame and all.
    pub(crate) fn picture_of_screen(&self, name: &str) {
        let file = self.pictures.join(format!("{name}.png"));
        let status = self
            .session
            .command("import")
            .args(["-display", self.session.display(), "-window", "root"])
            .arg(&file)
            .status()
            .expect("ImageMagick runs");
        assert!(status.success(), "no picture of the screen");
    }

    /// Makes the inside of the window this large.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        // WebDriver sets the outside; a window may have a frame.
        let inside = self.inside().await;
        let (outer_width, outer_height) = self.client().get_window_size().await.expect("a window has a size");
        let frame = |outer: u64, inner: u64| u32::try_from(outer.saturating_sub(inner)).unwrap_or(0);
        self.client()
            .set_window_size(width + frame(outer_width, inside.0), height + frame(outer_height, inside.1))
            .await
            .expect("the window can be resized");
        wait::until("the window to have its new size", async || {
            (self.inside().await == (width.into(), height.into())).then_some(())
        })
        .await;
    }

    async fn inside(&self) -> (u64, u64) {
        let size = self.ask("return [innerWidth, innerHeight]", Vec::new()).await;
        let side = |number: usize| size.get(number).and_then(Value::as_u64).unwrap_or(0);
        (side(0), side(1))
    }
}
