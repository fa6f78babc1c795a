// A scripted host: believable hospitals, people and shares without the core, for `npm run dev`, tests and pictures.
// Never part of the program: only the `pretend` mode imports it.
import type { AppView, ChartRow, ChartsView, ClientView, Commands, DraftStep, DraftView, EhrCandidate, EhrView, Event, PersonView, Problem, ReviewView, ShareState, ShareView, SharingView, SignInFor } from './bindings';
import type { Host } from './index';
import { abilities, fixedPorts, oldMill, onFile, publicKeys, signedIn, spruce, tern, usualClient } from './pretend/ehrs';
import { glossary, kindsInOrder, records } from './pretend/glossary';
import { idCard } from './pretend/id-card';
import { lists } from './pretend/lists';
import { empty, scene as pick, type Scene } from './pretend/scene';
import { statement } from './pretend/sentence';
import { arrived, detail, share, stepNames, steps, trouble } from './pretend/shares';

type Answers = { [Name in keyof Commands]: (args: Commands[Name][0]) => Commands[Name][1] | Promise<Commands[Name][1]> };

const needsYou: readonly ShareState[] = ['half-done', 'more-than-picked', 'not-stopped', 'on-check-this', 'ends-soon'];
const canGet: readonly ShareState[] = ['half-done', 'on', 'on-check-this', 'ends-soon', 'more-than-picked', 'not-stopped', 'not-from-here', 'stopping'];

