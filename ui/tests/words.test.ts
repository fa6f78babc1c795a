import { describe, expect, it } from 'vitest';

import type { Problem, Records, Turn, What } from '../src/host/bindings';
import { words } from '../src/words';
import { glossary } from '../src/host/pretend/glossary';

const problem = (what: What, more: Partial<Problem> = {}): Problem => ({
  what,
  ehr: 'Tern Bay Hospital',
  said: null,
  detail: null,
  records: 'unchanged',
  turn: 'you',
  reference: 'L-0001',
  ...more,
});
const whats = Object.keys(words.problem.what) as What[];
const sentence = /^[A-Z“][^<>]*[.”]$/;

describe('the words for problems', () => {
  it.each(whats)('%s is said in whole sentences, with and without a name', (what) => {
    for (const more of [{}, { ehr: null }, { detail: '9 minutes' }]) {
      const said = words.problem.what[what](problem(what, more));
      expect(said.title).toMatch(sentence);
      expect(said.text).toMatch(sentence);
      expect(said.title + said.text).not.toMatch(/undefined|null|\[object/);
    }
  });

  it('never blames, never shouts, never says "error"', () => {
    for (const what of whats) {
      const { title, text } = words.problem.what[what](problem(what));
      expect(`${title} ${text}`).not.toMatch(/error|successfully|please note|invalid|!|token|scope|OAuth|revoke/i);
    }
  });

  it('keeps sentences short', () => {
    for (const what of whats) {
      const { title, text } = words.problem.what[what](problem(what));
      for (const one of `${title} ${text}`.split(/[.:]\s/)) expect(one.split(' ').length, one).toBeLessThanOrEqual(20);
    }
  });

  it('tells for every outcome what it means for the records and whose turn it is', () => {
    for (const records of ['nothing-shared', 'already-allowed', 'still-shared', 'not-known', 'unchanged'] satisfies Records[])
      expect(words.problem.records[records](problem('internal'))).toMatch(sentence);
    for (const turn of ['you', 'hospital', 'wait'] satisfies Turn[]) expect(words.problem.turn[turn](problem('internal'))).toMatch(sentence);
  });
});

describe('the words of the flow', () => {
  it('count in the singular and the plural', () => {
    expect(words.flow.what.sharing(1)).toBe('You share 1 kind.');
    expect(words.flow.what.sharing(4)).toBe('You share 4 kinds.');
    expect(words.flow.starts.title(1)).toBe('Sharing starts in 1 second.');
  });

  it('have a private place only for kinds of the glossary', async () => {
    const { morePrivate } = await import('../src/words/en/flow');
    const known = glossary.map((one) => one.view.id);
    expect(morePrivate.every((kind) => known.includes(kind))).toBe(true);
  });

  it('say which facts differ', () => {
    expect(words.flow.charts.lookClosely(['Name'])).toBe('The name is not the same.');
    expect(words.flow.charts.lookClosely(['Name', 'Birth date'])).toBe('The name and the birth date are not the same.');
  });
});
