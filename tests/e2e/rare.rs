//! The screens that the practice hospitals do not bring about by themselves (half done, NOT stopped, said no, two
//! people and the like): the window's own pages with a scripted host, in the window's engine, judged by axe-core in light
//! and dark. The real app shows the same pages from the same components; only what stands behind them is scripted.

use std::path::PathBuf;

use axum::{
    Router,
    http::{StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use crate::desk::{Desk, Theme, root};

/// Scene, place in the window, and a text that it shows.
const SCREENS: [(&str, &str, &str); 13] = [
    ("first", "/welcome", "You can stop at any time."),
    ("ready", "/new/from-and-to", "Who has your records"),
    ("two-people", "/new/charts", "Birth date"),
    ("near", "/new/charts", "Not the same"),
    ("working", "/setting-up/s1", "Stop and undo"),
    ("half-done", "/setting-up/s1", "Take it back"),
    ("half-back", "/setting-up/s1", "taken back"),
    ("said-no", "/setting-up/s1", "This hospital is not on our list"),
    ("shares", "/sharing", "NOT stopped"),
    ("shares", "/share/not-stopped/stop", "NOT stopped"),
    ("shares", "/share/more", "more than you picked"),
    ("shares", "/share/stranger", "You did not start that here"),
    ("real", "/hospitals", "hospitals"),
];

#[tokio::test(flavor = "multi_thread")]
async fn screens_in_light() {
    screens(Theme::Light).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_in_dark() {
    screens(Theme::Dark).await;
}

async fn screens(theme: Theme) {
    let pages = serve().await;
    let desk = Desk::open_page("rare", theme).await;
    let mut found = Vec::new();
    for (scene, place, text) in SCREENS {
        desk.visit(&format!("{pages}/?scene={scene}#{place}")).await;
        desk.sees(text).await;
        desk.is_themed(theme).await;
        desk.picture(&format!("{scene}{} {theme:?}", place.replace('/', " "))).await;
        found.extend(desk.violations(&format!("{scene}{place}")).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Serves the window's pages with the scripted host.
async fn serve() -> String {
    let folder = root().join("ui/dist-pretend");
    assert!(folder.join("index.html").is_file(), "run npm run build:pretend in ui");
    let socket = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has free ports");
    let address = socket.local_addr().expect("an address");
    let pages = Router::new().fallback(move |uri: Uri| file(folder.clone(), uri));
    tokio::spawn(async move { axum::serve(socket, pages).await });
    format!("http://{address}")
}

async fn file(folder: PathBuf, uri: Uri) -> Response {
    let name = uri.path().trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name };
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    match std::fs::read(folder.join(name)) {
        Ok(body) if !name.contains("..") => ([(CONTENT_TYPE, kind)], body).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
