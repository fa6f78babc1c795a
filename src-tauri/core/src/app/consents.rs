//! What is written down at a hospital about the person's choices, by this app or by anybody: shown as far as it is
//! understood.

use crate::{
    consent::{at_source, view::ConsentView, write},
    context::{Place, ask},
    ehr::EhrId,
    fhir::SourcePatientId,
    problem::{Problem, What},
};

use super::App;

impl App {
    /// All Consents of the signed-in patient at a hospital: those in force first, then the newest.
    ///
    /// # Errors
    /// When a sign-in is needed, or the list cannot be read to its end.
    pub async fn ehr_consents(&self, id: &EhrId) -> Result<Vec<ConsentView>, Problem> {
        let ehr = self.ctx.ehr(id)?;
        let granted = self.ctx.sessions.granted(id);
        let patient = granted.map(|granted| granted.patient);
        let patient = patient.ok_or_else(|| Problem::new(What::SignInNeeded).at(ehr.name.clone()))?;
        let subject = SourcePatientId::parse(&patient)
            .ok_or_else(|| Problem::new(What::Unreadable).at(ehr.name.clone()))?;
        let here = Place { ehr: id, patient: &patient };
        let mut found =
            ask!(&self.ctx, here, fhir => at_source::list(fhir, &subject).await).map_err(|e| e.problem())?;
        found.sort_by_key(|consent| (!consent.is_active(), std::cmp::Reverse(consent.given_at)));
        let shares = self.ctx.store.connections()?;
        let share = |identifiers: &[String]| {
            let own =
                shares.iter().find(|row| row.from == *id && identifiers.contains(&write::identifier(row.id)));
            own.map(|row| row.id.to_string())
        };
        let views: Vec<ConsentView> =
            found.iter().map(|consent| ConsentView::of(consent, share(&consent.identifiers))).collect();
        self.seen_consents().insert(id.clone(), views.clone());
        Ok(views)
    }
}
