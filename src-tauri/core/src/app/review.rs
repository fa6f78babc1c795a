//! Check and sign: shows what will be sent and to whom, and takes the yes for exactly that.

use sha2::{Digest, Sha256};

use crate::{
    choice::{Choice, end_of},
    connection::{
        ConnectionId, KindCount, ShareView, conductor,
        journal::{Entry, Line},
        way::Way,
    },
    consent::write::{Signed, write},
    context::{Ehr, Place, Words, ask},
    ehr::Kept,
    event::Event,
    exchange::introduce::{Recipient, by_key, introduce, introduce_by_key},
    fhir::{SourcePatientId, count},
    kind::Kind,
    person::{self, ChartsVerdict},
    problem::{Problem, What},
    review::{Approval, IdCardView, ReviewView},
    smart::discovery::Features,
    statement::{Facts, Statement, statement, statement_under},
    store::connections::ConnectionRow,
    view::SignInFor,
};

use super::{
    App,
    id_card::{by_address, id_card},
    pair,
    permissions::under,
};

/// Bytes of a typed name.
const LONGEST_NAME: usize = 1024;

/// What was shown and waits for the yes.
pub(super) struct Pending {
    choice: Choice,
    statement: Statement,
    recipient: Recipient,
    card: IdCardView,
    signer: String,
    patient_from: String,
    patient_to: String,
    from: Ehr,
}

impl App {
    /// Makes everything that the person must see before the yes.
    ///
    /// # Errors
    /// When something is missing, a sign-in is needed, the charts are of two people, or the target's ID card is not good.
    pub async fn review(&self) -> Result<ReviewView, Problem> {
        let draft = self.draft()?.draft;
        let (from, to) = (self.picked(draft.from.as_ref())?, self.picked(draft.to.as_ref())?);
        pair::ways(&from, &to)?;
        let mut choice =
            Choice::from_draft(&draft, self.ctx.today()).ok_or_else(|| Problem::new(What::FormIncomplete))?;
        // What is signed is what is really shared.
        choice.kinds = self.shared(&draft);
        if !self.covers(&from.id, &SignInFor::Source { kinds: choice.kinds.clone() }) {
            return Err(Problem::new(What::SignInNeeded).at(from.name));
        }
        if !self.covers(&to.id, &SignInFor::Target { kinds: Vec::new() }) {
            return Err(Problem::new(What::SignInNeeded).at(to.name));
        }
        let charts = self.charts()?;
        if charts.verdict == ChartsVerdict::TwoPeople {
            return Err(Problem::new(What::TwoPeople));
        }
        let granted = |ehr: &Ehr| {
            self.ctx
                .sessions
                .granted(&ehr.id)
                .ok_or_else(|| Problem::new(What::SignInNeeded).at(ehr.name.clone()))
        };
        let (patient_from, patient_to) = (granted(&from)?.patient, granted(&to)?.patient);
        let (card, recipient) = self.card(&choice, &from, &to, &patient_to).await?;
        let subject = SourcePatientId::parse(&patient_from)
            .ok_or_else(|| Problem::new(What::Unreadable).at(from.name.clone()))?;
        let picked = self.picked_permission(&from, &subject, &mut choice, &recipient.issuer).await?;
        let signer = charts.from.signed_in_as.clone().unwrap_or_else(|| charts.from.name.clone());
        let facts = Facts {
            patient: Some(&charts.from.name),
            signer: charts.from.signed_in_as.as_deref(),
            from: Some(&from.name),
            to: Some(&card.name),
            kinds: &choice.kinds,
            purpose: Some(&choice.purpose),
            last_day: Some(choice.last_day),
        };
        let statement = match &picked {
            Some(picked) => statement_under(&facts, under(&picked.view)),
            None => statement(&facts),
        };
        let approval = ConnectionId::fresh();
        let performer = self.ctx.performer(&from.id, &patient_from);
        let ours = || {
            write(&Signed {
                version: from.features.fhir,
                syntax: from.features.scopes,
                choice: &choice,
                statement: &statement,
                patient: &subject,
                performer: performer.clone(),
                source_name: &from.name,
                target_name: &card.name,
                identifier: approval,
                at: self.ctx.now(),
            })
        };
        let consent = picked.map_or_else(ours, |picked| picked.resource);
        let view = ReviewView {
            approval,
            statement: statement.clone(),
            patient: charts.from.name.clone(),
            signer: signer.clone(),
            counts: self.counts(&from, &patient_from, &choice.kinds).await,
            kinds: choice.kinds.clone(),
            not_shared: Kind::ALL.into_iter().filter(|k| !choice.kinds.contains(k)).collect(),
            last_day: choice.last_day,
            doubts: card.doubts(),
            way: choice.way,
            id_card: card.clone(),
            consent: serde_json::to_string_pretty(&consent).unwrap_or_default(),
            charts,
        };
        let pending = Pending { choice, statement, recipient, card, signer, patient_from, patient_to, from };
        let mut reviews = self.reviews.lock().await;
        reviews.clear();
        reviews.insert(approval, pending);
        Ok(view)
    }

