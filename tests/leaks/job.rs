//! The main job, done by an app alone in its process, and then the search.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};

use consentry_core::outside::Browser;
use consentry_tests::{
    PATIENCE, hospitals,
    person::Person,
    proxy::{Call, Canned, Pair, Proxy, Seen, Twist},
};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpListener, process::Command};
use url::{Url, form_urlencoded};

use crate::search::{Canary, Search};

/// Everything that is left of the job.
struct Left {
    data: PathBuf,
    out: PathBuf,
    printed: Vec<u8>,
    pages: Vec<Url>,
    seen: Vec<Seen>,
    _folder: tempfile::TempDir,
}

async fn job() -> Left {
    let sandbox = hospitals().await;
    let pair = Pair::new();
    let [a, b] = sandbox.ehrs();
    let front = [Proxy::start(pair.clone(), a.base()).await, Proxy::start(pair.clone(), b.base()).await];
    let refused = json!({"error": "invalid_grant", "error_description": "Too late"});
    front[0].once(Call::Token, Twist::Instead(Canned::json(400, &refused)));
    front[0].once(Call::Token, Twist::edit(|reply| reply["token_type"] = json!("mac")));
    front[1].once(Call::Connect, Twist::Instead(Canned::page(500)));
    front[0].once(Call::Authorize, Twist::Instead(Canned::bare(401)));
    front[0].once(Call::Audit, Twist::Half);

    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    fs::create_dir_all(out.join("tmp")).expect("a folder");
    let person = Arc::new(Person::new("Paul Tindall", &sandbox));
    let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = door.local_addr().expect("an address").to_string();
    let pages = Arc::new(Mutex::new(Vec::new()));
    let (opener, opened) = (person.clone(), pages.clone());
    let browser = tokio::spawn(async move {
        while let Ok((mut stream, _)) = door.accept().await {
            let mut page = String::new();
            stream.read_to_string(&mut page).await.expect("a page");
            opened.lock().expect("a lock").push(Url::parse(&page).expect("a URL"));
            opener.open(&Url::parse(&pair.for_hospital(&page)).expect("a URL")).expect("opened");
        }
    });
    // Nothing is left to the user's own careful settings.
    let child = Command::new("sh")
        .args(["-c", "umask 000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_loud")])
        .args([&data, &out])
        .args([&address, front[0].base().as_str(), front[1].base().as_str()])
        .env("TMPDIR", out.join("tmp"))
        .env("RUST_BACKTRACE", "full")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let child = tokio::time::timeout(PATIENCE * 2, child).await.expect("it ends").expect("it runs");
    browser.abort();
    let printed = [child.stdout, child.stderr].concat();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&printed));
    let seen = front.iter().flat_map(Proxy::seen).collect();
    let pages = pages.lock().expect("a lock").clone();
    Left { data, out, printed, pages, seen, _folder: folder }
}

