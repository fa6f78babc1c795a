// Shares of the scripted host in every state.
import type { HistoryLine, Move, Problem, ShareDetail, ShareState, ShareView, StepState, StepView, TruthRow, What } from '../bindings';
import { statement } from './sentence';
import { person, spruce, tern } from './ehrs';

const minutes = 60_000;
const days = 86_400_000;
export const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
export const dayIn = (ms: number) => new Date(Date.now() + ms).toISOString().slice(0, 10);

const longDay = (date: string) => new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));

export const stepNames = ['file-consent', 'read-back', 'check-id-card', 'authorize', 'connect', 'confirm'] as const;

/** Steps of which the first `done` are done and the next is in `then`. */
export function steps(done: number, then: StepState = 'doing', start = Date.now() - done * 1000): StepView[] {
  return stepNames.map((step, at) => {
    if (at < done) return { step, state: 'done', at: new Date(start + at * 1000).toISOString() };
    if (at === done) return { step, state: then, at: new Date(start + at * 1000).toISOString() };
    return { step, state: 'later', at: null };
  });
}

export const trouble = (what: What, more: Partial<Problem> = {}): Problem => ({
  what,
  ehr: null,
  said: null,
  detail: null,
  records: 'unchanged',
  turn: 'wait',
  reference: 'L-4821',
  ...more,
});

export function share(id: string, state: ShareState, moves: Move[], more: Partial<ShareView> = {}): ShareView {
  const lastDay = more.lastDay === undefined ? dayIn(92 * days) : more.lastDay;
  const kinds = more.kinds ?? ['medicines', 'allergies', 'lab-tests', 'vaccines'];
  return {
    id,
    from: { ehr: 'spruce-harbor', name: 'Spruce Harbor Clinic', host: '127.0.0.1:41201' },
    to: { ehr: 'tern-bay', name: 'Tern Bay Hospital', host: '127.0.0.1:41202' },
    way: 'consent-tokens',
    state,
    kinds,
    otherScopes: [],
    lastDay,
    statement: statement({ from: 'a', to: 'b', way: 'consent-tokens', under: null, kinds, purpose: { why: 'my-care' }, howLong: null }, spruce(), tern(), person('Paul'), lastDay),
    signedAt: ago(2 * days),
    firstSeen: null,
    known: true,
    asOf: ago(2 * minutes),
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
  };
}

export const arrived = (labTests = 214) => ({
  total: 45 + labTests,
  byKind: [
    { kind: 'medicines' as const, count: 31 },
    { kind: 'allergies' as const, count: 2 },
    { kind: 'lab-tests' as const, count: labTests },
    { kind: 'vaccines' as const, count: 12 },
  ],
  asOf: ago(1 * minutes),
});