    /// Who gets it, as far as the way of sharing lets anybody prove it: by a signed card, a bare key, or an address alone.
    async fn card(
        &self,
        choice: &Choice,
        from: &Ehr,
        to: &Ehr,
        patient_to: &str,
    ) -> Result<(IdCardView, Recipient), Problem> {
        let until = end_of(choice.last_day).ok_or_else(|| Problem::new(What::FormIncomplete))?;
        if choice.way == Way::Filed {
            let recipient = Recipient { issuer: to.base.as_str().to_owned(), thumbprint: String::new() };
            return Ok((by_address(to, until), recipient));
        }
        let Features { endpoints, dialect, .. } = &to.features;
        let introduced = if by_key(&from.features, &to.features) {
            introduce_by_key(&self.ctx.http, &to.base, endpoints, until).await
        } else {
            let at = self.ctx.at(Place { ehr: &to.id, patient: patient_to }).await?;
            let (http, target) = (&self.ctx.http, at.fhir(&self.ctx));
            introduce(http, &target, endpoints, *dialect, &from.base, &self.ctx.anchors()?, self.ctx.now())
                .await
        };
        let introduced = introduced.map_err(|e| e.problem(&to.name))?;
        Ok((id_card(&self.ctx, from, to, &introduced).await, introduced.recipient()))
    }

    async fn counts(&self, from: &Ehr, patient: &str, kinds: &[Kind]) -> Vec<KindCount> {
        let here = Place { ehr: &from.id, patient };
        let counted = ask!(&self.ctx, here, fhir => count::of_kinds(fhir, from.features.fhir, patient, kinds, None).await);
        let counted = counted.unwrap_or_default();
        counted.into_iter().filter_map(|c| Some(KindCount { kind: c.kind, count: c.count? })).collect()
    }

    /// Takes the person's yes for what a review showed, and starts.
    ///
    /// # Errors
    /// [`What::FormIncomplete`] when the typed name is not the signer's, or there are doubts and no second yes; [`What::IdCardChanged`] when the review is not the
    /// last one; [`What::DifferentPatient`] when somebody else signed in since.
    pub async fn share_start(&self, yes: &Approval) -> Result<ShareView, Problem> {
        let mut reviews = self.reviews.lock().await;
        let pending = reviews.get(&yes.approval).ok_or_else(|| Problem::new(What::IdCardChanged))?;
        let readable = yes.typed_name.len() <= LONGEST_NAME;
        if !readable || !person::is_signature(&yes.typed_name, &pending.signer) {
            return Err(Problem::new(What::FormIncomplete));
        }
        if !pending.card.doubts().is_empty() && !yes.anyway {
            return Err(Problem::new(What::FormIncomplete));
        }
        let (from, to) = (&pending.choice.from, &pending.choice.to);
        for place in [
            Place { ehr: from, patient: &pending.patient_from },
            Place { ehr: to, patient: &pending.patient_to },
        ] {
            if self.ctx.sessions.granted(place.ehr).is_some() && !self.ctx.is_signed_in(place) {
                return Err(Problem::new(What::DifferentPatient).at(self.ctx.ehr(place.ehr)?.name));
            }
        }
        let pending = reviews.remove(&yes.approval).ok_or_else(|| Problem::new(What::IdCardChanged))?;
        drop(reviews);
        let id = yes.approval;
        let row_under = pending.choice.under.clone();
        let row = self.signed_row(id, pending, yes);
        let line = |entry| Line { at: self.ctx.now(), entry };
        let under = row_under.map(|consent| line(Entry::Under { consent }));
        let first: Vec<Line> = std::iter::once(line(Entry::Signed)).chain(under).collect();
        self.ctx.store.add_connection(&row, &first)?;
        self.ctx.tell(Event::ConnectionChanged { id, step: None });
        // Signed is signed: a draft that stays is no reason to stop here.
        if self.draft_clear().is_err() {
            tracing::error!("a draft could not be thrown away");
        }
        conductor::drive_soon(&self.ctx, id);
        self.share_view(id)
    }

    fn signed_row(&self, id: ConnectionId, pending: Pending, yes: &Approval) -> ConnectionRow {
        let Pending { choice, statement, recipient, card, signer: _, patient_from, patient_to, from } =
            pending;
        let hash = Sha256::digest(statement.text().as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        let (fhir, scopes) = (from.features.fhir, from.features.scopes);
        let words = Words {
            statement,
            from: from.name,
            to: card.name,
            typed_name: crate::text::name(&yes.typed_name),
            purpose: choice.purpose,
            key_end: card.key_end,
            fhir,
            scopes,
        };
        ConnectionRow {
            id,
            way: choice.way,
            from: choice.from,
            to: Some(choice.to),
            patient_from,
            patient_to: Some(patient_to),
            issuer: recipient.issuer,
            thumbprint: Some(recipient.thumbprint).filter(|key| !key.is_empty()),
            kinds: choice.kinds,
            last_day: Some(choice.last_day),
            consent_hash: Some(hash),
            sealed: self.ctx.put_words(id, words),
        }
    }

    /// Whether sign-ins and words outlive the program on this computer.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.kept() == Kept::Keyring
    }
}
