// The drawings of all icons: strokes on a grid of 20, round ends, in the colour of the text around them.
// `solid` parts are filled. An icon never stands alone: a word beside it carries the meaning.

export interface Drawing {
  readonly strokes: string;
  readonly solid?: string;
}

const ring = 'M10 2.75a7.25 7.25 0 1 1 0 14.5a7.25 7.25 0 1 1 0-14.5z';

export const icons = {
  /** On the way from one side to the other. */
  arrow: { strokes: 'M3 10h14M12.25 5.25L17 10l-4.75 4.75' },
  left: { strokes: 'M12 5l-5 5 5 5' },
  right: { strokes: 'M8 5l5 5-5 5' },
  down: { strokes: 'M5 8l5 5 5-5' },
  check: { strokes: 'M4 10.5l4 4 8.25-8.75' },
  'check-circle': { strokes: `${ring}M6.75 10.25l2.25 2.25 4.25-4.75` },
  minus: { strokes: 'M4.5 10h11' },
  plus: { strokes: 'M10 4.25v11.5M4.25 10h11.5' },
  cross: { strokes: 'M5.25 5.25l9.5 9.5M14.75 5.25l-9.5 9.5' },
  info: { strokes: `${ring}M10 9.25v4.25M10 6.5v.01` },
  question: { strokes: `${ring}M7.9 7.9a2.15 2.15 0 1 1 3.2 1.9c-.75.45-1.1.95-1.1 1.75M10 14.1v.01` },
  warn: { strokes: 'M10 3.1l7.4 13.15H2.6zM10 8v3.75M10 13.9v.01' },
  /** The eight-sided sign: NOT stopped, more than picked. */
  alarm: { strokes: 'M7.1 2.9h5.8l4.2 4.2v5.8l-4.2 4.2H7.1l-4.2-4.2V7.1zM10 6.4v4.5M10 13.5v.01' },
  half: { strokes: ring, solid: 'M10 2.75a7.25 7.25 0 0 0 0 14.5z' },
  clock: { strokes: `${ring}M10 5.9V10l2.75 1.9` },
  /** Stop sharing. */
  hand: {
    strokes:
      'M6.75 10.75V5a1.25 1.25 0 0 1 2.5 0v4M9.25 8.5V3.75a1.25 1.25 0 0 1 2.5 0V9M11.75 9V5a1.25 1.25 0 0 1 2.5 0v6.5c0 3.5-2.1 5.75-5.1 5.75-2.3 0-3.6-.95-4.75-3.1l-1.6-2.95c-.55-1.05.85-2 1.8-1.15l2.15 1.9',
  },
  /** Can't check. */
  'plug-off': {
    strokes: 'M7.25 2.75V6M12.75 2.75V6M5.25 6h9.5v3.25c0 2.6-2.05 4.5-4.75 4.5s-4.75-1.9-4.75-4.5zM10 13.75v3.5M3 3l14 14',
  },
  search: { strokes: 'M8.75 3.25a5.5 5.5 0 1 1 0 11 5.5 5.5 0 1 1 0-11zM12.9 12.9l4.1 4.1' },
  swap: { strokes: 'M3.25 6.75h12M12.25 3.75l3 3-3 3M16.75 13.25h-12M7.75 10.25l-3 3 3 3' },
  again: { strokes: 'M16.5 10a6.5 6.5 0 1 1-2-4.7M16.75 3v3.5h-3.5' },
  copy: { strokes: 'M8.5 7h6.25A1.75 1.75 0 0 1 16.5 8.75V15a1.75 1.75 0 0 1-1.75 1.75H8.5A1.75 1.75 0 0 1 6.75 15V8.75A1.75 1.75 0 0 1 8.5 7zM13.25 4.4A1.5 1.5 0 0 0 12 3.5H5A1.5 1.5 0 0 0 3.5 5v7c0 .55.3 1 .75 1.3' },
  lock: { strokes: 'M6 9h8a1.75 1.75 0 0 1 1.75 1.75v4.5A1.75 1.75 0 0 1 14 17H6a1.75 1.75 0 0 1-1.75-1.75v-4.5A1.75 1.75 0 0 1 6 9zM6.75 9V6.25a3.25 3.25 0 0 1 6.5 0V9' },
  doc: { strokes: 'M5 3h6.25L15.25 7v10H5zM11 3.1V7.25h4.1M7.75 11h4.75M7.75 14h4.75' },
  /** The ID card of a hospital. */
  card: { strokes: 'M4.25 4.5h11.5a1.75 1.75 0 0 1 1.75 1.75v7.5a1.75 1.75 0 0 1-1.75 1.75H4.25a1.75 1.75 0 0 1-1.75-1.75v-7.5A1.75 1.75 0 0 1 4.25 4.5zM7 7.4a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 1 1 0-3.2zM4.9 13.1c.35-.95 1.1-1.5 2.1-1.5s1.75.55 2.1 1.5M11.75 8.5h3.25M11.75 11.5h3.25' },
  user: { strokes: 'M10 3.5a3.25 3.25 0 1 1 0 6.5 3.25 3.25 0 1 1 0-6.5zM3.75 16.75c.75-3.2 3.2-4.75 6.25-4.75s5.5 1.55 6.25 4.75' },
  eye: { strokes: 'M2 10s2.9-5.25 8-5.25S18 10 18 10s-2.9 5.25-8 5.25S2 10 2 10zM10 7.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 1 1 0-4.8z' },
  shield: { strokes: 'M10 2.6l6 2.15v4.5c0 3.9-2.5 6.6-6 8.15-3.5-1.55-6-4.25-6-8.15v-4.5zM7.3 9.9l1.95 1.95 3.5-3.75' },
  /** Sharing: one that has, one that gets. */
  share: { strokes: 'M7.4 10h4.85M15 7.3a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 1 1 0-5.4z', solid: 'M4.8 7.4a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 1 1 0-5.2z' },
  hospital: { strokes: 'M3.75 17V5.6L10 3l6.25 2.6V17zM8 17v-3.5h4V17M10 6.5v3.75M8.1 8.4h3.8' },
  list: { strokes: 'M3 5.25h.01M3 10h.01M3 14.75h.01M7 5.25h10M7 10h10M7 14.75h10' },
  phone: { strokes: 'M4.25 3h3l1.5 4-2 1.4a10 10 0 0 0 4.85 4.85l1.4-2 4 1.5v3a1.5 1.5 0 0 1-1.6 1.5C8.6 16.75 3.25 11.4 2.75 4.6A1.5 1.5 0 0 1 4.25 3z' },
  /** Leads out to the web browser. */
  out: { strokes: 'M11.75 3.5h4.75v4.75M16.5 3.5l-7.25 7.25M14 11.5V15a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15V7.5A1.5 1.5 0 0 1 5 6h3.5' },
  exit: { strokes: 'M8.5 3.5H4.75A1.25 1.25 0 0 0 3.5 4.75v10.5a1.25 1.25 0 0 0 1.25 1.25H8.5M8 10h9M13.5 6.5L17 10l-3.5 3.5' },
  print: { strokes: 'M6 7V3.25h8V7M6 14H4.5A1.5 1.5 0 0 1 3 12.5v-4A1.5 1.5 0 0 1 4.5 7h11A1.5 1.5 0 0 1 17 8.5v4a1.5 1.5 0 0 1-1.5 1.5H14M6 11.5h8v5.25H6z' },
  practice: { strokes: 'M3.25 15.5c4.5 0 4.5-11 9-11M3.25 15.5h.01M12.25 4.5h4.5M16.75 15.5H12.5M7.75 10h9' },
  /** Work going on. */
  spin: { strokes: 'M10 2.75a7.25 7.25 0 1 1-7.25 7.25' },
} as const satisfies Record<string, Drawing>;

export type IconName = keyof typeof icons;
