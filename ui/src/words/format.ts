// Lists and counts, as they are said in the language of the window.

const language = 'en-US';

const listForm = new Intl.ListFormat(language, { type: 'conjunction' });
const numberForm = new Intl.NumberFormat(language);
const plurals = new Intl.PluralRules(language);

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
