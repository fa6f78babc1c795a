//! The app against programs that nobody here wrote. They come from Maven Central and npm; what cannot be fetched is
//! reported as skipped, never as passed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    place,
    run::{Done, cargo, command, show},
};

const KEYCLOAK: &str = "26.7.3";

/// One program, the variable that tells its tests where it is, and how to fetch it.
struct Part {
    name: &'static str,
    module: &'static str,
    variable: &'static str,
    needs: &'static [&'static str],
    fetch: fn(&Path) -> Result<PathBuf, String>,
}

const PARTS: &[Part] = &[
    Part {
        name: "a certified OpenID provider (npm oidc-provider)",
        module: "oidc::",
        variable: "CONSENTRY_OIDC_PROVIDER",
        needs: &["node", "npm"],
        fetch: oidc_provider,
    },
    Part {
        name: "Keycloak, in development mode on this computer",
        module: "keycloak::",
        variable: "CONSENTRY_KEYCLOAK",
        needs: &["java", "mvn"],
        fetch: keycloak,
    },
];

/// Fetches what can be fetched, runs its tests, and says how each part went. Arguments choose parts by their module,
/// for example `keycloak`.
pub(crate) fn run(args: &[String]) -> Done {
    println!(
        "This needs Java 17, Maven and Node, and fetches from Maven Central and npm into target/conformance."
    );
    let folder = place::target().join("conformance");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let (mut lines, mut failed) = (Vec::new(), 0_usize);
    let chosen =
        |part: &&Part| args.is_empty() || args.iter().any(|arg| part.module.starts_with(arg.as_str()));
    for part in PARTS.iter().filter(chosen) {
        println!("\n── {}", part.name);
        lines.push(match fetched(part, &folder) {
            Err(why) => format!("  skipped  {}: {why}", part.name),
            Ok(program) => match test(part, &program) {
                Ok(()) => format!("  ok       {}", part.name),
                Err(why) => {
                    failed += 1;
                    format!("  FAILED   {}: {why}", part.name)
                }
            },
        });
    }
    println!("\n{}", lines.join("\n"));
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} parts failed", lines.len())) }
}

fn fetched(part: &Part, folder: &Path) -> Result<PathBuf, String> {
    match part.needs.iter().find(|name| place::program(name).is_none()) {
        Some(missing) => Err(format!("`{missing}` is not on this computer")),
        None => (part.fetch)(folder),
    }
}

fn test(part: &Part, program: &Path) -> Done {
    let mut tests =
        cargo(&["test", "--locked", "-p", "consentry-tests", "--test", "conformance", "--", part.module]);
    tests.env(part.variable, program);
    show(tests)
}

fn oidc_provider(folder: &Path) -> Result<PathBuf, String> {
    let (from, to) = (place::root().join("tests/conformance/oidc"), folder.join("oidc"));
    copy(&from, &to)?;
    let mut npm = command("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.current_dir(&to);
    show(npm)?;
    Ok(to)
}

fn keycloak(folder: &Path) -> Result<PathBuf, String> {
    let home = folder.join(format!("keycloak-{KEYCLOAK}"));
    if !home.join("bin/kc.sh").is_file() {
        let artifact = format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{KEYCLOAK}:zip");
        let to = format!("-DoutputDirectory={}", folder.display());
        let mut maven = command("mvn", &["-q", "-B", "dependency:unpack", &artifact, &to]);
        // It leaves marks of what it unpacked where it runs.
        maven.current_dir(folder);
        show(maven)?;
    }
    Ok(home)
}

/// Copies the files of a folder.
fn copy(from: &Path, to: &Path) -> Done {
    let copied = fs::create_dir_all(to).and_then(|()| {
        for entry in fs::read_dir(from)? {
            let path = entry?.path();
            if path.is_file() {
                fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
            }
        }
        Ok(())
    });
    copied.map_err(|error| format!("{}: {error}", to.display()))
}
