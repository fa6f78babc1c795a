import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test } from 'vitest';

import { use, type Host } from '../../src/host';
import type { Commands } from '../../src/host/bindings';
import { pretend } from '../../src/host/pretend';
import FindHospital from '../../src/screens/FindHospital.svelte';
import { app } from '../../src/state/app.svelte';
import { faults } from '../axe';

let stop: () => void = () => undefined;

async function open(change: Partial<{ [Name in keyof Commands]: () => Promise<Commands[Name][1]> }> = {}) {
  const inner = pretend(new URLSearchParams({ scene: 'ready-real', pace: '5' }));
  const asked: unknown[] = [];
  const host: Host = {
    listen: inner.listen,
    call: (name, args) => {
      asked.push([name, args]);
      const own = change[name] as (() => Promise<never>) | undefined;
      return own ? own() : inner.call(name, args);
    },
  };
  stop = use(host);
  await app.load();
  render(FindHospital);
  return asked;
}
async function search(words: string) {
  await userEvent.type(screen.getByLabelText('Name'), words);
  await userEvent.click(screen.getByRole('button', { name: 'Search' }));
}

afterEach(() => {
  cleanup();
  stop();
});

test('finds by name, says what can be asked, and looks it up before it is added', async () => {
  const asked = await open();
  await search('l');
  const results = within(await screen.findByRole('list', { name: 'What was found' }));
  expect(results.getByText('Its computers speak another language, so this app cannot ask it.')).toBeTruthy();
  expect(results.getByText('It is in this app already.')).toBeTruthy();
  await userEvent.click(results.getByRole('button', { name: 'Look it up' }));
  await screen.findByRole('button', { name: 'Add it' });
  expect(asked).toContainEqual(['ehr_probe', { address: 'https://oldmill.example/fhir' }]);
  expect(await faults(document.body)).toEqual([]);
}, 20_000);

test('asks for a word first', async () => {
  const asked = await open();
  await userEvent.click(screen.getByRole('button', { name: 'Search' }));
  expect(await screen.findByText('Type a name or a place first.')).toBeTruthy();
  expect(asked.some((one) => (one as [string])[0] === 'hospitals_search')).toBe(false);
});

test('says which list did not answer, and from when its copy is', async () => {
  const problem = { what: 'unreachable', ehr: null, said: null, detail: null, records: 'unchanged', turn: 'wait', reference: 'L-1' } as never;
  await open({
    hospitals_search: () =>
      Promise.resolve({
        hospitals: [],
        more: false,
        looks: [
          { list: 'a', name: 'Coast brands', answer: { state: 'copy', asOf: '2026-01-15T10:00:00Z', problem } },
          { list: 'b', name: 'Far list', answer: { state: 'failed', problem } },
        ],
      }),
  });
  await search('x');
  await waitFor(() => expect(document.body.textContent).toContain('Coast brands did not answer. What you see of it is from'));
  expect(document.body.textContent).toContain('Far list did not answer, so its hospitals are missing here.');
});

test('adds a list and removes it; the list of practice stays', async () => {
  const asked = await open();
  await screen.findByText('Harbor Health directory');
  expect(screen.queryByRole('button', { name: 'Remove' })).toBeNull();
  await userEvent.click(screen.getByText('Add a list', { selector: 'summary, summary *' }));
  await userEvent.type(screen.getByLabelText('Web address of the list'), 'https://coast.example/brands');
  await userEvent.click(screen.getAllByRole('button', { name: 'Add a list' }).at(-1) as HTMLElement);
  await waitFor(() => expect(asked).toContainEqual(['hospital_list_add', { name: '', address: 'https://coast.example/brands', anchors: '' }]));
  await userEvent.click(await screen.findByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(asked).toContainEqual(['hospital_list_remove', { list: 'coast.example' }]));
  expect(await faults(document.body)).toEqual([]);
}, 20_000);
