/** What each state of a share looks like. Its word and its sentence are in `words/en/sharing.ts`. */
import type { ShareState } from '../host/bindings';
import type { WireLook } from './wire';

/** The part of the list where a share stands. */
export type Group = 'needs-you' | 'on' | 'past';

/** The colour role of a state. Colour never carries the meaning alone. */
export type Tone = 'on' | 'care' | 'alarm' | 'unknown' | 'past';

/** The sign before the word of a state. */
export type StateSign = 'check' | 'half' | 'warn' | 'clock' | 'stop' | 'question' | 'unplugged' | 'hand' | 'spin' | 'bar';

/** The look of one state. */
export interface StateLook {
  readonly wire: WireLook;
  readonly sign: StateSign;
  readonly tone: Tone;
  readonly group: Group;
}

/** One row for each state. A state without a row does not compile. */
export const stateLooks: Record<ShareState, StateLook> = {
  'setting-up': { wire: 'setting-up', sign: 'spin', tone: 'on', group: 'on' },
  'half-done': { wire: 'half-done', sign: 'half', tone: 'care', group: 'needs-you' },
  on: { wire: 'on', sign: 'check', tone: 'on', group: 'on' },
  'on-check-this': { wire: 'check', sign: 'warn', tone: 'care', group: 'needs-you' },
  'ends-soon': { wire: 'ends-soon', sign: 'clock', tone: 'care', group: 'on' },
  'more-than-picked': { wire: 'alarm', sign: 'stop', tone: 'alarm', group: 'needs-you' },
  stopping: { wire: 'stopping', sign: 'hand', tone: 'on', group: 'on' },
  'not-stopped': { wire: 'alarm', sign: 'stop', tone: 'alarm', group: 'needs-you' },
  stopped: { wire: 'stopped', sign: 'hand', tone: 'past', group: 'past' },
  ended: { wire: 'ended', sign: 'clock', tone: 'past', group: 'past' },
  'gone-elsewhere': { wire: 'ended', sign: 'bar', tone: 'past', group: 'past' },
  'nothing-shared': { wire: 'said-no', sign: 'bar', tone: 'past', group: 'past' },
  'not-from-here': { wire: 'not-from-here', sign: 'question', tone: 'unknown', group: 'on' },
  'cannot-check': { wire: 'cannot-check', sign: 'unplugged', tone: 'past', group: 'on' },
};

/** The groups in the order in which they are read. */
export const groups: readonly Group[] = ['needs-you', 'on', 'past'];
