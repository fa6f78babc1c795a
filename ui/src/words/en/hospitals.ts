/** Words of the page with all hospitals. */
import type { BrandView, EhrCandidate, EhrView, Kept, Limit, PersonView } from '../../host/bindings';
import { count } from '../format';
import { join, named, say, type Sentence } from '../sentence';
import { day, moment } from './when';

const birth = (person: PersonView): Sentence => (person.birthDate === null ? [] : say`, born ${day(person.birthDate)}`);

export const hospitals = {
  title: (n: number): string => (n === 0 ? 'This app knows no hospital yet.' : `This app knows ${count(n, 'hospital', 'hospitals')}.`),
  none: 'Add one with its web address. Your hospital can tell you the address of its patient records.',
  person: (person: PersonView): Sentence =>
    person.signedInAs === null
      ? say`${named(person.name)}${birth(person)}`
      : say`${named(person.signedInAs)} for ${named(person.name)}${birth(person)}`,
  session: {
    in: 'Signed in.',
    out: 'Signed out.',
    expired: 'You need to sign in again.',
    expiredWas: (person: PersonView): Sentence => say`You were signed in as ${named(person.name)}.`,
    outLine: 'You cannot see here who gets your records until you sign in.',
    kept: {
      keyring: 'You stay signed in on this computer.',
      'this-session': 'You are signed out when this app closes.',
    } satisfies Record<Kept, string>,
    manages: 'You can see and stop shares here.',
    managesNot: 'This sign-in cannot see or stop shares. Sign in again for that.',
  },
  can: 'It can',
  cannot: 'It cannot',
  limits: {
    'keeps-no-list': (ehr) => say`This hospital keeps no list of who can get your records, and cannot stop a share from here. To be sure, call ${named(ehr.name)}.`,
    'files-only': (ehr) => say`This hospital keeps your choices on file. It does not tell what it does with them. To be sure, call ${named(ehr.name)}.`,
    'shares-nothing': () => say`This hospital cannot take your choices online. Ask for its paper form.`,
    'gets-nothing': () => say`This hospital cannot be told to get records from elsewhere.`,
  } satisfies Record<Limit, (ehr: EhrView) => Sentence>,
  address: 'Address',
  checked: (at: string, now: Date): string => `We asked what it can do at ${moment(at, now)}.`,
  speaks: (release: string): string => `For who helps you: it speaks ${release}.`,
  signIn: 'Sign in',
  signInAgain: 'Sign in again',
  signOut: 'Sign out',
  signingOut: 'Signing out',
  forget: 'Forget here',

  wait: {
    opened: 'We opened the page for you. Come back here when you are done.',
    until: (at: string, now: Date): string => `We wait until ${moment(at, now)}.`,
    starting: 'Opening your browser',
  },

  practice: {
    summary: (n: number): string => `${count(n, 'made-up person', 'made-up people')} to sign in as`,
  },

  forgetting: {
    title: (ehr: EhrView): Sentence => say`Forget ${named(ehr.name)} on this computer?`,
    stay: (ehr: EhrView, live: number | null): Sentence => {
      if (live === null) return say`We could not look for your shares there. Shares stay on at ${named(ehr.name)} unless you stop them.`;
      if (live === 0) return say`We know of no share that is on at ${named(ehr.name)}.`;
      return live === 1
        ? say`1 share stays on at ${named(ehr.name)} unless you stop it first.`
        : say`${live} shares stay on at ${named(ehr.name)} unless you stop them first.`;
    },
    what: 'This computer signs you out there and takes it off this page. You can add it again later.',
    records: (ehr: EhrView): Sentence => say`Nothing changes in your records at ${named(ehr.name)}.`,
    keep: 'Keep it here',
    go: 'Forget here',
    busy: 'Forgetting',
  },

  add: {
    title: 'Add a hospital',
    label: 'Web address of its patient records',
    help: 'The hospital can tell you. It starts with https. Nothing about you is sent there.',
    look: 'Look it up',
    looking: 'Asking',
    empty: 'Type the web address first.',
    found: (found: EhrCandidate): Sentence => say`We found ${named(found.name)}.`,
    foundAt: 'The address is at',
    brand: (brand: BrandView): Sentence =>
      brand.place === null ? say`${brand.host} lists it as ${named(brand.name)}.` : say`${brand.host} lists it as ${named(brand.name)} in ${named(brand.place)}.`,
    describes: {
      'a-product': 'What it says it can do is about a product, not about this hospital itself.',
      'not-said': 'It does not say if what it can do is about this hospital itself.',
    },
    short: 'It cannot do all that a share needs, so you may not be able to share from here.',
    add: 'Add it',
    adding: 'Adding',
    not: 'Not this one',
    added: (name: string): Sentence => say`${named(name)} is added.`,
    addedToSee: (name: string): Sentence => join(say`${named(name)} is added.`, say`Sign in there to see your shares.`),
  },
};
