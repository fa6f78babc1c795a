/** The ladders of a share: what a stop has proven, and how far a set-up is. */
import type { RungState, ShareDetail, ShareView, StepState } from '../host/bindings';
import { words } from '../words';
import { exact } from '../words/en/when';
import { join, say } from '../words/sentence';
import type { LadderStep } from './ladder-step';

const rungHow: Record<RungState, LadderStep['how']> = {
  proven: 'done',
  waiting: 'waits',
  'cannot-show': 'cannot',
  failed: 'failed',
};

const stepHow: Record<StepState, LadderStep['how']> = {
  later: 'later',
  doing: 'now',
  done: 'done',
  failed: 'failed',
  'not-known': 'waits',
  undone: 'cannot',
};

const time = (at: string | null): Pick<LadderStep, 'at'> => (at === null ? {} : { at: { words: exact(at), iso: at } });

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

/** How far a set-up, or its undoing, is. */
export function setUpLadder(share: ShareView): LadderStep[] {
  const text = words.sharing;
  return share.steps.map(({ step, state, at }) => {
    const more = join(
      state === 'not-known' ? say`${text.stepNotKnown}` : [],
      state === 'failed' ? say`${text.stepFailed}` : [],
    );
    return {
      key: step,
      how: stepHow[state],
      words: text.step[step][state === 'done' || state === 'undone' ? state : 'open'](share),
      ...(more.length > 0 ? { more } : {}),
      ...time(at),
    };
  });
}
