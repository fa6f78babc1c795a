//! Maria Okafor and her daughter Ada: migraine, a pregnancy, contraception; and a childhood with asthma.
//!
//! Maria may act for Ada at both hospitals.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::chart::Chart;
use super::codes::{loinc, rxnorm, snomed};
use super::demographics::Identity;
use super::documents::{CONSULT, DISCHARGE, PROGRESS};
use super::imaging::{Study, ULTRASOUND};
use super::immunizations::{CHILDHOOD, COVID, COVID_CHILD, FLU, HEP_B_ADULT, TDAP};
use super::labs::{
    BLOOD_COUNT, FERRITIN, GLUCOSE_CHALLENGE, HEMATOCRIT, HEMOGLOBIN, LEAD, PLATELETS, TSH,
    WHITE_CELLS,
};
use super::medications::Course;
use super::plans::Aim;
use super::problems::Problem;
use super::staff::{Payer, Role};
use super::visits::Kind;
use super::{Hospital, Person};

const MARIA_BORN: Date = date(1984, 9, 2);
const ADA_BORN: Date = date(2016, 5, 21);
const NEVER_SMOKED: (&str, &str) = ("266919005", "Never smoked tobacco");
const STREET: &str = "8 Sandpiper Court";

/// Maria, then Ada.
pub(super) fn both(mut maria: Chart, mut ada: Chart) -> (Person, Person) {
    let mother = Identity {
        given: &["Maria", "Ifeoma"],
        family: "Okafor",
        birth_date: MARIA_BORN,
        sex: "female",
        record_number: match maria.hospital {
            Hospital::SpruceHarbor => "SH-311052",
            Hospital::TernBay => "TB-0102967",
        },
        street: STREET,
        city: "Dunmarrow",
        phone: "555-0137",
        doctor: Role::PrimaryCare,
        about: "Also looks after her daughter Ada's records",
    };
    let daughter = Identity {
        given: &["Ada", "Chioma"],
        family: "Okafor",
        birth_date: ADA_BORN,
        record_number: match ada.hospital {
            Hospital::SpruceHarbor => "SH-347765",
            Hospital::TernBay => "TB-0102968",
        },
        doctor: Role::Pediatrician,
        about: "A child; her mother Maria acts for her",
        ..mother
    };
    match maria.hospital {
        Hospital::SpruceHarbor => {
            migraine_and_motherhood(&mut maria, &mother);
            childhood(&mut ada, &daughter);
        }
        Hospital::TernBay => {
            holiday_headache(&mut maria, &mother);
            holiday_wheeze(&mut ada, &daughter);
        }
    }
    let since = ada.on(ADA_BORN);
    ada.relative(&mother, "MTH", "mother", since);
    let untold = ada.untold();
    let ada = ada.close(&daughter, untold);
    let mut maria = maria.close(&mother, "practice".to_owned());
    maria.proxy_for.push(ada.patient_id.clone());
    (maria, ada)
}

