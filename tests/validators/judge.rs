//! Hands documents to the judges and takes their verdicts: a process each, one JSON line in and out for each document.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Seek, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use consentry_core::version::FhirVersion;
use serde_json::{Value, json};

/// A document that is judged.
pub struct Document {
    /// What it is, for people.
    pub name: String,
    /// The release that it claims to be written in.
    pub release: FhirVersion,
    /// The resource.
    pub resource: Value,
}

/// Who judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// The models of `fhir.resources`, all releases.
    Models,
    /// The `fhir` package, R4 alone.
    R4,
}

impl Judge {
    /// The judges of a release.
    pub const fn of(release: FhirVersion) -> &'static [Self] {
        match release {
            FhirVersion::R4 => &[Self::Models, Self::R4],
            FhirVersion::Stu3 | FhirVersion::R4b | FhirVersion::R5 => &[Self::Models],
        }
    }

    fn command(self) -> Command {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("validators");
        let installed = installed();
        let (program, script) = match self {
            Self::Models => (installed.join("python/bin/python"), scripts.join("check.py")),
            Self::R4 => (PathBuf::from("node"), scripts.join("check.mjs")),
        };
        let there = match self {
            Self::Models => program.clone(),
            Self::R4 => installed.join("node/node_modules/fhir"),
        };
        assert!(
            there.exists(),
            "The validators are not installed. `cargo xtask test` does it, or `cargo xtask setup` alone."
        );
        let mut command = Command::new(program);
        command.arg(script).arg(installed.join("node"));
        command
    }

    /// What is wrong with each document, in their order; `None` where nothing is.
    ///
    /// # Panics
    /// When the judge does not give exactly one verdict on each.
    pub fn verdicts(self, documents: &[&Document]) -> Vec<Option<String>> {
        let mut verdicts: BTreeMap<usize, Option<String>> = BTreeMap::new();
        let output = self.command().stdin(Stdio::from(lines(documents))).output().expect("the judge starts");
        let said = String::from_utf8(output.stdout).expect("text");
        for line in said.lines() {
            let verdict: Value = serde_json::from_str(line).expect("a verdict");
            let number = usize::try_from(verdict["number"].as_u64().expect("a number")).expect("small");
            let wrong = verdict["wrong"].as_str().map(str::to_owned);
            assert!(verdicts.insert(number, wrong).is_none(), "{self:?} judged document {number} twice");
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{self:?} broke: {complaint}");
        assert_eq!(verdicts.len(), documents.len(), "{self:?} judged fewer than it was given: {complaint}");
        verdicts.into_values().collect()
    }
}

/// Asserts that every judge of its release accepts every document.
///
/// # Panics
/// When one does not; the first few are named.
pub fn accepted(documents: &[Document]) {
    let mut refused = Vec::new();
    for judge in [Judge::Models, Judge::R4] {
        let own: Vec<&Document> =
            documents.iter().filter(|document| Judge::of(document.release).contains(&judge)).collect();
        if own.is_empty() {
            continue;
        }
        for (document, wrong) in own.iter().zip(judge.verdicts(&own)) {
            if let Some(wrong) = wrong {
                refused.push(format!("{} ({:?}, {judge:?}): {wrong}", document.name, document.release));
            }
        }
    }
    let first: Vec<&str> = refused.iter().take(12).map(String::as_str).collect();
    assert!(
        refused.is_empty(),
        "{} of {} are refused:\n{}",
        refused.len(),
        documents.len(),
        first.join("\n")
    );
}

/// A file, not a pipe: the judge may answer before it has read everything.
fn lines(documents: &[&Document]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    for (number, document) in documents.iter().enumerate() {
        let line = json!({"number": number, "release": document.release, "resource": document.resource});
        writeln!(file, "{line}").expect("written");
    }
    file.rewind().expect("rewound");
    file
}

/// Where `cargo xtask` installs the judges: beside what cargo builds.
fn installed() -> PathBuf {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    scratch.parent().unwrap_or(scratch).join("validators")
}
