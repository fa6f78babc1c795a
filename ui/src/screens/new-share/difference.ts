// Where two short texts differ, so that the eye finds one letter in a name.

export interface Split {
  before: string;
  changed: string;
  after: string;
}

/** Cuts `one` into what it shares with `other` at both ends and what lies between. */
export function difference(one: string, other: string): Split {
  const a = [...one];
  const b = [...other];
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return { before: a.slice(0, start).join(''), changed: a.slice(start, a.length - end).join(''), after: a.slice(a.length - end).join('') };
}
