// axe over each screen of sharing and of hospitals, in each state, with its dialogs.
import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';

import type { EhrView } from '../../src/host/bindings';
import { abilities, asAsked } from '../../src/host/pretend/ehrs';
import ErrorScreen from '../../src/screens/ErrorScreen.svelte';
import FirstRun from '../../src/screens/FirstRun.svelte';
import Hospitals from '../../src/screens/Hospitals.svelte';
import Share from '../../src/screens/Share.svelte';
import Sharing from '../../src/screens/Sharing.svelte';
import Stop from '../../src/screens/Stop.svelte';
import { app } from '../../src/state/app.svelte';
import { faults } from '../axe';
import { detail, host, proof, share, sharingView, spruce, states, trouble } from './samples';

const hospital: EhrView = {
  id: 'spruce',
  name: spruce,
  host: 'spruce.example',
  address: 'https://spruce.example/fhir',
  fhir: 'r4',
  abilities: abilities('tell-who-looked'),
  limits: [],
  checkedAt: new Date().toISOString(),
  session: { state: 'signed-out' },
  practiceLogins: [{ who: 'Paul Tindall', username: 'paul', password: 'harbor-light-3', about: 'Born 1961' }],
};
const knows = (ehrs: EhrView[]) => app.take({ mode: 'real', kept: 'keyring', person: null, ehrs, anyShares: false, version: '0' });
const person = { name: 'Maria Okafor', birthDate: '1984-09-02', sex: 'female', signedInAs: null };

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

  test('in the stop dialog', async () => {
    const one = share('on', ['stop']);
    host({ sharing: () => sharingView([one]) });
    const { container } = render(Sharing);
    await userEvent.click(await screen.findByText('Stop sharing'));
    await screen.findByRole('dialog');
    expect(await faults(container)).toEqual([]);
  });

  test('at the hospitals: signed in, signed out, sign-in over, with made-up people', async () => {
    knows([
      hospital,
      { ...hospital, id: 'b', name: 'Tern Bay Hospital', session: { state: 'signed-in', person, kept: 'this-session', covers: [], manages: false, proven: true, granted: asAsked([]) } },
      { ...hospital, id: 'c', name: 'Old Mill Kidney Care', session: { state: 'expired', person } },
    ]);
    host({});
    const { container } = render(Hospitals);
    await userEvent.click(screen.getAllByText(/made-up person/)[0] as HTMLElement);
    expect(await faults(container)).toEqual([]);
  });

  test('at the hospitals with nothing there, and with one that was found', async () => {
    knows([]);
    host({ ehr_probe: ({ address }) => ({ address, host: 'mill.example', name: 'Old Mill', abilities: hospital.abilities, describes: 'itself', brand: null }) });
    const { container } = render(Hospitals);
    expect(await faults(container)).toEqual([]);
    await userEvent.type(screen.getByLabelText('Web address of its patient records'), 'https://mill.example/fhir{Enter}');
    await screen.findByText('mill.example');
    expect(await faults(container)).toEqual([]);
  });

  test('while the browser is open at a hospital', async () => {
    knows([hospital]);
    host({
      sign_in: ({ ehr }) => ({ ehr, host: 'spruce.example', page: 'https://spruce.example/auth', opened: false, until: new Date().toISOString() }),
      sign_in_result: () => new Promise(() => undefined),
      sign_in_cancel: () => null,
    });
    const { container } = render(Hospitals);
    await userEvent.click(screen.getByText('Sign in'));
    await screen.findByText('At the top of your browser it must say:');
    expect(await faults(container)).toEqual([]);
    await userEvent.click(screen.getByText('Cancel'));
  });

  test('in the forget dialog', async () => {
    knows([hospital]);
    host({ sharing: () => sharingView([share('on')]) });
    const { container } = render(Hospitals);
    await userEvent.click(screen.getByText('Forget here'));
    await screen.findByRole('dialog');
    expect(await faults(container)).toEqual([]);
  });
});
