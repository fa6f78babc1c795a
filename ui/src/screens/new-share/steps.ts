// The steps of a share as rungs of the upright wire: past tense for what is done, who did it, and when.
import type { LadderStep as Rung } from '../../kit/ladder-step';
import type { ShareView, StepState, StepView } from '../../host/bindings';
import { words } from '../../words';
import { seconds } from '../../words/format';

const how: Record<StepState, Rung['how']> = { later: 'later', doing: 'now', done: 'done', failed: 'failed', 'not-known': 'waits', undone: 'cannot' };

function said(step: StepView, share: ShareView): string {
  const text = words.flow.working;
  const [from, to] = [share.from.name, share.to.name];
  switch (step.state) {
    case 'later':
      return share.takingBack ? text.done(step.step, from, to) : text.later(step.step, from, to);
    case 'doing':
      return text.doing(step.step, from, to);
    case 'done':
      return text.done(step.step, from, to);
    case 'failed':
      return text.failed(step.step, from, to);
    case 'not-known':
      return text.notKnown(step.step, from, to);
    case 'undone':
      return text.undone(step.step, from, to);
  }
}

/** The rungs of a share, in the order of its steps. */
export function rungs(share: ShareView): Rung[] {
  const steps = share.takingBack ? share.steps.filter((step) => step.state !== 'later') : share.steps;
  return steps.map((step) => ({
    key: step.step,
    how: how[step.state],
    words: [said(step, share)],
    ...(step.at && step.state !== 'later' ? { at: { words: seconds(step.at), iso: step.at } } : {}),
  }));
}

/** The newest thing to tell, for screen readers. */
export function newest(share: ShareView): string {
  const step = [...share.steps].reverse().find((one) => one.state !== 'later');
  return step ? said(step, share) : '';
}
