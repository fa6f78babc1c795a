import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import App from '../../src/App.svelte';
import { use, type Host } from '../../src/host';
import type { Commands } from '../../src/host/bindings';
import { pretend } from '../../src/host/pretend';
import { go } from '../../src/route.svelte';
import { app } from '../../src/state/app.svelte';
import { flow } from '../../src/state/flow.svelte';

type Call = { [Name in keyof Commands]: [Name, Commands[Name][0]] }[keyof Commands];
let stop: () => void = () => undefined;

/** Opens the window on a scripted host; returns the calls that it gets. */
async function openAt(scene: string, step: Parameters<typeof go>[0]): Promise<Call[]> {
  const calls: Call[] = [];
  const host = pretend(new URLSearchParams({ scene, pace: '5' }));
  const seen: Host = {
    call: (name, args) => {
      calls.push([name, args] as Call);
      return host.call(name, args);
    },
    listen: host.listen,
  };
  stop = use(seen);
  flow.forget();
  await app.load();
  go(step);
  render(App);
  return calls;
}
const title = (name: RegExp | string) => screen.findByRole('heading', { level: 1, name }, { timeout: 3000 });
const press = (name: RegExp | string) => userEvent.click(screen.getByRole('button', { name }));
const saved = (calls: Call[]) => calls.filter((call) => call[0] === 'draft_set').at(-1)?.[1];

afterEach(() => {
  vi.useRealTimers();
  cleanup();
  stop();
});

describe('a permission that the hospital already has', () => {
  const open = async () => {
    const calls = await openAt('ready', { at: 'new', step: 'what' });
    await title(/what can/i);
    await userEvent.click(screen.getByText('Or use a permission that Spruce Harbor Clinic already has from you'));
    return calls;
  };

  it('is picked instead of kinds, and says what it covers', async () => {
    const calls = await open();
    await userEvent.click(await screen.findByLabelText(/Given on January 15, 2026, for Tern Bay Hospital/));
    await waitFor(() => expect(saved(calls)).toMatchObject({ draft: { way: 'existing-consent', under: 'c-1', kinds: ['medicines', 'vaccines'] } }));
    expect(screen.queryAllByRole('checkbox', { checked: true })).toHaveLength(0);
    await screen.findByText('An earlier permission decides what is shared.');
  });

  it('is quoted where the app does not understand it', async () => {
    await open();
    await userEvent.click(await screen.findByLabelText(/Given on June 23, 2016/));
    await screen.findByText(/We do not understand all of it/);
  });

  it('gives way when a kind is ticked', async () => {
    const calls = await open();
    await userEvent.click(await screen.findByLabelText(/Given on January 15, 2026/));
    await userEvent.click(screen.getByRole('checkbox', { name: /Allergies/ }));
    await waitFor(() => expect(saved(calls)).toMatchObject({ draft: { way: 'consent-tokens', under: null, kinds: ['allergies'] } }));
  });
});

describe('from and to', () => {
  it('keeps both ends in the draft and swaps them', async () => {
    const calls = await openAt('', { at: 'new', step: 'from-and-to' });
    await title(/who has your records/i);
    await userEvent.click(within(screen.getByRole('group', { name: /^From/ })).getByLabelText('Spruce Harbor Clinic'));
    await userEvent.click(within(screen.getByRole('group', { name: /^To/ })).getByLabelText('Tern Bay Hospital'));
    await waitFor(() => expect(saved(calls)).toMatchObject({ draft: { from: 'spruce-harbor', to: 'tern-bay' } }));
    await press('Swap');
    await waitFor(() => expect(saved(calls)).toMatchObject({ draft: { from: 'tern-bay', to: 'spruce-harbor' } }));
  });

  it('never has the same hospital at both ends', async () => {
    const calls = await openAt('ready', { at: 'new', step: 'from-and-to' });
    await title(/who has your records/i);
    await userEvent.click(within(screen.getByRole('group', { name: /^From/ })).getByLabelText('Tern Bay Hospital'));
    await waitFor(() => expect(saved(calls)).toMatchObject({ draft: { from: 'tern-bay', to: 'spruce-harbor' } }));
  });

  it('says what is missing when pressed, and stays', async () => {
    await openAt('', { at: 'new', step: 'from-and-to' });
    await title(/who has your records/i);
    await press('Next');
    expect(screen.getAllByText('Pick who has your records and who should get them.').length).toBeGreaterThan(0);
  });

  it('shows what a hospital can do before it is added', async () => {
    const calls = await openAt('ready-real', { at: 'new', step: 'from-and-to' });
    await title(/who has your records/i);
    const [address] = screen.getAllByLabelText('Web address of its patient records');
    await userEvent.type(address as HTMLElement, 'fairhaven.example{Enter}');
    expect((await screen.findAllByText('We found Fairhaven Clinic.')).length).toBeGreaterThan(0);
    expect(calls.some(([name]) => name === 'ehr_add')).toBe(false);
    await press('Add it');
    await waitFor(() => expect(saved(calls)).toMatchObject({ draft: { from: 'fairhaven.example' } }));
  });
});

