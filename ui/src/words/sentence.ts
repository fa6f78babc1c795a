/**
 * A sentence with names in it. Names come from servers and may be written in any script, so they are kept
 * apart from our own words until they are drawn, each in an element of its own (`kit/Say.svelte`).
 */
export interface Named {
  readonly name: string;
}

/** Our words and the names between them, in reading order. */
export type Sentence = readonly (string | Named)[];

/** Marks a text as a name that somebody else gave. */
export function named(name: string): Named {
  return { name };
}

/** Template tag: say`${named(x)} said yes.` */
export function say(words: TemplateStringsArray, ...between: readonly (string | number | Named | Sentence)[]): Sentence {
  const parts: (string | Named)[] = [];
  words.forEach((text, at) => {
    parts.push(text);
    const part = between[at];
    if (part === undefined) return;
    if (typeof part === 'object') parts.push(...('name' in part ? [part] : part));
    else parts.push(String(part));
  });
  return parts.filter((part) => part !== '');
}

/** Sentences one after the other, with a space between. */
export function join(...sentences: readonly Sentence[]): Sentence {
  return sentences
    .filter((sentence) => sentence.length > 0)
    .flatMap((sentence, at) => (at === 0 ? sentence : [' ', ...sentence]));
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** The sentence as plain text, for a window title or an accessible name. Names written from the right are isolated. */
export function plain(sentence: Sentence): string {
  return sentence
    .map((part) => {
      if (typeof part === 'string') return part;
      return rightToLeft.test(part.name) ? `\u2068${part.name}\u2069` : part.name;
    })
    .join('');
}
