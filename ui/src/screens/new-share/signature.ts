// Whether what was typed is how the person signs: all of the name, or at least two of its words and no other. Capitals,
// accents and order do not matter. The core has the last word, by the same rule.

export function isSignature(typed: string, name: string): boolean {
  const [given, wanted] = [words(typed), words(name)];
  const same = given.length === wanted.length && given.every((word, at) => word === wanted[at]);
  return given.length > 0 && (same || (given.length >= 2 && given.every((word) => wanted.includes(word))));
}

function words(name: string): string[] {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '').sort();
}
