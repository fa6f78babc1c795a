//! axe-core in the real window: the same rules that auditors of WCAG 2.2 AA run.

use serde_json::{Value, json};

use super::{Desk, Theme, root};

impl Desk {
    /// Fails when the window does not follow the desktop's theme.
    pub(crate) async fn is_themed(&self, theme: Theme) {
        let dark = self.ask("return matchMedia('(prefers-color-scheme: dark)').matches", Vec::new()).await;
        assert_eq!(dark, json!(theme == Theme::Dark), "the window follows the desktop");
    }

    /// Every violation on the screen that is shown now, a few lines each; a picture when there is one.
    pub(crate) async fn violations(&self, screen: &str) -> Vec<String> {
        let path = root().join("ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&path)
            .unwrap_or_else(|_| panic!("{} is missing: run npm ci in ui", path.display()));
        // A script of WebDriver is no script of the page: the page's CSP stays as it is.
        self.ask(&format!("{axe}; window.axe = axe;"), Vec::new()).await;
        let found = self
            .client()
            .execute_async(include_str!("axe.js"), Vec::new())
            .await
            .unwrap_or_else(|error| panic!("axe-core failed on {screen}: {error}"));
        let found: Vec<String> = found
            .as_array()
            .unwrap_or_else(|| panic!("axe-core says {found} of {screen}"))
            .iter()
            .filter_map(Value::as_str)
            .map(|violation| format!("{screen}: {violation}"))
            .collect();
        if !found.is_empty() {
            self.picture(&format!("failed, {screen}")).await;
        }
        found
    }
}
