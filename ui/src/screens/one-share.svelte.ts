/** One share as it is now: fetched when a screen opens, and again whenever the core says that it changed. */
import { call, on, problemFrom } from '../host';
import type { Problem, ShareDetail } from '../host/bindings';

export class OneShare {
  /** `null` until the first answer. A later failure keeps what is shown. */
  detail: ShareDetail | null = $state(null);
  problem: Problem | null = $state(null);
  /** Whether the hospitals are being asked because the person wanted it. */
  checking = $state(false);
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  async load(): Promise<void> {
    try {
      this.detail = await call('share', { id: this.#id });
      this.problem = null;
    } catch (thrown) {
      this.problem = problemFrom(thrown);
    }
  }

  /** Asks the hospitals now. */
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
        if (event.id === this.#id) void this.load();
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }
}
