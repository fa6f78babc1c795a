//! Jon Lindqvist and John Lindquist: two men that a hurried eye takes for one.
//!
//! Born in the same year, in swapped day and month; one may have penicillin and the other may not. Whoever matches
//! charts by name alone does harm here.

use jiff::civil::date;

use super::chart::Chart;
use super::codes::snomed;
use super::demographics::Identity;
use super::documents::PROGRESS;
use super::immunizations::{COVID, TDAP};
use super::labs::{CHOLESTEROL, CREATININE, GLUCOSE, HDL, LDL, LIPIDS, TRIGLYCERIDE, TSH, URATE};
use super::medications::Course;
use super::problems::Problem;
use super::staff::{Payer, Role};
use super::visits::{Kind, Visit};
use super::{Hospital, Person};

const NEVER_SMOKED: (&str, &str) = ("266919005", "Never smoked tobacco");
const SMOKER: (&str, &str) = ("77176002", "Smoker");

/// Thyroid and heartburn; allergic to penicillin.
pub(super) fn jon(mut chart: Chart) -> Person {
    let who = Identity {
        given: &["Jon"],
        family: "Lindqvist",
        birth_date: date(1972, 11, 8),
        sex: "male",
        record_number: record_number(&chart, "SH-228190", "TB-0091377"),
        street: "23 Kelp Street",
        city: "Larkmoor",
        phone: "555-0152",
        doctor: Role::PrimaryCare,
        about: "Not to be taken for John Lindquist",
    };
    let since = begin(&mut chart, &who, "GM-612-330");
    chart.allergy(
        snomed("91936005", "Allergy to penicillin"),
        "medication",
        ("39579001", "Anaphylaxis"),
        true,
        since,
    );
    if chart.hospital == Hospital::SpruceHarbor {
        let thyroid = chart.problem(&Problem {
            code: "40930008",
            display: "Hypothyroidism",
            since: chart.months_ago(70),
            until: None,
        });
        let stomach = chart.problem(&Problem {
            code: "235595009",
            display: "Gastroesophageal reflux disease",
            since: chart.months_ago(44),
            until: None,
        });
        let levothyroxine = ("966221", "levothyroxine sodium 0.05 MG Oral Tablet");
        let omeprazole = ("198051", "omeprazole 20 MG Delayed Release Oral Capsule");
        treat(&mut chart, levothyroxine, "Take 1 tablet by mouth before breakfast", 69, &thyroid);
        treat(&mut chart, omeprazole, "Take 1 capsule by mouth before breakfast", 44, &stomach);
        check_ups(&mut chart, 118, 786, |chart, visit| {
            let tsh = chart.around(260, 90);
            chart.lab(visit, &TSH, tsh);
            chart.tobacco(visit, NEVER_SMOKED);
        });
    } else {
        one_visit(&mut chart, "Cut on the left hand", 121);
    }
    chart.close(&who, "practice".to_owned())
}

/// Gout and blood pressure; no allergies known.
pub(super) fn john(mut chart: Chart) -> Person {
    let who = Identity {
        given: &["John"],
        family: "Lindquist",
        birth_date: date(1972, 8, 11),
        sex: "male",
        record_number: record_number(&chart, "SH-228109", "TB-0091773"),
        street: "32 Kelp Terrace",
        city: "Saltrow",
        phone: "555-0125",
        doctor: Role::PrimaryCare,
        about: "Not to be taken for Jon Lindqvist",
    };
    let since = begin(&mut chart, &who, "GM-621-303");
    if chart.hospital == Hospital::SpruceHarbor {
        let pressure = chart.problem(&Problem {
            code: "59621000",
            display: "Essential hypertension",
            since,
            until: None,
        });
        let gout = chart.problem(&Problem {
            code: "90560007",
            display: "Gout",
            since: chart.months_ago(52),
            until: None,
        });
        treat(
            &mut chart,
            ("310798", "hydrochlorothiazide 25 MG Oral Tablet"),
            "Take 1 tablet by mouth every morning",
            75,
            &pressure,
        );
        treat(
            &mut chart,
            ("197319", "allopurinol 100 MG Oral Tablet"),
            "Take 1 tablet by mouth every morning",
            51,
            &gout,
        );
        check_ups(&mut chart, 139, 962, |chart, visit| {
            let urate = chart.around(74, 9);
            chart.lab(visit, &URATE, urate);
            chart.tobacco(visit, SMOKER);
        });
    } else {
        one_visit(&mut chart, "Painful big toe", 144);
    }
    chart.close(&who, "practice".to_owned())
}

