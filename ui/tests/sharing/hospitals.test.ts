import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';

import type { Ability, AppView, ConsentView, EhrView } from '../../src/host/bindings';
import { asAsked } from '../../src/host/pretend/ehrs';
import Hospitals from '../../src/screens/Hospitals.svelte';
import { app } from '../../src/state/app.svelte';
import { host, share, sharingView, spruce, trouble } from './samples';

const offered: readonly Ability[] = ['sign-in', 'save-choices', 'share-and-stop', 'list-shares'];
const all: readonly Ability[] = [...offered, 'tell-who-looked', 'get-records'];

const hospital = (more: Partial<EhrView> = {}): EhrView => ({
  id: 'spruce',
  name: spruce,
  host: 'spruce.example',
  address: 'https://spruce.example/fhir',
  fhir: 'r4b',
  abilities: all.map((ability) => ({ ability, offered: offered.includes(ability) })),
  limits: [],
  checkedAt: new Date().toISOString(),
  session: { state: 'signed-out' },
  practiceLogins: [],
  ...more,
});
const view = (ehrs: EhrView[]): AppView => ({ mode: 'real', kept: 'keyring', person: null, ehrs, anyShares: true, version: '0' });
const person = { name: 'Maria Okafor', birthDate: '1984-09-02', sex: 'female', signedInAs: null };

beforeEach(() => {
  window.location.hash = '#/hospitals';
  app.take(view([hospital()]));
});

test('says what a hospital can and cannot do, each under its word', () => {
  host({});
  render(Hospitals);
  const cannot = within(screen.getByRole('list', { name: 'It cannot:' }));
  expect(cannot.getAllByRole('listitem').map((item) => item.textContent.trim())).toEqual([
    'Say who looked, and when',
    'Get records from another hospital',
  ]);
  expect(within(screen.getByRole('list', { name: 'It can:' })).getAllByRole('listitem')).toHaveLength(offered.length);
});

test('a sign-in waits for the browser and says what its address must be', async () => {
  let answer: (ehr: EhrView) => void = () => undefined;
  const { call } = host({
    sign_in: ({ ehr }) => ({ ehr, host: 'spruce.example', page: 'https://spruce.example/auth', opened: true, until: new Date().toISOString() }),
    sign_in_result: () => new Promise<EhrView>((done) => (answer = done)),
  });
  render(Hospitals);
  await userEvent.setup().click(screen.getByText('Sign in'));
  await screen.findByText('Sign in at', { exact: false });
  expect(screen.getByText('spruce.example')).toBeTruthy();
  expect(call).toHaveBeenCalledWith('sign_in', { ehr: 'spruce', purpose: { for: 'manage' } });
  await waitFor(() => expect(call).toHaveBeenCalledWith('sign_in_result', { ehr: 'spruce' }));
  answer(hospital({ session: { state: 'signed-in', person, kept: 'this-session', covers: [], manages: true, proven: true, granted: asAsked([]) } }));
  await screen.findByText('Signed in.');
  expect(document.body.textContent).toContain('You are signed out when this app closes.');
});

test('a sign-in that went wrong is told where it was begun', async () => {
  host({
    sign_in: () => {
      throw trouble('app-unknown', { records: 'nothing-shared', turn: 'hospital' });
    },
  });
  render(Hospitals);
  await userEvent.setup().click(screen.getByText('Sign in'));
  await screen.findByText(/does not know this app yet/);
});

test('forgetting warns of the shares that stay on there', async () => {
  const { call } = host({ sharing: () => sharingView([share('on'), share('not-stopped'), share('stopped')]), ehr_forget: () => view([]) });
  render(Hospitals);
  const user = userEvent.setup();
  await user.click(screen.getByText('Forget here'));
  const dialog = await screen.findByRole('dialog');
  expect(dialog.textContent).toContain(`2 shares stay on at ${spruce} unless you stop them first.`);
  expect(call).not.toHaveBeenCalledWith('ehr_forget', expect.anything());
  await user.click(within(dialog).getByText('Forget here'));
  await waitFor(() => expect(call).toHaveBeenCalledWith('ehr_forget', { ehr: 'spruce' }));
});

test('forgetting never says that nothing is on when that could not be found out', async () => {
  host({
    sharing: () => {
      throw trouble('unreachable');
    },
  });
  render(Hospitals);
  await userEvent.setup().click(screen.getByText('Forget here'));
  expect((await screen.findByRole('dialog')).textContent).toContain('We could not look for your shares there.');
});

test('a hospital is asked first and added only when the person says so', async () => {
  const { call } = host({
    ehr_probe: ({ address }) => ({ address, host: 'mill.example', name: 'Old Mill', abilities: hospital().abilities, describes: 'a-product', brand: { name: 'Old Mill', place: 'Old Mill, ME', host: 'brands.example' } }),
    ehr_add: ({ address }) => hospital({ id: 'mill', name: 'Old Mill', host: 'mill.example', address }),
  });
  render(Hospitals);
  const user = userEvent.setup();
  await user.type(screen.getByLabelText('Web address of its patient records'), 'https://mill.example/fhir');
  await user.click(screen.getByText('Look it up'));
  await screen.findByText('mill.example');
  expect(screen.getByText('What it says it can do is about a product, not about this hospital itself.')).toBeTruthy();
  expect(document.body.textContent).toContain('brands.example lists it as Old Mill in Old Mill, ME.');
  expect(call).not.toHaveBeenCalledWith('ehr_add', expect.anything());
  await user.click(screen.getByText('Add it'));
  await waitFor(() => expect(app.ehrs.map((ehr) => ehr.name)).toContain('Old Mill'));
});

const paper = (more: Partial<ConsentView> = {}): ConsentView => ({
  id: 'c1',
  active: true,
  share: null,
  recipient: null,
  kinds: [],
  partly: [],
  others: [],
  given: null,
  lastDay: null,
  recordsFrom: null,
  recordsTo: null,
  said: null,
  opaque: [],
  ...more,
});

test('choices on file are asked when they are opened, and what is not understood is said first', async () => {
  app.take(view([hospital({ session: { state: 'signed-in', person, kept: 'keyring', covers: [], manages: true, proven: true, granted: asAsked([]) } })]));
  const { call } = host({ ehr_consents: () => [paper({ recipient: 'Tern Bay', partly: ['medicines'], others: ['Media'], recordsFrom: '2020-01-01', opaque: ['base', 'limits'] })] });
  render(Hospitals);
  expect(call).not.toHaveBeenCalledWith('ehr_consents', expect.anything());
  await userEvent.setup().click(screen.getByText('Your choices on file there'));
  await screen.findByText(/does not understand all of it: what happens to everything it does not name; it holds only for some records/);
  expect(document.body.textContent).toContain('For Tern Bay.');
  expect(document.body.textContent).toContain('Only records since January');
  expect(document.body.textContent).toContain('It has no end. Not made with this app.');
  expect(document.body.textContent).toContain('Also allows Media.');
});

test('who is signed out, or may not manage, is not offered the choices on file; the release is told to who helps', () => {
  host({});
  render(Hospitals);
  expect(screen.queryByText('Your choices on file there')).toBeNull();
  expect(document.body.textContent).toContain('it speaks FHIR R4B (4.3).');
});
