// The steps of a share as rungs of the upright wire: past tense for what is done, who did it, and when.
// While it is taken back, only steps that left something behind are shown, the last one first, as they are undone.
import type { LadderStep } from '../../kit/ladder-step';
import type { ShareView, Step, StepState, StepView } from '../../host/bindings';
import { words } from '../../words';
import type { LeavesTrace } from '../../words/en/flow';
import { seconds } from '../../words/format';

const how: Record<StepState, LadderStep['how']> = { later: 'later', doing: 'now', done: 'done', failed: 'failed', 'not-known': 'waits', undone: 'cannot' };
const howBack: Record<StepState, LadderStep['how']> = { later: 'later', doing: 'now', done: 'later', failed: 'failed', 'not-known': 'waits', undone: 'done' };

const leavesTrace = (step: Step): step is LeavesTrace => step === 'file-consent' || step === 'authorize' || step === 'connect';

function said({ step, state }: StepView, from: string, to: string): string {
  const text = words.flow.working;
  switch (state) {
    case 'later':
      return text.later(step, from, to);
    case 'doing':
      return text.doing(step, from, to);
    case 'done':
      return text.done(step, from, to);
    case 'failed':
      return text.failed(step, from, to);
    case 'not-known':
      return text.notKnown(step, from, to);
    case 'undone':
      return leavesTrace(step) ? text.undone(step, from, to) : text.later(step, from, to);
  }
}

function saidBack(step: LeavesTrace, state: StepState, from: string, to: string): string {
  const text = words.flow.working;
  switch (state) {
    case 'undone':
      return text.undone(step, from, to);
    case 'doing':
      return text.undoing(step, from, to);
    case 'failed':
      return text.undoFailed(step, from, to);
    case 'not-known':
      return text.notKnown(step, from, to);
    case 'done':
    case 'later':
      return text.toUndo(step, from, to);
  }
}

const time = (at: string | null): Pick<LadderStep, 'at'> => (at ? { at: { words: seconds(at), iso: at } } : {});

/** The rungs of a share: in the order of its steps, or backwards while it is taken back. */
export function rungs(share: ShareView): LadderStep[] {
  const [from, to] = [share.from.name, share.to.name];
  if (!share.takingBack) {
    return share.steps.map((one) => ({ key: one.step, how: how[one.state], words: [said(one, from, to)], ...time(one.state === 'later' ? null : one.at) }));
  }
  return share.steps.toReversed().flatMap(({ step, state, at }): LadderStep[] => {
    if (!leavesTrace(step) || state === 'later') return [];
    return [{ key: step, how: howBack[state], words: [saidBack(step, state, from, to)], ...time(state === 'done' ? null : at) }];
  });
}

/** The newest thing to tell, for screen readers. */
export function newest(share: ShareView): string {
  const all = rungs(share);
  const going = all.findLast((one) => one.how === 'now') ?? (share.takingBack ? all.findLast((one) => one.how === 'done') : all.findLast((one) => one.how !== 'later'));
  return going ? going.words.map((part) => (typeof part === 'string' ? part : part.name)).join('') : '';
}