fn migraine_and_motherhood(chart: &mut Chart, who: &Identity) {
    let since = date(2015, 8, 17);
    chart.register(who, since);
    chart.covered(
        Payer::Mutual,
        ("EHCPOL", "extended healthcare"),
        "GM-771-205",
        since,
    );
    chart.family(("MTH", "mother"), ("37796009", "Migraine"), 24, since);
    chart.allergy(
        snomed("91936005", "Allergy to penicillin"),
        "medication",
        ("126485001", "Urticaria"),
        true,
        since,
    );
    let migraine = chart.problem(&Problem {
        code: "4473006",
        display: "Migraine with aura",
        since: date(2018, 2, 12),
        until: None,
    });

    pregnancy(chart);
    contraception(chart);
    chart.prescribe(&Course {
        medicine: ("313161", "sumatriptan 50 MG Oral Tablet"),
        directions: "Take 1 tablet by mouth when a migraine starts; once more after 2 hours if needed",
        per_day: 0,
        since: chart.months_ago(62),
        until: None,
        reason: &migraine,
        by: Role::Neurologist,
    });
    chart.prescribe(&Course {
        medicine: ("199888", "topiramate 25 MG Oral Tablet"),
        directions: "Take 1 tablet by mouth at bedtime",
        per_day: 1,
        since: chart.months_ago(38),
        until: Some(chart.months_ago(20)),
        reason: &migraine,
        by: Role::Neurologist,
    });
    let told = chart.months_ago(4);
    chart.takes(
        rxnorm("310965", "ibuprofen 200 MG Oral Tablet"),
        "2 tablets for period pain",
        told,
        told,
    );

    for (number, months) in [52, 40, 28, 16, 4].into_iter().enumerate() {
        let visit = &chart.visit(
            chart.months_ago(months),
            Kind::CheckUp,
            Role::PrimaryCare,
            "Yearly check-up",
        );
        let (systolic, diastolic, pulse) = (
            chart.around(116, 5),
            chart.around(73, 4),
            chart.around(70, 6),
        );
        chart.blood_pressure(visit, systolic, diastolic);
        chart.pulse(visit, pulse);
        let weight = chart.around(664, 9);
        chart.weight(visit, weight);
        let anxiety = chart.around(4, 2);
        chart.gad7(visit, anxiety);
        if number % 2 == 1 {
            let values = [
                (&WHITE_CELLS, chart.around(62, 8)),
                (&HEMOGLOBIN, chart.around(130, 4)),
                (&HEMATOCRIT, chart.around(390, 10)),
                (&PLATELETS, chart.around(265, 30)),
            ];
            chart.panel(visit, &BLOOD_COUNT, &values);
            let tsh = chart.around(190, 40);
            chart.lab(visit, &TSH, tsh);
            chart.tobacco(visit, NEVER_SMOKED);
        }
    }
    for months in [62, 38, 20, 7] {
        let visit = &chart.visit(
            chart.months_ago(months),
            Kind::Consultation,
            Role::Neurologist,
            "Migraine",
        );
        chart.pain(visit, 2 + months / 12);
        chart.note(visit, CONSULT, "Migraine with visual aura, two to five days a month. No warning signs. Estrogen-free contraception because of the aura.");
    }
    chart.flu_shots(5, since, |_| FLU);
    for (day, vaccine) in [
        (date(2016, 3, 8), TDAP),
        (date(2021, 4, 20), COVID),
        (date(2021, 5, 18), COVID),
        (date(2021, 12, 7), COVID),
        (date(2019, 6, 4), HEP_B_ADULT),
    ] {
        if day < chart.today {
            chart.vaccinate(day, vaccine);
        }
    }
    chart.next_appointment(33, Role::Neurologist, "Migraine follow-up");
}

fn pregnancy(chart: &mut Chart) {
    let pregnant = chart.problem(&Problem {
        code: "72892002",
        display: "Normal pregnancy",
        since: date(2015, 10, 6),
        until: Some(ADA_BORN),
    });
    for (number, day) in [
        date(2015, 10, 6),
        date(2015, 12, 8),
        date(2016, 2, 16),
        date(2016, 4, 19),
    ]
    .into_iter()
    .enumerate()
    {
        let visit = &chart.visit(day, Kind::Prenatal, Role::Obstetrician, "Prenatal care");
        let (systolic, diastolic) = (chart.around(112, 4), chart.around(70, 3));
        chart.blood_pressure(visit, systolic, diastolic);
        chart.weight(visit, 640 + 35 * i32::try_from(number).unwrap_or_default());
        if number == 0 {
            chart.pregnancy_status(visit, ("77386006", "Pregnant"));
            chart.last_period(visit, date(2015, 8, 14));
            chart.pregnancies(visit, 1, 0);
            let group = loinc("883-9", "ABO group [Type] in Blood");
            chart.coded_lab(visit, group, snomed("58460004", "Blood group O"));
            let rhesus = loinc("10331-7", "Rh [Type] in Blood");
            chart.coded_lab(visit, rhesus, snomed("165747007", "RhD positive"));
        }
        if number == 1 {
            chart.image(
                visit,
                &Study {
                    modality: ("US", "Ultrasound"),
                    site: ("35039007", "Uterine structure"),
                    sop_class: ULTRASOUND,
                    pictures: 4,
                    code: ("11525-3", "US Pelvis Fetus for pregnancy"),
                    conclusion: "One living fetus, growth as expected, no anomaly seen.",
                },
            );
        }
        if number == 2 {
            chart.lab(visit, &GLUCOSE_CHALLENGE, 118);
            chart.lab(visit, &HEMOGLOBIN, 109);
        }
    }
    let birth = &chart.visit(
        ADA_BORN,
        Kind::Inpatient(2),
        Role::Obstetrician,
        "Birth of a daughter",
    );
    chart.done(
        birth,
        snomed("177184002", "Normal delivery procedure"),
        Some(&pregnant),
    );
    chart.note(
        birth,
        DISCHARGE,
        "Spontaneous birth at 40 weeks, girl, 3.3 kg. Mother and child well and home on the second day.",
    );
    let after = &chart.visit(
        date(2016, 7, 5),
        Kind::FollowUp,
        Role::Obstetrician,
        "Six weeks after birth",
    );
    chart.pregnancies(after, 1, 1);
    chart.lab(after, &HEMOGLOBIN, 104);
    chart.lab(after, &FERRITIN, 9);
    chart.phq9(after, 5);
    let anemia = chart.problem(&Problem {
        code: "87522002",
        display: "Iron deficiency anemia",
        since: date(2016, 7, 5),
        until: Some(date(2016, 12, 13)),
    });
    chart.prescribe(&Course {
        medicine: ("310325", "ferrous sulfate 325 MG Oral Tablet"),
        directions: "Take 1 tablet by mouth once a day",
        per_day: 1,
        since: date(2016, 7, 5),
        until: Some(date(2016, 12, 13)),
        reason: &anemia,
        by: Role::Obstetrician,
    });
}

