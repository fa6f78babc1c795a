//! Asking a page for a thing by its role and its name, as a person or a screen reader would.

use fantoccini::{Client, elements::Element};
use serde_json::{Value, json};

/// What kind of thing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// Something to press.
    Button,
    /// Something that leads elsewhere.
    Link,
    /// Something to write in.
    Textbox,
    /// A box to tick.
    Checkbox,
    /// One of several to choose.
    Radio,
    /// A title.
    Heading,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Link => "link",
            Self::Textbox => "textbox",
            Self::Checkbox => "checkbox",
            Self::Radio => "radio",
            Self::Heading => "heading",
        }
    }
}

/// How the name must fit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name<'a> {
    /// All of it.
    Is(&'a str),
    /// Its beginning: boxes have a second line.
    Starts(&'a str),
    /// A part of it.
    Has(&'a str),
    /// Its beginning, in the group whose legend begins with the first text.
    In(&'a str, &'a str),
}

/// The first thing that fits and is shown.
pub(crate) async fn find(client: &Client, role: Role, name: Name<'_>) -> Option<Element> {
    let (how, name, group) = match name {
        Name::Is(name) => ("is", name, ""),
        Name::Starts(name) => ("starts", name, ""),
        Name::Has(name) => ("has", name, ""),
        Name::In(group, name) => ("starts", name, group),
    };
    let asked = vec![json!(role.name()), json!(name), json!(how), json!(group)];
    let found = client.execute(include_str!("find.js"), asked).await.ok()?;
    element(client, &found)
}

/// The thing that a script returned.
pub(crate) fn element(client: &Client, found: &Value) -> Option<Element> {
    // The key is fixed by the WebDriver specification, section 12.1.
    let id = found.get("element-6066-11e4-a52e-4f735466cecf")?.as_str()?;
    Some(Element::from_element_id(client.clone(), id.to_owned().into()))
}

/// The visible text of the page, with single spaces.
pub(crate) async fn text(client: &Client) -> String {
    let text = client.execute("return document.body.innerText", Vec::new()).await.unwrap_or_default();
    let words: Vec<&str> = text.as_str().unwrap_or_default().split_whitespace().collect();
    words.join(" ")
}
