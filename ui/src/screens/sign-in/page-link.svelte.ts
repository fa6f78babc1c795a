/** The link to a hospital's sign-in page while it is waited for: opened once more, or copied when nothing opened. */
import { call, problemFrom } from '../../host';
import type { Problem, SignInStarted } from '../../host/bindings';
import { announce } from '../../state/announce.svelte';
import { words } from '../../words';

const text = words.signIn;

export class PageLink {
  copied = $state(false);
  /** The link could not be copied, so it is shown to be copied by hand. */
  byHand = $state(false);
  problem: Problem | null = $state.raw(null);
  #openedAgain: boolean | null = $state(null);
  readonly #started: () => SignInStarted;

  constructor(started: () => SignInStarted) {
    this.#started = started;
  }

  /** Whether a web browser opened, the last time that it was asked to. */
  get opened(): boolean {
    return this.#openedAgain ?? this.#started().opened;
  }

  async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#started().page);
      this.copied = true;
      announce(text.copied);
    } catch {
      this.byHand = true;
    }
  }

  async openAgain(): Promise<void> {
    this.problem = null;
    try {
      this.#openedAgain = await call('sign_in_open_again', { ehr: this.#started().ehr });
      announce(this.#openedAgain ? text.openedAgain : text.notOpenedAgain);
    } catch (thrown) {
      this.problem = problemFrom(thrown);
    }
  }
}
