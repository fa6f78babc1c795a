/**
 * The rows of a live list in the order in which they already stand, new ones after them, so that nothing moves
 * under the pointer while somebody reads. A row that is gone leaves; the groups are made afterwards.
 */
export function inOldOrder<Row extends { readonly id: string }>(old: readonly Row[], next: readonly Row[]): Row[] {
  const place = new Map(old.map((row, at) => [row.id, at]));
  const end = old.length;
  return next
    .map((row, at) => ({ row, at: place.get(row.id) ?? end + at }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
}