/** The scripted host for the settings of an address: `scene`, and `pace` in ms. */
export function pretend(settings: URLSearchParams): Host {
  let world: Scene = pick(settings.get('scene') ?? '');
  const pace = Number(settings.get('pace') ?? world.pace);
  const listeners = new Set<(event: Event) => void>();
  const emit = (event: Event) => [...listeners].forEach((act) => act(event));
  const soon = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
  const waiting = new Map<string, { give: () => void; refuse: (problem: Problem) => void; purpose: SignInFor }>();
  let opened = 0;

  const ehr = (id: string): EhrView => {
    const found = world.ehrs.find((one) => one.id === id);
    if (!found) throw trouble('gone');
    return found;
  };
  const change = (next: EhrView): EhrView => {
    world = { ...world, ehrs: world.ehrs.map((one) => (one.id === next.id ? next : one)) };
    return next;
  };
  const clients = new Map<string, ClientView>();
  const client = (id: string): ClientView => clients.get(id) ?? usualClient(id);
  /** Another name means another sign-in. */
  const known = (id: string, next: ClientView): ClientView => {
    clients.set(id, next);
    change({ ...ehr(id), session: { state: 'signed-out' } });
    emit({ kind: 'ehrs-changed' });
    return next;
  };
  const who = (id: string | null): PersonView | null => {
    const session = world.ehrs.find((one) => one.id === id)?.session;
    return session?.state === 'signed-in' ? session.person : null;
  };
  const appView = (): AppView => ({
    mode: world.mode,
    kept: 'keyring',
    person: world.ehrs.map((one) => who(one.id)?.name).find(Boolean) ?? null,
    ehrs: world.ehrs,
    anyShares: world.shares.length > 0,
    version: '0.1.0',
  });

  function lastDay(): string | null {
    const howLong = world.draft.howLong;
    if (!howLong) return null;
    const today = new Date();
    const latest = new Date(today.getFullYear() + 2, today.getMonth(), today.getDate());
    if (howLong.span === 'until') {
      const date = new Date(`${howLong.date}T12:00:00`);
      return date.getTime() >= new Date().setHours(0, 0, 0, 0) && date <= latest ? howLong.date : null;
    }
    const add = { 'one-day': [0, 1], 'three-months': [3, 0], 'one-year': [12, 0] } as const;
    const [months, days] = add[howLong.span];
    const end = new Date(today.getFullYear(), today.getMonth() + months, today.getDate() + days, 12);
    return end.toISOString().slice(0, 10);
  }
  function covers(id: string, source: boolean): boolean {
    const session = ehr(id).session;
    return session.state === 'signed-in' && world.draft.kinds.every((kind) => session.covers.includes(kind)) && (session.manages || !source);
  }
  function next(): DraftStep {
    const { from, to, kinds, purpose } = world.draft;
    if (!from || !to) return 'from-and-to';
    if (world.draft.way === 'existing-consent' ? !world.draft.under : kinds.length === 0) return 'what';
    if (!purpose || (purpose.why === 'other' && !purpose.words.trim()) || !lastDay()) return 'why-and-how-long';
    if (!covers(from, true)) return 'sign-in-from';
    if (!covers(to, false)) return 'sign-in-to';
    return 'check';
  }
  const sentence = () =>
    statement(world.draft, world.ehrs.find((one) => one.id === world.draft.from), world.ehrs.find((one) => one.id === world.draft.to), who(world.draft.from), lastDay());
  const notShared = () => glossary.map((one) => one.view.id).filter((id) => !world.draft.kinds.includes(id));
  const draftView = (): DraftView => ({
    draft: world.draft,
    statement: sentence(),
    lastDay: lastDay(),
    ways: world.draft.from && world.draft.to ? ['consent-tokens'] : [],
    blocked: null,
    notShared: notShared(),
    hints: glossary
      .filter((one) => world.draft.kinds.includes(one.view.id) && one.mayTell.some((kind) => !world.draft.kinds.includes(kind)))
      .map((one) => ({ kind: one.view.id, words: one.hint })),
    next: next(),
  });

  function charts(): ChartsView {
    const from = who(world.draft.from);
    const to = who(world.draft.to);
    if (!from || !to) throw trouble('sign-in-needed', { turn: 'you' });
    const row = (fact: ChartRow['fact'], one: string | null, other: string | null): ChartRow => ({ fact, from: one, to: other, same: one === null || other === null ? 'unknown' : one === other ? 'same' : 'different' });
    const rows = [row('name', from.name, to.name), row('birth-date', from.birthDate, to.birthDate), row('sex', from.sex, to.sex)];
    const twoPeople = rows.some((one) => one.fact === 'birth-date' && one.same === 'different');
    return { from, to, rows, verdict: twoPeople ? 'two-people' : rows.every((one) => one.same === 'same') ? 'looks-same' : 'look-closely' };
  }

  function review(): ReviewView {
    const both = charts();
    const kinds = kindsInOrder(world.draft.kinds);
    const target = ehr(world.draft.to ?? '');
    const consent = {
      resourceType: 'Consent',
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
      patient: { reference: 'Patient/1044' },
      identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:uuid:5b6f5a0e-0f0b-4a9b-9d2c-7d0f3a81d03c' }],
      provision: { type: 'deny', period: { end: `${lastDay() ?? ''}T23:59:59Z` }, provision: [{ type: 'permit', class: kinds.map((code) => ({ code })) }] },
    };
    return {
      approval: 's-new',
      statement: sentence(),
      patient: both.from.name,
      signer: both.from.signedInAs ?? both.from.name,
      counts: kinds.map((kind) => ({ kind, count: records[kind] })),
      kinds,
      notShared: notShared(),
      lastDay: lastDay() ?? '',
      idCard: idCard(target, world.doubt),
      doubts: world.doubt ? ['service'] : [],
      way: 'consent-tokens',
      consent: JSON.stringify(consent, null, 2),
      charts: both,
    };
  }

  const put = (next: ShareView): ShareView => {
    const known = world.shares.some((one) => one.id === next.id);
    world = { ...world, shares: known ? world.shares.map((one) => (one.id === next.id ? next : one)) : [next, ...world.shares] };
    return next;
  };
  const find = (id: string): ShareView => {
    const found = world.shares.find((one) => one.id === id);
    if (!found) throw trouble('gone');
    return found;
  };
  const tell = (id: string) => {
    emit({ kind: 'connection-changed', id, step: null });
    emit({ kind: 'sharing-changed' });
  };

  async function walk(id: string, from = 0): Promise<void> {
    const begin = Date.now();
    for (let done = from; done <= stepNames.length; done += 1) {
      if (world.ends === 'never' && done === 4) return;
      if (world.ends === 'nothing-shared' && done === 3) {
        const problem = trouble('authorize-refused', { ehr: find(id).from.name, said: 'This hospital is not on our list of partners yet.', records: 'nothing-shared', turn: 'hospital' });
        put({ ...find(id), state: 'nothing-shared', steps: steps(3, 'failed', begin), moves: ['share-again'], problem });
        return tell(id);
      }
      if (world.ends === 'half-done' && done === 4) {
        const problem = trouble('unreachable', { ehr: find(id).to.name, records: 'already-allowed', turn: 'you' });
        put({ ...find(id), state: 'half-done', steps: steps(4, 'failed', begin), moves: ['finish', 'take-back'], problem });
        return tell(id);
      }
      put({ ...find(id), steps: steps(done, 'doing', begin) });
      tell(id);
      await soon(pace);
    }
    put({ ...find(id), state: 'on', moves: ['stop'], asOf: new Date().toISOString(), problem: null });
    tell(id);
    await soon(pace);
    put({ ...find(id), arrived: arrived() });
    tell(id);
  }

  /** The last trace first: the source's yes, with which the target gets nothing any more, then the saved choices. */
  const undoing = (of: ShareView, undone: number): ShareView['steps'] =>
    of.steps.map((one) => {
      const turn = one.step === 'authorize' || one.step === 'connect' ? 0 : one.step === 'file-consent' ? 1 : null;
      if (turn === null || one.state === 'later' || one.state === 'failed') return one;
      const now = new Date().toISOString();
      return turn < undone ? { ...one, state: 'undone', at: one.state === 'undone' ? one.at : now } : { ...one, state: turn === undone ? 'doing' : 'done' };
    });

  async function undo(id: string): Promise<void> {
    await soon(pace);
    put({ ...find(id), steps: undoing(find(id), 1) });
    tell(id);
    await soon(pace);
    put({ ...find(id), steps: undoing(find(id), 2), state: 'nothing-shared', takingBack: false, moves: ['share-again'], problem: null });
    tell(id);
  }

  async function stop(id: string): Promise<void> {
    await soon(pace);
    const now = new Date().toISOString();
    put({
      ...find(id),
      state: 'stopped',
      moves: ['share-again'],
      problem: null,
      proof: [
        { rung: 'said-so', state: 'proven', at: now },
        { rung: 'not-listed', state: 'proven', at: now },
        { rung: 'turned-away', state: 'waiting', at: null },
      ],
    });
    tell(id);
  }

  const sharing = (): SharingView => ({
    canGet: world.shares.filter((one) => canGet.includes(one.state)).length,
    needYou: world.shares.filter((one) => needsYou.includes(one.state)).length,
    unsure: world.shares.some((one) => one.state === 'cannot-check'),
    shares: world.shares,
    lists: world.ehrs
      .filter((one) => one.abilities.some((has) => has.ability === 'list-shares' && has.offered))
      .map((one) => ({
        ehr: one.id,
        name: one.name,
        freshness: one.session.state === 'signed-in' ? { state: 'fresh', asOf: new Date(Date.now() - 120_000).toISOString() } : { state: 'signed-out', asOf: null },
      })),
  });

  const answers: Answers = {
    app_view: appView,
    glossary: () => glossary.map((one) => one.view),
    mode_set: ({ mode }) => {
      world = { ...world, mode, shares: [], draft: empty, ehrs: mode === 'practice' ? [spruce(), tern()] : [] };
      emit({ kind: 'ehrs-changed' });
      return appView();
    },
    practice_reset: () => {
      world = { ...pick(''), mode: world.mode };
      return appView();
    },
    ...lists(),
    ehr_probe: async ({ address }): Promise<EhrCandidate> => {
      await soon(pace / 2);
      if (!address.includes('.')) throw trouble('not-an-address', { turn: 'you', records: 'nothing-shared' });
      if (address.startsWith('http:')) throw trouble('not-secure', { turn: 'you', records: 'nothing-shared' });
      const host = address.replace(/^https:\/\//, '').split('/')[0] ?? address;
      const mill = host === 'oldmill.example';
      return { address: `https://${host}/fhir`, host, name: mill ? 'Old Mill Kidney Care' : 'Fairhaven Clinic', abilities: mill ? oldMill().abilities : abilities('tell-who-looked'), describes: mill ? 'itself' : 'a-product', brand: mill ? { name: 'Old Mill Kidney Care', place: 'Old Mill, ME', host } : null };
    },
    ehr_add: ({ address }) => {
      const host = address.replace(/^https:\/\//, '').split('/')[0] ?? address;
      const added: EhrView = host === 'oldmill.example' ? oldMill() : { ...spruce(), id: host, name: 'Fairhaven Clinic', host, address, abilities: abilities('tell-who-looked'), practiceLogins: [], checkedAt: new Date().toISOString() };
      world = { ...world, ehrs: [...world.ehrs, added] };
      emit({ kind: 'ehrs-changed' });
      return added;
    },
    ehr_forget: ({ ehr: id }) => {
      world = { ...world, ehrs: world.ehrs.filter((one) => one.id !== id) };
      emit({ kind: 'ehrs-changed' });
      return appView();
    },
    ehr_consents: async () => {
      await soon(pace / 3);
      return onFile(world.shares[0]?.id ?? null);
    },
    ehr_client: ({ ehr: id }) => client(id),
    ehr_client_set: ({ ehr: id, change: to }) => {
      const clientId = to.clientId.trim();
      if (clientId === '') throw trouble('form-incomplete', { turn: 'you', records: 'nothing-shared' });
      const redirects = to.ports.length > 0 ? to.ports.map((port) => `http://127.0.0.1:${String(port)}/callback/${id}`) : usualClient(id).redirects;
      return known(id, { ...client(id), clientId, kind: to.kind, origin: 'given', ports: to.ports, redirects });
    },
    ehr_client_register: async ({ ehr: id }) => {
      await soon(pace / 2);
      if (!client(id).canRegister) throw trouble('registration-refused', { ehr: ehr(id).name, turn: 'hospital', records: 'nothing-shared' });
      const redirects = fixedPorts.map((port) => `http://127.0.0.1:${String(port)}/callback/${id}`);
      return known(id, { ...client(id), clientId: 'c-20417', kind: 'key', origin: 'registered', ports: fixedPorts, redirects });
    },
    ehr_client_usual: ({ ehr: id }) => known(id, usualClient(id)),
    client_keys: () => publicKeys,
    sign_in: ({ ehr: id, purpose }) => {
      const { host, address } = ehr(id);
      opened += 1;
      const at = opened;
      void new Promise<void>((give, refuse) => waiting.set(id, { give, refuse, purpose })).catch(() => undefined);
      if (world.answers) void soon(pace * 3).then(() => at === opened && waiting.get(id)?.give());
      return { ehr: id, host, page: `${address.replace('/fhir', '')}/auth/authorize?response_type=code&client_id=consentry&state=x1`, opened: true, until: new Date(Date.now() + 600_000).toISOString() };
    },
    sign_in_result: async ({ ehr: id }) => {
      const entry = waiting.get(id);
      if (!entry) throw trouble('sign-in-cancelled', { ehr: ehr(id).name, turn: 'you', records: 'nothing-shared' });
      await new Promise<void>((give, refuse) => waiting.set(id, { ...entry, give, refuse }));
      waiting.delete(id);
      const covered = entry.purpose.for === 'manage' ? [] : entry.purpose.kinds;
      const answer = change({ ...ehr(id), session: signedIn(world.people[entry.purpose.for === 'target' ? 1 : 0], covered, entry.purpose.for !== 'target') });
      emit({ kind: 'sign-in-changed', ehr: id });
      return answer;
    },
    sign_in_open_again: () => true,
    sign_in_cancel: ({ ehr: id }) => {
      waiting.get(id)?.refuse(trouble('sign-in-cancelled', { ehr: ehr(id).name, turn: 'you', records: 'nothing-shared' }));
      waiting.delete(id);
      return null;
    },
    sign_out: ({ ehr: id }) => {
      const answer = change({ ...ehr(id), session: { state: 'signed-out' } });
      emit({ kind: 'sign-in-changed', ehr: id });
      return answer;
    },
    draft: draftView,
    draft_set: ({ draft }) => {
      world = { ...world, draft };
      return draftView();
    },
    draft_clear: () => {
      world = { ...world, draft: empty };
      return draftView();
    },
    charts,
    review: async () => {
      await soon(pace / 3);
      return review();
    },
    share_start: ({ yes }) => {
      const shown = review();
      const started = put(
        share(yes.approval, 'setting-up', ['take-back'], {
          kinds: shown.kinds,
          lastDay: shown.lastDay,
          statement: shown.statement,
          signedAt: new Date().toISOString(),
          steps: steps(0),
        }),
      );
      world = { ...world, draft: empty };
      void walk(yes.approval);
      return started;
    },
    share_finish: ({ id }) => {
      world = { ...world, ends: 'on' };
      const going = put({ ...find(id), state: 'setting-up', steps: steps(4), problem: null, moves: ['take-back'] });
      void walk(id, 4);
      return going;
    },
    share_take_back: ({ id }) => {
      const going = put({ ...find(id), state: 'setting-up', takingBack: true, steps: undoing(find(id), 0), moves: [] });
      void undo(id);
      return going;
    },
    share_stop: ({ id }) => {
      const going = put({ ...find(id), state: 'stopping', stopAskedAt: new Date().toISOString(), moves: [] });
      void stop(id);
      return going;
    },
    share_know: ({ id }) => put({ ...find(id), known: true, moves: ['stop'] }),
    share_again: ({ id }) => {
      const again = find(id);
      world = { ...world, draft: { from: again.from.ehr, to: again.to.ehr, way: 'consent-tokens', under: null, kinds: again.kinds, purpose: null, howLong: null } };
      return draftView();
    },
    sharing,
    share: ({ id }) => detail(find(id)),
    check_now: async () => {
      await soon(pace);
      return sharing();
    },
    watch: () => null,
  };

  return {
    call: async (name, args) => structuredClone(await answers[name](args)),
    listen: (act) => {
      listeners.add(act);
      return () => listeners.delete(act);
    },
  };
}
