/** One share as it is now: fetched when a screen opens, and again whenever the core says that it changed. */
import { call, on, problemFrom } from '../host';
import type { Problem, ShareDetail, ShareView } from '../host/bindings';
import { Moves } from './moves.svelte';

export class OneShare {
  /** `null` until the first answer. A later failure keeps what is shown. */
  detail: ShareDetail | null = $state.raw(null);
  problem: Problem | null = $state.raw(null);
  /** Whether the hospitals are being asked because the person wanted it. */
  checking = $state(false);
  /** What a person does with it. */
  readonly moves = new Moves(() => this.load());
  readonly #id: () => string;
  /** Counts requests, so that an older answer never replaces a newer one. */
  #asked = 0;

  /** `id` is read at each request. */
  constructor(id: () => string) {
    this.#id = id;
  }

  get share(): ShareView | null {
    return this.detail?.share ?? null;
  }

  async load(): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    try {
      const detail = await call('share', { id: this.#id() });
      if (mine !== this.#asked) return;
      this.detail = detail;
      this.problem = null;
    } catch (thrown) {
      if (mine === this.#asked) this.problem = problemFrom(thrown);
    }
  }

  /** Takes over the view that a command answered with. */
  take(share: ShareView): void {
    if (this.detail) this.detail = { ...this.detail, share };
  }

  /** Asks the hospitals now. A failed check leaves what is shown, with its time. */
  async check(): Promise<void> {
    this.checking = true;
    try {
      await call('check_now', null);
      await this.load();
    } catch (thrown) {
      this.problem = problemFrom(thrown);
    } finally {
      this.checking = false;
    }
  }

  /** Keeps it up to date until the returned function is called. */
  follow(): () => void {
    void this.load();
    const stops = [
      on('sharing-changed', () => void this.load()),
      on('connection-changed', (event) => {
        if (event.id === this.#id()) void this.load();
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }
}

/** One share for as long as the screen that calls this is shown. Call it while the screen is being made. */
export function oneShare(id: () => string): OneShare {
  const live = new OneShare(id);
  $effect(() => live.follow());
  return live;
}
