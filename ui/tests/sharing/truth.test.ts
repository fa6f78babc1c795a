import { render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';

import type { TruthRow } from '../../src/host/bindings';
import Share from '../../src/screens/Share.svelte';
import { detail, host, share } from './samples';

const rows: TruthRow[] = [
  { fact: 'what', picked: 'Medicines', source: { says: 'differs', words: 'All kinds' }, target: { says: 'does-not-tell' } },
  { fact: 'until', picked: 'June 3, 2099', source: { says: 'agrees', words: 'June 3, 2099' }, target: { says: 'cannot-ask' } },
];

test('what differs is told in words, and what is not told is an answer', async () => {
  host({ share: () => detail(share('more-than-picked', ['stop']), { truth: rows }) });
  const { container } = render(Share, { id: 'share-more-than-picked' });
  const table = await screen.findByRole('table');
  expect(table.querySelector('.differs')?.textContent).toContain('Not the same: All kinds');
  expect(table.querySelector('.agrees')?.textContent).toContain('Same: June 3, 2099');
  expect(table.textContent).toContain('Does not tell us');
  expect(table.textContent).toContain('We could not ask');
  expect(container.querySelector('h1')?.textContent).toBe('Spruce Harbor Clinic gave Tern Bay Hospital more than you picked.');
});

test('both sides agree only when both say so', async () => {
  const agreeing = rows.map((row) => ({ ...row, source: { says: 'agrees', words: 'Same' } as const }));
  host({ share: () => detail(share('on', ['stop']), { truth: agreeing }) });
  const { container } = render(Share, { id: 'share-on' });
  await screen.findByRole('table');
  expect(container.querySelector('.status')?.textContent).toContain('Spruce Harbor Clinic has it as you picked it.');
  expect(container.textContent).not.toContain('Both sides agree');
});

test('what has arrived is said with who says so and when', async () => {
  const arrived = { total: 312, byKind: [], asOf: new Date().toISOString() };
  host({ share: () => detail(share('on', ['stop'], { arrived })) });
  render(Share, { id: 'share-on' });
  expect((await screen.findByText(/have arrived/)).textContent).toMatch(/312 records have arrived, says Tern Bay Hospital, as of .* today\./);
});
