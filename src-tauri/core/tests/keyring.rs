//! The real keyring of Linux: gnome-keyring on a bus of its own, with a home folder of its own.
//!
//! Each test starts itself again inside `dbus-run-session`, so that nobody's own keyring is ever touched.
//! Needs the packages `dbus` and `gnome-keyring`, and fails without them.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set up its world must fail")]

use std::{
    env, fs,
    io::Write,
    os::unix::net::UnixListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use consentry_core::{
    secret::Secret,
    vault::{Vault, VaultError, keeper::Keeper, keyring::KeyringVault},
};
use keyring_core::api::CredentialStoreApi;

/// Set in the process that runs inside.
const INSIDE: &str = "CONSENTRY_KEYRING_TEST";
const SERVICE: &str = "consentry-test";

/// A bus that starts no services by itself: what is not started here is not there.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

/// Runs `body` in a process of its own, on a private bus and with an empty home folder.
fn on_a_private_bus(test: &str, body: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return body();
    }
    let home = tempfile::tempdir().unwrap();
    let bus = home.path().join("bus.conf");
    fs::write(&bus, BUS).unwrap();
    let mut command = Command::new("dbus-run-session");
    command.arg("--config-file").arg(&bus).arg("--").arg(env::current_exe().unwrap());
    run(command, test, home.path());
}

/// Runs `body` in a process whose bus address is `address`.
fn with_bus_at(address: &str, home: &Path, test: &str, body: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return body();
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.env("DBUS_SESSION_BUS_ADDRESS", address);
    run(command, test, home);
}

fn run(mut command: Command, test: &str, home: &Path) {
    let folder = |name: &str| {
        let path = home.join(name);
        fs::create_dir_all(&path).unwrap();
        path
    };
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", folder("run"))
        .env("XDG_DATA_HOME", folder("data"))
        .env("XDG_CONFIG_HOME", folder("config"))
        .env("XDG_CACHE_HOME", folder("cache"))
        .env_remove("GNOME_KEYRING_CONTROL")
        .env_remove("DISPLAY");
    let output = command
        .output()
        .expect("`dbus-run-session` cannot be started: install the packages dbus and gnome-keyring");
    assert!(
        output.status.success(),
        "inside:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the test did not run inside");
}

/// A keyring daemon that ends with the test.
struct Daemon(Child);

