import { render, screen } from '@testing-library/svelte';
import { describe, expect, test, vi } from 'vitest';

import { groupOf, stateLooks } from '../../src/kit/share-state';
import ShareRow from '../../src/kit/ShareRow.svelte';
import { drawings } from '../../src/kit/wire';
import { words } from '../../src/words';
import { plain } from '../../src/words/sentence';
import { proof, share, states } from './samples';

const row = (one: ReturnType<typeof share>, onmove = vi.fn(), oncheck = vi.fn()) => ({
  onmove,
  oncheck,
  ...render(ShareRow, { share: one, onmove, oncheck }),
});

describe('each state of a share', () => {
  test.each(states)('%s has a word, a sign and a wire of its own shape', (state) => {
    const one = share(state, [], { proof: state === 'stopped' ? proof('proven', 'proven', '2026-03-03T10:00:00Z') : [] });
    const { container } = row(one);
    const status = container.querySelector('.status');
    expect(status?.querySelector('strong')?.textContent).toBe(words.sharing.state[state].word(one));
    expect(status?.querySelector('svg')).not.toBeNull();
    const wire = container.querySelector('.wire');
    expect(wire?.classList.contains(stateLooks[state].wire)).toBe(true);
    expect(wire?.getAttribute('aria-hidden')).toBe('true');
    expect(screen.getByRole('heading', { name: 'From Spruce Harbor Clinic to Tern Bay Hospital' })).toBeTruthy();
  });

  test.each(states)('%s has a sentence and a title that end like sentences', (state) => {
    const one = share(state, [], { proof: proof('proven', 'proven', '2026-03-03T10:00:00Z') });
    const text = words.sharing.state[state];
    for (const said of [text.word(one), plain(text.sentence(one, new Date(), 'none')), plain(text.title(one))]) {
      expect(said).toMatch(/\.$/);
    }
  });

  test('only a wire on which records can move has a point', () => {
    for (const state of states) {
      const moving = !['stopped', 'ended', 'gone-elsewhere', 'nothing-shared'].includes(state);
      expect(drawings[stateLooks[state].wire].tip === 'point', state).toBe(moving);
    }
  });

  test('red is kept for not stopped and for more than was picked', () => {
    expect(states.filter((state) => stateLooks[state].tone === 'alarm')).toEqual(['more-than-picked', 'not-stopped']);
  });

  test('an entry that nobody here knows needs the person until they know it', () => {
    expect(groupOf(share('not-from-here', [], { known: false }))).toBe('needs-you');
    expect(groupOf(share('not-from-here', [], { known: true }))).toBe('on');
  });
});

describe('the buttons of a row', () => {
  const labels = (container: HTMLElement) => [...container.querySelectorAll('button')].map((button) => button.textContent.trim());

  test('are the legal moves and no others', () => {
    expect(labels(row(share('on', ['stop'])).container)).toEqual(['Stop sharing']);
    expect(labels(row(share('half-done', ['finish', 'take-back'])).container)).toEqual(['Take it back', 'Finish now']);
    expect(labels(row(share('not-stopped', ['try-stop-again', 'sign-in-from'])).container)).toEqual([
      'Sign in to Spruce Harbor Clinic',
      'Try now',
    ]);
    expect(labels(row(share('not-from-here', ['stop', 'know-it'], { known: false })).container)).toEqual(['Stop sharing', 'I know this one']);
    expect(labels(row(share('stopped', ['share-again'])).container)).toEqual(['Share again']);
    expect(labels(row(share('stopping', [])).container)).toEqual([]);
  });

  test('say with which share they belong', () => {
    const { container } = row(share('on', ['stop']));
    const described = container.querySelector('button')?.getAttribute('aria-describedby');
    expect(container.querySelector(`#${described ?? 'none'}`)?.textContent).toContain('to Tern Bay Hospital');
  });

  test('open the share, or what became of its stop', () => {
    expect(row(share('on', ['stop'])).container.querySelector('a')?.getAttribute('href')).toBe('#/share/share-on');
    expect(row(share('not-stopped', ['try-stop-again'])).container.querySelector('a')?.getAttribute('href')).toBe('#/share/share-not-stopped/stop');
  });

  test('hand over the move', () => {
    const { container, onmove } = row(share('on', ['stop']));
    container.querySelector('button')?.click();
    expect(onmove).toHaveBeenCalledWith(expect.objectContaining({ state: 'on' }), 'stop');
  });
});

test('a name from a server is text, in an element of its own', () => {
  const evil = '<img src=x onerror=alert(1)>';
  const { container } = row(share('on', ['stop'], { to: { ehr: null, name: evil, host: null } }));
  expect(container.querySelector('img')).toBeNull();
  expect([...container.querySelectorAll('bdi')].some((name) => name.textContent === evil)).toBe(true);
});
