//! What both hospitals' own records say: the app is believed nothing.

use consentry_sandbox::Records;
use serde_json::{Value, json};
use url::Url;

use super::{Desk, wait};

/// The two practice hospitals of a running app.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    /// FHIR base of Spruce Harbor Clinic.
    pub(crate) spruce: Url,
    /// FHIR base of Tern Bay Hospital.
    pub(crate) tern: Url,
}

impl Desk {
    /// Where the app started its two hospitals, by its own command `app_view`.
    pub(crate) async fn origins(&self) -> Origins {
        let view = wait::until("the app to know its two hospitals", async || {
            let view = self
                .client()
                .execute_async(
                    "const done = arguments[0];\n\
                     window.__TAURI_INTERNALS__.invoke('app_view').then(done, () => done(null));",
                    Vec::new(),
                )
                .await
                .ok()?;
            (view.pointer("/ehrs/1").is_some()).then_some(view)
        })
        .await;
        let base = |name: &str| {
            let address = view
                .get("ehrs")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .find(|ehr| ehr.get("name") == Some(&json!(name)))
                .and_then(|ehr| ehr.get("address")?.as_str())
                .unwrap_or_else(|| panic!("the app does not know {name}: {view}"));
            let url = Url::parse(address).expect("a FHIR base is an address");
            assert_eq!(url.host_str(), Some("127.0.0.1"), "practice stays at home");
            url
        };
        Origins { spruce: base("Spruce Harbor Clinic"), tern: base("Tern Bay Hospital") }
    }
}

/// What this hospital's own records say now.
#[expect(clippy::disallowed_methods, reason = "a test asks a hospital directly, outside of the app")]
pub(crate) async fn records(base: &Url) -> Records {
    let page = base.join("/records").expect("the path is fixed");
    reqwest::get(page)
        .await
        .expect("the hospital answers")
        .json()
        .await
        .expect("the hospital's records can be read")
}
