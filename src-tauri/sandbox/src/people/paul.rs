//! Paul Tindall: a veteran with diabetes under ever better control, a new knee and worn-out ears.
//!
//! Spruce Harbor has looked after him for nine years; Tern Bay, near where he moved, knows him for two.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::chart::Chart;
use super::codes::{rxnorm, snomed};
use super::demographics::Identity;
use super::documents::{AUDIOLOGY, CONSULT, DISCHARGE, OPERATION, PROGRESS};
use super::imaging::{Study, X_RAY};
use super::immunizations::{
    COVID, COVID_BIVALENT, FLU, FLU_HIGH_DOSE, PNEUMOCOCCAL, SHINGLES, TDAP,
};
use super::labs::*;
use super::medications::Course;
use super::plans::Aim;
use super::problems::Problem;
use super::staff::{Payer, Role};
use super::visits::{Kind, Visit};
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
            Hospital::SpruceHarbor => {
                "Veteran with a long record: diabetes, blood pressure, a new knee"
            }
            Hospital::TernBay => "The same man, two years at his new hospital",
        },
    };
    match chart.hospital {
        Hospital::SpruceHarbor => nine_years(&mut chart, &who),
        Hospital::TernBay => two_years(&mut chart, &who),
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
    chart.covered(
        Payer::Veterans,
        ("VET", "veteran health program"),
        "LV-5520-17",
        since,
    );
    chart.covered(
        Payer::Mutual,
        ("EHCPOL", "extended healthcare"),
        "GM-908-441",
        chart.months_ago(60),
    );
    chart.family(
        ("FTH", "father"),
        ("22298006", "Myocardial infarction"),
        58,
        since,
    );
    chart.family(
        ("MTH", "mother"),
        ("44054006", "Diabetes mellitus type 2"),
        61,
        since,
    );
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
    medicines(chart, &conditions);
    for visit in 0..27 {
        regular_visit(chart, visit);
    }
    for year in 0..8 {
        eye_visit(chart, 93 - 12 * year, &conditions);
    }
    knee(chart, &conditions);
    hearing(chart);
    others(chart, &conditions);
    vaccines(chart, since);
    plan(chart, &conditions);
    chart.next_appointment(24, Role::PrimaryCare, "Diabetes follow-up");
    chart.next_appointment(68, Role::EyeDoctor, "Yearly eye examination");
}

fn conditions(chart: &mut Chart) -> Conditions {
    let mut problem = |code, display, since: i32, until: Option<i32>| {
        let since = chart.months_ago(since);
        let until = until.map(|months| chart.months_ago(months));
        chart.problem(&Problem {
            code,
            display,
            since,
            until,
        })
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

fn medicines(chart: &mut Chart, of: &Conditions) {
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
            (
                "1049221",
                "acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet",
            ),
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
        let by = if reason == of.knee {
            Role::Surgeon
        } else {
            Role::PrimaryCare
        };
        chart.prescribe(&Course {
            medicine,
            directions,
            per_day,
            since,
            until,
            reason,
            by,
        });
    }
    let told = chart.months_ago(5);
    let aspirin = chart.months_ago(90);
    chart.takes(
        rxnorm("243670", "aspirin 81 MG Oral Tablet"),
        "1 tablet a day",
        aspirin,
        told,
    );
    let pain = chart.months_ago(34);
    chart.takes(
        rxnorm("198440", "acetaminophen 500 MG Oral Tablet"),
        "1 or 2 tablets when the knee aches",
        pain,
        told,
    );
}

/// Every four months: how pressure, weight and sugar came down. Each third visit is the yearly check-up.
fn regular_visit(chart: &mut Chart, number: i32) {
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
        let hba1c = if months > 90 {
            89
        } else {
            66 + months * 13 / 90
        };
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
    chart.done(
        visit,
        snomed("401191002", "Diabetic foot examination"),
        None,
    );
    chart.note(
        visit,
        PROGRESS,
        "Yearly check-up. Feels well, walks the harbor road most mornings. Home pressures in the log book agree with ours. \
         Feet: pulses present, monofilament felt at all points. Goes on with the present medicines. Stopped smoking long ago \
         and has not gone back.",
    );
}

fn eye_visit(chart: &mut Chart, months: i32, of: &Conditions) {
    let visit = &chart.visit(
        chart.months_ago(months),
        Kind::Consultation,
        Role::EyeDoctor,
        "Yearly diabetic eye examination",
    );
    chart.done(
        visit,
        snomed("722161008", "Diabetic retinal eye examination"),
        Some(&of.diabetes),
    );
    chart.note(visit, CONSULT, "Dilated examination of both eyes. No diabetic retinopathy. Early lens opacities, not in the way of sight. Again in a year.");
}

fn knee(chart: &mut Chart, of: &Conditions) {
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

    let surgery = &chart.visit(
        chart.months_ago(36),
        Kind::Inpatient(2),
        Role::Surgeon,
        "Right total knee replacement",
    );
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
        let therapy = &chart.visit(
            day,
            Kind::FollowUp,
            Role::Surgeon,
            "Physical therapy after knee replacement",
        );
        chart.done(
            therapy,
            snomed("91251008", "Physical therapy procedure"),
            Some(&of.knee),
        );
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
        chart.image(
            visit,
            &x_ray("Right knee replacement in good position, no loosening."),
        );
    }
}

