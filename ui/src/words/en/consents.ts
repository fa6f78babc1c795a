/** Words for the choices that are written down at a hospital, by this app or by anybody. */
import type { ConsentView, FhirVersion, Opaque } from '../../host/bindings';
import { named, say, type Sentence } from '../sentence';
import { day } from './when';

const list = (items: readonly string[]): string => (items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`);

export const consents = {
  summary: 'Your choices on file there',
  asking: 'Asking',
  none: 'There are none on file for you.',
  state: (one: ConsentView): string => (one.active ? 'In force' : 'No longer in force'),
  from: (one: ConsentView): string => (one.share === null ? 'Not made with this app.' : 'Made with this app.'),
  recipient: (name: string): Sentence => say`For ${named(name)}.`,
  nobody: 'It does not name who gets records.',
  kinds: (names: readonly string[]): string => `Allows: ${list(names)}.`,
  partly: (names: readonly string[]): string => `Allows a part of: ${list(names)}.`,
  others: (words: readonly string[]): Sentence => [`Also allows `, ...words.flatMap((word, at) => [...(at === 0 ? [] : [', ']), named(word)]), '.'],
  given: (date: string): string => `Given ${day(date)}.`,
  until: (date: string): string => `Until ${day(date)}.`,
  noEnd: 'It has no end.',
  records: (from: string | null, to: string | null): string | null => {
    if (from !== null && to !== null) return `Only records from ${day(from)} to ${day(to)}.`;
    if (from !== null) return `Only records since ${day(from)}.`;
    return to === null ? null : `Only records until ${day(to)}.`;
  },
  said: 'The hospital’s own words',
  /** Bad news first: this stands above what is understood. */
  notAll: 'This app does not understand all of it:',
  opaque: {
    base: 'what happens to everything it does not name',
    'allows-the-rest': 'it allows everything that it does not refuse',
    refusals: 'it refuses some things beside what it allows',
    actions: 'it may allow more than reading',
    records: 'it names some records in a way this app does not know',
    'any-records': 'it does not say which records',
    limits: 'it holds only for some records, people or times',
    modifiers: 'it has a special rule that may change the rest',
  } satisfies Record<Opaque, string>,
};

/** For the staff who help: which language for health records a hospital speaks. */
export const fhir: Record<FhirVersion, string> = {
  stu3: 'FHIR STU3 (3.0)',
  r4: 'FHIR R4 (4.0)',
  r4b: 'FHIR R4B (4.3)',
  r5: 'FHIR R5 (5.0)',
};
