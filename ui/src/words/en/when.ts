/** Days and times as they are read in English. Months are named, so that no day is taken for a month. */

const language = 'en-US';
const dayForm = new Intl.DateTimeFormat(language, { dateStyle: 'long' });
const shortDayForm = new Intl.DateTimeFormat(language, { month: 'long', day: 'numeric' });
const weekdayForm = new Intl.DateTimeFormat(language, { weekday: 'long' });
const clockForm = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
const exactForm = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });

/** Keeps "2:14 PM" and "June 3, 2026" on one line. */
const held = (text: string): string => text.replace(/\s/gu, '\u00a0');

const midnight = (at: Date): number => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();

/** Whole days from `at` to `now`, by the calendar: 0 is today, 1 is yesterday, negative is to come. */
const daysAgo = (at: Date, now: Date): number => Math.round((midnight(now) - midnight(at)) / 86_400_000);

/** A whole day, `YYYY-MM-DD`, at its local midnight: it is the same day in every time zone. */
function local(date: string): Date | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(date);
  return parts ? new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) : null;
}

/** A moment that cannot be read is shown as it came. */
function told(at: string, say: (when: Date) => string): string {
  const when = new Date(at);
  return Number.isNaN(when.getTime()) ? at : say(when);
}

/** "June 3, 2026" from `YYYY-MM-DD`; a shorter or odd date stays as it is. */
export function day(date: string): string {
  const when = local(date);
  return when ? held(dayForm.format(when)) : date;
}

/** "June 3, 2026", today too. */
export function fullDay(at: Date): string {
  return held(dayForm.format(at));
}

/** "2:14 PM". */
export function clock(at: string): string {
  return told(at, (when) => held(clockForm.format(when)));
}

/** "2:14:07 PM" for a ladder where seconds tell; on another day "March 3, 2:14 PM". */
export function exact(at: string, now: Date = new Date()): string {
  return told(at, (when) => (daysAgo(when, now) === 0 ? held(exactForm.format(when)) : stamp(at, now)));
}

/** The day of a moment: "today", "yesterday", "March 3, 2026". */
export function dayOfMoment(at: string, now: Date = new Date()): string {
  return told(at, (when) => {
    const ago = daysAgo(when, now);
    if (ago === 0) return 'today';
    return ago === 1 ? 'yesterday' : held(dayForm.format(when));
  });
}

/** "2:14 PM today", "1:02 PM yesterday", "2:14 PM on March 3, 2026". */
export function moment(at: string, now: Date = new Date()): string {
  return told(at, (when) => {
    const ago = daysAgo(when, now);
    return `${clock(at)} ${ago === 0 || ago === 1 ? '' : 'on '}${dayOfMoment(at, now)}`;
  });
}

/** "Today 1:50 PM", "March 3, 2:14 PM", "March 3, 2025, 2:14 PM": the first column of a history. */
export function stamp(at: string, now: Date = new Date()): string {
  return told(at, (when) => {
    const ago = daysAgo(when, now);
    if (ago === 0 || ago === 1) return `${ago === 0 ? 'Today' : 'Yesterday'} ${clock(at)}`;
    return `${held((when.getFullYear() === now.getFullYear() ? shortDayForm : dayForm).format(when))}, ${clock(at)}`;
  });
}

/** "today", "yesterday", "Monday", "March 3, 2026". */
export function since(at: string, now: Date = new Date()): string {
  return told(at, (when) => {
    const ago = daysAgo(when, now);
    return ago > 1 && ago < 7 ? weekdayForm.format(when) : dayOfMoment(at, now);
  });
}

/** Whole days from now to the day `YYYY-MM-DD`: 0 is today, negative is over. */
export function daysLeft(date: string, now: Date = new Date()): number {
  const when = local(date);
  return when ? -daysAgo(when, now) : 0;
}