impl Daemon {
    /// Starts gnome-keyring; unlocked by an empty password, or locked with nobody who could be asked.
    fn start(unlock: bool) -> Self {
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args(["--foreground", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if unlock {
            command.arg("--unlock");
        }
        let mut child = command
            .spawn()
            .expect("`gnome-keyring-daemon` cannot be started: install the package gnome-keyring");
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        Self(child)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks until the keyring answers otherwise than "absent".
fn once_there<T>(ask: impl Fn() -> Result<T, VaultError>) -> Result<T, VaultError> {
    let began = Instant::now();
    loop {
        match ask() {
            Err(VaultError::Absent) if began.elapsed() < Duration::from_secs(20) => {
                thread::sleep(Duration::from_millis(50))
            }
            answer => return answer,
        }
    }
}

fn read(vault: &KeyringVault, name: &str) -> Option<String> {
    vault.get(name).unwrap().map(|secret| secret.expose().to_owned())
}

#[test]
fn keeps_and_forgets_in_the_real_keyring() {
    on_a_private_bus("keeps_and_forgets_in_the_real_keyring", || {
        let _daemon = Daemon::start(true);
        let vault = KeyringVault::new(SERVICE);
        assert!(once_there(|| vault.get("e1")).unwrap().is_none());
        vault.delete("e1").unwrap();
        vault.put("e1", &Secret::new("first")).unwrap();
        vault.put("e1", &Secret::new("second")).unwrap();
        vault.put("e1.sent", &Secret::new("mark")).unwrap();
        assert_eq!(read(&vault, "e1").as_deref(), Some("second"));
        assert_eq!(read(&KeyringVault::new("consentry-other"), "e1"), None, "services do not meet");
        let longest = "x".repeat(1998);
        vault.put("long", &Secret::new(longest.as_str())).unwrap();
        assert_eq!(read(&vault, "long").as_deref(), Some(longest.as_str()));
        assert_eq!(vault.put("long", &Secret::new(format!("{longest}x"))), Err(VaultError::TooLong));
        vault.delete("e1").unwrap();
        assert_eq!((read(&vault, "e1"), read(&vault, "e1.sent").as_deref()), (None, Some("mark")));
    });
}

#[test]
fn names_and_labels_tell_nothing() {
    on_a_private_bus("names_and_labels_tell_nothing", || {
        let _daemon = Daemon::start(true);
        let vault = KeyringVault::new(SERVICE);
        once_there(|| vault.put("e1", &Secret::new("canary"))).unwrap();
        let store = zbus_secret_service_keyring_store::Store::new().unwrap();
        let attributes = store.build(SERVICE, "e1", None).unwrap().get_attributes().unwrap();
        let mut pairs: Vec<(String, String)> =
            attributes.into_iter().filter(|(name, _)| name != "xdg:schema").collect();
        pairs.sort();
        assert_eq!(
            pairs,
            [("service".to_owned(), SERVICE.to_owned()), ("username".to_owned(), "e1".to_owned())]
        );
    });
}

#[test]
fn a_damaged_entry_is_told_from_a_missing_one() {
    on_a_private_bus("a_damaged_entry_is_told_from_a_missing_one", || {
        let _daemon = Daemon::start(true);
        let vault = KeyringVault::new(SERVICE);
        once_there(|| vault.put("e1", &Secret::new("good"))).unwrap();
        let store = zbus_secret_service_keyring_store::Store::new().unwrap();
        let entry = store.build(SERVICE, "e1", None).unwrap();
        for damage in [&b"good"[..], b"", b"\xff\xfe", b"2:good"] {
            entry.set_secret(damage).unwrap();
            assert_eq!(vault.get("e1").err(), Some(VaultError::Broken), "{damage:?}");
        }
        vault.put("e1", &Secret::new("again")).unwrap();
        assert_eq!(read(&vault, "e1").as_deref(), Some("again"));
    });
}

#[test]
fn a_keyring_that_appears_later_works_without_a_restart() {
    on_a_private_bus("a_keyring_that_appears_later_works_without_a_restart", || {
        let vault = KeyringVault::new(SERVICE);
        let began = Instant::now();
        assert_eq!(vault.put("e1", &Secret::new("x")), Err(VaultError::Absent), "a bus, and nobody on it");
        assert!(began.elapsed() < Duration::from_secs(2));
        let daemon = Daemon::start(true);
        once_there(|| vault.put("e1", &Secret::new("x"))).unwrap();
        assert_eq!(read(&vault, "e1").as_deref(), Some("x"));
        drop(daemon);
        assert_eq!(vault.get("e1").err(), Some(VaultError::Absent));
    });
}

#[test]
fn a_locked_keyring_with_nobody_to_ask_says_so() {
    on_a_private_bus("a_locked_keyring_with_nobody_to_ask_says_so", || {
        let vault = KeyringVault::new(SERVICE);
        let unlocked = Daemon::start(true);
        once_there(|| vault.put("e1", &Secret::new("x"))).unwrap();
        drop(unlocked);
        let _locked = Daemon::start(false);
        let began = Instant::now();
        assert_eq!(once_there(|| vault.get("e1")).err(), Some(VaultError::Locked));
        assert!(vault.put("e1", &Secret::new("y")).is_err());
        assert!(began.elapsed() < Duration::from_secs(10));
    });
}

#[test]
fn without_a_bus_it_says_so_at_once() {
    let home = tempfile::tempdir().unwrap();
    let nowhere = format!("unix:path={}/no-bus", home.path().display());
    with_bus_at(&nowhere, home.path(), "without_a_bus_it_says_so_at_once", || {
        let began = Instant::now();
        let vault = KeyringVault::new(SERVICE);
        assert_eq!(vault.get("e1").err(), Some(VaultError::Absent));
        assert_eq!(vault.put("e1", &Secret::new("x")), Err(VaultError::Absent));
        assert_eq!(vault.delete("e1"), Err(VaultError::Absent));
        assert!(began.elapsed() < Duration::from_secs(2));
    });
}

#[test]
fn a_bus_that_never_answers_costs_the_deadline_and_holds_up_nothing() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("silent-bus");
    let _listener = UnixListener::bind(&socket).unwrap();
    let address = format!("unix:path={}", socket.display());
    let began = Instant::now();
    with_bus_at(
        &address,
        home.path(),
        "a_bus_that_never_answers_costs_the_deadline_and_holds_up_nothing",
        || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let keeper =
                Keeper::with_deadline(Arc::new(KeyringVault::new(SERVICE)), Duration::from_millis(300));
            assert_eq!(runtime.block_on(keeper.put("e1", &Secret::new("x"))), Err(VaultError::NoAnswer));
            assert_eq!(runtime.block_on(keeper.probe()), Err(VaultError::NoAnswer));
        },
    );
    assert!(began.elapsed() < Duration::from_secs(5), "quitting does not wait for it");
}

#[test]
fn works_behind_a_keeper_from_async_code() {
    on_a_private_bus("works_behind_a_keeper_from_async_code", || {
        let _daemon = Daemon::start(true);
        let keeper = Keeper::new(Arc::new(KeyringVault::new(SERVICE)));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        once_there(|| runtime.block_on(keeper.put("e1", &Secret::new("x")))).unwrap();
        let stored = runtime.block_on(keeper.get("e1")).unwrap().unwrap();
        assert_eq!(stored.expose(), "x");
    });
}
