//! Paul's visits every four months, and to the eye doctor once a year: how pressure, weight and sugar came down.

use super::Conditions;
use super::FORMER_SMOKER;
use crate::people::chart::Chart;
use crate::people::codes::snomed;
use crate::people::documents::{CONSULT, PROGRESS};
use crate::people::labs::{
    ALBUMIN_RATIO, ALT, BLOOD_COUNT, CALCIUM, CHEMISTRY, CHOLESTEROL, CREATININE, GLUCOSE, HBA1C, HDL,
    HEMATOCRIT, HEMOGLOBIN, LDL, LIPIDS, PLATELETS, POTASSIUM, PSA, SODIUM, TRIGLYCERIDE, UREA, WHITE_CELLS,
};
use crate::people::staff::Role;
use crate::people::visits::{Kind, Visit};

/// Every four months: how pressure, weight and sugar came down. Each third visit is the yearly check-up.
pub(super) fn regular_visit(chart: &mut Chart, number: i32) {
    let months = 105 - 4 * number;
    let yearly = number % 3 == 2;
    let (kind, reason) = if yearly {
        (Kind::CheckUp, "Yearly check-up")
    } else {
        (Kind::FollowUp, "Blood pressure and diabetes follow-up")
    };
    let visit = &chart.visit(chart.months_ago(months), kind, Role::PrimaryCare, reason);
    if months < 14 {
        chart.kept_appointment(visit, reason);
    }
    let systolic = chart.around(127 + months * 30 / 105, 5);
    let diastolic = chart.around(77 + months * 16 / 105, 4);
    chart.blood_pressure(visit, systolic, diastolic);
    let pulse = chart.around(72, 6);
    chart.pulse(visit, pulse);
    let oxygen = chart.around(97, 1);
    chart.oxygen(visit, oxygen);
    let temperature = chart.around(367, 3);
    chart.temperature(visit, temperature);
    let weight = chart.around(921 + months * 120 / 105, 7);
    if yearly {
        chart.build(visit, 1780, weight);
        yearly_check(chart, visit, months);
    } else {
        chart.weight(visit, weight);
    }
    if months < 96 {
        let hba1c = if months > 90 { 89 } else { 66 + months * 13 / 90 };
        let hba1c = chart.around(hba1c, 1);
        chart.lab(visit, &HBA1C, hba1c);
    }
}

fn yearly_check(chart: &mut Chart, visit: &Visit, months: i32) {
    let treated = months < 98;
    let ldl = chart.around(if treated { 78 + months / 5 } else { 148 }, 5);
    let hdl = chart.around(46 - months / 20, 2);
    let triglyceride = chart.around(132 + months, 14);
    chart.panel(
        visit,
        &LIPIDS,
        // Friedewald: what is not LDL is HDL and a fifth of the triglycerides.
        &[
            (&CHOLESTEROL, ldl + hdl + triglyceride / 5),
            (&TRIGLYCERIDE, triglyceride),
            (&HDL, hdl),
            (&LDL, ldl),
        ],
    );
    let values = [
        (&GLUCOSE, chart.around(118 + months / 2, 6)),
        (&SODIUM, chart.around(140, 2)),
        (&POTASSIUM, chart.around(44, 3)),
        (&UREA, chart.around(16, 3)),
        (&CREATININE, chart.around(104 - months / 10, 4)),
        (&CALCIUM, chart.around(94, 3)),
        (&ALT, chart.around(31, 7)),
    ];
    chart.panel(visit, &CHEMISTRY, &values);
    let hemoglobin = chart.around(147, 5);
    let values = [
        (&WHITE_CELLS, chart.around(68, 12)),
        (&HEMOGLOBIN, hemoglobin),
        (&HEMATOCRIT, hemoglobin * 3),
        (&PLATELETS, chart.around(240, 30)),
    ];
    chart.panel(visit, &BLOOD_COUNT, &values);
    let ratio = chart.around(21, 6);
    chart.lab(visit, &ALBUMIN_RATIO, ratio);
    let psa = chart.around(18, 4);
    chart.lab(visit, &PSA, psa);

    let mood = chart.around(1, 1) + i32::from(months > 70) * 2;
    chart.phq2(visit, mood);
    chart.tobacco(visit, FORMER_SMOKER);
    let drinks = chart.around(1, 1);
    chart.drinks(visit, drinks);
    chart.done(visit, snomed("401191002", "Diabetic foot examination"), None);
    chart.note(
        visit,
        PROGRESS,
        "Yearly check-up. Feels well, walks the harbor road most mornings. Home pressures in the log book agree with ours. \
         Feet: pulses present, monofilament felt at all points. Goes on with the present medicines. Stopped smoking long ago \
         and has not gone back.",
    );
}

pub(super) fn eye_visit(chart: &mut Chart, months: i32, of: &Conditions) {
    let visit = &chart.visit(
        chart.months_ago(months),
        Kind::Consultation,
        Role::EyeDoctor,
        "Yearly diabetic eye examination",
    );
    chart.done(visit, snomed("722161008", "Diabetic retinal eye examination"), Some(&of.diabetes));
    chart.note(visit, CONSULT, "Dilated examination of both eyes. No diabetic retinopathy. Early lens opacities, not in the way of sight. Again in a year.");
}
