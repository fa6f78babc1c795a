/** Times and days as they are read in English. Months are named, so that no day is taken for a month. */

const clockForm = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });
const exactForm = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", second: "2-digit" });
const dayForm = new Intl.DateTimeFormat("en-US", { month: "long", day: "numeric" });
const dayYearForm = new Intl.DateTimeFormat("en-US", { month: "long", day: "numeric", year: "numeric" });
const weekdayForm = new Intl.DateTimeFormat("en-US", { weekday: "long" });

/** Keeps "2:14 PM" on one line. */
const held = (text: string): string => text.replace(/\s/gu, "\u00a0");

const midnight = (at: Date): number => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();

/** Whole days from `at` to `now`, by the calendar: 0 is today, 1 is yesterday, negative is to come. */
export function daysAgo(at: Date, now: Date): number {
  return Math.round((midnight(now) - midnight(at)) / 86_400_000);
}

/** "2:14 PM". */
export function clock(at: string): string {
  return held(clockForm.format(new Date(at)));
}

/** "2:14:07 PM", for a ladder where seconds tell. */
export function exact(at: string): string {
  return held(exactForm.format(new Date(at)));
}

/** "2:14 PM today", "1:02 PM yesterday", "2:14 PM on March 3". */
export function moment(at: string, now: Date = new Date()): string {
  const when = new Date(at);
  const ago = daysAgo(when, now);
  if (ago === 0) return `${clock(at)} today`;
  if (ago === 1) return `${clock(at)} yesterday`;
  return `${clock(at)} on ${dayName(when, now)}`;
}

/** "Today 1:50 PM", "March 3, 2:14 PM": the first column of a history. */
export function stamp(at: string, now: Date = new Date()): string {
  const when = new Date(at);
  const ago = daysAgo(when, now);
  if (ago === 0) return `Today ${clock(at)}`;
  if (ago === 1) return `Yesterday ${clock(at)}`;
  return `${dayName(when, now)}, ${clock(at)}`;
}

/** "today", "yesterday", "Monday", "March 3". */
export function since(at: string, now: Date = new Date()): string {
  const when = new Date(at);
  const ago = daysAgo(when, now);
  if (ago === 0) return "today";
  if (ago === 1) return "yesterday";
  if (ago > 1 && ago < 7) return weekdayForm.format(when);
  return dayName(when, now);
}

/** A whole day, `YYYY-MM-DD`, as "June 3, 2026". It is the same day in every time zone. */
export function day(iso: string): string {
  return held(dayYearForm.format(local(iso)));
}

/** The day of a moment, as "June 3, 2026". */
export function dayOf(at: string): string {
  return held(dayYearForm.format(new Date(at)));
}

/** Whole days from now to the end of the day `iso`: 0 is today. */
export function daysLeft(iso: string, now: Date = new Date()): number {
  return -daysAgo(local(iso), now);
}

function local(iso: string): Date {
  const [year = 1970, month = 1, date = 1] = iso.split("-").map(Number);
  return new Date(year, month - 1, date);
}

function dayName(when: Date, now: Date): string {
  return held((when.getFullYear() === now.getFullYear() ? dayForm : dayYearForm).format(when));
}
