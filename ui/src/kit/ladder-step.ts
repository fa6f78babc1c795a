import type { Sentence } from '../words/sentence';

/** One step of a ladder: how far it is, in words, and when that was. */
export interface LadderStep {
  readonly key: string;
  readonly how: 'done' | 'now' | 'waits' | 'cannot' | 'failed' | 'later';
  readonly words: Sentence;
  readonly more?: Sentence;
  /** The time as it is read, and as a machine reads it. */
  readonly at?: { readonly words: string; readonly iso: string };
}
