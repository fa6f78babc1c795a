// Views of the core as the tests need them: valid, whole, changed in the one thing that a test is about.
import { vi } from 'vitest';

import { use } from '../../src/host';
import type { Commands, Event, ListView, Move, Problem, ShareDetail, ShareState, ShareView, SharingView } from '../../src/host/bindings';

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
];

export const trouble = (what: Problem['what'], more: Partial<Problem> = {}): Problem => ({
  what,
  ehr: spruce,
  said: null,
  detail: null,
  records: 'unchanged',
  turn: 'wait',
  reference: 'L-4821',
  ...more,
});

export const share = (state: ShareState, moves: Move[] = [], more: Partial<ShareView> = {}): ShareView => ({
  id: `share-${state}`,
  from: { ehr: 'spruce', name: spruce, host: 'spruce.example' },
  to: { ehr: 'tern', name: tern, host: 'tern.example' },
  state,
  kinds: ['medicines', 'allergies'],
  otherScopes: [],
  lastDay: '2099-06-03',
  statement: null,
  signedAt: '2026-03-03T10:00:00Z',
  firstSeen: null,
  known: true,
  asOf: '2026-03-03T10:00:00Z',
  steps: [],
  takingBack: false,
  problem: null,
  notes: [],
  proof: [],
  stopAskedAt: null,
  arrived: null,
  lastAsked: null,
  nextTry: null,
  spokenId: 'A81D-03CF',
  moves,
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
