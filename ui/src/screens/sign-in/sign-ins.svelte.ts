/**
 * A sign-in at a hospital for seeing and stopping shares, from the moment the browser is asked to open until the
 * hospital's answer is there. The password and the answer never pass through this window.
 */
import { call, problemFrom } from '../../host';
import type { EhrId, Problem, SignInStarted } from '../../host/bindings';
import { go, route, type Route } from '../../route.svelte';
import { app } from '../../state/app.svelte';

/** One sign-in that is waited for, or that went wrong. */
export interface SigningIn {
  readonly ehr: EhrId;
  /** `null` until the browser was asked to open. */
  readonly started: SignInStarted | null;
  readonly problem: Problem | null;
}

let current: SigningIn | null = $state(null);
/** Counts sign-ins, so that a late answer to one that was left is not taken for the next. */
let turn = 0;

export const signIns = {
  /** The sign-in at this hospital, if one is under way or went wrong. */
  at(ehr: EhrId): SigningIn | null {
    return current?.ehr === ehr ? current : null;
  },

  /** Opens the hospital's page in the browser and waits. Then goes back to where the person was. */
  begin(ehr: EhrId, back: Route | null = route.now): void {
    void run(ehr, back);
  },

  /** Ends the waiting. */
  async cancel(ehr: EhrId): Promise<void> {
    turn += 1;
    current = null;
    try {
      await call('sign_in_cancel', { ehr });
    } catch {
      // Nobody waits any more, so there is nothing left to cancel.
    }
  },

  /** Puts a problem away that was read. */
  forget(): void {
    if (current?.problem) current = null;
  },
};

async function run(ehr: EhrId, back: Route | null): Promise<void> {
  if (current !== null && current.ehr !== ehr && current.problem === null) await signIns.cancel(current.ehr);
  turn += 1;
  const mine = turn;
  current = { ehr, started: null, problem: null };
  try {
    const started = await call('sign_in', { ehr, purpose: { for: 'manage' } });
    if (mine !== turn) return;
    current = { ehr, started, problem: null };
    const view = await call('sign_in_result', { ehr });
    if (mine !== turn) return;
    current = null;
    app.takeEhr(view);
    const waited = route.now.at === 'hospital' && route.now.id === ehr;
    if (back !== null && waited) go(back);
  } catch (thrown) {
    if (mine === turn) current = { ehr, started: null, problem: problemFrom(thrown) };
  }
}
