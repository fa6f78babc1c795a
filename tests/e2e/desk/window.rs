//! What a person does with the app's window, and what they see in it.

use fantoccini::{elements::Element, key::Key};
use serde_json::Value;

use super::{
    Desk,
    find::{self, Name, Role},
    hands,
    wait::{self, PATIENCE},
};

impl Desk {
    /// Presses the button of this name.
    pub(crate) async fn press(&self, name: &str) {
        self.press_one(Role::Button, Name::Is(name)).await;
    }

    /// Follows the first link whose name begins like this.
    pub(crate) async fn go_to(&self, name: &str) {
        self.press_one(Role::Link, Name::Starts(name)).await;
    }

    /// Ticks the box whose label begins like this. It must not be ticked yet.
    pub(crate) async fn tick(&self, label: &str) {
        let found = self.thing(Role::Checkbox, Name::Starts(label)).await;
        assert!(!chosen(&found).await, "{label} is ticked already");
        self.choose(Role::Checkbox, Name::Starts(label)).await;
    }

    /// Chooses the option whose label begins like this.
    pub(crate) async fn pick(&self, label: &str) {
        self.choose(Role::Radio, Name::Starts(label)).await;
    }

    /// Chooses an option of the group whose legend begins like this.
    pub(crate) async fn pick_in(&self, group: &str, label: &str) {
        self.choose(Role::Radio, Name::In(group, label)).await;
    }

    /// Writes into the field whose label begins like this.
    pub(crate) async fn write(&self, label: &str, text: &str) {
        let field = self.thing(Role::Textbox, Name::Starts(label)).await;
        if self.hands.write(self.client(), &field, text).await.is_none() {
            self.fail(&format!("nobody could write into “{label}”")).await;
        }
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn key(&self, key: Key) {
        hands::keys(self.client(), &[key.into()]).await.expect("the window takes keys");
    }

    /// Waits until the window shows this text.
    pub(crate) async fn sees(&self, text: &str) {
        self.sees_one(&[text]).await;
    }

    /// Waits until the window shows one of these texts, and says which.
    pub(crate) async fn sees_one<'a>(&self, texts: &[&'a str]) -> &'a str {
        let seen = wait::within(PATIENCE, async || {
            let shown = self.text().await;
            texts.iter().find(|text| shown.contains(**text)).copied()
        })
        .await;
        match seen {
            Some(text) => text,
            None => self.fail(&format!("the window never showed {texts:?}")).await,
        }
    }

    /// Waits until a title holds this text.
    pub(crate) async fn sees_title(&self, text: &str) {
        self.thing(Role::Heading, Name::Has(text)).await;
    }

    /// All text that the window shows, with single spaces.
    pub(crate) async fn text(&self) -> String {
        find::text(self.client()).await
    }

    /// Waits for the thing of this role and name.
    pub(crate) async fn thing(&self, role: Role, name: Name<'_>) -> Element {
        let found = wait::within(PATIENCE, async || find::find(self.client(), role, name).await).await;
        match found {
            Some(element) => element,
            None => self.fail(&format!("the window never had a {role:?}, {name:?}")).await,
        }
    }

    /// Whether the thing is there now.
    pub(crate) async fn has(&self, role: Role, name: Name<'_>) -> bool {
        find::find(self.client(), role, name).await.is_some()
    }

    /// What a script in the window returns.
    pub(crate) async fn ask(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client()
            .execute(script, arguments)
            .await
            .unwrap_or_else(|error| panic!("a script failed in the window: {error}"))
    }

    async fn press_one(&self, role: Role, name: Name<'_>) {
        // A screen may be drawn anew between finding and pressing: find again then.
        let pressed = wait::within(PATIENCE, async || {
            let found = find::find(self.client(), role, name).await?;
            self.hands.press(self.client(), &found).await
        })
        .await;
        if pressed.is_none() {
            self.fail(&format!("nobody could press a {role:?}, {name:?}")).await;
        }
    }

    async fn choose(&self, role: Role, name: Name<'_>) {
        let done = wait::within(PATIENCE, async || {
            let found = find::find(self.client(), role, name).await?;
            self.hands.choose(self.client(), &found).await
        })
        .await;
        // What is chosen may be drawn anew by the choice.
        let stays = wait::within(PATIENCE, async || {
            let found = find::find(self.client(), role, name).await?;
            chosen(&found).await.then_some(())
        })
        .await;
        if done.and(stays).is_none() {
            self.fail(&format!("nobody could choose a {role:?}, {name:?}")).await;
        }
    }

    /// Panics with what the window shows now, and leaves a picture.
    pub(crate) async fn fail(&self, why: &str) -> ! {
        self.picture("failed").await;
        let shows = match self.app_process() {
            Some(_) => format!("The window shows: {}", self.text().await),
            None => "The app is gone.".to_owned(),
        };
        panic!("{why}\n\n{shows}\n\nThe app wrote:\n{}", self.log())
    }
}

async fn chosen(found: &Element) -> bool {
    found.is_selected().await.unwrap_or(false)
}
