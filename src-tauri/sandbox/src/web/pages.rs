//! The frame of every page: plain HTML that works without script and says that it is practice.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use crate::hospital::Hospital;

/// A whole page. `title` is plain text, `body` is HTML.
pub(crate) fn page(site: &Hospital, status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} - {name}</title>\n\
         <link rel=\"stylesheet\" href=\"/style.css\">\n\
         </head>\n\
         <body class=\"{slug}\">\n\
         <p class=\"practice\">PRACTICE - made-up people</p>\n\
         <header><span class=\"mark\" aria-hidden=\"true\">{mark}</span> \
         <span class=\"name\">{name}</span></header>\n\
         <main>\n{body}</main>\n\
         </body>\n\
         </html>\n",
        title = text(title),
        name = text(site.names.full()),
        slug = site.names.slug,
        mark = site.names.mark,
    );
    (status, Html(html)).into_response()
}

/// A page that only says what went wrong. Used where a redirect would send the person to a stranger.
pub(crate) fn error(site: &Hospital, status: StatusCode, message: &str) -> Response {
    let body = format!(
        "<h1>This cannot go on</h1>\n\
         <p class=\"error\" role=\"alert\">{}</p>\n\
         <p>Nothing was opened. You can close this page and start again in your app.</p>\n",
        text(message)
    );
    page(site, status, "This cannot go on", &body)
}

/// The page for a failure inside.
pub(crate) fn broken(site: &Hospital, error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a page failed");
    self::error(site, StatusCode::INTERNAL_SERVER_ERROR, "Something failed inside this EHR.")
}

/// Text as HTML, in elements and in quoted attributes.
pub(crate) fn text(raw: &str) -> String {
    let mut safe = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(
            text("<b onclick='x'>\"&\"</b>"),
            "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/b&gt;"
        );
    }
}
