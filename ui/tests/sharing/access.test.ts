// What a machine can judge of access for all: axe over each screen in each state. Contrast needs a real engine.
import { render, screen } from '@testing-library/svelte';
import axe from 'axe-core';
import { describe, expect, test } from 'vitest';

import ErrorScreen from '../../src/screens/ErrorScreen.svelte';
import FirstRun from '../../src/screens/FirstRun.svelte';
import Share from '../../src/screens/Share.svelte';
import Sharing from '../../src/screens/Sharing.svelte';
import Stop from '../../src/screens/Stop.svelte';
import { detail, host, proof, share, sharingView, states, trouble } from './samples';

async function faults(root: Element): Promise<string[]> {
  const { violations } = await axe.run(root, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`);
}

describe('axe finds nothing', () => {
  test('at home with every state', async () => {
    host({ sharing: () => sharingView(states.map((state) => share(state, ['stop', 'know-it']))) });
    const { container } = render(Sharing);
    await screen.findByText('NOT stopped.');
    expect(await faults(container)).toEqual([]);
  });

  test.each(states)('on the page of a share that is %s', async (state) => {
    const one = share(state, ['stop'], { proof: proof('proven', 'waiting', '2026-03-03T10:00:00Z') });
    host({ share: () => detail(one) });
    const { container } = render(Share, { id: one.id });
    await screen.findByRole('heading', { level: 1 });
    expect(await faults(container)).toEqual([]);
  });

  test.each(['stopping', 'stopped', 'not-stopped'] as const)('on what became of a stop: %s', async (state) => {
    const one = share(state, ['try-stop-again'], { proof: proof('proven', 'waiting', '2026-03-03T10:00:00Z') });
    host({ share: () => detail(one) });
    const { container } = render(Stop, { id: one.id });
    await screen.findByRole('heading', { level: 1 });
    expect(await faults(container)).toEqual([]);
  });

  test('on the welcome and on an error', async () => {
    host({});
    expect(await faults(render(FirstRun).container)).toEqual([]);
    expect(await faults(render(ErrorScreen, { problem: trouble('authorize-refused', { said: 'Not yet.' }) }).container)).toEqual([]);
  });
});
