//! The draft of a new share: kept on this computer on every change, until it is sent or thrown away.

use jiff::civil::Date;

use crate::{
    choice::{Draft, DraftStep, DraftView, Hint, Purpose},
    connection::way::Way,
    context::Ehr,
    ehr::EhrId,
    kind::Kind,
    person::{self, ChartsView},
    problem::{Problem, What},
    smart::{scopes::Scopes, syntax::Widened},
    statement::{Facts, Statement, Under, statement, statement_under},
    view::SignInFor,
};

use super::{App, ehrs, pair, permissions::under};

const DRAFT: &str = "draft";
/// Characters of a reason in the person's own words.
const LONGEST_REASON: usize = 80;

impl App {
    /// The draft with what follows from it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn draft(&self) -> Result<DraftView, Problem> {
        let draft: Draft = self.ctx.private(DRAFT)?.unwrap_or_default();
        Ok(self.draft_view(self.valid(draft)))
    }

    /// Keeps a draft.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn draft_set(&self, draft: Draft) -> Result<DraftView, Problem> {
        let draft = self.valid(draft);
        self.ctx.put_private(DRAFT, &draft)?;
        Ok(self.draft_view(draft))
    }

    /// Throws the draft away.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn draft_clear(&self) -> Result<DraftView, Problem> {
        self.draft_set(Draft::default())
    }

    /// Both charts of the draft, side by side.
    ///
    /// # Errors
    /// [`What::SignInNeeded`] when one of them cannot be seen yet.
    pub fn charts(&self) -> Result<ChartsView, Problem> {
        let draft = self.draft()?.draft;
        let (from, to) = (self.picked(draft.from.as_ref())?, self.picked(draft.to.as_ref())?);
        match (&from.person, &to.person) {
            (Some(a), Some(b)) => Ok(person::compare(a, b)),
            (None, _) => Err(Problem::new(What::SignInNeeded).at(from.name)),
            (_, None) => Err(Problem::new(What::SignInNeeded).at(to.name)),
        }
    }

    pub(super) fn picked(&self, id: Option<&EhrId>) -> Result<Ehr, Problem> {
        self.ctx.ehr(id.ok_or_else(|| Problem::new(What::FormIncomplete))?)
    }

    /// Hospitals may be forgotten meanwhile; kinds come in the glossary's order, each once; words are as long as they may be.
    fn valid(&self, mut draft: Draft) -> Draft {
        let known = |id: Option<EhrId>| id.filter(|id| self.ctx.ehr(id).is_ok());
        draft.from = known(draft.from);
        draft.to = known(draft.to);
        if draft.way != Way::ExistingConsent {
            draft.under = None;
        }
        draft.kinds.sort_unstable();
        draft.kinds.dedup();
        // What these two hospitals can do together; the person picks where there is more than one.
        let offered = self.ways(&draft).and_then(Result::ok).unwrap_or_default();
        if let Some(best) = offered.first().filter(|_| !offered.contains(&draft.way)) {
            draft.way = *best;
        }
        if let Some(Purpose::Other { words }) = &mut draft.purpose {
            // White space at the end is somebody still typing.
            *words = words.chars().take(LONGEST_REASON).collect();
        }
        draft
    }

    fn draft_view(&self, draft: Draft) -> DraftView {
        let last_day = self.last_day(&draft);
        let shared = self.shared(&draft);
        let (ways, blocked) = match self.ways(&draft) {
            Some(Ok(ways)) => (ways, None),
            Some(Err(problem)) => (Vec::new(), Some(problem)),
            None => (Vec::new(), None),
        };
        DraftView {
            ways,
            blocked,
            statement: self.sentence(&draft),
            last_day,
            not_shared: Kind::ALL.into_iter().filter(|k| !shared.contains(k)).collect(),
            hints: self.hints(&draft, &shared),
            next: self.next_of(&draft),
            draft,
        }
    }

    /// What is really shared: the ticked kinds, and those that the source cannot keep apart from them.
    pub(super) fn shared(&self, draft: &Draft) -> Vec<Kind> {
        let along = self.widened(draft).into_iter().flat_map(|one| one.with);
        let mut shared: Vec<Kind> = draft.kinds.iter().copied().chain(along).collect();
        shared.sort_unstable();
        shared.dedup();
        shared
    }

    fn widened(&self, draft: &Draft) -> Vec<Widened> {
        // Under a permission that is there already, nothing is spelled here.
        let spelled = draft.from.as_ref().filter(|_| draft.way != Way::ExistingConsent);
        let from = spelled.and_then(|id| self.ctx.ehr(id).ok());
        from.map(|ehr| ehr.features.scopes.widened(&draft.kinds)).unwrap_or_default()
    }

    fn hints(&self, draft: &Draft, shared: &[Kind]) -> Vec<Hint> {
        let told = |kind: Kind| kind.hint(shared).map(|words| Hint { kind, words: words.to_owned() });
        let along =
            self.widened(draft).into_iter().map(|one| Hint { kind: one.kind, words: not_alone(&one) });
        along.chain(draft.kinds.iter().copied().filter_map(told)).collect()
    }

    pub(super) fn sentence(&self, draft: &Draft) -> Statement {
        let from = draft.from.as_ref().and_then(|id| self.ctx.ehr(id).ok());
        let to = draft.to.as_ref().and_then(|id| self.ctx.ehr(id).ok());
        let person = from.as_ref().and_then(|e| e.person.clone());
        let facts = Facts {
            patient: person.as_ref().map(|p| p.name.as_str()),
            signer: person.as_ref().and_then(|p| p.signed_in_as.as_deref()),
            from: from.as_ref().map(|e| e.name.as_str()),
            to: to.as_ref().map(|e| e.name.as_str()),
            kinds: &self.shared(draft),
            purpose: draft.purpose.as_ref(),
            last_day: self.last_day(draft),
        };
        let unseen = || Under { given_on: None, whole: false };
        match draft.way {
            Way::ExistingConsent => {
                statement_under(&facts, self.draft_under(draft).map_or_else(unseen, |one| under(&one)))
            }
            Way::ConsentTokens | Way::ReferenceTokens | Way::Filed => statement(&facts),
        }
    }

    /// The last day that was picked, but none beyond the end of the permission that it is under.
    fn last_day(&self, draft: &Draft) -> Option<Date> {
        let day = draft.how_long.as_ref()?.last_day(self.ctx.today())?;
        let end = self.draft_under(draft).and_then(|one| one.last_day);
        Some(end.map_or(day, |end| day.min(end)))
    }

    /// The ways in which the two picked hospitals can share, best first; or why they cannot. `None` until both are picked.
    fn ways(&self, draft: &Draft) -> Option<Result<Vec<Way>, Problem>> {
        let known = |id: &Option<EhrId>| id.as_ref().and_then(|id| self.ctx.ehr(id).ok());
        Some(pair::ways(&known(&draft.from)?, &known(&draft.to)?))
    }

    fn next_of(&self, draft: &Draft) -> DraftStep {
        let (Some(from), Some(to)) = (&draft.from, &draft.to) else { return DraftStep::FromAndTo };
        if from == to || self.ways(draft).is_some_and(|ways| ways.is_err()) {
            return DraftStep::FromAndTo;
        }
        let picked = match draft.way {
            Way::ExistingConsent => draft.under.is_some(),
            Way::ConsentTokens | Way::ReferenceTokens | Way::Filed => !draft.kinds.is_empty(),
        };
        if !picked {
            return DraftStep::What;
        }
        if crate::choice::Choice::from_draft(draft, self.ctx.today()).is_none() {
            return DraftStep::WhyAndHowLong;
        }
        if !self.covers(from, &SignInFor::Source { kinds: draft.kinds.clone() }) {
            return DraftStep::SignInFrom;
        }
        if !self.covers(to, &SignInFor::Target { kinds: Vec::new() }) {
            return DraftStep::SignInTo;
        }
        DraftStep::Check
    }

    /// Whether the sign-in at a hospital already grants what the purpose needs.
    pub(super) fn covers(&self, id: &EhrId, purpose: &SignInFor) -> bool {
        let (Some(granted), Ok(ehr)) = (self.ctx.sessions.granted(id), self.ctx.ehr(id)) else {
            return false;
        };
        let covered = granted.scopes.kinds().0;
        match purpose {
            SignInFor::Source { kinds } => {
                ehrs::manages(&ehr, &granted.scopes) && kinds.iter().all(|k| covered.contains(k))
            }
            SignInFor::Target { kinds } => {
                granted.scopes.missing(&Scopes::parse("patient/Patient.rs")).is_empty()
                    && kinds.iter().all(|k| covered.contains(k))
            }
            SignInFor::Manage => ehrs::manages(&ehr, &granted.scopes),
        }
    }
}

/// What the person must know of a kind that a hospital gives only together with others.
fn not_alone(one: &Widened) -> String {
    let alone = format!("This hospital cannot share {} alone.", one.kind.in_sentence());
    let with: Vec<&str> = one.with.iter().map(|kind| kind.in_sentence()).collect();
    match with.split_last() {
        None => format!("{alone} Other measurements come along."),
        Some((last, [])) => format!("{alone} It also shares your {last}, and other measurements."),
        Some((last, rest)) => {
            format!("{alone} It also shares your {}, {last}, and other measurements.", rest.join(", "))
        }
    }
}
