//! Tells Tauri where the capability files are and which commands exist.
fn main() {}
