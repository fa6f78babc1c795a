// The draft of a new share. What the person picks shows at once; the core keeps it and answers with what follows from it.
// Changes go out one after the other, only the newest of those that wait.
import { call, problemFrom } from '../host';
import type { Draft, DraftView, Problem } from '../host/bindings';

let view: DraftView | null = $state(null);
let problem: Problem | null = $state(null);
let waiting: Draft | null = null;
let sending: Promise<void> | null = null;

async function send(): Promise<void> {
  while (waiting) {
    const next = waiting;
    waiting = null;
    try {
      const answer = await call('draft_set', { draft: next });
      problem = null;
      // What was picked meanwhile stays picked.
      view = waiting ? { ...answer, draft: waiting } : answer;
    } catch (thrown) {
      problem = problemFrom(thrown);
    }
  }
  sending = null;
}

export const draft = {
  /** `null` until loaded. */
  get view(): DraftView | null {
    return view;
  },
  /** Why the draft could not be loaded or kept. */
  get problem(): Problem | null {
    return problem;
  },
  async load(): Promise<void> {
    if (sending) await sending;
    try {
      view = await call('draft', null);
      problem = null;
    } catch (thrown) {
      problem = problemFrom(thrown);
    }
  },
  change(part: Partial<Draft>): void {
    if (!view) return;
    const next = { ...$state.snapshot(view.draft), ...part };
    view = { ...view, draft: next };
    waiting = next;
    sending ??= send();
  },
  /** Waits until all changes are kept. */
  async settled(): Promise<void> {
    await sending;
  },
  /** Throws the draft away. Throws a `Problem`. */
  async clear(): Promise<void> {
    await sending;
    view = await call('draft_clear', null);
  },
  /** Forgets the copy in the window, not the draft. */
  forget(): void {
    view = null;
    problem = null;
  },
};
