import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import type { ClientView, EhrView } from '../../src/host/bindings';
import { asAsked, spruce as sample, usualClient } from '../../src/host/pretend/ehrs';
import HowKnown from '../../src/screens/HowKnown.svelte';
import Granted from '../../src/screens/sign-in/Granted.svelte';
import { app } from '../../src/state/app.svelte';
import { host, spruce, trouble } from './samples';

const person = { name: 'Maria Okafor', birthDate: '1984-09-02', sex: 'female', signedInAs: null };
const hospital = (session: EhrView['session']): EhrView => ({ ...sample(), id: 'spruce', name: spruce, session, practiceLogins: [] });
const out = hospital({ state: 'signed-out' });

test('shows how the app is known and registers it where apps may register themselves', async () => {
  const { call } = host({
    ehr_client: () => ({ ...usualClient('spruce'), canRegister: true }),
    ehr_client_register: (): ClientView => ({ ...usualClient('spruce'), clientId: 'c-7', kind: 'key', origin: 'registered', ports: [49813] }),
  });
  render(HowKnown, { ehr: out });
  await screen.findByText('consentry');
  await userEvent.setup().click(screen.getByText('Register automatically'));
  await screen.findByText('c-7');
  expect(call).toHaveBeenCalledWith('ehr_client_register', { ehr: 'spruce' });
  expect(screen.getByText('The app is registered there.')).toBeTruthy();
});

test('a secret is sent once, and never shown again', async () => {
  const { call } = host({
    ehr_client: () => usualClient('spruce'),
    ehr_client_set: (): ClientView => ({ ...usualClient('spruce'), clientId: 'app-9', kind: 'secret', origin: 'given' }),
  });
  render(HowKnown, { ehr: out });
  const user = userEvent.setup();
  await user.click(await screen.findByRole('radio', { name: /with a secret/u }));
  const id = screen.getByRole('textbox', { name: 'Client ID' });
  await user.clear(id);
  await user.type(id, 'app-9');
  await user.click(screen.getByText('Save and sign out there'));
  expect(call).not.toHaveBeenCalledWith('ehr_client_set', expect.anything());
  expect(screen.getByText('Type the client secret first.')).toBeTruthy();
  const field: HTMLInputElement = screen.getByLabelText('Client secret');
  expect(field.type).toBe('password');
  await user.type(field, 's3cret');
  await user.click(screen.getByText('Save and sign out there'));
  await screen.findByText(/You are signed out there/u);
  const change = { clientId: 'app-9', kind: 'secret', secret: 's3cret', ports: [] };
  expect(call).toHaveBeenCalledWith('ehr_client_set', { ehr: 'spruce', change });
  expect(field.value).toBe('');
});

test('a hospital that says no is quoted', async () => {
  host({
    ehr_client: () => ({ ...usualClient('spruce'), canRegister: true }),
    ehr_client_register: () => {
      throw trouble('registration-refused', { ehr: spruce, said: 'Ask the help desk.' });
    },
  });
  render(HowKnown, { ehr: out });
  await userEvent.setup().click(await screen.findByText('Register automatically'));
  await screen.findByText(/did not add this app/u);
  expect(document.body.textContent).toContain('Ask the help desk.');
});

test('says in plain words what was left out, what comes along and what was added', async () => {
  const names = { 'lab-tests': 'Lab tests', 'vital-signs': 'Vital signs', notes: 'Notes and letters' };
  const glossary = (Object.keys(names) as (keyof typeof names)[]).map((id) => ({ id, name: names[id], short: '', long: '' }));
  host({ app_view: () => ({ mode: 'real', kept: 'keyring', person: null, ehrs: [], anyShares: false, version: '0' }), glossary: () => glossary });
  await app.load();
  const granted = { ...asAsked(['lab-tests']), leftOut: ['lab-tests' as const], leftOutMore: ['staying' as const], widened: ['vital-signs' as const], added: ['notes' as const], mayChange: true };
  render(Granted, { ehr: hospital({ state: 'signed-in', person, kept: 'keyring', covers: [], manages: true, proven: false, granted }) });
  const said = within(screen.getByRole('list', { name: 'What the hospital left out or added' })).getAllByRole('listitem');
  expect(said).toHaveLength(6);
  const all = document.body.textContent;
  for (const part of ['did not prove who signed in', 'left out what you asked to see: lab tests', 'sign in again each time', 'may also see: vital signs', 'nobody asked for: notes and letters', 'does not do it']) {
    expect(all).toContain(part);
  }
});

test('says nothing when everything came as asked', () => {
  host({});
  render(Granted, { ehr: hospital({ state: 'signed-in', person, kept: 'keyring', covers: [], manages: true, proven: true, granted: asAsked([]) }) });
  expect(screen.queryByRole('list')).toBeNull();
});