describe('what to share', () => {
  it('has nothing ticked, and the sentence grows with each tick', async () => {
    await openAt('', { at: 'new', step: 'from-and-to' });
    await title(/who has your records/i);
    await userEvent.click(within(screen.getByRole('group', { name: /^From/ })).getByLabelText('Spruce Harbor Clinic'));
    await userEvent.click(within(screen.getByRole('group', { name: /^To/ })).getByLabelText('Tern Bay Hospital'));
    await press('Next');
    await title('What can Tern Bay Hospital see?');
    expect(screen.getAllByRole('checkbox').some((box) => (box as HTMLInputElement).checked)).toBe(false);
    await userEvent.click(screen.getByRole('checkbox', { name: 'Medicines' }));
    await userEvent.click(screen.getByRole('checkbox', { name: 'Vaccines' }));
    await waitFor(() => expect(document.querySelector('.sentence')?.textContent).toContain('share my medicines and vaccines with Tern Bay Hospital'));
    expect(screen.getByText('The name of a drug can show why you take it. You left health problems out.')).toBeTruthy();
  });
});

describe('signing in', () => {
  it('asks for exactly the ticked kinds, first at the source, then at the target', async () => {
    const calls = await openAt('draft', { at: 'new', step: 'sign-in' });
    await title('Next, you sign in at Spruce Harbor Clinic.');
    await press('Open the sign-in page');
    await title('Now sign in at Tern Bay Hospital.');
    await press('Open the sign-in page');
    await title('Are both of these you?');
    const kinds = ['medicines', 'allergies', 'lab-tests', 'vaccines'];
    expect(calls.filter(([name]) => name === 'sign_in').map(([, args]) => args)).toEqual([
      { ehr: 'spruce-harbor', purpose: { for: 'source', kinds } },
      { ehr: 'tern-bay', purpose: { for: 'target', kinds } },
    ]);
  });

  it('is not asked again when the sign-ins cover the kinds', async () => {
    const calls = await openAt('ready', { at: 'new', step: 'sign-in' });
    await title('Are both of these you?');
    await press('Back');
    await title('Why, and for how long?');
    await press('Next');
    await title('Are both of these you?');
    expect(calls.some(([name]) => name === 'sign_in')).toBe(false);
  });

  it('goes back to the start when the person cancels, and throws the answer away', async () => {
    const calls = await openAt('waiting', { at: 'new', step: 'sign-in' });
    await title('Next, you sign in at Spruce Harbor Clinic.');
    await press('Open the sign-in page');
    await title('Sign in at Spruce Harbor Clinic, in your web browser.');
    await waitFor(() => expect(document.activeElement?.textContent).toContain('Copy the link'));
    await press('Cancel');
    await title('Next, you sign in at Spruce Harbor Clinic.');
    expect(calls.some(([name]) => name === 'sign_in_cancel')).toBe(true);
    expect(screen.queryByText('You said no on the sign-in page.')).toBeNull();
  });
});

