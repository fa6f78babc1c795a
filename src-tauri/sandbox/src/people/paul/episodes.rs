//! What else happened to Paul: the knee, the ears, a cough, a colonoscopy.

use jiff::ToSpan;

use super::{Conditions, FORMER_SMOKER};
use crate::people::chart::Chart;
use crate::people::codes::snomed;
use crate::people::documents::{AUDIOLOGY, CONSULT, DISCHARGE, OPERATION};
use crate::people::imaging::{Study, X_RAY};
use crate::people::problems::Problem;
use crate::people::staff::Role;
use crate::people::visits::Kind;

pub(super) fn knee(chart: &mut Chart, of: &Conditions) {
    const SITE: (&str, &str) = ("72696002", "Knee region structure");
    let x_ray = |conclusion| Study {
        modality: ("CR", "Computed Radiography"),
        site: SITE,
        sop_class: X_RAY,
        pictures: 3,
        code: ("18748-4", "Diagnostic imaging study"),
        conclusion,
    };
    let visit = &chart.visit(
        chart.months_ago(40),
        Kind::Consultation,
        Role::Surgeon,
        "Right knee pain for two years",
    );
    chart.pain(visit, 7);
    chart.image(
        visit,
        &x_ray("Right knee: complete loss of the medial joint space, osteophytes, subchondral sclerosis."),
    );
    chart.note(visit, CONSULT, "Right knee no longer manageable with exercise, injections and analgesics. Total knee replacement offered and wished for.");

    let surgery =
        &chart.visit(chart.months_ago(36), Kind::Inpatient(2), Role::Surgeon, "Right total knee replacement");
    chart.done_at(
        surgery,
        snomed("609588000", "Total replacement of knee joint"),
        Some(SITE),
        Some(&of.knee),
    );
    chart.note(surgery, OPERATION, "Right cemented total knee replacement under spinal anesthesia, tourniquet 64 minutes, no complications. Latex-free room.");
    chart.note(surgery, DISCHARGE, "Uneventful recovery. Walks 60 m with a frame, climbs three steps, wound dry. Aspirin against thrombosis for four weeks. Physical therapy from next week.");
    for week in 1..=6_i32 {
        let day = chart.on(surgery.day.saturating_add((week * 7).days()));
        let therapy =
            &chart.visit(day, Kind::FollowUp, Role::Surgeon, "Physical therapy after knee replacement");
        chart.done(therapy, snomed("91251008", "Physical therapy procedure"), Some(&of.knee));
        chart.pain(therapy, 7 - week);
    }
    for (months, pain) in [(33, 2), (24, 1)] {
        let visit = &chart.visit(
            chart.months_ago(months),
            Kind::FollowUp,
            Role::Surgeon,
            "Check after knee replacement",
        );
        chart.pain(visit, pain);
        chart.image(visit, &x_ray("Right knee replacement in good position, no loosening."));
    }
}

pub(super) fn hearing(chart: &mut Chart) {
    for (months, loss) in [(58, 38), (46, 41), (22, 46), (10, 49)] {
        let visit = &chart.visit(
            chart.months_ago(months),
            Kind::Consultation,
            Role::Audiologist,
            "Hearing loss after noise in service",
        );
        let words = format!(
            "Sloping sensorineural loss on both sides, pure tone average {loss} dB HL right, {} dB HL left. Speech understood in quiet.",
            loss + 3
        );
        chart.report(visit, ("AU", "Audiology"), AUDIOLOGY, &words, None);
        chart.note(visit, AUDIOLOGY, &words);
    }
}

pub(super) fn others(chart: &mut Chart, of: &Conditions) {
    let first = &chart.visit(chart.months_ago(109), Kind::CheckUp, Role::PrimaryCare, "First visit");
    chart.blood_pressure(first, 164, 96);
    chart.build(first, 1780, 1046);
    chart.tobacco(first, FORMER_SMOKER);
    chart.pack_years(first, 18);
    chart.occupation(first, "Ship's engineer, 22 years of service; then harbor pilot");
    chart.phq9(first, 11);
    chart.gad7(first, 9);

    let cough =
        &chart.visit(chart.months_ago(87), Kind::Problem, Role::PrimaryCare, "Cough and fever for four days");
    chart.temperature(cough, 383);
    chart.breaths(cough, 20);
    chart.oxygen(cough, 95);
    let until = chart.on(cough.day.saturating_add(16.days()));
    chart.problem(&Problem {
        code: "10509002",
        display: "Acute bronchitis",
        since: cough.day,
        until: Some(until),
    });

    let colon =
        &chart.visit(chart.months_ago(74), Kind::Consultation, Role::Surgeon, "Screening for bowel cancer");
    chart.done(colon, snomed("73761001", "Colonoscopy"), None);
    chart.note(colon, OPERATION, "Complete colonoscopy, good preparation. One 5 mm polyp of the rectum removed, benign. Again in five years.");

    let heart = &chart.visit(
        chart.months_ago(50),
        Kind::Consultation,
        Role::PrimaryCare,
        "Pressure still high on one medicine",
    );
    chart.blood_pressure(heart, 152, 90);
    chart.done(heart, snomed("29303009", "Electrocardiographic procedure"), Some(&of.pressure));
    chart.done(heart, snomed("40701008", "Echocardiography"), Some(&of.pressure));

    let mood = &chart.visit(chart.months_ago(66), Kind::FollowUp, Role::PrimaryCare, "Sleep and mood");
    chart.phq9(mood, 6);
    chart.gad7(mood, 5);
}