fn contraception(chart: &mut Chart) {
    let insertion = &chart.visit(
        date(2016, 8, 30),
        Kind::Consultation,
        Role::Obstetrician,
        "Contraception",
    );
    chart.pregnancy_status(insertion, ("60001007", "Not pregnant"));
    chart.done(
        insertion,
        snomed("65200003", "Insertion of intrauterine contraceptive device"),
        None,
    );
    chart.note(insertion, PROGRESS, "Wishes a long-acting method without estrogen. Levonorgestrel device placed without difficulty, threads seen.");
    let told = chart.months_ago(4);
    chart.takes(
        rxnorm("807283", "Mirena 52 MG Intrauterine System"),
        "In place since 2016",
        date(2016, 8, 30),
        told,
    );
}

fn childhood(chart: &mut Chart, who: &Identity) {
    chart.register(who, ADA_BORN);
    chart.covered(
        Payer::Mutual,
        ("EHCPOL", "extended healthcare"),
        "GM-771-205-2",
        ADA_BORN,
    );
    for (months, vaccine) in CHILDHOOD {
        let day = chart.on(ADA_BORN
            .saturating_add(months.months())
            .saturating_add(3.days()));
        if ADA_BORN.saturating_add(months.months()) < chart.today {
            chart.vaccinate(day.max(ADA_BORN), vaccine);
        }
    }
    chart.flu_shots(3, ADA_BORN.saturating_add(6.months()), |_| FLU);
    let covid = date(2021, 11, 23);
    chart.vaccinate(chart.on(covid), COVID_CHILD);

    // Age in months, height in mm, weight in tenths of a kilogram, head in mm: about the 50th percentile of a girl.
    for (months, height, weight, head) in [
        (2, 572, 51, Some(383)),
        (4, 622, 64, Some(406)),
        (6, 657, 73, Some(422)),
        (12, 740, 90, Some(449)),
        (18, 807, 102, Some(462)),
        (24, 857, 115, Some(472)),
        (36, 941, 139, None),
        (48, 1010, 158, None),
        (60, 1078, 179, None),
        (72, 1151, 202, None),
        (84, 1215, 227, None),
        (96, 1279, 256, None),
        (108, 1331, 289, None),
        (120, 1383, 329, None),
    ] {
        let day = ADA_BORN
            .saturating_add(months.months())
            .saturating_add(3.days());
        if day >= chart.today {
            break;
        }
        let visit = &chart.visit(
            chart.on(day),
            Kind::WellChild,
            Role::Pediatrician,
            "Well child visit",
        );
        if months >= 24 {
            chart.build(visit, height, weight);
        } else {
            chart.height(visit, height);
            chart.weight(visit, weight);
        }
        if let Some(head) = head {
            chart.head(visit, head);
        }
        if months == 12 {
            chart.lab(visit, &HEMOGLOBIN, 122);
            chart.lab(visit, &LEAD, 12);
        }
    }
    asthma(chart);
}

