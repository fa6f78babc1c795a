//! Paul Tindall: a veteran with diabetes under ever better control, a new knee and worn-out ears.
//!
//! Spruce Harbor has looked after him for nine years; Tern Bay, near where he moved, knows him for two.

mod care;
mod episodes;
mod regular;
mod tern_bay;

use jiff::civil::{Date, date};

use super::chart::Chart;
use super::codes::snomed;
use super::demographics::Identity;
use super::problems::Problem;
use super::staff::{Payer, Role};
use super::{Hospital, Person};

const BORN: Date = date(1961, 3, 14);
const FORMER_SMOKER: (&str, &str) = ("8517006", "Ex-smoker");

/// Months ago at which the chart of Spruce Harbor begins.
const BEGIN: i32 = 110;

pub(super) fn record(mut chart: Chart) -> Person {
    let who = Identity {
        given: &["Paul", "Everett"],
        family: "Tindall",
        birth_date: BORN,
        sex: "male",
        record_number: match chart.hospital {
            Hospital::SpruceHarbor => "SH-204417",
            Hospital::TernBay => "TB-0088213",
        },
        street: "41 Gannet Lane",
        city: "Larkmoor",
        phone: "555-0114",
        doctor: Role::PrimaryCare,
        about: match chart.hospital {
            Hospital::SpruceHarbor => "Veteran with a long record: diabetes, blood pressure, a new knee",
            Hospital::TernBay => "The same man, two years at his new hospital",
        },
    };
    match chart.hospital {
        Hospital::SpruceHarbor => nine_years(&mut chart, &who),
        Hospital::TernBay => tern_bay::two_years(&mut chart, &who),
    }
    chart.close(&who, "practice".to_owned())
}

/// The conditions that medicines and plans refer to.
struct Conditions {
    pressure: String,
    lipids: String,
    diabetes: String,
    knee: String,
    stress: String,
    prostate: String,
}

fn nine_years(chart: &mut Chart, who: &Identity) {
    let since = chart.months_ago(BEGIN);
    chart.register(who, since);
    chart.covered(Payer::Veterans, ("VET", "veteran health program"), "LV-5520-17", since);
    chart.covered(Payer::Mutual, ("EHCPOL", "extended healthcare"), "GM-908-441", chart.months_ago(60));
    chart.family(("FTH", "father"), ("22298006", "Myocardial infarction"), 58, since);
    chart.family(("MTH", "mother"), ("44054006", "Diabetes mellitus type 2"), 61, since);
    chart.allergy(
        snomed("91939003", "Allergy to sulfonamide"),
        "medication",
        ("271807003", "Eruption of skin"),
        false,
        since,
    );
    chart.allergy(
        snomed("300916003", "Latex allergy"),
        "environment",
        ("126485001", "Urticaria"),
        false,
        chart.months_ago(41),
    );

    let conditions = conditions(chart);
    care::medicines(chart, &conditions);
    for visit in 0..27 {
        regular::regular_visit(chart, visit);
    }
    for year in 0..8 {
        regular::eye_visit(chart, 93 - 12 * year, &conditions);
    }
    episodes::knee(chart, &conditions);
    episodes::hearing(chart);
    episodes::others(chart, &conditions);
    care::vaccines(chart, since);
    care::plan(chart, &conditions);
    chart.next_appointment(24, Role::PrimaryCare, "Diabetes follow-up");
    chart.next_appointment(68, Role::EyeDoctor, "Yearly eye examination");
}

fn conditions(chart: &mut Chart) -> Conditions {
    let mut problem = |code, display, since: i32, until: Option<i32>| {
        let since = chart.months_ago(since);
        let until = until.map(|months| chart.months_ago(months));
        chart.problem(&Problem { code, display, since, until })
    };
    problem("414916001", "Obesity", 108, Some(22));
    problem("78275009", "Obstructive sleep apnea syndrome", 77, None);
    problem("60862001", "Tinnitus", 58, None);
    problem("60700002", "Sensorineural hearing loss", 58, None);
    Conditions {
        pressure: problem("59621000", "Essential hypertension", 109, None),
        lipids: problem("55822004", "Hyperlipidemia", 100, None),
        diabetes: problem("44054006", "Diabetes mellitus type 2", 95, None),
        knee: problem("239873007", "Osteoarthritis of knee", 62, Some(36)),
        stress: problem("47505003", "Posttraumatic stress disorder", 106, None),
        prostate: problem("266569009", "Benign prostatic hyperplasia", 31, None),
    }
}
