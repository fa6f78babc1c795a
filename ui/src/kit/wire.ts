import type { IconName } from './icons';

/**
 * How the line between two hospitals is drawn. One shape for each thing that can be true of a share.
 * A point at the end means that records can move; no point, they cannot.
 */
export type WireLook =
  | 'draft'
  | 'setting-up'
  | 'half-done'
  | 'on'
  | 'check'
  | 'ends-soon'
  | 'stopping'
  | 'stopped'
  | 'said-no'
  | 'ended'
  | 'alarm'
  | 'not-from-here'
  | 'cannot-check'
  /** Not a share: two charts of one person. */
  | 'one-person'
  /** Not a share: two charts of two people. */
  | 'two-people';

/** How one stretch of the line is stroked. */
export type Stroke = 'solid' | 'dash' | 'dots';

/** The sign that sits in the middle of the line. */
export type Sign = Extract<IconName, 'half' | 'warn' | 'clock' | 'alarm' | 'question' | 'plug-off' | 'user' | 'cross'>;

/** What stands between the two stretches: a sign, a cut, nothing, or there is one stretch only. */
export type Middle = Sign | 'cut' | 'join' | null;

/** What stands at the receiver's end. */
export type Tip = 'point' | 'bar' | 'none';

/** The drawing of one look. */
export interface Drawing {
  readonly first: Stroke;
  readonly middle: Middle;
  readonly second: Stroke;
  readonly tip: Tip;
}

/** All drawings. */
export const drawings: Record<WireLook, Drawing> = {
  draft: { first: 'dots', middle: null, second: 'dots', tip: 'point' },
  'setting-up': { first: 'dash', middle: null, second: 'dash', tip: 'point' },
  'half-done': { first: 'solid', middle: 'half', second: 'dash', tip: 'point' },
  on: { first: 'solid', middle: null, second: 'solid', tip: 'point' },
  check: { first: 'solid', middle: 'warn', second: 'solid', tip: 'point' },
  'ends-soon': { first: 'solid', middle: 'clock', second: 'dash', tip: 'point' },
  stopping: { first: 'solid', middle: 'cut', second: 'dash', tip: 'point' },
  stopped: { first: 'solid', middle: 'cut', second: 'solid', tip: 'none' },
  'said-no': { first: 'dots', middle: null, second: 'dots', tip: 'bar' },
  ended: { first: 'solid', middle: 'join', second: 'dots', tip: 'none' },
  alarm: { first: 'solid', middle: 'alarm', second: 'solid', tip: 'point' },
  'not-from-here': { first: 'solid', middle: 'question', second: 'solid', tip: 'point' },
  'cannot-check': { first: 'dots', middle: 'plug-off', second: 'dots', tip: 'point' },
  'one-person': { first: 'dash', middle: 'user', second: 'dash', tip: 'none' },
  'two-people': { first: 'dots', middle: 'cross', second: 'dots', tip: 'none' },
};
