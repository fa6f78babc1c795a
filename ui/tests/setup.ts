// What jsdom lacks and every engine of the program has.
import { afterEach } from 'vitest';

HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.open = false;
};

// axe measures letters on a canvas to tell icons from text; there are no icon fonts here, and jsdom has no canvas.
HTMLCanvasElement.prototype.getContext = () => null;

afterEach(() => {
  window.location.hash = '';
});
