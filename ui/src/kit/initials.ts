/** Words that are no part of how people shorten a hospital's name. */
const passedOver = new Set(['the', 'of', 'and', 'for', 'at', 'de', 'la', 'el', 'y']);

/**
 * The one or two letters on a hospital's mark: 'Spruce Harbor Clinic' gives 'SH', 'HealthBee' gives 'H'.
 * Names come from servers: a name without letters gives an empty text, never an error.
 */
export function initials(name: string): string {
  const words = name.split(/[\s\-–/]+/u).filter((word) => /\p{L}|\p{N}/u.test(word));
  const telling = words.filter((word) => !passedOver.has(word.toLocaleLowerCase('en')));
  return (telling.length > 0 ? telling : words)
    .slice(0, 2)
    .map((word) => (/\p{L}|\p{N}/u.exec(word)?.[0] ?? '').toLocaleUpperCase('en'))
    .join('');
}
