//! The commands through Tauri's mock runtime, with the real configuration and permissions.

use super::list::NAMES;
use crate::names::COMMANDS;

#[test]
fn every_command_has_a_permission_and_every_permission_a_command() {
    let mut handled = NAMES.to_vec();
    let mut named = COMMANDS.to_vec();
    handled.sort_unstable();
    named.sort_unstable();
    assert_eq!(handled, named, "ipc.rs and names.rs must list the same commands");
}

#[test]
fn the_window_may_call_our_commands_and_nothing_else() {
    let capability: serde_json::Value =
        serde_json::from_str(include_str!("../../capabilities/main.json")).expect("JSON");
    let mut allowed: Vec<String> = capability["permissions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|p| p.as_str().map(str::to_owned))
        .collect();
    let mut wanted: Vec<String> = COMMANDS.iter().map(|c| format!("allow-{}", c.replace('_', "-"))).collect();
    wanted.extend(["core:event:allow-listen".to_owned(), "core:event:allow-unlisten".to_owned()]);
    allowed.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(allowed, wanted);
}
