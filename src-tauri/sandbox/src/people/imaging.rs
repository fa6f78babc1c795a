//! Pictures of the body, and reports on examinations that are not laboratory work.

use serde_json::{Value, json};

use super::chart::Chart;
use super::codes::{at, hl7, loinc};
use super::visits::Visit;

/// One study of one series.
pub(super) struct Study<'a> {
    /// DICOM modality and its name.
    pub(super) modality: (&'a str, &'a str),
    /// SNOMED CT body site.
    pub(super) site: (&'a str, &'a str),
    /// SOP class of the pictures.
    pub(super) sop_class: &'a str,
    pub(super) pictures: u32,
    /// LOINC code of the report.
    pub(super) code: (&'a str, &'a str),
    pub(super) conclusion: &'a str,
}

/// Computed Radiography Image Storage.
pub(super) const X_RAY: &str = "1.2.840.10008.5.1.4.1.1.1";
/// Ultrasound Image Storage.
pub(super) const ULTRASOUND: &str = "1.2.840.10008.5.1.4.1.1.6.1";

impl Chart {
    pub(super) fn image(&mut self, visit: &Visit, study: &Study<'_>) {
        let sop_class =
            json!({"system": "urn:ietf:rfc:3986", "code": format!("urn:oid:{}", study.sop_class)});
        let instances: Vec<Value> = (1..=study.pictures)
            .map(|number| json!({"uid": self.uid(), "sopClass": sop_class, "number": number}))
            .collect();
        let body = json!({
            "identifier": [{"system": "urn:dicom:uid", "value": format!("urn:oid:{}", self.uid())}],
            "status": "available",
            "subject": self.subject(),
            "encounter": visit.encounter(),
            "started": at(visit.day, 14, 40),
            "numberOfSeries": 1,
            "numberOfInstances": study.pictures,
            "description": study.code.1,
            "series": [{
                "uid": self.uid(),
                "number": 1,
                "modality": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": study.modality.0, "display": study.modality.1},
                "numberOfInstances": study.pictures,
                "bodySite": {"system": "http://snomed.info/sct", "code": study.site.0, "display": study.site.1},
                "instance": instances,
            }],
        });
        let images = self.add("ImagingStudy", visit.day, body);
        self.report(visit, ("RAD", "Radiology"), study.code, study.conclusion, Some(&images));
    }

    /// A report that says in words what was found.
    pub(super) fn report(
        &mut self,
        visit: &Visit,
        section: (&str, &str),
        code: (&str, &str),
        conclusion: &str,
        images: Option<&str>,
    ) {
        let body = json!({
            "status": "final",
            "category": [hl7("v2-0074", section.0, section.1)],
            "code": loinc(code.0, code.1),
            "subject": self.subject(),
            "encounter": visit.encounter(),
            "effectiveDateTime": at(visit.day, 14, 40),
            "issued": at(visit.day, 20, 15),
            "performer": [self.staff.practitioner(visit.role)],
            "imagingStudy": images.map(|images| vec![json!({"reference": images})]),
            "conclusion": conclusion,
        });
        self.add("DiagnosticReport", visit.day, body);
    }

    /// A DICOM uid made of a random number, as PS3.5 B.2 allows.
    fn uid(&mut self) -> String {
        let digits: String = (0..4).map(|_| self.around(550_000_000, 449_999_999).to_string()).collect();
        format!("2.25.{digits}")
    }
}