describe('are both charts you', () => {
  it('offers no way on for two people', async () => {
    await openAt('two-people', { at: 'new', step: 'charts' });
    await title('These look like two different people.');
    expect(screen.queryByRole('button', { name: 'Go on' })).toBeNull();
    expect(screen.queryByRole('radio')).toBeNull();
  });

  it('ends kindly for somebody who is not sure', async () => {
    const calls = await openAt('ready', { at: 'new', step: 'charts' });
    await title('Are both of these you?');
    await userEvent.click(screen.getByLabelText('I am not sure'));
    await press('Go on');
    await title('That is fine. Nothing was shared.');
    expect(calls.some(([name]) => name === 'review')).toBe(false);
  });

  it('needs an answer', async () => {
    await openAt('near', { at: 'new', step: 'charts' });
    await title('Are both of these you?');
    await press('Go on');
    expect(screen.getAllByText('Pick an answer.').length).toBeGreaterThan(0);
    expect(screen.getByText('The name is not the same.')).toBeTruthy();
  });
});

describe('check and sign', () => {
  async function review(scene = 'ready') {
    const calls = await openAt(scene, { at: 'new', step: 'charts' });
    await title('Are both of these you?');
    await userEvent.click(screen.getByLabelText('Both are me'));
    await press('Go on');
    await waitFor(() =>
      expect(document.querySelector('h1')?.textContent).toMatch(
        /^I, Paul Tindall, let Spruce Harbor Clinic share my medicines, allergies, lab tests and vaccines with Tern Bay Hospital, for my care, until .+\d{4}\.$/,
      ),
    );
    return calls;
  }
  const start = (calls: Call[]) => calls.find(([name]) => name === 'share_start')?.[1];

  it('gives yes and no the same weight', async () => {
    await review();
    const [no, yes] = ['Say no', 'Say yes and share'].map((name) => screen.getByRole('button', { name }));
    expect(no?.className).toBe(yes?.className);
  });

  it('does not take another name', async () => {
    const calls = await review();
    await userEvent.type(screen.getByLabelText('It is your choice. Type your name to say yes.'), 'Paul');
    await press('Say yes and share');
    expect(screen.getAllByText(/Type your whole name, as the hospital has it: Paul Tindall/).length).toBeGreaterThan(0);
    expect(start(calls)).toBeUndefined();
  });

  it('keeps the draft after a no', async () => {
    const calls = await review();
    await press('Say no');
    await title('You said no. Nothing was shared.');
    await press('Keep them as a draft');
    expect(calls.some(([name]) => name === 'draft_clear' || name === 'share_start')).toBe(false);
  });

  it('shows the Consent as text', async () => {
    await review();
    expect(document.querySelector('pre')?.textContent).toContain('"resourceType": "Consent"');
  });

  it('asks once more when the checking service did not plainly say yes', async () => {
    const calls = await review('doubt');
    expect(screen.getByText(/The checking service does not know Tern Bay Hospital\./)).toBeTruthy();
    await userEvent.type(screen.getByLabelText('It is your choice. Type your name to say yes.'), 'Paul Tindall');
    await press('Say yes and share');
    await screen.findAllByText('Tick the box above your name first, or say no.');
    await userEvent.click(screen.getByRole('checkbox', { name: /want to share with Tern Bay Hospital all the same/ }));
    vi.useFakeTimers({ shouldAdvanceTime: true });
    screen.getByRole('button', { name: 'Say yes and share' }).click();
    await title('Sharing starts in 10 seconds.');
    await vi.advanceTimersByTimeAsync(10_400);
    expect(start(calls)).toMatchObject({ yes: { anyway: true } });
  });

  it('shows on the ID card as whom and for what it asks, who confirms it, and who warns', async () => {
    await review('doubt');
    await press('ID card of Tern Bay Hospital');
    const card = within(await screen.findByRole('dialog'));
    for (const words of ['Hospital system', 'treatment', 'Confirmed by Harbor Health Alliance, as Tern Bay Hospital.', 'The service does not know it.', 'Warns']) {
      expect(card.getByText(words)).toBeTruthy();
    }
  });

  it('sends nothing for ten seconds, and nothing at all after a cancel', async () => {
    const calls = await review();
    await userEvent.type(screen.getByLabelText('It is your choice. Type your name to say yes.'), 'Paul Tindall');
    vi.useFakeTimers({ shouldAdvanceTime: true });
    screen.getByRole('button', { name: 'Say yes and share' }).click();
    await title('Sharing starts in 10 seconds.');
    await vi.advanceTimersByTimeAsync(9000);
    expect(start(calls)).toBeUndefined();
    expect(document.activeElement?.textContent).toContain('Cancel');
    screen.getByRole('button', { name: 'Cancel' }).click();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(start(calls)).toBeUndefined();
  });

  it('starts after ten seconds with what was signed, and ends with On and what arrived', async () => {
    const calls = await review();
    await userEvent.type(screen.getByLabelText('It is your choice. Type your name to say yes.'), 'Paul Tindall');
    vi.useFakeTimers({ shouldAdvanceTime: true });
    screen.getByRole('button', { name: 'Say yes and share' }).click();
    await title('Sharing starts in 10 seconds.');
    await vi.advanceTimersByTimeAsync(10_400);
    expect(start(calls)).toEqual({ yes: { approval: 's-new', typedName: 'Paul Tindall', charts: 'both-me', anyway: false } });
    await title('On. Tern Bay Hospital can get 4 kinds of your records from Spruce Harbor Clinic.');
    expect((await screen.findAllByText(/259 records, said Tern Bay Hospital/)).length).toBeGreaterThan(0);
  });
});

