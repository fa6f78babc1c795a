// Whether what was typed is the name. Capitals and spaces do not matter; letters do. The core checks again.

export function isSignature(typed: string, name: string): boolean {
  const plain = (text: string) => text.normalize('NFC').trim().replace(/\s+/gu, ' ').toLocaleLowerCase();
  return plain(typed) !== '' && plain(typed) === plain(name);
}
