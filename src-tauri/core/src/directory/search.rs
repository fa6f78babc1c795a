//! Searching a FHIR directory by name and place: `Organization?name:contains=…&address:contains=…`, with the endpoints
//! that belong to what is found (FHIR R4 search). Nothing about the person is in the request but what was typed.

use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{Listed, brands::ListError, read::Bag};
use crate::http::{Http, Request};

/// Most bytes of one page, most pages, most endpoints asked for by id.
const PAGE: usize = 4 * 1024 * 1024;
const PAGES: usize = 4;
const ENDPOINTS: usize = 50;

/// What a directory found.
#[derive(Debug)]
pub struct Hits {
    /// The hospitals.
    pub hospitals: Vec<Listed>,
    /// Whether the directory has more.
    pub more: bool,
}

/// Searches. White space only counts as nothing asked.
///
/// # Errors
/// See [`ListError`].
pub async fn search(http: &Http, base: &Url, name: &str, place: &str) -> Result<Hits, ListError> {
    // One word is asked for; that the others are there too, in any order, is checked here.
    let asked = [("name:contains", longest(name)), ("address:contains", longest(place))];
    let mut params: Vec<(&str, &str)> = asked.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    params.extend([("_include", "Organization:endpoint"), ("_count", "50")]);
    let mut bag = Bag::default();
    let mut url = at(base, "Organization", &params);
    let mut more = false;
    for page in 0..PAGES {
        let bundle = get(http, &url).await?;
        bag.add(&bundle);
        // Below the directory itself, or not at all.
        let next = next(&bundle)
            .and_then(|link| url.join(link).ok())
            .filter(|next| below(base, next) && *next != url);
        let Some(next) = next else { break };
        more = page == PAGES.saturating_sub(1);
        url = next;
    }
    let missing = bag.missing_endpoints();
    if !missing.is_empty() {
        // A directory without `_include`: asked for by their ids.
        let ids = missing.into_iter().take(ENDPOINTS).collect::<Vec<_>>().join(",");
        let params = [("_id", ids.as_str()), ("_count", "50")];
        bag.add(&get(http, &at(base, "Endpoint", &params)).await?);
    }
    Ok(Hits { hospitals: bag.hospitals(http), more })
}

/// Whether there is a FHIR directory.
///
/// # Errors
/// See [`ListError`].
pub async fn is_directory(http: &Http, base: &Url) -> Result<bool, ListError> {
    let statement = get(http, &at(base, "metadata", &[])).await?;
    let lists = |rest: &Value| {
        let resources = rest.get("resource").and_then(Value::as_array).into_iter().flatten();
        let types: Vec<&str> = resources.filter_map(|one| one.get("type")?.as_str()).collect();
        types.contains(&"Organization") && types.contains(&"Endpoint")
    };
    let rest = statement.get("rest").and_then(Value::as_array);
    Ok(rest.is_some_and(|rest| rest.iter().any(lists)))
}

fn at(base: &Url, path: &str, params: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    url.set_query((!query.is_empty()).then_some(query.as_str()));
    url
}

fn longest(words: &str) -> &str {
    words.split_whitespace().max_by_key(|word| word.chars().count()).unwrap_or_default()
}

fn below(base: &Url, url: &Url) -> bool {
    url.origin() == base.origin() && url.path().starts_with(base.path().trim_end_matches('/'))
}

async fn get(http: &Http, url: &Url) -> Result<Value, ListError> {
    let request = Request::get(url.clone())
        .named("directory")
        .accept("application/fhir+json, application/json;q=0.9")
        .limit(PAGE)
        .follow_same_origin(true);
    let answer = http.send(request).await?;
    if answer.status != 200 {
        return Err(ListError::Status(answer.status));
    }
    answer.json().map_err(|_| ListError::NotAList)
}

fn next(bundle: &Value) -> Option<&str> {
    let links = bundle.get("link")?.as_array()?;
    let next = links.iter().find(|link| link.get("relation").and_then(Value::as_str) == Some("next"))?;
    next.get("url")?.as_str()
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
