import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test } from 'vitest';

import Sharing from '../../src/screens/Sharing.svelte';
import { host, list, share, sharingView, spruce, tern, trouble } from './samples';

beforeEach(() => {
  window.location.hash = '#/sharing';
});

const empty = /lists no shares for you/;
const title = () => screen.getByRole('heading', { level: 1 }).textContent;

describe('a load that fails never looks like an empty list', () => {
  test('when nothing could be read at all', async () => {
    host({
      sharing: () => {
        throw trouble('disk-trouble');
      },
    });
    render(Sharing);
    await screen.findByText('This does not mean that nothing is shared.');
    expect(title()).toBe('We could not read your shares.');
    expect(screen.queryByText(empty)).toBeNull();
    expect(screen.queryByText('Set up a share')).toBeNull();
    expect(document.body.textContent).not.toContain('No place can');
  });

  test('when a hospital could not be asked', async () => {
    const dark = list(spruce, { state: 'stale', asOf: '2026-03-03T10:00:00Z', because: trouble('unreachable') });
    host({ sharing: () => sharingView([], { canGet: 0, unsure: true, lists: [dark] }) });
    render(Sharing);
    await screen.findByText(/It may be out of date/);
    expect(title()).toBe('We cannot tell who can get your records.');
    expect(screen.queryByText(empty)).toBeNull();
  });

  test('while the first answer is on its way', () => {
    host({ sharing: () => new Promise(() => undefined) });
    render(Sharing);
    expect(title()).toBe('Looking for who can get your records.');
    expect(screen.queryByText(empty)).toBeNull();
  });

  test('a later failure keeps what is shown', async () => {
    let works = true;
    const { emit } = host({
      sharing: () => {
        if (!works) throw trouble('disk-trouble');
        return sharingView([share('on', ['stop'])]);
      },
    });
    render(Sharing);
    await screen.findByText('Stop sharing');
    works = false;
    emit({ kind: 'sharing-changed' });
    await screen.findByText(/could not write it down/);
    expect(screen.getByText('Stop sharing')).toBeTruthy();
  });
});

test('an empty list says whose it is and when it was asked', async () => {
  host({ sharing: () => sharingView([], { canGet: 0 }) });
  render(Sharing);
  expect((await screen.findByText(empty)).textContent).toMatch(/^Spruce Harbor Clinic lists no shares for you\. We asked at .* today\.$/);
});

test('the four looks of freshness differ', async () => {
  const at = '2026-03-03T10:00:00Z';
  const lists = [
    list(spruce, { state: 'stale', asOf: at, because: trouble('unreachable') }),
    { ...list(tern, { state: 'signed-out', asOf: at }), ehr: 'b' },
    { ...list('Old Mill', { state: 'asking', asOf: at }), ehr: 'c' },
    { ...list('Fairhaven', { state: 'not-offered' }), ehr: 'd' },
  ];
  host({ sharing: () => sharingView([share('on')], { unsure: true, lists }) });
  const { container } = render(Sharing);
  await screen.findByText(/You are signed out of/);
  expect(container.querySelector('.failed strong')?.textContent).toContain('We could not reach Spruce Harbor Clinic.');
  expect(container.querySelector('.asking')?.textContent).toContain('Asking Old Mill now.');
  expect(container.textContent).toContain('Fairhaven keeps no list');
});

test('rows do not change places when the list is renewed', async () => {
  const a = share('on', ['stop'], { id: 'a', to: { ehr: null, name: 'Aspen', host: null } });
  const b = share('on', ['stop'], { id: 'b', to: { ehr: null, name: 'Birch', host: null } });
  let order = [a, b];
  let needYou = 0;
  const { emit } = host({ sharing: () => sharingView(order, { needYou }) });
  const { container } = render(Sharing);
  await screen.findByText('Aspen');
  order = [b, a];
  needYou = 1;
  emit({ kind: 'sharing-changed' });
  await screen.findByText(/1 share needs you/);
  expect([...container.querySelectorAll('h3 bdi')].map((name) => name.textContent)).toEqual([spruce, 'Aspen', spruce, 'Birch']);
});

test('a share is stopped in two presses, and only the second one asks the hospital', async () => {
  const on = share('on', ['stop']);
  const { call } = host({ sharing: () => sharingView([on]), share_stop: () => ({ ...on, state: 'stopping' }) });
  render(Sharing);
  const user = userEvent.setup();
  await user.click(await screen.findByText('Stop sharing'));
  expect(call).not.toHaveBeenCalledWith('share_stop', expect.anything());
  const dialog = await screen.findByRole('dialog');
  await user.click([...dialog.querySelectorAll('button')].at(-1) as HTMLButtonElement);
  await waitFor(() => expect(call).toHaveBeenCalledWith('share_stop', { id: on.id }));
  await waitFor(() => expect(window.location.hash).toBe(`#/share/${on.id}/stop`));
});
