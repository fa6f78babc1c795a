/** Which stops were already seen to take effect, so that the cut of a wire plays once and never again. */
const seen = new Set<string>();

/** A stop older than this was proven before anybody opened the screen: it is shown still. */
const fresh = 2 * 60_000;

/**
 * Whether the cut plays now. Only a list that no longer has the share proves a stop well enough for that: the word
 * of the hospital alone does not open the wire.
 */
export function cutPlays(share: string, notListedAt: string | null, now: number = Date.now()): boolean {
  if (notListedAt === null || seen.has(share)) return false;
  seen.add(share);
  return now - Date.parse(notListedAt) < fresh;
}
