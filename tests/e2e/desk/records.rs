//! What both hospitals' own records say: the app is believed nothing.

use consentry_sandbox::Records;
use serde_json::{Value, json};
use url::Url;

use super::{Desk, sign_in::Login, wait};

/// The two practice hospitals of a running app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origins {
    /// FHIR base of Spruce Harbor Clinic.
    pub(crate) spruce: Url,
    /// FHIR base of Tern Bay Hospital.
    pub(crate) tern: Url,
}

impl Desk {
    /// Where the app started its two hospitals.
    pub(crate) async fn origins(&self) -> Origins {
        Origins {
            spruce: self.base("Spruce Harbor Clinic").await,
            tern: self.base("Tern Bay Hospital").await,
        }
    }

    /// The login of a made-up person at a hospital, as the app shows it to whoever practises.
    pub(crate) async fn login(&self, hospital: &str, person: &str) -> Login {
        let ehr = self.ehr(hospital).await;
        let login = ehr
            .get("practiceLogins")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .find(|login| login.get("who") == Some(&json!(person)))
            .unwrap_or_else(|| panic!("{person} has no login at {hospital}: {ehr}"));
        let part = |name: &str| login.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Login { username: part("username"), password: part("password") }
    }

    async fn base(&self, hospital: &str) -> Url {
        let ehr = self.ehr(hospital).await;
        let address = ehr.get("address").and_then(Value::as_str).unwrap_or_default();
        let url = Url::parse(address).expect("a FHIR base is an address");
        assert_eq!(url.host_str(), Some("127.0.0.1"), "practice stays at home");
        url
    }

    /// A hospital by its name, from the app's own command `app_view`.
    async fn ehr(&self, name: &str) -> Value {
        wait::until("the app to know its two hospitals", async || {
            let view = self
                .client()
                .execute_async(
                    "const done = arguments[0];\n\
                     window.__TAURI_INTERNALS__.invoke('app_view').then(done, () => done(null));",
                    Vec::new(),
                )
                .await
                .ok()?;
            view.get("ehrs")?.as_array()?.iter().find(|ehr| ehr.get("name") == Some(&json!(name))).cloned()
        })
        .await
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
