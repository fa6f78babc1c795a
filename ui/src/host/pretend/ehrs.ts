// The hospitals and people of the scripted host.
import type { Ability, AbilityView, ClientView, ConsentView, EhrView, GrantView, Kind, PersonView, PracticeLogin, SessionView } from '../bindings';

const every: readonly Ability[] = [
  'sign-in',
  'protected-sign-in',
  'stay-signed-in',
  'save-choices',
  'share-and-stop',
  'list-shares',
  'get-records',
  'tell-who-looked',
  'end-sign-in',
];

export const abilities = (...without: readonly Ability[]): AbilityView[] => every.map((ability) => ({ ability, offered: !without.includes(ability) }));

const people: PersonView[] = [
  { name: 'Paul Tindall', birthDate: '1961-03-14', sex: 'male', signedInAs: null },
  { name: 'Maria Okafor', birthDate: '1984-09-02', sex: 'female', signedInAs: null },
  { name: 'Ada Okafor', birthDate: '2016-05-21', sex: 'female', signedInAs: 'Maria Okafor' },
  { name: 'Jon Lindqvist', birthDate: '1972-11-08', sex: 'male', signedInAs: null },
  { name: 'John Lindquist', birthDate: '1972-08-11', sex: 'male', signedInAs: null },
];

/** A person by first name. */
export function person(first: string): PersonView {
  const found = people.find((one) => one.name.startsWith(`${first} `));
  if (!found) throw new Error(`no such person: ${first}`);
  return found;
}

const logins: PracticeLogin[] = [
  { who: 'Paul Tindall', username: 'paul', password: 'harbor-light-3', about: 'Born 1961, more than 400 records' },
  { who: 'Maria Okafor', username: 'maria', password: 'river-stone-8', about: 'Born 1984, acts for her child Ada too' },
  { who: 'Jon Lindqvist', username: 'jon', password: 'quiet-meadow-5', about: 'Born 1972, has a near-namesake' },
];

const ehr = (id: string, name: string, host: string, without: readonly Ability[], practiceLogins: PracticeLogin[]): EhrView => ({
  id,
  name,
  host,
  address: `https://${host}/fhir`,
  fhir: 'r4',
  abilities: abilities(...without),
  limits: [],
  checkedAt: new Date(Date.now() - 60_000).toISOString(),
  session: { state: 'signed-out' },
  practiceLogins,
});

export const spruce = (): EhrView => ({ ...ehr('spruce-harbor', 'Spruce Harbor Clinic', '127.0.0.1:41201', [], logins), address: 'http://127.0.0.1:41201/fhir' });
export const tern = (): EhrView => ({ ...ehr('tern-bay', 'Tern Bay Hospital', '127.0.0.1:41202', ['list-shares', 'tell-who-looked'], logins), address: 'http://127.0.0.1:41202/fhir' });
export const oldMill = (): EhrView => ehr('old-mill', 'Old Mill Kidney Care', 'oldmill.example', ['save-choices', 'share-and-stop', 'list-shares', 'get-records', 'protected-sign-in', 'tell-who-looked'], []);

/** Choices on file: one of this app, and one of somebody else that is not understood in full. */
export const onFile = (share: string | null): ConsentView[] => [
  {
    id: 'c-1',
    active: true,
    share,
    recipient: 'Tern Bay Hospital',
    kinds: ['medicines', 'vaccines'],
    partly: [],
    others: [],
    given: '2026-01-15',
    lastDay: '2036-07-15',
    recordsFrom: null,
    recordsTo: null,
    said: 'I, Paul Tindall, let Spruce Harbor Clinic share my medicines and vaccines with Tern Bay Hospital, for my care, until July 15, 2036.',
    opaque: [],
  },
  {
    id: 'c-2',
    active: true,
    share: null,
    recipient: null,
    kinds: [],
    partly: ['medicines'],
    others: ['Media'],
    given: '2016-06-23',
    lastDay: null,
    recordsFrom: '2010-01-01',
    recordsTo: null,
    said: null,
    opaque: ['base', 'limits'],
  },
];

/** As asked: nothing left out, nothing added. */
export const asAsked = (asked: Kind[]): GrantView => ({ asked, leftOut: [], leftOutMore: [], widened: [], added: [], mayChange: false, addedScopes: [] });

export const signedIn = (who: PersonView, covers: Kind[], manages = true): SessionView => ({
  state: 'signed-in',
  person: who,
  kept: 'keyring',
  covers,
  manages,
  proven: true,
  granted: asAsked(covers),
});

/** How the app is usually known. */
export const usualClient = (id: string): ClientView => ({
  clientId: 'consentry',
  kind: 'public',
  origin: 'built-in',
  ports: [],
  redirects: [`http://127.0.0.1/callback/${id}`],
  canRegister: id === 'tern-bay',
  takes: ['public', 'secret', 'key'],
  missing: false,
});

export const fixedPorts = [49813, 51427, 52813, 60207];

export const publicKeys = JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-384', x: 'GkMi…', y: 'qU0x…', use: 'sig', alg: 'ES384', kid: 'Zp3e…' }] }, null, 2);