fn hearing(chart: &mut Chart) {
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

fn others(chart: &mut Chart, of: &Conditions) {
    let first = &chart.visit(
        chart.months_ago(109),
        Kind::CheckUp,
        Role::PrimaryCare,
        "First visit",
    );
    chart.blood_pressure(first, 164, 96);
    chart.build(first, 1780, 1046);
    chart.tobacco(first, FORMER_SMOKER);
    chart.pack_years(first, 18);
    chart.occupation(
        first,
        "Ship's engineer, 22 years of service; then harbor pilot",
    );
    chart.phq9(first, 11);
    chart.gad7(first, 9);

    let cough = &chart.visit(
        chart.months_ago(87),
        Kind::Problem,
        Role::PrimaryCare,
        "Cough and fever for four days",
    );
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

    let colon = &chart.visit(
        chart.months_ago(74),
        Kind::Consultation,
        Role::Surgeon,
        "Screening for bowel cancer",
    );
    chart.done(colon, snomed("73761001", "Colonoscopy"), None);
    chart.note(colon, OPERATION, "Complete colonoscopy, good preparation. One 5 mm polyp of the rectum removed, benign. Again in five years.");

    let heart = &chart.visit(
        chart.months_ago(50),
        Kind::Consultation,
        Role::PrimaryCare,
        "Pressure still high on one medicine",
    );
    chart.blood_pressure(heart, 152, 90);
    chart.done(
        heart,
        snomed("29303009", "Electrocardiographic procedure"),
        Some(&of.pressure),
    );
    chart.done(
        heart,
        snomed("40701008", "Echocardiography"),
        Some(&of.pressure),
    );

    let mood = &chart.visit(
        chart.months_ago(66),
        Kind::FollowUp,
        Role::PrimaryCare,
        "Sleep and mood",
    );
    chart.phq9(mood, 6);
    chart.gad7(mood, 5);
}

fn vaccines(chart: &mut Chart, since: Date) {
    let sixty_five = BORN.saturating_add(65.years());
    chart.flu_shots(
        9,
        since,
        |day| if day < sixty_five { FLU } else { FLU_HIGH_DOSE },
    );
    for (months, vaccine) in [
        (103, TDAP),
        (89, PNEUMOCOCCAL),
        (64, SHINGLES),
        (60, SHINGLES),
    ] {
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

fn plan(chart: &mut Chart, of: &Conditions) {
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

fn two_years(chart: &mut Chart, who: &Identity) {
    let since = chart.months_ago(25);
    chart.register(who, since);
    chart.covered(
        Payer::Veterans,
        ("VET", "veteran health program"),
        "LV-5520-17",
        since,
    );
    chart.allergy(
        snomed("91939003", "Allergy to sulfonamide"),
        "medication",
        ("271807003", "Eruption of skin"),
        false,
        since,
    );
    let pressure = chart.problem(&Problem {
        code: "59621000",
        display: "Essential hypertension",
        since,
        until: None,
    });
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
        let (systolic, diastolic, pulse) = (
            chart.around(132, 4),
            chart.around(80, 3),
            chart.around(71, 5),
        );
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
    chart.flu_shots(1, since, |_| FLU);
    chart.next_appointment(40, Role::PrimaryCare, "Blood pressure follow-up");
}