impl Left {
    /// Everything that must not be seen, by what it is.
    fn secrets(&self) -> Vec<Canary> {
        let mut all: Vec<(&'static str, String)> = Vec::new();
        // Not the password: the practice people's is a word that the app uses, and the app never sees one typed.
        for page in &self.pages {
            for (name, value) in page.query_pairs() {
                let what = match &*name {
                    "state" => "state",
                    "nonce" => "nonce",
                    "code_challenge" => "challenge",
                    _ => continue,
                };
                all.push((what, value.into_owned()));
            }
        }
        for one in &self.seen {
            for (name, value) in form_urlencoded::parse(one.asked.as_bytes()) {
                let what = match (one.call, &*name) {
                    (Call::Token, "code") => "code",
                    (Call::Token, "code_verifier") => "verifier",
                    (Call::Token, "refresh_token") => "refresh token",
                    (Call::EndToken, "token") => "token to end",
                    _ => continue,
                };
                all.push((what, value.into_owned()));
            }
            if one.call == Call::Token {
                let reply: Value = serde_json::from_str(&one.answered).unwrap_or_default();
                let members = [
                    ("access_token", "access token"),
                    ("refresh_token", "refresh token"),
                    ("id_token", "id_token"),
                ];
                for (member, what) in members {
                    all.extend(reply[member].as_str().map(|value| (what, value.to_owned())));
                }
            }
            if one.call == Call::Jwt && one.status == 200 {
                all.push(("JWT", one.answered.trim().to_owned()));
            }
            all.extend(
                one.authorization
                    .as_deref()
                    .and_then(|a| a.strip_prefix("Bearer "))
                    .map(|a| ("bearer", a.to_owned())),
            );
        }
        // The middle part of a JWT by itself would be as bad.
        let parts: Vec<_> = all
            .iter()
            .filter(|(what, _)| matches!(*what, "id_token" | "JWT"))
            .flat_map(|(_, jwt)| jwt.split('.').skip(1).map(|part| ("part of a JWT", part.to_owned())))
            .collect();
        all.extend(parts);
        let mut canaries: Vec<_> = all.into_iter().map(|(what, text)| Canary { what, text }).collect();
        canaries.sort();
        canaries.dedup();
        canaries
    }

    /// Everything that was written or said, by its place. The vault stands for the keyring: secrets live there.
    fn places(&self) -> BTreeMap<String, Vec<u8>> {
        let mut places = BTreeMap::from([("printed".to_owned(), self.printed.clone())]);
        for path in files(&self.data).into_iter().chain(files(&self.out)) {
            if path != self.out.join("vault.json") {
                places.insert(path.display().to_string(), fs::read(&path).expect("a file"));
            }
        }
        places
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_left_anywhere() {
    let left = job().await;
    let secrets = left.secrets();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    secrets.iter().for_each(|canary| *counts.entry(canary.what).or_default() += 1);
    for (what, least) in [
        ("state", 5),
        ("nonce", 5),
        ("code", 5),
        ("verifier", 5),
        ("access token", 4),
        ("refresh token", 4),
        ("id_token", 4),
        ("bearer", 3),
        ("JWT", 2),
    ] {
        let count = counts.get(what).copied().unwrap_or_default();
        assert!(count >= least, "the job has to have secrets to be leaked: {what}: {count}");
    }
    let search = Search::of(&secrets);
    let places = left.places();
    let log = places.keys().find(|place| place.ends_with("/log")).expect("a log");
    assert!(places[log].len() > 20_000, "the log is loud: {} bytes", places[log].len());
    assert!(places.keys().any(|place| place.ends_with("consentry.sqlite")));
    for (place, bytes) in &places {
        assert_eq!(search.found(bytes), Vec::<String>::new(), "{place}");
    }

    // A page's address carries state, nonce and challenge to the hospital, and nothing else of these.
    let carried = ["state", "nonce", "challenge"];
    let others: Vec<_> = secrets.iter().filter(|c| !carried.contains(&c.what)).cloned().collect();
    let search = Search::of(&others);
    for page in &left.pages {
        assert_eq!(search.found(page.as_str().as_bytes()), Vec::<String>::new(), "{page}");
    }

    // The search works on what is really there: the vault holds the refresh token of the last sign-in.
    let vault = fs::read(left.out.join("vault.json")).expect("a vault");
    let kept = Search::of(&secrets).found(&vault);
    assert!(kept.iter().any(|name| name.starts_with("refresh token")), "{kept:?}");
    assert!(kept.iter().all(|name| name.starts_with("refresh token")), "and nothing else: {kept:?}");

    no_names_in_clear(&left);
    #[cfg(unix)]
    for_the_owner_only(&left.data);
}

/// With a keyring there is a key, and then names and sentences are sealed. The log never has them.
fn no_names_in_clear(left: &Left) {
    let names = [
        "Tindall",
        "Everett",
        "Spruce Harbor",
        "Tern Bay",
        "1961-03-14",
        "let Spruce",
        "share my vaccines",
        "for my care",
    ];
    let names: Vec<_> =
        names.into_iter().map(|name| Canary { what: "name", text: name.to_owned() }).collect();
    let search = Search::of(&names.iter().filter(|n| n.text.len() >= 8).cloned().collect::<Vec<_>>());
    for (place, bytes) in left.places() {
        // The window is the place for names.
        if place.ends_with("/crossed") {
            continue;
        }
        let short = names.iter().filter(|n| bytes.windows(n.text.len()).any(|w| w == n.text.as_bytes()));
        let short: Vec<_> = short.map(|n| n.text.clone()).chain(search.found(&bytes)).collect();
        assert_eq!(short, Vec::<String>::new(), "{place}");
    }
}

#[cfg(unix)]
fn for_the_owner_only(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700, "{}", folder.display());
    for path in files(folder) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let parent = path.parent().expect("a folder");
        assert_eq!(mode(parent), 0o700, "{}", parent.display());
    }
}