/** One share in each state. */
export const all = (): ShareView[] => [
  share('half', 'half-done', ['finish', 'take-back'], {
    from: { ehr: 'tern-bay', name: 'Tern Bay Hospital', host: '127.0.0.1:41202' },
    to: { ehr: 'spruce-harbor', name: 'Spruce Harbor Clinic', host: '127.0.0.1:41201' },
    kinds: ['vaccines', 'visits'],
    steps: steps(4, 'failed'),
    problem: trouble('unreachable', { ehr: 'Spruce Harbor Clinic', records: 'already-allowed' }),
  }),
  share('more', 'more-than-picked', ['stop'], { otherScopes: ['patient/*.rs'], to: { ehr: null, name: 'Gull Rock Dental', host: 'gullrock.example' } }),
  share('not-stopped', 'not-stopped', ['try-stop-again'], {
    to: { ehr: null, name: 'Larch Street Pharmacy', host: 'larch.example' },
    stopAskedAt: ago(9 * minutes),
    nextTry: new Date(Date.now() + 20_000).toISOString(),
    problem: trouble('unreachable', { ehr: 'Spruce Harbor Clinic', records: 'still-shared' }),
    proof: [
      { rung: 'said-so', state: 'failed', at: null },
      { rung: 'not-listed', state: 'waiting', at: null },
      { rung: 'turned-away', state: 'waiting', at: null },
    ],
  }),
  share('on', 'on', ['stop'], { lastAsked: ago(24 * minutes), arrived: arrived() }),
  share('soon', 'ends-soon', ['stop', 'share-again'], { to: { ehr: null, name: 'Birchwood Children’s', host: 'birchwood.example' }, lastDay: dayIn(9 * days), kinds: ['vaccines', 'visits'] }),
  share('check', 'on-check-this', ['stop'], { to: { ehr: null, name: 'Fairhaven Eye Clinic', host: 'fairhaven.example' }, problem: trouble('id-card-changed', { ehr: 'Fairhaven Eye Clinic' }) }),
  share('stranger', 'not-from-here', ['stop', 'know-it'], {
    to: { ehr: null, name: 'HealthBee', host: null },
    kinds: [],
    otherScopes: ['patient/*.rs'],
    lastDay: null,
    statement: null,
    signedAt: null,
    firstSeen: ago(4 * days),
    known: false,
  }),
  share('dark', 'cannot-check', ['stop'], {
    from: { ehr: 'old-mill', name: 'Old Mill Kidney Care', host: 'oldmill.example' },
    asOf: ago(70 * minutes),
    problem: trouble('unreachable', { ehr: 'Old Mill Kidney Care', records: 'not-known' }),
  }),
  share('stopping', 'stopping', [], {
    to: { ehr: null, name: 'Heron Point Rehab', host: 'heron.example' },
    stopAskedAt: ago(3000),
    proof: [
      { rung: 'said-so', state: 'waiting', at: null },
      { rung: 'not-listed', state: 'waiting', at: null },
      { rung: 'turned-away', state: 'waiting', at: null },
    ],
  }),
  share('stopped', 'stopped', ['share-again'], {
    stopAskedAt: ago(3 * days),
    proof: [
      { rung: 'said-so', state: 'proven', at: ago(3 * days) },
      { rung: 'not-listed', state: 'proven', at: ago(3 * days - 2000) },
      { rung: 'turned-away', state: 'waiting', at: null },
    ],
  }),
  share('ended', 'ended', ['share-again'], { lastDay: dayIn(-20 * days), signedAt: ago(111 * days) }),
];

const line = (at: string, happened: HistoryLine['happened'], by: HistoryLine['by'], detail: string | null = null): HistoryLine => ({ at, happened, by, detail });

export function detail(of: ShareView): ShareDetail {
  const truth: TruthRow[] =
    of.state === 'not-from-here'
      ? []
      : [
          {
            fact: 'what',
            picked: 'Medicines, Allergies, Lab tests, Vaccines',
            source: of.state === 'more-than-picked' ? { says: 'differs', words: 'All kinds' } : { says: 'agrees', words: 'Same 4 kinds' },
            target: { says: 'does-not-tell' },
          },
          { fact: 'until', picked: of.lastDay ? longDay(of.lastDay) : '', source: { says: 'agrees', words: 'Same day' }, target: { says: 'does-not-tell' } },
          { fact: 'who', picked: of.to.name, source: { says: 'agrees', words: 'Same key' }, target: { says: 'agrees', words: 'Key ends in A810' } },
          { fact: 'state', picked: 'On', source: { says: 'agrees', words: 'On, no errors' }, target: of.arrived ? { says: 'agrees', words: `${of.arrived.total} records so far` } : { says: 'does-not-tell' } },
        ];
  const history = [
    line(ago(24 * minutes), 'asked', 'source', 'Lab tests'),
    line(ago(2 * days - 7000), 'checked', 'us'),
    line(ago(2 * days - 6000), 'told', 'target'),
    line(ago(2 * days - 5000), 'allowed', 'source'),
    line(ago(2 * days - 4000), 'id-card-checked', 'us', 'Key ends in A810'),
    line(ago(2 * days - 3000), 'read-back', 'us'),
    line(ago(2 * days - 2000), 'consent-saved', 'source'),
    line(ago(2 * days), 'signed', 'us'),
  ];
  return { share: of, truth, history };
}
