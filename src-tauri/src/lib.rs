//! The shell: one window, typed commands, the system's browser and keyring. It converts and forwards;
//! nothing about consent, hospitals or errors is decided here.

use std::sync::Arc;

use tauri::{Builder, Manager, Runtime, WebviewWindowBuilder, webview::NewWindowResponse};

mod browser;
mod clock;
mod desk;
mod events;
mod ipc;
mod logs;
#[cfg(test)]
mod names;
mod practice;

use desk::Desk;

/// Starts the app. `--practice` opens it with the two practice hospitals.
pub fn run() {
    let arguments: Vec<String> = std::env::args().collect();
    let Some(folders) = directories::ProjectDirs::from("app", "Consentry", "Consentry") else {
        return;
    };
    logs::start(folders.data_local_dir());
    let desk = Desk::new(folders.data_local_dir().to_owned(), arguments.iter().any(|a| a == "--practice"));
    let app = configure(Builder::default(), desk)
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            if let Some(window) = app.get_webview_window("main") {
                // Bringing the first window to the front is a courtesy: a desktop may refuse it.
                let _ = window.unminimize();
                let _ = window.set_focus();
            }
        }))
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .run(tauri::generate_context!());
    if let Err(error) = app {
        tracing::error!(%error, "the window could not be opened");
    }
}

/// Everything but the plugins that need a real desktop.
fn configure<R: Runtime>(builder: Builder<R>, desk: Desk) -> Builder<R> {
    ipc::handle(builder).manage(Arc::new(desk)).setup(|app| {
        let desk = app.state::<Arc<Desk>>().inner().clone();
        desk.attach(app.handle());
        let mut window = app.config().app.windows.first().cloned().ok_or("no window is configured")?;
        // Nothing of the window is kept on disk. WebKitGTK cannot be driven by WebDriver that way, so a window
        // driven for a test of a debug build keeps what it keeps in its own folder; the UI stores nothing in either.
        window.incognito = !cfg!(debug_assertions) || std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_none();
        WebviewWindowBuilder::from_config(app, &window)?
            .on_navigation(stays_inside)
            .on_new_window(|_, _| NewWindowResponse::Deny)
            .build()?;
        Ok(())
    })
}

/// The window shows this app and nothing else; it cannot be sent anywhere.
fn stays_inside(url: &tauri::Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        "http" | "https" => {
            url.host_str() == Some("tauri.localhost") || (cfg!(dev) && url.host_str() == Some("127.0.0.1"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::stays_inside;

    #[test]
    fn the_window_cannot_be_sent_away() {
        for away in [
            "https://evil.example/",
            "http://127.0.0.1:9/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "blob:tauri://localhost/x",
        ] {
            assert!(!stays_inside(&away.parse().expect("a URL")), "{away} must be refused");
        }
        assert!(stays_inside(&"tauri://localhost/index.html".parse().expect("a URL")));
    }
}
