// How a scene begins. `?scene=` in the address names it.
import type { AppView, Draft, Mode, PersonView, ShareView } from '../bindings';
import { oldMill, person, signedIn, spruce, tern } from './ehrs';
import { all, arrived, share, steps, trouble } from './shares';

export interface Scene {
  mode: Mode;
  ehrs: AppView['ehrs'];
  draft: Draft;
  shares: ShareView[];
  /** Who signs in when the browser comes back, at the source and at the target. */
  people: [PersonView, PersonView];
  /** Whether sign-ins come back by themselves. */
  answers: boolean;
  /** What becomes of a share that is started. */
  ends: 'on' | 'half-done' | 'nothing-shared' | 'never';
  /** Whether the target's ID card leaves a doubt. */
  doubt: boolean;
  /** How long one step takes, in ms. */
  pace: number;
}

export const empty: Draft = { from: null, to: null, way: 'consent-tokens', under: null, kinds: [], purpose: null, howLong: null };
const full: Draft = {
  from: 'spruce-harbor',
  to: 'tern-bay',
  way: 'consent-tokens',
  under: null,
  kinds: ['medicines', 'allergies', 'lab-tests', 'vaccines'],
  purpose: { why: 'my-care' },
  howLong: { span: 'three-months' },
};
const paul = person('Paul');

function signedInBoth(from: PersonView = paul, to: PersonView = from): AppView['ehrs'] {
  return [
    { ...spruce(), session: signedIn(from, [...full.kinds]) },
    { ...tern(), session: signedIn(to, [...full.kinds]) },
  ];
}

export function scene(name: string): Scene {
  const plain: Scene = { mode: 'practice', ehrs: [spruce(), tern()], draft: empty, shares: [], people: [paul, paul], answers: true, ends: 'on', doubt: false, pace: 900 };
  const ready: Scene = { ...plain, draft: full, ehrs: signedInBoth() };
  switch (name) {
    case 'first':
      return { ...plain, mode: 'real', ehrs: [] };
    case 'real':
      return { ...ready, mode: 'real', ehrs: [...signedInBoth(), oldMill()], draft: empty };
    case 'draft':
      return { ...plain, draft: full, answers: true };
    case 'draft-real':
      return { ...plain, mode: 'real', draft: full, ehrs: [spruce(), tern(), oldMill()].map((ehr) => ({ ...ehr, practiceLogins: [], host: ehr.host.replace('127.0.0.1:41201', 'spruceharbor.example').replace('127.0.0.1:41202', 'ternbay.example') })) };
    case 'waiting':
      return { ...plain, draft: full, answers: false };
    case 'ready':
      return ready;
    case 'ready-real':
      return { ...ready, mode: 'real' };
    case 'doubt':
      return { ...ready, doubt: true };
    case 'near':
      return { ...ready, ehrs: signedInBoth(paul, { ...paul, name: 'Paul Tindal' }) };
    case 'two-people':
      return { ...ready, ehrs: signedInBoth(person('Jon'), person('John')) };
    case 'child':
      return { ...ready, ehrs: signedInBoth(person('Ada')) };
    case 'half':
      return { ...ready, ends: 'half-done' };
    case 'refused':
      return { ...ready, ends: 'nothing-shared' };
    case 'slow':
      return { ...ready, ends: 'never' };
    case 'working':
      return { ...ready, draft: empty, ends: 'never', shares: [share('s1', 'setting-up', ['take-back'], { steps: steps(3), signedAt: new Date().toISOString() })] };
    case 'half-done':
      return {
        ...ready,
        draft: empty,
        shares: [
          share('s1', 'half-done', ['finish', 'take-back'], {
            steps: steps(4, 'failed'),
            problem: trouble('unreachable', { ehr: 'Tern Bay Hospital', records: 'already-allowed', turn: 'you' }),
          }),
        ],
      };
    case 'half-back':
      return {
        ...ready,
        draft: empty,
        shares: [
          share('s1', 'half-done', ['take-back'], {
            takingBack: true,
            steps: steps(5, 'later').map((one) => (one.step === 'authorize' || one.step === 'connect' ? { ...one, state: 'undone' } : one)),
            problem: trouble('unreachable', { ehr: 'Spruce Harbor Clinic', records: 'nothing-shared', turn: 'you' }),
          }),
        ],
      };
    case 'on':
      return { ...ready, draft: empty, shares: [share('s1', 'on', ['stop'], { steps: steps(6), arrived: arrived(38), signedAt: new Date().toISOString() })] };
    case 'said-no':
      return {
        ...ready,
        shares: [
          share('s1', 'nothing-shared', ['share-again'], {
            steps: steps(3, 'failed'),
            problem: trouble('authorize-refused', { ehr: 'Spruce Harbor Clinic', said: 'This hospital is not on our list of partners yet.', records: 'nothing-shared', turn: 'hospital' }),
          }),
        ],
      };
    case 'shares':
      return { ...ready, mode: 'real', draft: empty, ehrs: [...signedInBoth(), oldMill()], shares: all() };
    case 'shares-practice':
      return { ...ready, draft: empty, shares: all() };
    default:
      return plain;
  }
}
