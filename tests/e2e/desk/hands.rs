//! The two ways in which a person works a page: pointing and clicking, or keys alone.

use fantoccini::{
    Client,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    key::Key,
};
use serde_json::json;

use super::find;

/// How the person works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hands {
    /// Mouse for everything, keys for text.
    Mouse,
    /// Keys for everything. Nothing is ever clicked or focused by a script.
    Keys,
}

/// More than the longest screen has places to stop at.
const STOPS: usize = 120;

impl Hands {
    /// Presses a button or follows a link.
    pub(crate) async fn press(self, client: &Client, thing: &Element) -> Option<()> {
        match self {
            Self::Mouse => click(client, thing).await,
            Self::Keys => {
                reach(client, thing).await?;
                keys(client, &[Key::Enter.into()]).await
            }
        }
    }

    /// Ticks a box, or chooses one of several.
    pub(crate) async fn choose(self, client: &Client, thing: &Element) -> Option<()> {
        if self == Self::Mouse {
            // Where a person would click: on its words.
            let words = client
                .execute("const one = arguments[0]; return one.labels?.[0] ?? one", vec![json!(thing)])
                .await
                .ok()?;
            return click(client, &find::element(client, &words)?).await;
        }
        reach(client, thing).await?;
        for _ in 0..STOPS {
            if is_here(client, thing).await? {
                if !thing.is_selected().await.ok()? {
                    keys(client, &[' ']).await?;
                }
                return Some(());
            }
            // Inside of a group of options, arrows move.
            keys(client, &[Key::Down.into()]).await?;
        }
        None
    }

    /// Writes into a field.
    pub(crate) async fn write(self, client: &Client, field: &Element, text: &str) -> Option<()> {
        match self {
            Self::Mouse => field.send_keys(text).await.ok(),
            Self::Keys => {
                reach(client, field).await?;
                let text: Vec<char> = text.chars().collect();
                keys(client, &text).await
            }
        }
    }
}

/// Scrolls until the thing is well in sight, as a person does, and clicks it. WebDriver alone scrolls it
/// only to the edge, where a bar may lie over it.
async fn click(client: &Client, thing: &Element) -> Option<()> {
    client
        .execute("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", vec![json!(thing)])
        .await
        .ok()?;
    thing.click().await.ok()
}

/// Presses Tab until the focus is on the thing, or inside of its group of options.
async fn reach(client: &Client, thing: &Element) -> Option<()> {
    for _ in 0..STOPS {
        if near(client, thing).await? {
            return Some(());
        }
        keys(client, &[Key::Tab.into()]).await?;
    }
    None
}

/// Whether the focus is on the thing or on another option of its group.
async fn near(client: &Client, thing: &Element) -> Option<bool> {
    client
        .execute(
            "const [one, here] = [arguments[0], document.activeElement];\n\
             return here === one || (one.type === 'radio' && here.type === 'radio' && here.name === one.name)",
            vec![json!(thing)],
        )
        .await
        .ok()?
        .as_bool()
}

async fn is_here(client: &Client, thing: &Element) -> Option<bool> {
    client.execute("return document.activeElement === arguments[0]", vec![json!(thing)]).await.ok()?.as_bool()
}

/// Presses keys one after the other, wherever the focus is.
pub(crate) async fn keys(client: &Client, keys: &[char]) -> Option<()> {
    let actions = keys.iter().fold(KeyActions::new("keyboard".to_owned()), |actions, &value| {
        actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
    });
    client.perform_actions(actions).await.ok()
}
