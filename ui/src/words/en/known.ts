/** Words of what a hospital granted, and of how this app is known there. The second part is for the hospital's staff. */
import type { ClientKind, ClientOrigin, LeftOut } from '../../host/bindings';
import { list } from '../format';
import { named, say, type Sentence } from '../sentence';

const lower = (names: readonly string[]): string => list(names.map((name) => name.toLocaleLowerCase('en')));

export const granted = {
  leftOut: (ehr: string, kinds: readonly string[]): Sentence => say`${named(ehr)} left out what you asked to see: ${lower(kinds)}. Sign in again and say yes to it, or ask the hospital.`,
  leftOutMore: {
    'about-you': (ehr: string) => say`${named(ehr)} left out your own details, such as your name.`,
    choices: (ehr: string) => say`${named(ehr)} left out saving your choices.`,
    sharing: (ehr: string) => say`${named(ehr)} left out starting, listing and stopping shares.`,
    'who-looked': (ehr: string) => say`${named(ehr)} left out who looked at your records. That cannot be shown here.`,
    staying: (ehr: string) => say`${named(ehr)} does not let this app stay signed in. You sign in again each time.`,
  } satisfies Record<LeftOut, (ehr: string) => Sentence>,
  widened: (ehr: string, kinds: readonly string[]): Sentence => say`${named(ehr)} cannot tell all kinds apart. With what you picked, this app may also see: ${lower(kinds)}.`,
  added: (ehr: string, kinds: readonly string[]): Sentence => say`${named(ehr)} added what nobody asked for: ${lower(kinds)}. This app does not use it.`,
  mayChange: (ehr: string): Sentence => say`${named(ehr)} also let this app change records, which nobody asked for. This app does not do it.`,
  addedScopes: (ehr: string, scopes: readonly string[]): Sentence => say`${named(ehr)} added these permissions by name: ${named(scopes.join(', '))}. This app does not use them.`,
  unproven: (ehr: string): Sentence => say`${named(ehr)} did not prove who signed in, only whose records these are. Check the name.`,
  more: 'What the hospital left out or added',
};

export const known = {
  summary: 'For hospital staff: how this app is known there',
  intro: 'Patients need nothing of this unless the hospital says that it does not know the app.',
  now: 'As it is now',
  id: 'Client ID',
  kind: 'Kind of client',
  kinds: {
    public: { name: 'Public', line: 'It proves nothing. PKCE protects each sign-in.' },
    secret: { name: 'Confidential, with a secret', line: 'The secret that you gave it (client_secret_basic).' },
    key: { name: 'Confidential, with a key', line: 'A key of this computer (private_key_jwt, ES384 or RS384).' },
  } satisfies Record<ClientKind, { name: string; line: string }>,
  origin: {
    'built-in': 'The usual name. Nobody set anything up.',
    given: 'Typed in here.',
    registered: 'The app registered itself.',
  } satisfies Record<ClientOrigin, string>,
  notTaken: (name: string): string => `${name} is not among the kinds that the hospital says it takes.`,
  missing: 'The secret or the key is not on this computer. Nobody can sign in until it is given again.',
  redirects: 'Redirect addresses to register',
  anyPort: 'At any port of this computer.',
  keys: 'Public keys of this computer (JWK set)',
  showKeys: 'Show the public keys',
  copy: 'Copy',
  copied: 'Copied.',
  register: 'Register automatically',
  registering: 'Registering',
  registered: 'The app is registered there.',
  noRegister: 'This hospital does not let apps register themselves.',
  usual: 'Back to the usual name',
  change: 'Enter what the hospital gave you',
  secret: 'Client secret',
  secretHelp: 'It goes into this computer’s keyring and is never shown again.',
  secretKeep: 'Leave it empty to keep the one that is here.',
  ports: 'Only these ports',
  portsHelp: 'Leave it empty for any port. Else up to eight numbers from 1024 on, with spaces between.',
  portsWrong: 'Ports are numbers from 1024 to 65535.',
  idWrong: 'Type the client ID first.',
  secretWrong: 'Type the client secret first.',
  save: 'Save and sign out there',
  saving: 'Saving',
  saved: 'Saved. You are signed out there and can sign in again.',
  opensHere: 'How this app is known there',
};
