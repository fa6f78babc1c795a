// axe over the whole window on each screen of a new share, with its dialog.
import { cleanup, render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import App from '../../src/App.svelte';
import { use } from '../../src/host';
import { pretend } from '../../src/host/pretend';
import { go, type Route } from '../../src/route.svelte';
import { app } from '../../src/state/app.svelte';
import { flow } from '../../src/state/flow.svelte';
import { faults } from '../axe';

let stop: () => void = () => undefined;

async function openAt(scene: string, to: Route, title: RegExp): Promise<void> {
  stop = use(pretend(new URLSearchParams({ scene, pace: '5' })));
  flow.forget();
  await app.load();
  go(to);
  render(App);
  await arrived(title);
}
const arrived = (name: RegExp) => screen.findByRole('heading', { level: 1, name }, { timeout: 3000 });
const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));
const found = () => faults(document.body);

afterEach(() => {
  cleanup();
  stop();
});

const screens: [string, string, Route, RegExp][] = [
  ['from and to, nothing picked', '', { at: 'new', step: 'from-and-to' }, /^Who has your records/],
  ['from and to, both picked', 'ready', { at: 'new', step: 'from-and-to' }, /^Who has your records/],
  ['what to share', 'ready', { at: 'new', step: 'what' }, /^What can Tern Bay Hospital see/],
  ['why and how long', 'ready', { at: 'new', step: 'why-and-how-long' }, /^Why, and for how long/],
  ['before the sign-in', 'draft', { at: 'new', step: 'sign-in' }, /^Next, you sign in/],
  ['both charts are one person', 'ready', { at: 'new', step: 'charts' }, /^Are both of these you/],
  ['a name differs', 'near', { at: 'new', step: 'charts' }, /^Are both of these you/],
  ['a parent for a child', 'child', { at: 'new', step: 'charts' }, /^Are both of these you/],
  ['two people', 'two-people', { at: 'new', step: 'charts' }, /^These look like two different people/],
  ['setting up', 'working', { at: 'setting-up', id: 's1' }, /^Setting up your share/],
  ['half done', 'half-done', { at: 'setting-up', id: 's1' }, /^This is half done/],
  ['not all taken back', 'half-back', { at: 'setting-up', id: 's1' }, /^It is not all taken back/],
  ['on', 'on', { at: 'setting-up', id: 's1' }, /^On\./],
  ['the hospital said no', 'said-no', { at: 'setting-up', id: 's1' }, /said no to this share/],
];

describe('axe finds nothing', () => {
  it.each(screens)('on %s', async (_name, scene, to, title) => {
    await openAt(scene, to, title);
    expect(await found()).toEqual([]);
  });

  it('on a first visit to practice', async () => {
    await openAt('', { at: 'sharing' }, /^Practice with made-up people/);
    expect(await found()).toEqual([]);
  });

  it('on a hospital that was found by its address', async () => {
    await openAt('ready-real', { at: 'new', step: 'from-and-to' }, /^Who has your records/);
    const [address] = screen.getAllByLabelText('Web address of its patient records');
    await userEvent.type(address as HTMLElement, 'oldmill.example{Enter}');
    await screen.findByRole('button', { name: 'Add it' });
    expect(await found()).toEqual([]);
  });

  it('on the wait for the browser', async () => {
    await openAt('waiting', { at: 'new', step: 'sign-in' }, /^Next, you sign in/);
    await press('Open the sign-in page');
    await arrived(/in your web browser/);
    expect(await found()).toEqual([]);
  });

  it('on what is left when somebody is not sure', async () => {
    await openAt('ready', { at: 'new', step: 'charts' }, /^Are both of these you/);
    await userEvent.click(screen.getByLabelText('I am not sure'));
    await press('Go on');
    await arrived(/^That is fine/);
    expect(await found()).toEqual([]);
  });

  describe('from check and sign on', () => {
    const review = async (scene = 'ready') => {
      await openAt(scene, { at: 'new', step: 'charts' }, /^Are both of these you/);
      await userEvent.click(screen.getByLabelText('Both are me'));
      await press('Go on');
      await arrived(/^I, Paul Tindall/);
    };

    it('on what is signed, and on a name that is not the signer’s', async () => {
      await review();
      expect(await found()).toEqual([]);
      await press('Say yes and share');
      expect(await found()).toEqual([]);
    });

    it('on what is signed when there is a doubt', async () => {
      await review('doubt');
      await press('Say yes and share');
      expect(await found()).toEqual([]);
    });

    it('in the ID card of who gets the records', async () => {
      await review('doubt');
      await press('ID card of Tern Bay Hospital');
      await screen.findByRole('dialog');
      expect(await found()).toEqual([]);
    });

    it('after a no', async () => {
      await review();
      await press('Say no');
      await arrived(/^You said no/);
      expect(await found()).toEqual([]);
    });

    it('in the ten seconds', async () => {
      await review();
      await userEvent.type(screen.getByLabelText('It is your choice. Type your name to say yes.'), 'Paul Tindall');
      await press('Say yes and share');
      await arrived(/^Sharing starts in/);
      expect(await found()).toEqual([]);
      await press('Cancel');
    });
  });

  it('on what is left when it was taken back', async () => {
    await openAt('half-done', { at: 'setting-up', id: 's1' }, /^This is half done/);
    await press('Take it back');
    await arrived(/^You took it back/);
    expect(await found()).toEqual([]);
  });
});
