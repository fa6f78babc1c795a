//! The journal against a made-up hospital: whatever fails and wherever the program is killed, nothing happens twice,
//! and "closed" means that nothing is left.

use jiff::Timestamp;
use proptest::prelude::*;

use super::{EndStep, Entry, Evidence, Line, Next, Status, Step};
use crate::connection::way::Way;
use crate::problem::{Problem, What};

/// What a server does with one call.
#[derive(Clone, Copy, Debug)]
enum Luck {
    Honest,
    Refuses,
    LosesReplyBefore,
    LosesReplyAfter,
    KilledBeforeSending,
    KilledAfterCommit,
}

/// The truth at the hospitals.
#[derive(Default)]
struct World {
    consents: u32,
    grants: u32,
    open_consents: u32,
    most_grants: u32,
    connects: u32,
}

struct Run {
    journal: Vec<Line>,
    world: World,
}

impl Run {
    fn write(&mut self, entry: Entry) {
        self.journal.push(Line { at: Timestamp::UNIX_EPOCH, entry });
    }

    fn change(&mut self, step: Step) {
        match step {
            Step::FileConsent => {
                self.world.consents += 1;
                self.world.open_consents += 1;
            }
            Step::Authorize => {
                self.world.grants += 1;
                self.world.most_grants = self.world.most_grants.max(self.world.grants);
            }
            Step::Connect => self.world.connects += 1,
            Step::ReadBack | Step::CheckIdCard | Step::Confirm => {}
        }
    }

    fn did(&mut self, step: Step) {
        let consent = (step == Step::FileConsent).then(|| "c1".to_owned());
        self.write(Entry::Did { step, evidence: Evidence { consent, note: None } });
    }

    fn run(&mut self, step: Step, luck: Luck) {
        self.write(Entry::Began { step });
        let refused = || Problem::new(What::AuthorizeRefused);
        let lost = || Problem::new(What::NotConfirmed);
        match luck {
            Luck::Honest => {
                self.change(step);
                self.did(step);
            }
            Luck::Refuses => self.write(Entry::NotDone { step, problem: refused() }),
            Luck::LosesReplyBefore => self.after_loss(step, lost()),
            Luck::LosesReplyAfter => {
                self.change(step);
                self.after_loss(step, lost());
            }
            Luck::KilledBeforeSending => {}
            Luck::KilledAfterCommit => self.change(step),
        }
    }

    /// A lost reply of a step that only reads is a plain failure.
    fn after_loss(&mut self, step: Step, problem: Problem) {
        if step.leaves_a_trace() {
            self.reconcile(step)
        } else {
            self.write(Entry::NotDone { step, problem })
        }
    }

    fn reconcile(&mut self, step: Step) {
        let happened = match step {
            Step::FileConsent => self.world.consents > 0,
            Step::Authorize => self.world.grants > 0,
            Step::Connect => {
                self.write(Entry::Unclear { step, problem: Problem::new(What::NotConfirmed) });
                return;
            }
            Step::ReadBack | Step::CheckIdCard | Step::Confirm => false,
        };
        if happened {
            self.did(step);
        } else {
            self.write(Entry::NotDone { step, problem: Problem::new(What::NotConfirmed) });
        }
    }

    fn end(&mut self, step: EndStep, luck: Luck) {
        self.write(Entry::Ending { step });
        let works = !matches!(luck, Luck::Refuses | Luck::LosesReplyBefore | Luck::KilledBeforeSending);
        let told = matches!(luck, Luck::Honest);
        match step {
            EndStep::Revoke if works => self.world.grants = 0,
            EndStep::CloseConsent if works => self.world.open_consents = 0,
            EndStep::LookAgain if told && self.world.grants > 0 => {
                self.write(Entry::EndFailed { step, problem: Problem::new(What::StillListed) });
                return;
            }
            _ => {}
        }
        if told {
            self.write(Entry::EndDone { step });
        } else if !matches!(luck, Luck::KilledAfterCommit | Luck::KilledBeforeSending) {
            self.write(Entry::EndFailed { step, problem: Problem::new(What::Unreachable) });
        }
    }

