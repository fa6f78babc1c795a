/** What each state of a share looks like. Its word and its sentence are in `words/en/sharing.ts`. */
import type { ShareState, ShareView } from '../host/bindings';
import type { IconName } from './icons';
import type { WireLook } from './wire';

/** The part of the list where a share stands. */
export type Group = 'needs-you' | 'on' | 'past';

/** The colour role of a state. Colour never carries the meaning alone. */
export type Tone = 'on' | 'care' | 'alarm' | 'unknown' | 'past';

/** The look of one state. */
export interface StateLook {
  readonly wire: WireLook;
  readonly sign: IconName;
  readonly tone: Tone;
  readonly group: Group;
}

/** One row for each state. A state without a row does not compile. */
export const stateLooks: Record<ShareState, StateLook> = {
  'setting-up': { wire: 'setting-up', sign: 'spin', tone: 'on', group: 'on' },
  'half-done': { wire: 'half-done', sign: 'half', tone: 'care', group: 'needs-you' },
  on: { wire: 'on', sign: 'check-circle', tone: 'on', group: 'on' },
  'on-check-this': { wire: 'check', sign: 'warn', tone: 'care', group: 'needs-you' },
  'ends-soon': { wire: 'ends-soon', sign: 'clock', tone: 'care', group: 'on' },
  'more-than-picked': { wire: 'alarm', sign: 'alarm', tone: 'alarm', group: 'needs-you' },
  stopping: { wire: 'stopping', sign: 'hand', tone: 'on', group: 'on' },
  'not-stopped': { wire: 'alarm', sign: 'alarm', tone: 'alarm', group: 'needs-you' },
  stopped: { wire: 'stopped', sign: 'hand', tone: 'past', group: 'past' },
  ended: { wire: 'ended', sign: 'clock', tone: 'past', group: 'past' },
  'gone-elsewhere': { wire: 'ended', sign: 'minus', tone: 'past', group: 'past' },
  'nothing-shared': { wire: 'said-no', sign: 'minus', tone: 'past', group: 'past' },
  'not-from-here': { wire: 'not-from-here', sign: 'question', tone: 'unknown', group: 'on' },
  'on-unlisted': { wire: 'not-from-here', sign: 'question', tone: 'unknown', group: 'on' },
  'on-file': { wire: 'draft', sign: 'doc', tone: 'unknown', group: 'on' },
  'asked-to-stop': { wire: 'stopping', sign: 'hand', tone: 'care', group: 'on' },
  'cannot-check': { wire: 'cannot-check', sign: 'plug-off', tone: 'past', group: 'on' },
};

/** Where a share stands: as its state says, and among those that need the person when only the person can end it. */
export function groupOf(share: ShareView): Group {
  if (share.state === 'not-from-here' && !share.known) return 'needs-you';
  if (share.state === 'nothing-shared' && share.moves.includes('finish')) return 'needs-you';
  return stateLooks[share.state].group;
}

/** The groups in the order in which they are read. */
export const groups: readonly Group[] = ['needs-you', 'on', 'past'];
