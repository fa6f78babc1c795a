/** The time now, for words that grow old by themselves: "today", "next try in 20 seconds". */
import { createSubscriber } from 'svelte/reactivity';

function every(milliseconds: number): () => void {
  return createSubscriber((renew) => {
    const timer = setInterval(renew, milliseconds);
    return () => clearInterval(timer);
  });
}

const secondly = every(1_000);
const minutely = every(60_000);

export const now = {
  /** Renewed every second, for as long as something shows it. */
  get second(): Date {
    secondly();
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a new value each time, never changed in place
    return new Date();
  },
  /** Renewed every minute, for as long as something shows it. */
  get minute(): Date {
    minutely();
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a new value each time, never changed in place
    return new Date();
  },
};
