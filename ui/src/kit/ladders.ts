/** The ladders of a share: what a stop has proven, how far a set-up is, how far it is taken back. */
import type { RungState, ShareDetail, ShareView, Step, StepState } from '../host/bindings';
import { words } from '../words';
import type { LeavesTrace } from '../words/en/steps';
import { exact } from '../words/en/when';
import { plain, say } from '../words/sentence';
import type { LadderStep } from './ladder-step';

const rungHow: Record<RungState, LadderStep['how']> = {
  proven: 'done',
  waiting: 'waits',
  'cannot-show': 'cannot',
  failed: 'failed',
};

const forwardHow: Record<StepState, LadderStep['how']> = {
  later: 'later',
  doing: 'now',
  done: 'done',
  failed: 'failed',
  'not-known': 'waits',
  undone: 'cannot',
};

/** What was done waits to be undone, and what did not happen needs nothing. */
const backHow: Record<StepState, LadderStep['how']> = {
  later: 'cannot',
  doing: 'now',
  done: 'later',
  failed: 'cannot',
  'not-known': 'waits',
  undone: 'done',
};

const time = (at: string | null): Pick<LadderStep, 'at'> => (at === null ? {} : { at: { words: exact(at), iso: at } });
const leavesTrace = (step: Step): step is LeavesTrace => step in words.steps.back;

/** What is proven of a stop, rung by rung. */
export function proofLadder({ share, history }: ShareDetail): LadderStep[] {
  const text = words.sharing.proof;
  const closed = history.some((line) => line.happened === 'consent-closed');
  return share.proof.map(({ rung, state, at }) => ({
    key: rung,
    how: rungHow[state],
    words: text.rung[rung][state](share),
    ...(rung === 'not-listed' && state === 'proven' && closed ? { more: say`${text.choicesClosed}` } : {}),
    ...(rung === 'turned-away' && state === 'waiting' ? { more: say`${text.turnedAwayWaits}` } : {}),
    ...(rung === 'turned-away' && state === 'proven' ? { more: text.turnedAwayProven(share) } : {}),
    ...time(at),
  }));
}

/** How far a set-up is, in the order of its steps; while it is taken back, how far that is. */
export function stepLadder(share: ShareView): LadderStep[] {
  if (share.takingBack) return backLadder(share);
  return share.steps.map(({ step, state, at }) => ({
    key: step,
    how: forwardHow[state],
    words: words.steps.forward[step][state](share),
    ...time(state === 'later' ? null : at),
  }));
}

/** How far it is taken back: only steps that were begun and leave something behind, the last one first. */
export function backLadder(share: ShareView): LadderStep[] {
  return share.steps.toReversed().flatMap(({ step, state, at }): LadderStep[] => {
    if (!leavesTrace(step) || state === 'later') return [];
    const told = state === 'undone' || state === 'doing' || state === 'not-known';
    return [{ key: step, how: backHow[state], words: words.steps.back[step][state](share), ...time(told ? at : null) }];
  });
}

/** The newest thing to tell, for screen readers. */
export function newest(share: ShareView): string {
  const all = stepLadder(share);
  const happened = (one: LadderStep) => (share.takingBack ? one.how === 'done' : one.how !== 'later');
  const going = all.findLast((one) => one.how === 'now') ?? all.findLast(happened);
  return going ? plain(going.words) : '';
}
