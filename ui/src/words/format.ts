// Days, times, lists and counts, as they are said in the language of the window.

const language = 'en-US';

const dayForm = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
const momentDayForm = new Intl.DateTimeFormat(language, { dateStyle: 'long' });
const timeForm = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
const secondsForm = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
const listForm = new Intl.ListFormat(language, { type: 'conjunction' });
const numberForm = new Intl.NumberFormat(language);
const plurals = new Intl.PluralRules(language);

/** "June 3, 2026" from `YYYY-MM-DD`; a shorter or odd date stays as it is. */
export function day(date: string): string {
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(`${date}T00:00:00Z`) : null;
  return parsed && !Number.isNaN(parsed.getTime()) ? dayForm.format(parsed) : date;
}

/** "2:14 PM" */
export function time(moment: string): string {
  return told(moment, timeForm);
}

/** "2:14:03 PM" */
export function seconds(moment: string): string {
  return told(moment, secondsForm);
}

/** "today", "yesterday", "March 3, 2026" */
export function dayOf(then: Date, now: Date = new Date()): string {
  const days = Math.round((midnight(now) - midnight(then)) / 86_400_000);
  if (days === 0) return 'today';
  if (days === 1) return 'yesterday';
  return fullDay(then);
}

/** "March 3, 2026", today too */
export function fullDay(then: Date): string {
  return momentDayForm.format(then);
}

/** "Medicines, Allergies, and Vaccines" */
export function list(items: readonly string[]): string {
  return listForm.format(items);
}

/** "1,204" */
export function number(count: number): string {
  return numberForm.format(count);
}

/** "1 kind", "4 kinds" */
export function count(howMany: number, one: string, many: string): string {
  return `${numberForm.format(howMany)} ${plurals.select(howMany) === 'one' ? one : many}`;
}

function told(moment: string, form: Intl.DateTimeFormat): string {
  const then = new Date(moment);
  return Number.isNaN(then.getTime()) ? moment : form.format(then);
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
