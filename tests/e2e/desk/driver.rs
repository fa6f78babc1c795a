//! A WebDriver program: it starts a browser, or the app, and does in it what a person would do.

use std::{net::TcpListener, process::Command};

use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;

use super::{process::Group, wait};

/// A running WebDriver program.
pub(crate) struct Driver {
    _group: Group,
    address: String,
}

impl Driver {
    /// Starts it on a free port. `command` is without its port.
    pub(crate) async fn start(command: &mut Command) -> Self {
        let port = free_port();
        let group = Group::start(command.arg(format!("--port={port}")));
        wait::until("the WebDriver program", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        Self { _group: group, address: format!("http://127.0.0.1:{port}") }
    }

    /// A new session.
    pub(crate) async fn session(&self, capabilities: Value) -> Client {
        let Value::Object(capabilities) = capabilities else {
            panic!("capabilities are an object");
        };
        let capabilities: Capabilities = capabilities;
        ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.address)
            .await
            .unwrap_or_else(|error| panic!("no WebDriver session: {error}"))
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("loopback has free ports")
        .port()
}
