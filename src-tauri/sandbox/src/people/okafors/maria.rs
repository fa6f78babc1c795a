//! Maria: migraine with aura, a pregnancy, contraception without estrogen.

use jiff::civil::date;

use super::ADA_BORN;
use crate::people::chart::Chart;
use crate::people::codes::{loinc, rxnorm, snomed};
use crate::people::demographics::Identity;
use crate::people::documents::{CONSULT, DISCHARGE, PROGRESS};
use crate::people::imaging::{Study, ULTRASOUND};
use crate::people::immunizations::{COVID, HEP_B_ADULT, TDAP};
use crate::people::labs::{
    BLOOD_COUNT, FERRITIN, GLUCOSE_CHALLENGE, HEMATOCRIT, HEMOGLOBIN, PLATELETS, TSH, WHITE_CELLS,
};
use crate::people::medications::Course;
use crate::people::problems::Problem;
use crate::people::staff::{Payer, Role};
use crate::people::visits::Kind;

const NEVER_SMOKED: (&str, &str) = ("266919005", "Never smoked tobacco");

pub(super) fn migraine_and_motherhood(chart: &mut Chart, who: &Identity) {
    let since = date(2015, 8, 17);
    chart.register(who, since);
    chart.covered(Payer::Mutual, ("EHCPOL", "extended healthcare"), "GM-771-205", since);
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
    chart.takes(rxnorm("310965", "ibuprofen 200 MG Oral Tablet"), "2 tablets for period pain", told, told);

    for (number, months) in [52, 40, 28, 16, 4].into_iter().enumerate() {
        let visit =
            &chart.visit(chart.months_ago(months), Kind::CheckUp, Role::PrimaryCare, "Yearly check-up");
        let (systolic, diastolic, pulse) = (chart.around(116, 5), chart.around(73, 4), chart.around(70, 6));
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
        let visit = &chart.visit(chart.months_ago(months), Kind::Consultation, Role::Neurologist, "Migraine");
        chart.pain(visit, 2 + months / 12);
        chart.note(visit, CONSULT, "Migraine with visual aura, two to five days a month. No warning signs. Estrogen-free contraception because of the aura.");
    }
    chart.flu_shots(5, since, None);
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
    for (number, day) in
        [date(2015, 10, 6), date(2015, 12, 8), date(2016, 2, 16), date(2016, 4, 19)].into_iter().enumerate()
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
    let birth = &chart.visit(ADA_BORN, Kind::Inpatient(2), Role::Obstetrician, "Birth of a daughter");
    chart.done(birth, snomed("177184002", "Normal delivery procedure"), Some(&pregnant));
    chart.note(
        birth,
        DISCHARGE,
        "Spontaneous birth at 40 weeks, girl, 3.3 kg. Mother and child well and home on the second day.",
    );
    let after = &chart.visit(date(2016, 7, 5), Kind::FollowUp, Role::Obstetrician, "Six weeks after birth");
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
    let insertion = &chart.visit(date(2016, 8, 30), Kind::Consultation, Role::Obstetrician, "Contraception");
    chart.pregnancy_status(insertion, ("60001007", "Not pregnant"));
    chart.done(insertion, snomed("65200003", "Insertion of intrauterine contraceptive device"), None);
    chart.note(insertion, PROGRESS, "Wishes a long-acting method without estrogen. Levonorgestrel device placed without difficulty, threads seen.");
    let told = chart.months_ago(4);
    chart.takes(
        rxnorm("807283", "Mirena 52 MG Intrauterine System"),
        "In place since 2016",
        date(2016, 8, 30),
        told,
    );
}

pub(super) fn holiday_headache(chart: &mut Chart, who: &Identity) {
    let day = chart.months_ago(18);
    chart.register(who, day);
    chart.covered(Payer::Mutual, ("EHCPOL", "extended healthcare"), "GM-771-205", day);
    chart.allergy(
        snomed("91936005", "Allergy to penicillin"),
        "medication",
        ("126485001", "Urticaria"),
        true,
        day,
    );
    chart.problem(&Problem { code: "37796009", display: "Migraine", since: day, until: None });
    let visit = &chart.visit(day, Kind::Emergency, Role::PrimaryCare, "Migraine while on holiday");
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
