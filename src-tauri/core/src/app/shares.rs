//! Shares: made here or found at a source, in one list, each with its state and its legal moves.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    authorization::{Authorization, ListState, round},
    choice::{Draft, DraftView, HowLong, end_of},
    connection::{
        ConnectionId, EndView, Freshness, ListView, Move, ShareDetail, ShareState, ShareView, SharingView,
        conductor,
        journal::{Entry, Line, Next, Status, Step, StepState},
        way::Way,
    },
    context::{Ehr, Place},
    ehr::{Ability, EhrId},
    event::Event,
    exchange::authorizations::same_app,
    problem::{Problem, What},
    smart::scopes::Scopes,
    store::{connections::ConnectionRow, seen::SeenRow},
};

use super::{
    App,
    standing::{Facts, beyond, can_get, group, moves, proof, state, step_view},
    truth,
};

impl App {
    /// Everything on the home screen.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sharing(&self) -> Result<SharingView, Problem> {
        let mut shares = Vec::new();
        for row in self.ctx.store.connections()? {
            shares.push(self.ours(&row)?);
        }
        for seen in self.strangers()? {
            shares.push(self.stranger(&seen));
        }
        shares.sort_by_key(|s| (group(s), s.last_day.unwrap_or(Date::MAX)));
        let lists: Vec<ListView> = self
            .ctx
            .ehrs()
            .into_iter()
            .map(|ehr| {
                let signed_in = self.ctx.sessions.granted(&ehr.id).map(|g| g.patient);
                let offered = ehr.features.abilities.contains(&Ability::ListShares);
                let now = self.ctx.now();
                let freshness =
                    self.ctx.with_list(&ehr.id, |list| list.freshness(signed_in.as_deref(), offered, now));
                ListView { ehr: ehr.id, name: ehr.name, freshness }
            })
            .collect();
        let unsure = shares.iter().any(|s| s.state == ShareState::CannotCheck)
            || lists.iter().any(|l| !matches!(l.freshness, Freshness::Fresh { .. } | Freshness::NotOffered));
        // Places, not shares: two shares to one hospital are one place.
        let places: BTreeSet<&str> = shares
            .iter()
            .filter(|s| can_get(s))
            .map(|s| s.to.host.as_deref().unwrap_or(&s.to.name))
            .collect();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (can_get, need_you) =
            (number(places.len()), number(shares.iter().filter(|s| group(s) == 0).count()));
        Ok(SharingView { can_get, need_you, unsure, shares, lists })
    }

    /// One share.
    ///
    /// # Errors
    /// [`What::Gone`] when there is none.
    pub fn share(&self, id: &str) -> Result<ShareDetail, Problem> {
        if let Some(row) = self.row(id)? {
            let status = conductor::status(&self.ctx, row.id)?;
            let share = self.ours(&row)?;
            let entry = self.entry(&row, &status);
            let words = self.ctx.words(row.id, row.sealed.as_deref());
            return Ok(ShareDetail {
                truth: truth::table(&row, &share, words.as_ref(), entry.as_ref()),
                history: truth::history(&self.ctx.store.journal(row.id)?, &self.looks(&row, &status)),
                share,
            });
        }
        let seen =
            self.strangers()?.into_iter().find(|s| s.id == id).ok_or_else(|| Problem::new(What::Gone))?;
        Ok(ShareDetail { share: self.stranger(&seen), truth: Vec::new(), history: Vec::new() })
    }

    /// Goes on with a set-up that stopped.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn share_finish(&self, id: &str) -> Result<ShareView, Problem> {
        let row = self.row(id)?.ok_or_else(|| Problem::new(What::Gone))?;
        conductor::finish_soon(&self.ctx, row.id);
        self.ours(&row)
    }

    /// Takes a set-up back. The same act as stopping.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn share_take_back(&self, id: &str) -> Result<ShareView, Problem> {
        self.share_stop(id)
    }

    /// Stops a share, made here or not. Safe to repeat.
    ///
    /// # Errors
    /// When the disk refuses: then nothing was asked of the hospital.
    pub fn share_stop(&self, id: &str) -> Result<ShareView, Problem> {
        let row = match self.row(id)? {
            Some(row) => row,
            // Pressed twice: the other press may have been first.
            None => match (self.adopt(id), self.row(id)?) {
                (Ok(row), _) | (Err(_), Some(row)) => row,
                (Err(problem), None) => return Err(problem),
            },
        };
        conductor::ask_to_end(&self.ctx, row.id)?;
        conductor::drive_soon(&self.ctx, row.id);
        self.ours(&row)
    }

    /// Makes a connection of an entry that was not made here, so that its stop is as durable as any.
    fn adopt(&self, id: &str) -> Result<ConnectionRow, Problem> {
        let seen =
            self.strangers()?.into_iter().find(|s| s.id == id).ok_or_else(|| Problem::new(What::Gone))?;
        let entry: Option<Authorization> = serde_json::from_str(&seen.entry).ok();
        let to = self.ctx.ehrs().into_iter().find(|e| e.base.as_str() == seen.app);
        let row = ConnectionRow {
            id: ConnectionId::parse(&seen.id).ok_or_else(|| Problem::new(What::Internal))?,
            way: Way::ConsentTokens,
            from: seen.ehr,
            to: to.map(|e| e.id),
            patient_from: seen.patient,
            patient_to: None,
            issuer: seen.app,
            thumbprint: None,
            kinds: entry
                .map(|e| e.scopes.iter().map(String::as_str).collect::<Scopes>().kinds().0)
                .unwrap_or_default(),
            last_day: None,
            consent_hash: None,
            sealed: None,
        };
        self.ctx.store.add_connection(
            &row,
            &[Line { at: self.ctx.now(), entry: Entry::Adopted { consent: seen.consent } }],
        )?;
        Ok(row)
    }

    /// Notes that the person knows an entry that was not made here.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn share_know(&self, id: &str) -> Result<ShareView, Problem> {
        self.ctx.store.know(id)?;
        self.ctx.tell(Event::SharingChanged);
        Ok(self.share(id)?.share)
    }

    /// Starts a new draft with the choices of an old share. The person signs anew.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn share_again(&self, id: &str) -> Result<DraftView, Problem> {
        let row = self.row(id)?.ok_or_else(|| Problem::new(What::Gone))?;
        let purpose = self.ctx.words(row.id, row.sealed.as_deref()).map(|w| w.purpose);
        let how_long =
            row.last_day.filter(|day| *day >= self.ctx.today()).map(|date| HowLong::Until { date });
        let under = match row.way {
            Way::ExistingConsent => conductor::status(&self.ctx, row.id)?.consent,
            Way::ConsentTokens | Way::ReferenceTokens | Way::Filed => None,
        };
        self.draft_set(Draft {
            from: Some(row.from),
            to: row.to,
            way: row.way,
            under,
            kinds: row.kinds,
            purpose,
            how_long,
        })
    }

    /// Looks at every source now.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn check_now(&self) -> Result<SharingView, Problem> {
        for ehr in self.ctx.ehrs() {
            if self.ctx.sessions.granted(&ehr.id).is_some() {
                round::look(&self.ctx, &ehr.id).await;
            }
        }
        let ctx = self.ctx.clone();
        self.ctx.spawn(async move { conductor::carry_on_endings(&ctx).await });
        self.sharing()
    }

    pub(super) fn share_view(&self, id: ConnectionId) -> Result<ShareView, Problem> {
        self.ours(&conductor::row(&self.ctx, id)?)
    }

    fn row(&self, id: &str) -> Result<Option<ConnectionRow>, Problem> {
        let Some(id) = ConnectionId::parse(id) else { return Ok(None) };
        Ok(self.ctx.store.connection(id)?)
    }

    /// Entries of lists that belong to no connection.
    fn strangers(&self) -> Result<Vec<SeenRow>, Problem> {
        let mut ours = Vec::new();
        for row in self.ctx.store.connections()? {
            if let Some(consent) = conductor::status(&self.ctx, row.id)?.consent {
                ours.push((row.from, consent, row.issuer));
            }
        }
        let seen = self.ctx.store.seen()?;
        Ok(seen
            .into_iter()
            .filter(|s| {
                s.listed
                    && !ours.iter().any(|(ehr, consent, app)| {
                        *ehr == s.ehr && *consent == s.consent && same_app(app, &s.app)
                    })
            })
            .filter(|s| self.ctx.sessions.granted(&s.ehr).is_none_or(|g| g.patient == s.patient))
            .collect())
    }

    fn entry(&self, row: &ConnectionRow, status: &Status) -> Option<Authorization> {
        let consent = status.consent.as_deref()?;
        let own = |list: &ListState| list.patient.as_ref() == Some(&row.patient_from);
        self.ctx.with_list(&row.from, |list| list.entry(consent, &row.issuer).filter(|_| own(list)).cloned())
    }

    fn looks(&self, row: &ConnectionRow, status: &Status) -> Vec<crate::authorization::Look> {
        let consent = status.consent.clone().unwrap_or_default();
        self.ctx.with_list(&row.from, |list| {
            list.looks
                .iter()
                .filter(|l| l.consent == consent && same_app(&l.app, &row.issuer))
                .cloned()
                .collect()
        })
    }

    fn ours(&self, row: &ConnectionRow) -> Result<ShareView, Problem> {
        // Asked before and after the journal is read: in between a run may begin or end, and half of it is no state.
        let running = self.ctx.is_running(row.id);
        let status = conductor::status(&self.ctx, row.id)?;
        let running = running || self.ctx.is_running(row.id);
        let words = self.ctx.words(row.id, row.sealed.as_deref());
        let source = self.ctx.ehr(&row.from).ok();
        let target = row.to.as_ref().and_then(|id| self.ctx.ehr(id).ok());
        let entry = self.entry(row, &status);
        let (fresh, as_of, failure) = self.ctx.with_list(&row.from, |list| {
            let own = list.patient.as_ref() == Some(&row.patient_from);
            let answered = status.consent.as_ref().is_none_or(|consent| !list.unanswered.contains(consent));
            (
                list.is_fresh_for(&row.patient_from) && answered,
                list.as_of.filter(|_| own),
                list.failure.clone().filter(|_| own),
            )
        });
        let signed_in = self.ctx.is_signed_in(Place::source(row));
        let syntax = source.as_ref().map(|e| e.features.scopes).unwrap_or_default();
        let other_scopes = entry.as_ref().map(|e| beyond(&row.kinds, syntax, &e.scopes)).unwrap_or_default();
        // The last step of a set-up read the source's list too: until the next look, it is the latest word.
        let confirmed = Some(status.step(Step::Confirm))
            .filter(|step| step.state == StepState::Done && failure.is_none() && step.at > as_of)
            .and_then(|step| step.at);
        let as_of = confirmed.or(as_of);
        let facts = Facts {
            running,
            fresh: (fresh || confirmed.is_some()) && signed_in,
            confirmed: confirmed.is_some(),
            entry: entry.as_ref(),
            more: !row.kinds.is_empty()
                && !other_scopes.is_empty()
                && !status.adopted()
                && row.way.files_a_consent(),
            last_day: row.last_day,
            today: self.ctx.today(),
            consent: status.consent.as_deref().and_then(|own| {
                self.ctx.with_list(&row.from, |list| {
                    let looked = list.patient.as_ref() == Some(&row.patient_from) && list.as_of.is_some();
                    looked.then(|| list.in_force.contains(own))
                })
            }),
            over: row.last_day.and_then(end_of).is_some_and(|end| end < self.ctx.now()),
        };
        let state = state(&status, &facts);
        // What the source's list says is wrong with it comes first.
        let trouble = entry.as_ref().and_then(|e| e.trouble.clone()).filter(|t| !t.is_empty());
        let signed_in_to = Place::target(row).is_ok_and(|to| self.ctx.is_signed_in(to));
        let open = status.problem.clone().filter(|_| status.next() != Next::Closed);
        let problem = open.or_else(|| failure.filter(|_| state == ShareState::CannotCheck));
        let turned_away_possible =
            source.as_ref().is_some_and(|e| e.features.abilities.contains(&Ability::TellWhoLooked));
        Ok(ShareView {
            id: row.id.to_string(),
            way: row.way,
            from: end_view(source.as_ref(), words.as_ref().map(|w| w.from.clone()), Some(&row.from)),
            to: EndView {
                ehr: row.to.clone(),
                name: words
                    .as_ref()
                    .map(|w| w.to.clone())
                    .or_else(|| target.as_ref().map(|e| e.name.clone()))
                    .unwrap_or_else(|| host(&row.issuer)),
                host: Some(host(&row.issuer)),
            },
            moves: moves(state, &status, problem.as_ref(), signed_in, signed_in_to),
            kinds: row.kinds.clone(),
            other_scopes,
            last_day: row.last_day.or_else(|| entry.as_ref().and_then(|e| e.until).map(day_of)),
            statement: words.map(|w| w.statement),
            signed_at: status.signed_at,
            first_seen: None,
            known: true,
            as_of,
            steps: status.way().plan().iter().map(|step| step_view(&status, *step)).collect(),
            taking_back: status.end_asked_at.is_some(),
            problem,
            notes: trouble.into_iter().chain(status.notes.iter().cloned()).collect(),
            proof: if status.end_asked_at.is_some() {
                proof(&status, turned_away_possible)
            } else {
                Vec::new()
            },
            stop_asked_at: status.end_asked_at,
            arrived: self.ctx.arrived(row.id),
            last_asked: self
                .looks(row, &status)
                .iter()
                .filter(|l| l.allowed)
                .map(|l| l.at)
                .max()
                .or_else(|| entry.and_then(|e| e.last_asked)),
            next_try: Some(&status)
                .filter(|_| state == ShareState::NotStopped)
                .and_then(|status| conductor::next_try(&self.ctx, status)),
            spoken_id: row.id.spoken(),
            state,
        })
    }

    fn stranger(&self, seen: &SeenRow) -> ShareView {
        let entry: Option<Authorization> = serde_json::from_str(&seen.entry).ok();
        let source = self.ctx.ehr(&seen.ehr).ok();
        let target = self.ctx.ehrs().into_iter().find(|e| e.base.as_str() == seen.app);
        let signed_in = self.ctx.sessions.granted(&seen.ehr).is_some();
        let (kinds, other_scopes) = entry
            .as_ref()
            .map(|e| e.scopes.iter().map(String::as_str).collect::<Scopes>().kinds())
            .unwrap_or_default();
        let name = target
            .as_ref()
            .map(|e| e.name.clone())
            .or_else(|| entry.as_ref().and_then(|e| e.recipient.clone()));
        let mut moves = vec![Move::Stop];
        if !seen.known {
            moves.push(Move::KnowIt);
        }
        if !signed_in {
            moves.push(Move::SignInFrom);
        }
        ShareView {
            id: seen.id.clone(),
            way: Way::ConsentTokens,
            from: end_view(source.as_ref(), None, Some(&seen.ehr)),
            to: EndView {
                ehr: target.map(|e| e.id),
                name: name.unwrap_or_else(|| host(&seen.app)),
                host: Some(host(&seen.app)),
            },
            state: ShareState::NotFromHere,
            kinds,
            other_scopes,
            last_day: entry.as_ref().and_then(|e| e.until).map(day_of),
            statement: None,
            signed_at: None,
            first_seen: Some(seen.first_seen),
            known: seen.known,
            as_of: self.ctx.with_list(&seen.ehr, |list| list.as_of),
            steps: Vec::new(),
            taking_back: false,
            problem: None,
            notes: entry.as_ref().and_then(|e| e.trouble.clone()).into_iter().collect(),
            proof: Vec::new(),
            stop_asked_at: None,
            arrived: None,
            last_asked: entry.and_then(|e| e.last_asked),
            next_try: None,
            spoken_id: ConnectionId::parse(&seen.id).map(|id| id.spoken()).unwrap_or_default(),
            moves,
        }
    }
}

fn end_view(ehr: Option<&Ehr>, words: Option<String>, id: Option<&EhrId>) -> EndView {
    EndView {
        ehr: id.cloned(),
        name: ehr.map(|e| e.name.clone()).or(words).unwrap_or_else(|| "?".to_owned()),
        host: ehr.map(|e| e.base.host()),
    }
}

fn host(address: &str) -> String {
    url::Url::parse(address)
        .ok()
        .and_then(|u| u.host_str().map(|h| u.port().map_or_else(|| h.to_owned(), |p| format!("{h}:{p}"))))
        .unwrap_or_else(|| if address.is_empty() { "?".to_owned() } else { crate::text::quoted(address, 60) })
}

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
