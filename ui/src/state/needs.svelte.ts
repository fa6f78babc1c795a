// How many shares need the person: the number beside "Sharing" in the side column.
import { call, on } from '../host';

let count = $state(0);

async function load(): Promise<void> {
  try {
    count = (await call('sharing', null)).needYou;
  } catch {
    // The screen "Sharing" says why; a number that is not known is not shown.
    count = 0;
  }
}

export const needs = {
  get count() {
    return count;
  },
  /** Keeps the number up to date until the returned function is called. */
  follow(): () => void {
    void load();
    const stops = [on('sharing-changed', () => void load()), on('ehrs-changed', () => void load()), on('connection-changed', () => void load())];
    return () => stops.forEach((stop) => stop());
  },
};
