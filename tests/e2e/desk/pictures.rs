//! Pictures of the window, of the whole screen, and of the window in other sizes.

use std::{fs, time::Duration};

use serde_json::Value;

use super::{Desk, Page, wait};

/// How long to wait for a picture that stays.
const STEADY: Duration = Duration::from_secs(2);

impl Desk {
    /// A picture of what the window shows: `{name}.png` in the desk's folder of pictures.
    pub(crate) async fn picture(&self, name: &str) {
        let (x, y, width, height) = self.client().get_window_rect().await.unwrap_or_default();
        if width == 0 {
            // The window is gone. That is for the test to say, not for its picture.
            return;
        }
        let part = format!("{width}x{height}+{x}+{y}");
        let bytes = self.steady(&["-crop", &part, "+repage"]).await;
        fs::write(self.pictures.join(format!("{name}.png")), bytes).expect("artifacts can be written");
    }

    /// What the screen shows once it is painted: two looks in a row see the same. What moves for ever is
    /// taken as it is. WebDriver's own pictures are not used: they hang where WebKitGTK paints without GL.
    async fn steady(&self, part: &[&str]) -> Vec<u8> {
        let mut last = Vec::new();
        let same = wait::within(STEADY, async || {
            let next = self.screen(part);
            let same = next == last;
            last = next;
            same.then_some(())
        })
        .await;
        // Both are right: it stays, or it moves until time is up.
        let _: Option<()> = same;
        last
    }

    /// A picture of what the person's browser shows.
    pub(crate) async fn picture_of(&self, page: &Page, name: &str) {
        let bytes = page.client.screenshot().await.expect("the browser can be pictured");
        fs::write(self.pictures.join(format!("{name}.png")), bytes).expect("artifacts can be written");
    }

    /// A picture of the whole screen.
    pub(crate) async fn picture_of_screen(&self, name: &str) {
        let bytes = self.steady(&[]).await;
        fs::write(self.pictures.join(format!("{name}.png")), bytes).expect("artifacts can be written");
    }

    /// PNG of a part of the screen, without the time of day in it: equal pictures are equal bytes.
    fn screen(&self, part: &[&str]) -> Vec<u8> {
        let output = self
            .session
            .command("import")
            .args(["-display", self.session.display(), "-window", "root"])
            .args(part)
            .args(["-define", "png:exclude-chunks=date,time", "-quality", "10", "png:-"])
            .output()
            .expect("ImageMagick runs");
        assert!(output.status.success(), "no picture of the screen");
        output.stdout
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
