//! Paul at Tern Bay, where he has been for two years: a short record.

use super::FORMER_SMOKER;
use crate::people::chart::Chart;
use crate::people::codes::snomed;
use crate::people::demographics::Identity;
use crate::people::imaging::{Study, X_RAY};
use crate::people::labs::{CREATININE, POTASSIUM};
use crate::people::medications::Course;
use crate::people::problems::Problem;
use crate::people::staff::{Payer, Role};
use crate::people::visits::Kind;

pub(super) fn two_years(chart: &mut Chart, who: &Identity) {
    let since = chart.months_ago(25);
    chart.register(who, since);
    chart.covered(Payer::Veterans, ("VET", "veteran health program"), "LV-5520-17", since);
    chart.allergy(
        snomed("91939003", "Allergy to sulfonamide"),
        "medication",
        ("271807003", "Eruption of skin"),
        false,
        since,
    );
    let pressure =
        chart.problem(&Problem { code: "59621000", display: "Essential hypertension", since, until: None });
    let sprain = chart.months_ago(9);
    let until = chart.months_ago(8);
    chart.problem(&Problem {
        code: "44465007",
        display: "Sprain of ankle",
        since: sprain,
        until: Some(until),
    });
    chart.prescribe(&Course {
        medicine: ("314077", "lisinopril 20 MG Oral Tablet"),
        directions: "Take 1 tablet by mouth every morning",
        per_day: 1,
        since,
        until: None,
        reason: &pressure,
        by: Role::PrimaryCare,
    });
    for months in [25, 17, 5] {
        let visit = &chart.visit(
            chart.months_ago(months),
            Kind::FollowUp,
            Role::PrimaryCare,
            "Blood pressure follow-up",
        );
        let (systolic, diastolic, pulse) = (chart.around(132, 4), chart.around(80, 3), chart.around(71, 5));
        chart.blood_pressure(visit, systolic, diastolic);
        chart.pulse(visit, pulse);
        let weight = chart.around(930, 8);
        chart.weight(visit, weight);
    }
    let visit = &chart.visit(
        chart.months_ago(9),
        Kind::Emergency,
        Role::PrimaryCare,
        "Twisted ankle on the ferry ramp",
    );
    chart.blood_pressure(visit, 141, 86);
    chart.pain(visit, 6);
    chart.tobacco(visit, FORMER_SMOKER);
    chart.lab(visit, &CREATININE, 103);
    chart.lab(visit, &POTASSIUM, 45);
    chart.image(
        visit,
        &Study {
            modality: ("CR", "Computed Radiography"),
            site: ("344001", "Ankle region structure"),
            sop_class: X_RAY,
            pictures: 2,
            code: ("18748-4", "Diagnostic imaging study"),
            conclusion: "Left ankle: no fracture. Soft tissue swelling on the outer side.",
        },
    );
    chart.flu_shots(1, since, None);
    chart.next_appointment(40, Role::PrimaryCare, "Blood pressure follow-up");
}
