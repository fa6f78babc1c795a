//! A program of the desk with all that it starts: one process group, killed together.

use std::{
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
};

/// Ends its whole group when dropped.
pub(crate) struct Group {
    child: Child,
}

impl Group {
    /// Starts `command` as the head of a new group.
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command.process_group(0).spawn().unwrap_or_else(|error| {
            panic!(
                "could not start {}: {error}. `cargo xtask test` installs what is missing",
                command.get_program().display()
            )
        });
        Self { child }
    }

    /// The head of the group.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        kill(&format!("-{}", self.child.id()));
        // Its end is certain after SIGKILL; waiting for it leaves no zombie.
        drop(self.child.wait());
    }
}

/// SIGKILL to a process, or with a leading `-` to a group. It may be gone already.
pub(crate) fn kill(whom: &str) {
    let killed = Command::new("kill").args(["-KILL", "--", whom]).stderr(Stdio::null()).status();
    drop(killed);
}
