// jsdom draws no modal dialogs: this gives it the part that the tests need. Real engines have their own.
const dialog = HTMLDialogElement.prototype as Partial<HTMLDialogElement> & { open: boolean };
dialog.showModal ??= function (this: HTMLDialogElement) {
  this.open = true;
};
dialog.close ??= function (this: HTMLDialogElement) {
  this.open = false;
};
