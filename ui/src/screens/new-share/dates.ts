// Days as the date field writes them: `YYYY-MM-DD` in the person's own time zone.

/** This day. */
export function isoDay(date: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The last day that can be picked: two years from today. */
export function latestDay(today: Date): string {
  return isoDay(new Date(today.getFullYear() + 2, today.getMonth(), today.getDate()));
}

/** Whether a text is a day between today and the latest day. */
export function isPossible(day: string, today: Date): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && day >= isoDay(today) && day <= latestDay(today);
}