    fn status(&self) -> Status {
        Status::of(Way::ConsentTokens, &self.journal)
    }
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        4 => Just(Luck::Honest),
        1 => Just(Luck::Refuses),
        1 => Just(Luck::LosesReplyBefore),
        1 => Just(Luck::LosesReplyAfter),
        1 => Just(Luck::KilledBeforeSending),
        1 => Just(Luck::KilledAfterCommit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    /// The person finishes whenever asked, and at a random point wants it ended.
    #[test]
    fn never_two_grants_and_closed_means_nothing_left(lucks in prop::collection::vec(luck(), 0..40), end_at in 0_usize..40) {
        let mut run = Run { journal: Vec::new(), world: World::default() };
        run.write(Entry::Signed);
        let mut lucks = lucks.into_iter();
        for turn in 0..200 {
            if turn == end_at {
                run.write(Entry::EndAsked);
            }
            let luck = lucks.next().unwrap_or(Luck::Honest);
            let status = run.status();
            prop_assert!(status.may_be_live() || run.world.grants == 0, "a live grant must be visible: {:?}", run.journal);
            match status.next() {
                Next::Run(step) => run.run(step, luck),
                Next::Reconcile(step) => run.reconcile(step),
                Next::Ask(step) => run.write(Entry::Retry { step }),
                Next::End(step) => run.end(step, luck),
                Next::Active if turn > end_at => prop_assert!(false, "an end that was asked for cannot be active"),
                Next::Active | Next::Closed => {}
            }
            prop_assert!(run.world.most_grants <= 1, "one yes leads to one grant at most");
            prop_assert!(run.world.consents <= 1, "one yes leads to one Consent at most");
        }
        match run.status().next() {
            Next::Closed => {
                prop_assert_eq!(run.world.grants, 0, "closed: nobody is allowed");
                prop_assert_eq!(run.world.open_consents, 0, "closed: the Consent is inactive");
            }
            Next::Active => {
                prop_assert_eq!(run.world.grants, 1, "active: the source allows");
                prop_assert!(run.world.connects >= 1, "active: the target was told");
            }
            other => prop_assert!(false, "it must come to rest, not {:?}", other),
        }
    }

    /// A journal cut anywhere, as by a kill, still shows what may be live.
    #[test]
    fn a_cut_journal_never_hides_a_grant(cut in 0_usize..20) {
        let mut run = Run { journal: Vec::new(), world: World::default() };
        run.write(Entry::Signed);
        while let Next::Run(step) = run.status().next() {
            run.run(step, Luck::Honest);
        }
        let lines = run.journal.get(..cut.min(run.journal.len())).unwrap_or_default();
        let authorize_began = lines.iter().any(|l| l.entry == Entry::Began { step: Step::Authorize });
        prop_assert_eq!(Status::of(Way::ConsentTokens, lines).may_be_live(), authorize_began);
    }
}

#[test]
fn a_source_that_still_lists_it_is_asked_again() {
    let line = |entry| Line { at: Timestamp::UNIX_EPOCH, entry };
    let mut lines = vec![
        line(Entry::Adopted { consent: "c1".to_owned() }),
        line(Entry::EndAsked),
        line(Entry::Ending { step: EndStep::Revoke }),
        line(Entry::EndDone { step: EndStep::Revoke }),
    ];
    assert_eq!(Status::of(Way::ConsentTokens, &lines).next(), Next::End(EndStep::LookAgain));
    lines.push(line(Entry::EndFailed { step: EndStep::LookAgain, problem: Problem::new(What::StillListed) }));
    assert_eq!(
        Status::of(Way::ConsentTokens, &lines).next(),
        Next::End(EndStep::Revoke),
        "the source must be asked again"
    );
    assert!(Status::of(Way::ConsentTokens, &lines).may_be_live());
}

#[test]
fn what_was_taken_up_to_be_stopped_is_being_stopped_from_its_first_line() {
    let line = |entry| Line { at: Timestamp::UNIX_EPOCH, entry };
    let status = Status::of(Way::ConsentTokens, &[line(Entry::Adopted { consent: "c1".to_owned() })]);
    assert_eq!(status.next(), Next::End(EndStep::Revoke));
    assert!(status.may_be_live());
}

#[test]
fn a_grant_that_may_come_late_is_looked_for_before_anything_is_closed() {
    let line = |entry| Line { at: Timestamp::UNIX_EPOCH, entry };
    let evidence = Evidence { consent: Some("c1".to_owned()), note: None };
    let mut lines = vec![
        line(Entry::Signed),
        line(Entry::Began { step: Step::FileConsent }),
        line(Entry::Did { step: Step::FileConsent, evidence }),
        line(Entry::Began { step: Step::Authorize }),
        line(Entry::NotDone { step: Step::Authorize, problem: Problem::new(What::NotConfirmed) }),
        line(Entry::EndAsked),
    ];
    assert_eq!(Status::of(Way::ConsentTokens, &lines).next(), Next::End(EndStep::LookAgain));
    lines.push(line(Entry::EndFailed { step: EndStep::LookAgain, problem: Problem::new(What::StillListed) }));
    assert_eq!(Status::of(Way::ConsentTokens, &lines).next(), Next::End(EndStep::Revoke));
    assert!(Status::of(Way::ConsentTokens, &lines).was_live());
}

#[test]
fn trying_again_what_nobody_knows_of_does_not_make_it_undone() {
    let line = |entry| Line { at: Timestamp::UNIX_EPOCH, entry };
    let evidence = Evidence { consent: Some("c1".to_owned()), note: None };
    let lines = [
        line(Entry::Signed),
        line(Entry::Began { step: Step::FileConsent }),
        line(Entry::Did { step: Step::FileConsent, evidence }),
        line(Entry::Began { step: Step::Authorize }),
        line(Entry::Unclear { step: Step::Authorize, problem: Problem::new(What::Unreachable) }),
        line(Entry::Retry { step: Step::Authorize }),
        line(Entry::EndAsked),
    ];
    assert!(Status::of(Way::ConsentTokens, &lines).may_be_live());
    assert_eq!(Status::of(Way::ConsentTokens, &lines).next(), Next::End(EndStep::Revoke));
}

#[test]
fn nothing_filed_is_closed_at_once() {
    let line = |entry| Line { at: Timestamp::UNIX_EPOCH, entry };
    let lines = [
        line(Entry::Signed),
        line(Entry::Began { step: Step::FileConsent }),
        line(Entry::NotDone { step: Step::FileConsent, problem: Problem::new(What::ConsentRefused) }),
        line(Entry::EndAsked),
    ];
    assert_eq!(Status::of(Way::ConsentTokens, &lines).next(), Next::Closed);
}
