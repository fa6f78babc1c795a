//! Vaccinations, coded with CVX: <https://www2.cdc.gov/vaccines/iis/iisstandards/vaccines.asp?rpt=cvx>.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;

use super::chart::Chart;
use super::codes::{cvx, quantity, snomed};

/// CVX code and short name.
pub(super) type Vaccine = (&'static str, &'static str);

pub(super) const TDAP: Vaccine = ("115", "Tdap");
pub(super) const COVID: Vaccine = ("208", "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose");
pub(super) const COVID_BIVALENT: Vaccine = ("300", "COVID-19, mRNA, LNP-S, bivalent, PF, 30 mcg/0.3 mL dose");
pub(super) const COVID_CHILD: Vaccine =
    ("218", "COVID-19, mRNA, LNP-S, PF, 10 mcg/0.2 mL dose, tris-sucrose");
pub(super) const SHINGLES: Vaccine = ("187", "zoster recombinant");
pub(super) const PNEUMOCOCCAL: Vaccine = ("33", "pneumococcal polysaccharide PPV23");
pub(super) const HEP_B_ADULT: Vaccine = ("43", "Hep B, adult");

/// What a child gets, by age in months.
pub(super) const CHILDHOOD: [(i32, Vaccine); 27] = [
    (0, ("08", "Hep B, adolescent or pediatric")),
    (2, ("08", "Hep B, adolescent or pediatric")),
    (2, ("119", "rotavirus, monovalent")),
    (2, ("20", "DTaP")),
    (2, ("49", "Hib (PRP-OMP)")),
    (2, ("133", "Pneumococcal conjugate PCV 13")),
    (2, ("10", "IPV")),
    (4, ("119", "rotavirus, monovalent")),
    (4, ("20", "DTaP")),
    (4, ("49", "Hib (PRP-OMP)")),
    (4, ("133", "Pneumococcal conjugate PCV 13")),
    (4, ("10", "IPV")),
    (6, ("08", "Hep B, adolescent or pediatric")),
    (6, ("20", "DTaP")),
    (6, ("133", "Pneumococcal conjugate PCV 13")),
    (6, ("10", "IPV")),
    (12, ("49", "Hib (PRP-OMP)")),
    (12, ("133", "Pneumococcal conjugate PCV 13")),
    (12, ("03", "MMR")),
    (12, ("21", "varicella")),
    (12, ("83", "Hep A, ped/adol, 2 dose")),
    (18, ("20", "DTaP")),
    (18, ("83", "Hep A, ped/adol, 2 dose")),
    (48, ("20", "DTaP")),
    (48, ("10", "IPV")),
    (48, ("03", "MMR")),
    (48, ("21", "varicella")),
];

impl Chart {
    pub(super) fn vaccinate(&mut self, day: Date, vaccine: Vaccine) {
        let lot = self.around(5_500, 4_400);
        let body = json!({
            "status": "completed",
            "vaccineCode": cvx(vaccine.0, vaccine.1),
            "patient": self.subject(),
            "occurrenceDateTime": day,
            "primarySource": true,
            "lotNumber": format!("PX{lot}"),
            "site": snomed("368208006", "Left upper arm structure"),
            "route": snomed("78421000", "Intramuscular route"),
            "doseQuantity": quantity(5, 1, "mL", "mL"),
            "performer": [{"actor": self.staff.organization()}],
        });
        self.add("Immunization", day, body);
    }

    /// A flu shot each October of the last `years` seasons, not before `since`; high dose from `senior` on.
    pub(super) fn flu_shots(&mut self, years: i32, since: Date, senior: Option<Date>) {
        let this_october = Date::new(self.today.year(), 10, 1).unwrap_or(self.today);
        for back in (0..=years).rev() {
            let spread = self.around(14, 12);
            let day = this_october.saturating_sub(back.years()).saturating_add(spread.days());
            if day > since && day < self.today {
                let day = self.on(day);
                self.vaccinate(day, flu(day, senior.is_some_and(|senior| day >= senior)));
            }
        }
    }
}

/// The vaccine of a season: four strains until 2023, three since.
fn flu(day: Date, high_dose: bool) -> Vaccine {
    match (day.year() < 2024, high_dose) {
        (true, false) => ("150", "Influenza, injectable, quadrivalent, preservative free"),
        (true, true) => ("197", "influenza, high-dose, quadrivalent"),
        (false, false) => ("140", "Influenza, seasonal, injectable, preservative free"),
        (false, true) => ("135", "Influenza, high dose seasonal"),
    }
}
