// What screen readers are told besides the screen: progress politely, problems at once.

let polite = $state('');
let urgent = $state('');

export const announced = {
  get polite() {
    return polite;
  },
  get urgent() {
    return urgent;
  },
};

/** Says something when the person pauses. */
export function announce(words: string): void {
  polite = words;
}

/** Says something at once. Only for problems. */
export function alarm(words: string): void {
  urgent = words;
}
