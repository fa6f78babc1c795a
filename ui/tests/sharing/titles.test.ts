import { describe, expect, test } from 'vitest';

import type { ListView, SharingView } from '../../src/host/bindings';
import { words } from '../../src/words';
import { fresh, list, share, sharingView, spruce, tern, trouble } from './samples';

const asOf = '2026-03-03T10:00:00Z';
const out = (name: string): ListView => list(name, { state: 'signed-out', asOf: null });
const failed = (name: string): ListView => list(name, { state: 'stale', asOf, because: trouble('unreachable') });
const asking = (name: string, from: string | null): ListView => list(name, { state: 'asking', asOf: from });

const told = (more: Partial<SharingView>) => words.sharing.title(sharingView([], more), false);

describe('the title of home is true', () => {
  test.each<[string, Partial<SharingView>, string[]]>([
    ['nothing is on', { canGet: 0 }, ['No place can get your records.']],
    ['one place', { canGet: 1 }, ['1 place can get your records.']],
    ['two places, one needs the person', { canGet: 2, needYou: 1 }, ['2 places can get your records.', '1 share needs you.']],
    ['nothing is on and two are half done', { canGet: 0, needYou: 2 }, ['No place can get your records.', '2 shares need you.']],
    [
      'a list failed',
      { canGet: 2, unsure: true, lists: [fresh(spruce), failed(tern)] },
      ['At least 2 places can get your records.', 'We cannot check all lists.'],
    ],
    [
      'a list failed and a share needs the person',
      { canGet: 2, needYou: 1, unsure: true, lists: [failed(spruce)] },
      ['At least 2 places can get your records.', '1 share needs you.'],
    ],
    ['a list failed and nothing is known', { canGet: 0, unsure: true, lists: [failed(spruce)] }, ['We cannot tell who can get your records.']],
    ['signed out everywhere', { canGet: 0, unsure: true, lists: [out(spruce), out(tern)] }, ['Sign in to see who can get your records.']],
    ['signed out, though the numbers say sure', { canGet: 0, unsure: false, lists: [out(spruce)] }, ['Sign in to see who can get your records.']],
    ['asked for the first time', { canGet: 0, unsure: true, lists: [asking(spruce, null)] }, ['Looking for who can get your records.']],
    ['asked again: the last answer stands', { canGet: 1, unsure: true, lists: [asking(spruce, asOf)] }, ['1 place can get your records.']],
  ])('%s', (_name, view, lines) => {
    expect(told(view)).toEqual(lines);
  });

  test('before the first answer it claims nothing', () => {
    expect(words.sharing.title(null, false)).toEqual(['Looking for who can get your records.']);
    expect(words.sharing.title(null, true)).toEqual(['We could not read your shares.']);
  });

  test('no title of a view with a doubt says that no place can', () => {
    for (const lists of [[failed(spruce)], [out(spruce)], [asking(spruce, null)], [fresh(spruce), failed(tern)]]) {
      expect(told({ canGet: 0, unsure: true, lists }).join(' ')).not.toContain('No place');
    }
  });

  test('on a first visit to practice it says what practice is, and only what was set up here', () => {
    const first = sharingView([], { canGet: 0, unsure: true, lists: [out(spruce), out(tern)] });
    expect(words.sharing.title(first, false, true)).toEqual(['Practice with made-up people.', 'No share is set up here yet.']);
    expect(words.sharing.title(first, false, false)).toEqual(['Sign in to see who can get your records.']);
  });

  test('practice says no more than real as soon as a list was read, or could not be', () => {
    for (const view of [
      sharingView([], { canGet: 0, lists: [fresh(spruce)] }),
      sharingView([], { canGet: 0, unsure: true, lists: [failed(spruce)] }),
      sharingView([], { canGet: 0, unsure: true, lists: [{ ...out(spruce), freshness: { state: 'signed-out', asOf } }] }),
      sharingView([share('stopped')], { canGet: 0, unsure: true, lists: [out(spruce)] }),
    ])
      expect(words.sharing.title(view, false, true)).toEqual(words.sharing.title(view, false, false));
  });
});
