//! A desktop session with nobody there: a virtual display, a message bus, an unlocked keyring.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{process::Group, wait};

/// Size of the screen.
const SCREEN: &str = "1400x1000x24";

/// Light or dark desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// Dark text on light ground.
    Light,
    /// The reverse.
    Dark,
}

/// Everything that a desktop session runs. Dropped in this order.
pub(crate) struct Session {
    _keyring: Group,
    _bus: Group,
    _display: Group,
    folder: PathBuf,
    theme: Theme,
    display: String,
    bus: String,
}

impl Session {
    /// Starts all of it for a person whose home is below `folder`.
    pub(crate) async fn start(folder: &Path, theme: Theme) -> Self {
        for name in ["home", "config", "data", "cache", "state", "runtime", "bin"] {
            std::fs::create_dir_all(folder.join(name)).expect("the desk's folder can be written");
        }
        private(&folder.join("runtime"));
        let (display_group, number) = display(folder);
        let (bus_group, address) = bus(folder);
        let mut session = Self {
            _keyring: Group::start(Command::new("true").stdin(Stdio::null())),
            _bus: bus_group,
            _display: display_group,
            folder: folder.to_path_buf(),
            theme,
            display: format!(":{number}"),
            bus: address,
        };
        session._keyring = session.unlock_keyring();
        session.keyring_is_there().await;
        session
    }

    /// The number of the display, with its colon.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// A program in this session: nothing of the surrounding one, `bin` of the desk first in `PATH`.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let at = |name: &str| self.folder.join(name);
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", at("bin").display()))
            .env("HOME", at("home"))
            .env("USER", "person")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("XDG_CONFIG_HOME", at("config"))
            .env("XDG_DATA_HOME", at("data"))
            .env("XDG_CACHE_HOME", at("cache"))
            .env("XDG_STATE_HOME", at("state"))
            .env("XDG_RUNTIME_DIR", at("runtime"))
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            // The compositor of WebKitGTK 2.50 now and then crashes in Mesa's software renderer.
            .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
            .stdin(Stdio::null());
        if self.theme == Theme::Dark {
            command.env("GTK_THEME", "Adwaita:dark");
        }
        command
    }

    fn unlock_keyring(&self) -> Group {
        let mut group = Group::start(
            self.command("gnome-keyring-daemon")
                .args(["--foreground", "--unlock", "--components=secrets"])
                .stdin(Stdio::piped())
                .stdout(log(&self.folder, "keyring"))
                .stderr(log(&self.folder, "keyring")),
        );
        // The password of a new keyring, ended by the line's end.
        let mut stdin = group.child().stdin.take().expect("stdin is a pipe");
        stdin.write_all(b"\n").expect("the keyring reads its password");
        group
    }

    async fn keyring_is_there(&self) {
        wait::until("the keyring on the message bus", async || {
            let output = self
                .command("dbus-send")
                .args([
                    "--session",
                    "--print-reply",
                    "--dest=org.freedesktop.DBus",
                    "/org/freedesktop/DBus",
                    "org.freedesktop.DBus.NameHasOwner",
                    "string:org.freedesktop.secrets",
                ])
                .output()
                .expect("dbus-send runs");
            String::from_utf8_lossy(&output.stdout).contains("boolean true").then_some(())
        })
        .await;
    }
}

fn display(folder: &Path) -> (Group, String) {
    let mut group = Group::start(
        Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log(folder, "display")),
    );
    let number = first_line(&mut group);
    (group, number)
}

fn bus(folder: &Path) -> (Group, String) {
    let mut group = Group::start(
        Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .env("HOME", folder.join("home"))
            .env("XDG_RUNTIME_DIR", folder.join("runtime"))
            .env("XDG_DATA_HOME", folder.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log(folder, "bus")),
    );
    let address = first_line(&mut group);
    (group, address)
}

/// What a program says once it is ready.
fn first_line(group: &mut Group) -> String {
    let stdout = group.child().stdout.take().expect("stdout is a pipe");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("it says where it is");
    let line = line.trim().to_owned();
    assert!(!line.is_empty(), "a part of the desktop session did not start");
    line
}

/// A log of a program, beside the other things of the desk.
pub(crate) fn log(folder: &Path, name: &str) -> File {
    File::options()
        .create(true)
        .append(true)
        .open(folder.join(format!("{name}.log")))
        .expect("the desk's folder can be written")
}

fn private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
        .expect("the desk's folder is ours");
}