describe('after the yes', () => {
  it('offers to finish or to take back with equal weight when it is half done', async () => {
    const calls = await openAt('half-done', { at: 'setting-up', id: 's1' });
    await title(/This is half done/);
    expect(screen.getByRole('button', { name: 'Take it back' }).className).toBe(screen.getByRole('button', { name: 'Finish now' }).className);
    await press('Take it back');
    await title('You took it back. Nothing is shared.');
    expect(calls.some(([name]) => name === 'share_take_back')).toBe(true);
  });

  it('says what is left when it could not all be taken back', async () => {
    await openAt('half-back', { at: 'setting-up', id: 's1' });
    await title('It is not all taken back yet.');
    expect(screen.getByText('Tern Bay Hospital cannot get the records. Spruce Harbor Clinic may still keep your choices.')).toBeTruthy();
    const rungs = within(screen.getByRole('list', { name: 'What was done' })).getAllByRole('listitem');
    expect(rungs.map((rung) => rung.querySelector('.words')?.textContent)).toEqual([
      'Tern Bay Hospital may remember where to ask, but gets nothing',
      'Spruce Harbor Clinic took its yes back',
      'Close your choices at Spruce Harbor Clinic',
    ]);
  });

  it('says who said no, and that nothing was shared', async () => {
    await openAt('said-no', { at: 'setting-up', id: 's1' });
    await title('Spruce Harbor Clinic said no to this share.');
    expect(screen.getByText('Nothing was shared.')).toBeTruthy();
    expect(screen.getByText(/not on our list of partners/)).toBeTruthy();
  });
});

describe('the frame', () => {
  it('moves the focus to the title and names the window after it', async () => {
    await openAt('ready', { at: 'new', step: 'what' });
    const heading = await title('What can Tern Bay Hospital see?');
    expect(document.title).toBe('What can Tern Bay Hospital see? - Consentry');
    await press('Back');
    const next = await title(/who has your records/i);
    expect(next).not.toBe(heading);
    await waitFor(() => expect(document.activeElement).toBe(next));
  });

  it('says on every screen that practice is practice', async () => {
    await openAt('ready', { at: 'new', step: 'what' });
    expect(await screen.findByText('PRACTICE')).toBeTruthy();
    await waitFor(() => expect(document.documentElement.dataset.mode).toBe('practice'));
  });

  it('shows words of a hospital as text, never as markup', async () => {
    const host = pretend(new URLSearchParams({ scene: 'ready' }));
    const evil: Host = {
      listen: host.listen,
      call: async (name, args) => {
        const answer = await host.call(name, args);
        return JSON.parse(JSON.stringify(answer).replaceAll('Tern Bay Hospital', '<img src=x onerror=alert(1)>')) as typeof answer;
      },
    };
    stop = use(evil);
    flow.forget();
    await app.load();
    go({ at: 'new', step: 'what' });
    render(App);
    await title('What can <img src=x onerror=alert(1)> see?');
    expect(document.querySelector('img')).toBeNull();
  });
});
