//! System packages: which are missing, what they are for, and installing them with apt.
//!
//! Only what is missing is named and installed. On other systems than Debian and Ubuntu this says
//! what is needed and goes on.

use crate::{
    place,
    run::{Done, command, output, show},
};

/// How much of the system a command needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Compiling the app.
    Build,
    /// Compiling it, and running its real window with nobody there.
    Window,
}

const BUILD: &[(&str, &str)] = &[
    ("build-essential", "C compiler, for SQLite and TLS"),
    ("pkg-config", "finds the libraries below"),
    ("libwebkit2gtk-4.1-dev", "the window's web view"),
    ("libayatana-appindicator3-dev", "desktop integration of the window"),
    ("librsvg2-dev", "icons in the window"),
];

const WINDOW: &[(&str, &str)] = &[
    ("webkit2gtk-driver", "drives the real window"),
    ("xvfb", "a display without a screen"),
    ("xauth", "access to that display"),
    ("dbus", "the message bus of a desktop session"),
    ("gnome-keyring", "the keyring of a desktop session"),
    ("xdg-utils", "opens the web browser"),
    ("openssl", "makes the throw-away certificates of the TLS tests"),
    ("python3-venv", "installs the Python validator of FHIR for the tests"),
    ("imagemagick", "pictures of the whole screen"),
    ("fonts-inter", "the typeface of the pictures"),
];

/// Ubuntu has these only as snaps, which do not work without a user session. The tests then sign in
/// with the small browser that comes with WebKitGTK.
const BROWSER: &[(&str, &str)] = &[
    ("chromium", "the web browser in which the person signs in"),
    ("chromium-driver", "drives that browser"),
];

/// Installs what is missing. Prints it first.
pub(crate) fn install(need: Need) -> Done {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if place::program("dpkg-query").is_none() {
        println!("This is no Debian or Ubuntu. Needed are the counterparts of:");
        list(BUILD);
        if need == Need::Window {
            list(WINDOW);
        }
        return Ok(());
    }
    let mut missing = missing(BUILD);
    if need == Need::Window {
        missing.extend(self::missing(WINDOW));
        missing.extend(missing_browser());
    }
    if missing.is_empty() {
        return Ok(());
    }
    println!("These system packages are missing and will be installed with apt-get:");
    list(&missing);
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    apt(&names)
}

fn apt(names: &[&str]) -> Done {
    let update = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "update"];
    let mut install =
        vec!["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends"];
    install.extend(names);
    let root = output("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let before: &[&str] = if root {
        &["env", "DEBIAN_FRONTEND=noninteractive"]
    } else if output("sudo", &["-n", "true"]).is_some() {
        &["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    } else {
        return Err(format!(
            "installing needs root. Run this, then try again:\n\n  \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
            names.join(" ")
        ));
    };
    // Nobody may be asked anything: there may be nobody.
    for words in [&update[..], &install] {
        let (program, rest) = before.split_first().unwrap_or((&"env", &[]));
        let args = [rest, words].concat();
        let mut command = command(program, &args);
        command.stdin(std::process::Stdio::null());
        show(command)?;
    }
    Ok(())
}

fn missing<'a>(packages: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    packages.iter().filter(|(name, _)| !installed(name)).copied().collect()
}

fn missing_browser() -> Vec<(&'static str, &'static str)> {
    let debian = std::fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    let there = place::program("google-chrome").is_some() && place::program("chromedriver").is_some();
    if there || !debian {
        return Vec::new();
    }
    missing(BROWSER)
}

fn installed(package: &str) -> bool {
    output("dpkg-query", &["-W", "-f", "${db:Status-Status}", package])
        .is_some_and(|status| status == "installed")
}

fn list(packages: &[(&str, &str)]) {
    for (name, why) in packages {
        println!("  {name:<30} {why}");
    }
}
