//! Ada: a child who grows along the middle line, is vaccinated on time and has asthma.

use jiff::ToSpan;
use jiff::civil::date;

use super::ADA_BORN;
use crate::people::chart::Chart;
use crate::people::codes::{loinc, snomed};
use crate::people::demographics::Identity;
use crate::people::documents::DISCHARGE;
use crate::people::immunizations::{CHILDHOOD, COVID_CHILD};
use crate::people::labs::{HEMOGLOBIN, LEAD};
use crate::people::medications::Course;
use crate::people::plans::Aim;
use crate::people::problems::Problem;
use crate::people::staff::{Payer, Role};
use crate::people::visits::Kind;

pub(super) fn childhood(chart: &mut Chart, who: &Identity) {
    chart.register(who, ADA_BORN);
    chart.covered(Payer::Mutual, ("EHCPOL", "extended healthcare"), "GM-771-205-2", ADA_BORN);
    for (months, vaccine) in CHILDHOOD {
        let day = chart.on(ADA_BORN.saturating_add(months.months()).saturating_add(3.days()));
        if ADA_BORN.saturating_add(months.months()) < chart.today {
            chart.vaccinate(day.max(ADA_BORN), vaccine);
        }
    }
    chart.flu_shots(3, ADA_BORN.saturating_add(6.months()), None);
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
        let day = ADA_BORN.saturating_add(months.months()).saturating_add(3.days());
        if day >= chart.today {
            break;
        }
        let visit = &chart.visit(chart.on(day), Kind::WellChild, Role::Pediatrician, "Well child visit");
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
    chart.allergy(peanut, "food", ("126485001", "Urticaria"), true, date(2018, 9, 6));
    chart.family(("MTH", "mother"), ("61582004", "Allergic rhinitis"), 15, since);
    let asthma =
        chart.problem(&Problem { code: "233678006", display: "Childhood asthma", since, until: None });
    chart.problem(&Problem {
        code: "3110003",
        display: "Acute otitis media",
        since: date(2018, 1, 15),
        until: Some(date(2018, 1, 29)),
    });

    let wheeze = &chart.visit(since, Kind::Emergency, Role::Pediatrician, "Wheezing at night");
    chart.oxygen(wheeze, 93);
    chart.breaths(wheeze, 34);
    chart.pulse(wheeze, 128);
    chart.temperature(wheeze, 374);
    chart.note(wheeze, DISCHARGE, "Third wheezing episode this winter, good answer to albuterol. Asthma; reliever and action plan given to the mother.");
    let throat = &chart.visit(date(2023, 2, 9), Kind::Problem, Role::Pediatrician, "Sore throat");
    chart.temperature(throat, 386);
    let swab = loinc("78012-2", "Streptococcus pyogenes Ag [Presence] in Throat by Rapid immunoassay");
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
            ("2123111", "NDA020503 200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler"),
            "Inhale 2 puffs through the spacer when wheezing",
            0,
            since,
        ),
        (
            ("895994", "120 ACTUAT fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler"),
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
        let visit =
            &chart.visit(chart.months_ago(months), Kind::FollowUp, Role::Pediatrician, "Asthma follow-up");
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
        &["Controller every morning and evening", "Reliever and spacer in the school bag"],
        since,
    );
}

pub(super) fn holiday_wheeze(chart: &mut Chart, who: &Identity) {
    let day = chart.months_ago(18);
    chart.register(who, day);
    chart.covered(Payer::Mutual, ("EHCPOL", "extended healthcare"), "GM-771-205-2", day);
    chart.allergy(snomed("91935009", "Allergy to peanut"), "food", ("126485001", "Urticaria"), true, day);
    chart.problem(&Problem { code: "233678006", display: "Childhood asthma", since: day, until: None });
    let visit = &chart.visit(day, Kind::Problem, Role::Pediatrician, "Cough and wheezing on holiday");
    chart.oxygen(visit, 96);
    chart.breaths(visit, 26);
    chart.temperature(visit, 372);
    chart.weight(visit, 268);
}