fn asthma(chart: &mut Chart) {
    let since = date(2021, 3, 18);
    let peanut = snomed("91935009", "Allergy to peanut");
    chart.allergy(
        peanut,
        "food",
        ("126485001", "Urticaria"),
        true,
        date(2018, 9, 6),
    );
    chart.family(
        ("MTH", "mother"),
        ("61582004", "Allergic rhinitis"),
        15,
        since,
    );
    let asthma = chart.problem(&Problem {
        code: "233678006",
        display: "Childhood asthma",
        since,
        until: None,
    });
    chart.problem(&Problem {
        code: "3110003",
        display: "Acute otitis media",
        since: date(2018, 1, 15),
        until: Some(date(2018, 1, 29)),
    });

    let wheeze = &chart.visit(
        since,
        Kind::Emergency,
        Role::Pediatrician,
        "Wheezing at night",
    );
    chart.oxygen(wheeze, 93);
    chart.breaths(wheeze, 34);
    chart.pulse(wheeze, 128);
    chart.temperature(wheeze, 374);
    chart.note(wheeze, DISCHARGE, "Third wheezing episode this winter, good answer to albuterol. Asthma; reliever and action plan given to the mother.");
    let throat = &chart.visit(
        date(2023, 2, 9),
        Kind::Problem,
        Role::Pediatrician,
        "Sore throat",
    );
    chart.temperature(throat, 386);
    let swab = loinc(
        "78012-2",
        "Streptococcus pyogenes Ag [Presence] in Throat by Rapid immunoassay",
    );
    chart.coded_lab(throat, swab, snomed("260373001", "Detected"));
    chart.problem(&Problem {
        code: "43878008",
        display: "Streptococcal sore throat",
        since: throat.day,
        until: Some(date(2023, 2, 21)),
    });

    let controller = chart.months_ago(26).max(since);
    for (medicine, directions, per_day, since) in [
        (
            (
                "2123111",
                "NDA020503 200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler",
            ),
            "Inhale 2 puffs through the spacer when wheezing",
            0,
            since,
        ),
        (
            (
                "895994",
                "120 ACTUAT fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler",
            ),
            "Inhale 2 puffs through the spacer morning and evening",
            2,
            controller,
        ),
    ] {
        chart.prescribe(&Course {
            medicine,
            directions,
            per_day,
            since,
            until: None,
            reason: &asthma,
            by: Role::Pediatrician,
        });
    }
    for months in [14, 3] {
        let visit = &chart.visit(
            chart.months_ago(months),
            Kind::FollowUp,
            Role::Pediatrician,
            "Asthma follow-up",
        );
        chart.oxygen(visit, 98);
        chart.done(visit, snomed("127783003", "Spirometry"), Some(&asthma));
    }
    let calm = Aim {
        words: "No more than two days a week with wheezing",
        measure: ("9279-1", "Respiratory rate"),
        at_most: (24, 0, "breaths/minute", "/min"),
        met: true,
    };
    let goal = chart.goal(&calm, &asthma, since);
    let team = chart.care_team(
        "Asthma team of Ada Okafor",
        &[(Role::Pediatrician, "82296001", "Pediatrician")],
        since,
    );
    chart.care_plan(
        "Asthma action plan",
        &team,
        &[goal],
        &[&asthma],
        &[
            "Controller every morning and evening",
            "Reliever and spacer in the school bag",
        ],
        since,
    );
}

fn holiday_headache(chart: &mut Chart, who: &Identity) {
    let day = chart.months_ago(18);
    chart.register(who, day);
    chart.covered(
        Payer::Mutual,
        ("EHCPOL", "extended healthcare"),
        "GM-771-205",
        day,
    );
    chart.allergy(
        snomed("91936005", "Allergy to penicillin"),
        "medication",
        ("126485001", "Urticaria"),
        true,
        day,
    );
    chart.problem(&Problem {
        code: "37796009",
        display: "Migraine",
        since: day,
        until: None,
    });
    let visit = &chart.visit(
        day,
        Kind::Emergency,
        Role::PrimaryCare,
        "Migraine while on holiday",
    );
    chart.blood_pressure(visit, 124, 78);
    chart.pulse(visit, 82);
    chart.temperature(visit, 368);
    chart.pain(visit, 8);
    chart.note(
        visit,
        DISCHARGE,
        "Typical migraine with aura, settled with her own tablet and a dark room. Home in the evening.",
    );
    chart.pregnancy_status(visit, ("60001007", "Not pregnant"));
}

fn holiday_wheeze(chart: &mut Chart, who: &Identity) {
    let day = chart.months_ago(18);
    chart.register(who, day);
    chart.covered(
        Payer::Mutual,
        ("EHCPOL", "extended healthcare"),
        "GM-771-205-2",
        day,
    );
    chart.allergy(
        snomed("91935009", "Allergy to peanut"),
        "food",
        ("126485001", "Urticaria"),
        true,
        day,
    );
    chart.problem(&Problem {
        code: "233678006",
        display: "Childhood asthma",
        since: day,
        until: None,
    });
    let visit = &chart.visit(
        day,
        Kind::Problem,
        Role::Pediatrician,
        "Cough and wheezing on holiday",
    );
    chart.oxygen(visit, 96);
    chart.breaths(visit, 26);
    chart.temperature(visit, 372);
    chart.weight(visit, 268);
}