fn record_number(chart: &Chart, spruce_harbor: &'static str, tern_bay: &'static str) -> &'static str {
    match chart.hospital {
        Hospital::SpruceHarbor => spruce_harbor,
        Hospital::TernBay => tern_bay,
    }
}

fn begin(chart: &mut Chart, who: &Identity, member: &str) -> jiff::civil::Date {
    let since = chart.months_ago(if chart.hospital == Hospital::SpruceHarbor { 77 } else { 13 });
    chart.register(who, since);
    chart.covered(Payer::Mutual, ("EHCPOL", "extended healthcare"), member, since);
    since
}

fn treat(chart: &mut Chart, medicine: (&str, &str), directions: &str, months: i32, reason: &str) {
    let since = chart.months_ago(months);
    chart.prescribe(&Course {
        medicine,
        directions,
        per_day: 1,
        since,
        until: None,
        reason,
        by: Role::PrimaryCare,
    });
}

/// Six yearly check-ups around an upper pressure and a weight, with what is particular to the patient.
fn check_ups(chart: &mut Chart, systolic: i32, weight: i32, particular: impl Fn(&mut Chart, &Visit)) {
    let since = chart.months_ago(77);
    for months in [70, 58, 46, 34, 22, 10] {
        let visit =
            &chart.visit(chart.months_ago(months), Kind::CheckUp, Role::PrimaryCare, "Yearly check-up");
        let (systolic, diastolic, pulse) =
            (chart.around(systolic, 6), chart.around(80, 5), chart.around(70, 6));
        chart.blood_pressure(visit, systolic, diastolic);
        chart.pulse(visit, pulse);
        let weight = chart.around(weight, 10);
        chart.weight(visit, weight);
        particular(chart, visit);
        if months % 24 == 22 {
            let (ldl, hdl, triglyceride) =
                (chart.around(116, 12), chart.around(48, 4), chart.around(128, 20));
            let values = [
                (&CHOLESTEROL, ldl + hdl + triglyceride / 5),
                (&TRIGLYCERIDE, triglyceride),
                (&HDL, hdl),
                (&LDL, ldl),
            ];
            chart.panel(visit, &LIPIDS, &values);
            let (glucose, creatinine) = (chart.around(94, 6), chart.around(92, 8));
            chart.lab(visit, &GLUCOSE, glucose);
            chart.lab(visit, &CREATININE, creatinine);
        }
        if months == 10 {
            chart.kept_appointment(visit, "Yearly check-up");
            chart.note(visit, PROGRESS, "Yearly check-up, nothing new. Identity checked with birth date and address: there is another patient of nearly the same name.");
        }
    }
    chart.flu_shots(4, since, None);
    let tetanus = chart.months_ago(58);
    chart.vaccinate(tetanus, TDAP);
    for day in [date(2021, 4, 13), date(2021, 5, 11)] {
        if day > since && day < chart.today {
            chart.vaccinate(day, COVID);
        }
    }
    chart.next_appointment(52, Role::PrimaryCare, "Yearly check-up");
}

fn one_visit(chart: &mut Chart, reason: &str, systolic: i32) {
    let visit = &chart.visit(chart.months_ago(13), Kind::Emergency, Role::PrimaryCare, reason);
    chart.blood_pressure(visit, systolic, 82);
    chart.pulse(visit, 76);
    chart.pain(visit, 4);
    chart.note(visit, PROGRESS, &format!("{reason}. Treated and sent home. No further visit planned here."));
    let day = visit.day;
    chart.vaccinate(day, TDAP);
}
