//! What Paul takes, what he is vaccinated against, and what his care aims at.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::{BORN, Conditions};
use crate::people::chart::Chart;
use crate::people::codes::rxnorm;
use crate::people::immunizations::{COVID, COVID_BIVALENT, PNEUMOCOCCAL, SHINGLES, TDAP};
use crate::people::medications::Course;
use crate::people::plans::Aim;
use crate::people::staff::Role;

pub(super) fn medicines(chart: &mut Chart, of: &Conditions) {
    let courses: [(_, _, u32, i32, Option<i32>, &str); 9] = [
        (
            ("314076", "lisinopril 10 MG Oral Tablet"),
            "Take 1 tablet by mouth every morning",
            1,
            109,
            Some(70),
            &of.pressure,
        ),
        (
            ("314077", "lisinopril 20 MG Oral Tablet"),
            "Take 1 tablet by mouth every morning",
            1,
            70,
            None,
            &of.pressure,
        ),
        (
            ("197361", "amlodipine 5 MG Oral Tablet"),
            "Take 1 tablet by mouth every evening",
            1,
            50,
            None,
            &of.pressure,
        ),
        (
            ("617311", "atorvastatin 40 MG Oral Tablet"),
            "Take 1 tablet by mouth at bedtime",
            1,
            98,
            None,
            &of.lipids,
        ),
        (
            ("861007", "metformin hydrochloride 500 MG Oral Tablet"),
            "Take 1 tablet by mouth twice a day with meals",
            2,
            94,
            Some(82),
            &of.diabetes,
        ),
        (
            ("861004", "metformin hydrochloride 1000 MG Oral Tablet"),
            "Take 1 tablet by mouth twice a day with meals",
            2,
            82,
            None,
            &of.diabetes,
        ),
        (
            ("312941", "sertraline 50 MG Oral Tablet"),
            "Take 1 tablet by mouth every morning",
            1,
            104,
            Some(40),
            &of.stress,
        ),
        (
            ("863669", "tamsulosin hydrochloride 0.4 MG Oral Capsule"),
            "Take 1 capsule by mouth after supper",
            1,
            30,
            None,
            &of.prostate,
        ),
        (
            ("1049221", "acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet"),
            "Take 1 tablet by mouth every 6 hours as needed for pain, for 14 days at most",
            0,
            36,
            Some(35),
            &of.knee,
        ),
    ];
    for (medicine, directions, per_day, since, until, reason) in courses {
        let since = chart.months_ago(since);
        let until = until.map(|months| chart.months_ago(months));
        let by = if reason == of.knee { Role::Surgeon } else { Role::PrimaryCare };
        chart.prescribe(&Course { medicine, directions, per_day, since, until, reason, by });
    }
    let told = chart.months_ago(5);
    let aspirin = chart.months_ago(90);
    chart.takes(rxnorm("243670", "aspirin 81 MG Oral Tablet"), "1 tablet a day", aspirin, told);
    let pain = chart.months_ago(34);
    chart.takes(
        rxnorm("198440", "acetaminophen 500 MG Oral Tablet"),
        "1 or 2 tablets when the knee aches",
        pain,
        told,
    );
}

pub(super) fn vaccines(chart: &mut Chart, since: Date) {
    let sixty_five = BORN.saturating_add(65.years());
    chart.flu_shots(9, since, Some(sixty_five));
    for (months, vaccine) in [(103, TDAP), (89, PNEUMOCOCCAL), (64, SHINGLES), (60, SHINGLES)] {
        let day = chart.months_ago(months);
        chart.vaccinate(day, vaccine);
    }
    for (day, vaccine) in [
        (date(2021, 3, 10), COVID),
        (date(2021, 4, 7), COVID),
        (date(2021, 11, 16), COVID),
        (date(2022, 10, 5), COVID_BIVALENT),
    ] {
        if day > since && day < chart.today {
            chart.vaccinate(day, vaccine);
        }
    }
}

pub(super) fn plan(chart: &mut Chart, of: &Conditions) {
    let since = chart.months_ago(93);
    let sugar = Aim {
        words: "Long-term sugar (HbA1c) at or under 7 %",
        measure: ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"),
        at_most: (70, 1, "%", "%"),
        met: true,
    };
    let pressure = Aim {
        words: "Upper blood pressure at or under 130",
        measure: ("8480-6", "Systolic blood pressure"),
        at_most: (130, 0, "mmHg", "mm[Hg]"),
        met: false,
    };
    let weight = Aim {
        words: "Weight at or under 92 kg",
        measure: ("29463-7", "Body weight"),
        at_most: (92, 0, "kg", "kg"),
        met: false,
    };
    let goals = [
        chart.goal(&sugar, &of.diabetes, since),
        chart.goal(&pressure, &of.pressure, since),
        chart.goal(&weight, &of.diabetes, since),
    ];
    let members = [
        (Role::PrimaryCare, "59058001", "General physician"),
        (Role::EyeDoctor, "422234006", "Ophthalmologist"),
        (Role::Audiologist, "309418004", "Audiologist"),
    ];
    let team = chart.care_team("Care team of Paul Tindall", &members, since);
    chart.care_plan(
        "Diabetes and blood pressure",
        &team,
        &goals,
        &[&of.diabetes, &of.pressure],
        &[
            "Metformin twice a day",
            "Pressure at home, three times a week",
            "Thirty minutes of walking on most days",
            "Eyes and feet every year",
        ],
        since,
    );
}
