// Views of the core as the tests need them: valid, whole, changed in the one thing that a test is about.
import { vi } from 'vitest';

import { use } from '../../src/host';
import type { Commands, Event, ListView, Move, Problem, ShareDetail, ShareState, ShareView, SharingView } from '../../src/host/bindings';
import { share as plainShare, trouble as plainTrouble } from '../../src/host/pretend/shares';

export const spruce = 'Spruce Harbor Clinic';
export const tern = 'Tern Bay Hospital';

export const states: readonly ShareState[] = [
  'setting-up',
  'half-done',
  'on',
  'on-check-this',
  'ends-soon',
  'more-than-picked',
  'stopping',
  'not-stopped',
  'stopped',
  'ended',
  'gone-elsewhere',
  'nothing-shared',
  'not-from-here',
  'cannot-check',
  'on-unlisted',
  'on-file',
  'asked-to-stop',
];

export const trouble = (what: Problem['what'], more: Partial<Problem> = {}): Problem => plainTrouble(what, { ehr: spruce, ...more });

export const share = (state: ShareState, moves: Move[] = [], more: Partial<ShareView> = {}): ShareView =>
  plainShare(`share-${state}`, state, moves, {
    from: { ehr: 'spruce', name: spruce, host: 'spruce.example' },
    to: { ehr: 'tern', name: tern, host: 'tern.example' },
    kinds: ['medicines', 'allergies'],
    lastDay: '2099-06-03',
    statement: null,
    signedAt: '2026-03-03T10:00:00Z',
    asOf: '2026-03-03T10:00:00Z',
    ...more,
  });

export const proof = (said: 'proven' | 'waiting' | 'failed', off: 'proven' | 'waiting' | 'failed', at: string): ShareView['proof'] => [
  { rung: 'said-so', state: said, at: said === 'proven' ? at : null },
  { rung: 'not-listed', state: off, at: off === 'proven' ? at : null },
  { rung: 'turned-away', state: 'waiting', at: null },
];

export const list = (name: string, freshness: ListView['freshness']): ListView => ({ ehr: name === spruce ? 'spruce' : 'tern', name, freshness });
export const fresh = (name: string): ListView => list(name, { state: 'fresh', asOf: new Date().toISOString() });

export const sharingView = (shares: ShareView[], more: Partial<SharingView> = {}): SharingView => ({
  canGet: shares.length,
  needYou: 0,
  unsure: false,
  shares,
  lists: [fresh(spruce)],
  ...more,
});

export const detail = (one: ShareView, more: Partial<ShareDetail> = {}): ShareDetail => ({ share: one, truth: [], history: [], ...more });

type Answers = { [Name in keyof Commands]?: (args: Commands[Name][0]) => Commands[Name][1] | Promise<Commands[Name][1]> };

/** A host that answers only what a test expects; anything else fails the call. */
export function host(answers: Answers) {
  const listeners = new Set<(event: Event) => void>();
  const call = vi.fn(async (name: keyof Commands, args: unknown) => {
    const answer = answers[name] as ((args: unknown) => unknown) | undefined;
    if (!answer) throw trouble('internal', { detail: name });
    return answer(args);
  });
  use({
    call: call as never,
    listen(act) {
      listeners.add(act);
      return () => listeners.delete(act);
    },
  });
  return { call, emit: (event: Event) => [...listeners].forEach((act) => act(event)) };
}
