//! What a person does on a hospital's own pages: sign in, choose whose records, allow.

use std::collections::BTreeSet;

use fantoccini::{Client, elements::Element, wd::Locator};

use super::{Page, find, wait};

/// A made-up person's login.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// User name.
    pub(crate) username: String,
    /// Password.
    pub(crate) password: String,
}

impl Page {
    /// Signs in and allows all that is asked. Ends when the app has its answer.
    pub(crate) async fn sign_in(&self, login: &Login) -> BTreeSet<String> {
        self.fill(login).await;
        self.choose_person().await;
        let asked = self.asked().await;
        self.allow().await;
        asked
    }

    /// Fills in the sign-in form and sends it.
    pub(crate) async fn fill(&self, login: &Login) {
        for (field, text) in [("#username", &login.username), ("#password", &login.password)] {
            let field = self.there(field).await;
            self.hands.write(&self.client, &field, text).await.expect("the form can be filled in");
        }
        self.press("form button").await;
    }

    /// Chooses the person's own records, when the hospital asks whose.
    async fn choose_person(&self) {
        let question = wait::until("the hospital's next page", async || {
            let radios = count(&self.client, "input[name=patient]").await;
            let allow = count(&self.client, "button[name=decision][value=allow]").await;
            (radios + allow > 0).then_some(radios > 0 && allow == 0)
        })
        .await;
        if question {
            let own = self.there("input[name=patient]").await;
            self.hands.choose(&self.client, &own).await.expect("a person can be chosen");
            self.press("form button").await;
        }
    }

    /// The scopes that the hospital asks the person about.
    pub(crate) async fn asked(&self) -> BTreeSet<String> {
        self.there("button[name=decision][value=allow]").await;
        let mut asked = BTreeSet::new();
        for scope in self.client.find_all(Locator::Css("input[name=scope]")).await.unwrap_or_default() {
            if let Ok(Some(value)) = scope.attr("value").await {
                asked.insert(value);
            }
        }
        asked
    }

    /// Says yes, and waits until the browser is back at the app's own page.
    pub(crate) async fn allow(&self) {
        self.press("button[name=decision][value=allow]").await;
        let home = wait::within(wait::PATIENCE, async || {
            let shown = self.client.current_url().await.ok()?;
            (shown.origin() != self.opened.origin()).then_some(())
        })
        .await;
        if home.is_none() {
            panic!("the browser did not come back to the app. It shows: {}", find::text(&self.client).await);
        }
    }

    async fn press(&self, selector: &str) {
        let button = self.there(selector).await;
        self.hands.press(&self.client, &button).await.expect("the form can be sent");
    }

    /// Waits for a part of the page.
    async fn there(&self, selector: &str) -> Element {
        let found = wait::within(wait::PATIENCE, async || {
            let found = self.client.find(Locator::Css(selector)).await.ok()?;
            found.is_displayed().await.ok()?.then_some(found)
        })
        .await;
        match found {
            Some(found) => found,
            None => panic!(
                "the hospital's page never had {selector}. It shows: {}",
                find::text(&self.client).await
            ),
        }
    }
}

async fn count(client: &Client, selector: &str) -> usize {
    client.find_all(Locator::Css(selector)).await.map_or(0, |found| found.len())
}
