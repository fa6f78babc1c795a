//! One share under the lens: what was picked, what each hospital says, and what happened when.

use crate::{
    authorization::{Authorization, Look},
    connection::{
        Happened, HistoryLine, Rung, SaidBy, Says, ShareState, ShareView, TruthFact, TruthRow,
        journal::{EndStep, Entry, Line, Step},
    },
    context::Words,
    kind::Kind,
    smart::scopes::Scopes,
    statement::day,
    store::connections::ConnectionRow,
};

/// Picked, source, target, line by line. Empty for an entry that was not made here.
pub(super) fn table(
    row: &ConnectionRow,
    share: &ShareView,
    words: Option<&Words>,
    entry: Option<&Authorization>,
) -> Vec<TruthRow> {
    let (Some(last_day), true) = (row.last_day, share.signed_at.is_some()) else { return Vec::new() };
    let unknown = if share.state == ShareState::CannotCheck { Says::CannotAsk } else { Says::DoesNotTell };
    let source = |says: &dyn Fn(&Authorization) -> Says| entry.map_or_else(|| unknown.clone(), says);
    let picked: Vec<&str> = row.kinds.iter().map(|k| k.name()).collect();
    let key = words.map(|w| format!(", key ends in {}", w.key_end)).unwrap_or_default();
    vec![
        TruthRow {
            fact: TruthFact::What,
            picked: picked.join(", "),
            source: source(&|e| what(&row.kinds, e, &share.other_scopes)),
            target: arrived_kinds(share),
        },
        TruthRow {
            fact: TruthFact::Until,
            picked: day(last_day),
            source: source(&|e| match e.until.map(|u| u.to_zoned(jiff::tz::TimeZone::UTC).date()) {
                Some(until) if until <= last_day => Says::Agrees { words: day(until) },
                Some(until) => Says::Differs { words: day(until) },
                None => Says::Differs { words: "No end".to_owned() },
            }),
            target: Says::DoesNotTell,
        },
        TruthRow {
            fact: TruthFact::Who,
            picked: format!("{}{key}", share.to.name),
            source: source(&|_| Says::Agrees { words: "Same address".to_owned() }),
            target: Says::DoesNotTell,
        },
        TruthRow {
            fact: TruthFact::State,
            picked: if share.stop_asked_at.is_some() { "Stopped" } else { "On" }.to_owned(),
            source: match (entry, share.state) {
                (Some(e), _) => e.trouble.clone().map_or_else(
                    || Says::Agrees { words: "On, no errors".to_owned() },
                    |words| Says::Differs { words },
                ),
                (None, ShareState::Stopped) => Says::Agrees { words: "Not on its list".to_owned() },
                (None, ShareState::GoneElsewhere) => Says::Differs { words: "Not on its list".to_owned() },
                (None, _) => unknown.clone(),
            },
            target: share.arrived.as_ref().map_or(Says::DoesNotTell, |a| Says::Agrees {
                words: format!("{} records arrived", a.total),
            }),
        },
    ]
}

fn what(picked: &[Kind], entry: &Authorization, beyond: &[String]) -> Says {
    let (kinds, _) = entry.scopes.iter().map(String::as_str).collect::<Scopes>().kinds();
    let number = |n: usize| if n == 1 { "1 kind".to_owned() } else { format!("{n} kinds") };
    if !beyond.is_empty() {
        return Says::Differs { words: format!("More: {}", beyond.join(", ")) };
    }
    if picked.iter().all(|kind| kinds.contains(kind)) {
        let same = format!("Same {}", number(picked.len()));
        let with = kinds.iter().filter(|kind| !picked.contains(kind)).map(|kind| kind.name());
        let with = with.collect::<Vec<_>>().join(", ");
        let words =
            if with.is_empty() { same } else { format!("{same}, and what it cannot tell apart: {with}") };
        return Says::Agrees { words };
    }
    Says::Differs { words: format!("Only {}", number(kinds.len())) }
}

fn arrived_kinds(share: &ShareView) -> Says {
    share.arrived.as_ref().map_or(Says::DoesNotTell, |arrived| {
        let here =
            arrived.by_kind.iter().filter(|k| k.count > 0).map(|k| format!("{} {}", k.kind.name(), k.count));
        let words = here.collect::<Vec<_>>().join(", ");
        Says::Agrees { words: if words.is_empty() { "Nothing yet".to_owned() } else { words } }
    })
}

/// What happened, newest first: our journal and the source's log.
pub(super) fn history(journal: &[Line], looks: &[Look]) -> Vec<HistoryLine> {
    let mut lines: Vec<HistoryLine> = journal.iter().filter_map(line).collect();
    lines.extend(looks.iter().take(20).map(|look| HistoryLine {
        at: look.at,
        happened: if look.allowed { Happened::Asked } else { Happened::TurnedAway },
        by: SaidBy::Source,
        detail: look.detail.clone(),
    }));
    lines.sort_by_key(|l| std::cmp::Reverse(l.at));
    lines
}

fn line(line: &Line) -> Option<HistoryLine> {
    let said = |happened, by, detail| Some(HistoryLine { at: line.at, happened, by, detail });
    match &line.entry {
        Entry::Signed => said(Happened::Signed, SaidBy::Us, None),
        Entry::Did { step, evidence } => match step {
            Step::FileConsent => said(Happened::ConsentSaved, SaidBy::Source, None),
            Step::ReadBack => said(Happened::ReadBack, SaidBy::Us, None),
            Step::CheckIdCard => said(Happened::IdCardChecked, SaidBy::Us, None),
            Step::Authorize => said(Happened::Allowed, SaidBy::Source, evidence.note.clone()),
            Step::Connect => said(Happened::Told, SaidBy::Target, evidence.note.clone()),
            Step::Confirm => said(Happened::Checked, SaidBy::Us, None),
        },
        Entry::NotDone { problem, .. }
        | Entry::Unclear { problem, .. }
        | Entry::EndFailed { problem, .. } => said(Happened::Failed, SaidBy::Us, problem.said.clone()),
        Entry::EndAsked => said(Happened::StopAsked, SaidBy::Us, None),
        Entry::Proven { rung: Rung::SaidSo } => said(Happened::SaidStopped, SaidBy::Source, None),
        Entry::Proven { rung: Rung::NotListed } => said(Happened::NotListed, SaidBy::Us, None),
        // The source's own log line says it.
        Entry::Proven { rung: Rung::TurnedAway } => None,
        Entry::Proven { rung: Rung::Closed } => said(Happened::SeenClosed, SaidBy::Us, None),
        Entry::EndDone { step: EndStep::CloseConsent } => said(Happened::ConsentClosed, SaidBy::Source, None),
        Entry::EndDone { .. }
        | Entry::Under { .. }
        | Entry::Adopted { .. }
        | Entry::Began { .. }
        | Entry::Retry { .. }
        | Entry::Ending { .. } => None,
    }
}
