import { render, screen } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';

import { proofLadder } from '../../src/kit/ladders';
import { words } from '../../src/words';
import { plain } from '../../src/words/sentence';
import HospitalRow from '../../src/screens/HospitalRow.svelte';
import { spruce as practice } from '../../src/host/pretend/ehrs';
import { detail, share } from './samples';

const asked = (way: 'reference-tokens' | 'filed') =>
  share('asked-to-stop', [], {
    way,
    proof: [
      { rung: 'closed', state: 'proven', at: '2026-03-03T10:00:00Z' },
      { rung: 'not-listed', state: 'cannot-show', at: null },
      { rung: 'turned-away', state: 'cannot-show', at: null },
    ],
  });

describe('a share at a hospital that keeps no list', () => {
  test('is never called stopped, and says whom to call', () => {
    for (const way of ['reference-tokens', 'filed'] as const) {
      const one = asked(way);
      const said = [words.sharing.state['asked-to-stop'].word(one), plain(words.sharing.asked.lead(one)), plain(words.sharing.asked.phoneTitle(one))].join(' ');
      expect(said).not.toMatch(/\bis stopped\b/i);
      expect(said).toContain('call Spruce Harbor Clinic');
    }
  });

  test('names each thing that cannot be shown', () => {
    const ladder = proofLadder(detail(asked('reference-tokens')));
    expect(ladder.map((step) => step.how)).toEqual(['done', 'cannot', 'cannot']);
    expect(plain(ladder[1]?.words ?? [])).toContain('no list');
  });

  test('asks before the stop for no more than it can do', () => {
    const lines = (way: 'consent-tokens' | 'reference-tokens' | 'filed') => words.sharing.stop.lines(share('on', ['stop'], { way })).map(plain).join(' ');
    expect(lines('consent-tokens')).toContain('will not get new records');
    for (const way of ['reference-tokens', 'filed'] as const) expect(lines(way)).not.toContain('will not get');
  });
});

test('the page of a hospital says in one sentence each what it cannot do', () => {
  render(HospitalRow, {
    ehr: { ...practice(), limits: ['keeps-no-list', 'gets-nothing'] },
    signingIn: false,
    signingOut: false,
    onsignin: vi.fn(),
    onsignout: vi.fn(),
    onforget: vi.fn(),
  });
  expect(screen.getByText(/keeps no list/).textContent).toContain('To be sure, call Spruce Harbor Clinic.');
  expect(screen.getByText(/cannot be told to get records/)).toBeTruthy();
});
