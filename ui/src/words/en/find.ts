/** Words of looking for a hospital in lists, and of the lists themselves. */
import type { AnchorView, FoundHospital, HospitalListView, ListLook, Reach } from '../../host/bindings';
import { count, list } from '../format';
import { named, say, type Sentence } from '../sentence';
import { day, moment } from './when';

export const find = {
  open: 'Find a hospital',
  title: 'Find a hospital',
  sub: 'Look for it by its name or its town. Only these words are sent to your hospital lists.',
  name: 'Name',
  place: 'Town, state or postal code',
  search: 'Search',
  searching: 'Searching',
  empty: 'Type a name or a place first.',
  found: (n: number, more: boolean): string => (more ? `More than ${count(n, 'hospital', 'hospitals')} found. Type more to find fewer.` : `${count(n, 'hospital', 'hospitals')} found.`),
  none: 'Your lists have no such hospital. Try fewer letters, or add it with its web address.',
  results: 'What was found',
  reach: {
    ready: 'This app can ask it.',
    'other-version': 'It speaks a version that this app does not understand.',
    'not-secure': 'Its address is not protected, so this app does not ask it.',
    'not-fhir': 'Its computers speak another language, so this app cannot ask it.',
    'no-address': 'The list gives no address for it.',
  } satisfies Record<Reach, string>,
  listedBy: (one: FoundHospital): Sentence => say`Listed by ${named(list(one.listedBy))}.`,
  version: (version: string): string => `FHIR ${version}`,
  known: 'It is in this app already.',
  look: 'Look it up',
  lookUp: 'Look at what it can do',
  copy: (look: ListLook, asOf: string, now: Date): Sentence => say`${named(look.name)} did not answer. What you see of it is from ${moment(asOf, now)}.`,
  failed: (look: ListLook): Sentence => say`${named(look.name)} did not answer, so its hospitals are missing here.`,
  lists: (n: number): string => (n === 0 ? 'You have no hospital list yet' : 'Your hospital lists'),
  listsLine: 'A list says where hospitals are. With a certificate it can also confirm the ID card of a hospital.',
  kind: { directory: 'Searched there each time.', brands: 'Kept on this computer.' } satisfies Record<HospitalListView['kind'], string>,
  copyOf: (at: string, now: Date): string => `The copy here is from ${moment(at, now)}.`,
  anchors: (anchors: readonly AnchorView[]): Sentence =>
    anchors.length === 0 ? say`It confirms no ID cards.` : say`It confirms ID cards for ${named(list(anchors.map((one) => `${one.name} (until ${day(one.until.slice(0, 10))})`)))}.`,
  given: 'It belongs to practice.',
  remove: 'Remove',
  add: 'Add a list',
  adding: 'Asking',
  listName: 'What you call it',
  listAddress: 'Web address of the list',
  certificate: 'Its certificate, if you have one',
  certificateHelp: 'Text that begins with BEGIN CERTIFICATE. Take it only from somebody you trust, not from the list itself.',
  added: (name: string): Sentence => say`${named(name)} is added.`,
};
