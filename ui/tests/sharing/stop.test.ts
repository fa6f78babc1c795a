import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import type { ShareView } from '../../src/host/bindings';
import { cutPlays } from '../../src/screens/cuts-seen';
import { Moves } from '../../src/screens/moves.svelte';
import Stop from '../../src/screens/Stop.svelte';
import StopDialog from '../../src/screens/StopDialog.svelte';
import { detail, host, proof, share, trouble } from './samples';

describe('the stop dialog', () => {
  const open = () => {
    const moves = new Moves(() => undefined);
    const onkeep = vi.spyOn(moves, 'keep');
    const onstop = vi.spyOn(moves, 'stop').mockResolvedValue();
    moves.make(share('on', ['stop']), 'stop');
    render(StopDialog, { moves });
    return { onkeep, onstop, dialog: screen.getByRole('dialog') };
  };

  test('says three things and gives two equal buttons', () => {
    const { dialog } = open();
    expect(dialog.querySelectorAll('li')).toHaveLength(3);
    const [keep, stop] = [...dialog.querySelectorAll('button')];
    expect([keep?.textContent.trim(), stop?.textContent.trim()]).toEqual(['Keep sharing', 'Stop sharing']);
    expect(keep?.className).toBe(stop?.className);
  });

  test('starts on its heading, so Enter stops nothing', async () => {
    const { onstop, onkeep } = open();
    expect(document.activeElement?.textContent).toBe('Stop sharing with Tern Bay Hospital?');
    await userEvent.setup().keyboard('{Enter}');
    expect(onstop).not.toHaveBeenCalled();
    expect(onkeep).not.toHaveBeenCalled();
  });

  test('reaches keep before stop by keyboard', async () => {
    const { onstop, onkeep } = open();
    const user = userEvent.setup();
    await user.tab();
    expect(document.activeElement?.textContent.trim()).toBe('Keep sharing');
    await user.tab();
    await user.keyboard('{Enter}');
    expect(onstop).toHaveBeenCalledOnce();
    expect(onkeep).not.toHaveBeenCalled();
  });

  test('keeps sharing on Esc', async () => {
    const { onstop, onkeep, dialog } = open();
    await fireEvent(dialog, new Event('cancel', { cancelable: true }));
    expect(onkeep).toHaveBeenCalledOnce();
    expect(onstop).not.toHaveBeenCalled();
  });
});

describe('what became of a stop', () => {
  const shown = async (one: ShareView) => {
    host({ share: () => detail(one) });
    window.location.hash = `#/share/${one.id}/stop`;
    const drawn = render(Stop, { id: one.id });
    await screen.findByRole('heading', { level: 1 });
    return drawn;
  };
  const now = () => new Date().toISOString();

  beforeEach(() => {
    window.location.hash = '';
  });

  test('stopped is said with the rung that is reached, by name and time', async () => {
    const { container } = await shown(share('stopped', ['share-again'], { id: 'a', proof: proof('proven', 'proven', now()) }));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Stopped.');
    expect(screen.getByText('Proven to step 2 of 3')).toBeTruthy();
    expect(container.querySelectorAll('.ladder .done time')).toHaveLength(2);
    expect(container.querySelector('.ladder .waits')?.textContent).toContain('Not yet:');
  });

  test('the cut plays once, and only when a fresh list proves it', async () => {
    const one = share('stopped', [], { id: 'b', proof: proof('proven', 'proven', now()) });
    const first = await shown(one);
    await waitFor(() => expect(first.container.querySelector('.wire.cutting')).not.toBeNull());
    first.unmount();
    const second = await shown(one);
    expect(second.container.querySelector('.wire.cutting')).toBeNull();
    expect(cutPlays('c', null)).toBe(false);
    expect(cutPlays('d', '2026-01-01T00:00:00Z', Date.parse('2026-01-02T00:00:00Z'))).toBe(false);
  });

  test('a hospital that only said so has not stopped it yet', async () => {
    const { container } = await shown(share('stopping', [], { id: 'e', proof: proof('proven', 'waiting', now()) }));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Stopping your share with Tern Bay Hospital.');
    expect(container.querySelector('.wire.stopping')).not.toBeNull();
    expect(container.querySelector('.cutting')).toBeNull();
  });

  test('not stopped is red, tries again, and gives a number for the phone', async () => {
    const { container } = await shown(
      share('not-stopped', ['try-stop-again'], {
        id: 'f',
        nextTry: new Date(Date.now() + 20_400).toISOString(),
        problem: trouble('still-listed', { records: 'still-shared' }),
        proof: proof('proven', 'failed', now()),
      }),
    );
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('NOT stopped.');
    expect(container.textContent).toContain('Spruce Harbor Clinic said stopped, but still lists it.');
    expect(container.textContent).toContain('Tern Bay Hospital may still get records.');
    expect(container.textContent).toMatch(/Next try in (19|20) seconds\./);
    expect(screen.getByText('A81D-03CF')).toBeTruthy();
    expect(screen.getByText('Try now')).toBeTruthy();
    expect(container.querySelector('.wire.alarm')).not.toBeNull();
  });

  test('a share that is not being stopped goes to its own page', async () => {
    host({ share: () => detail(share('on', ['stop'], { id: 'g' })) });
    window.location.hash = '#/share/g/stop';
    render(Stop, { id: 'g' });
    await waitFor(() => expect(window.location.hash).toBe('#/share/g'));
  });
});
