// Where the focus goes when a screen appears: to its title, except when the program has just started.

let first = true;

export const arrivals = {
  /** A screen with this title appeared. */
  at(heading: HTMLElement, ownFocus: boolean): void {
    const scroller = heading.closest('main');
    if (scroller) scroller.scrollTop = 0;
    if (!first && !ownFocus) heading.focus({ preventScroll: true });
    first = false;
  },
};
