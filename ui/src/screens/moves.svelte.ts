/** What a person does with a share, from wherever the share is shown. Only moves that the share lists are offered. */
import { call, problemFrom } from '../host';
import type { EhrId, Move, Problem, ShareView } from '../host/bindings';
import { go } from '../route.svelte';
import { flow } from '../state/flow.svelte';
import { signIns } from './sign-in/sign-ins.svelte';

export class Moves {
  /** The move under way. */
  busy: { readonly id: string; readonly move: Move } | null = $state(null);
  /** What went wrong with the last move, and with which share. */
  problem: { readonly id: string; readonly problem: Problem } | null = $state(null);
  /** The share for which the stop dialog is open. */
  asking: ShareView | null = $state(null);
  readonly #renew: () => unknown;

  /** `renew` fetches what is shown again. */
  constructor(renew: () => unknown) {
    this.#renew = renew;
  }

  /** The move of this share that is under way. */
  busyWith(share: ShareView): Move | null {
    return this.busy?.id === share.id ? this.busy.move : null;
  }

  /** Begins a move. A stop asks first; everything else starts at once. */
  make(share: ShareView, move: Move): void {
    if (this.busy !== null) return;
    switch (move) {
      case 'stop':
        this.problem = null;
        this.asking = share;
        return;
      case 'sign-in-from':
        this.#signIn(share.from.ehr);
        return;
      case 'sign-in-to':
        this.#signIn(share.to.ehr);
        return;
      case 'try-stop-again':
        void this.#run(share, move, () => call('share_stop', { id: share.id }), () => go({ at: 'stop', id: share.id }));
        return;
      case 'finish':
        void this.#run(share, move, () => call('share_finish', { id: share.id }), () => go({ at: 'setting-up', id: share.id }));
        return;
      case 'take-back':
        void this.#run(share, move, () => call('share_take_back', { id: share.id }));
        return;
      case 'know-it':
        void this.#run(share, move, () => call('share_know', { id: share.id }));
        return;
      case 'share-again':
        void this.#run(share, move, () => call('share_again', { id: share.id }), () => {
          flow.forget();
          go({ at: 'new', step: 'from-and-to' });
        });
        return;
    }
  }

  /** The person said yes to the stop. */
  async stop(): Promise<void> {
    const share = this.asking;
    if (share === null || this.busy !== null) return;
    await this.#run(share, 'stop', () => call('share_stop', { id: share.id }), () => {
      this.asking = null;
      go({ at: 'stop', id: share.id });
    });
  }

  /** The person keeps sharing. While the stop is being sent there is nothing to keep. */
  keep(): void {
    if (this.busy === null) {
      this.asking = null;
      this.problem = null;
    }
  }

  #signIn(ehr: EhrId | null): void {
    if (ehr !== null) signIns.begin(ehr);
    go(ehr === null ? { at: 'hospitals' } : { at: 'hospital', id: ehr });
  }

  async #run(share: ShareView, move: Move, act: () => Promise<unknown>, then?: () => void): Promise<void> {
    this.busy = { id: share.id, move };
    this.problem = null;
    try {
      await act();
      this.busy = null;
      if (then) then();
      else await this.#renew();
    } catch (thrown) {
      this.problem = { id: share.id, problem: problemFrom(thrown) };
      await this.#renew();
    } finally {
      this.busy = null;
    }
  }
}
