//! Sharing under a permission that the source already has: one of its Consents in force, for one more hospital. The app need not understand a Consent for that; it says what it does not understand.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use crate::{
    choice::{Choice, Draft, end_of},
    connection::way::Way,
    consent::{read::StoredConsent, view::ConsentView},
    context::{Ehr, Place, ask},
    exchange::authorizations::{authorizations, same_app},
    fhir::{ConsentId, SourcePatientId},
    problem::{Problem, What},
    statement::Under,
};

use super::App;

/// A picked permission as it stands at the source now.
pub(super) struct Picked {
    pub(super) view: ConsentView,
    pub(super) resource: Value,
}

/// What the sentence says of a permission.
pub(super) fn under(view: &ConsentView) -> Under {
    let limited = view.records_from.is_some() || view.records_to.is_some();
    let whole = view.opaque.is_empty() && view.others.is_empty() && view.partly.is_empty() && !limited;
    Under { given_on: view.given, whole: whole && !view.kinds.is_empty() }
}

impl App {
    /// The permission that a draft is under, as it was last seen.
    pub(super) fn draft_under(&self, draft: &Draft) -> Option<ConsentView> {
        let picked = draft.under.as_ref().filter(|_| draft.way == Way::ExistingConsent)?;
        let seen = self.seen_consents();
        seen.get(draft.from.as_ref()?)?.iter().find(|one| one.id == *picked).cloned()
    }

    /// Reads the permission that was picked anew, and fits the choice to it: its kinds, and no day beyond its end.
    ///
    /// # Errors
    /// [`What::Gone`] when it is not in force any more, [`What::AlreadyShared`] when the target gets records under it already.
    pub(super) async fn picked_permission(
        &self,
        from: &Ehr,
        patient: &SourcePatientId,
        choice: &mut Choice,
        issuer: &str,
    ) -> Result<Option<Picked>, Problem> {
        let Some(picked) = choice.under.as_deref() else { return Ok(None) };
        let gone = || Problem::new(What::Gone).at(from.name.clone());
        let id = ConsentId::parse(picked).ok_or_else(gone)?;
        let here = Place { ehr: &from.id, patient: patient.as_str() };
        let resource = ask!(&self.ctx, here, fhir => fhir.read("Consent", id.as_str()).await);
        let resource = resource.map_err(|e| e.problem())?.resource;
        let consent = StoredConsent::read(&resource)
            .filter(|consent| is_in_force(consent, patient, self.ctx.now()))
            .ok_or_else(gone)?;
        let listed = ask!(&self.ctx, here, fhir => authorizations(fhir, &id).await);
        if listed.map_err(|e| e.problem())?.iter().any(|one| same_app(&one.app, issuer)) {
            return Err(Problem::new(What::AlreadyShared).at(from.name.clone()));
        }
        let view = ConsentView::of(&consent, None);
        choice.kinds.clone_from(&view.kinds);
        let end = consent.period_end.and_then(last_whole_day);
        choice.last_day = end.map_or(choice.last_day, |end| choice.last_day.min(end));
        Ok(Some(Picked { view, resource }))
    }
}

fn is_in_force(consent: &StoredConsent, patient: &SourcePatientId, now: Timestamp) -> bool {
    let theirs = consent.patient.as_deref().is_some_and(|who| {
        who.rsplit_once("Patient/").is_some_and(|(_, id)| id.split('/').next() == Some(patient.as_str()))
    });
    theirs
        && consent.is_active()
        && consent.period_start.is_none_or(|start| start <= now)
        && consent.period_end.is_none_or(|end| end > now)
}

/// The last day that ends before `end`, in UTC.
fn last_whole_day(end: Timestamp) -> Option<Date> {
    let day = end.to_zoned(TimeZone::UTC).date();
    if end_of(day).is_some_and(|last| last <= end) { Some(day) } else { day.yesterday().ok() }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::last_whole_day;

    #[test]
    fn a_day_that_is_cut_short_is_not_promised() {
        let day = |text: &str| last_whole_day(text.parse().unwrap());
        assert_eq!(day("2026-07-15T23:59:59Z"), Some(date(2026, 7, 15)));
        assert_eq!(day("2026-07-15T12:00:00Z"), Some(date(2026, 7, 14)));
        assert_eq!(day("2026-07-16T00:00:00Z"), Some(date(2026, 7, 15)));
    }
}
