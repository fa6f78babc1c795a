// Finds what a person would call by this role and name, as assistive technology does: only what is
// shown and not inert. Arguments: role, name, how ("is" | "starts" | "has"), legend of its group or "".
const [role, wanted, how, group] = arguments;
const roles = {
  button: "button, summary, input[type=submit], [role=button]",
  link: "a[href], [role=link]",
  textbox: "input:not([type=checkbox]):not([type=radio]):not([type=submit]), textarea",
  checkbox: "input[type=checkbox]",
  radio: "input[type=radio]",
  heading: "h1, h2, h3, [role=heading]",
};
const flat = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const ids = (list) =>
  list
    .split(/\s+/)
    .map((id) => document.getElementById(id)?.textContent)
    .join(" ");
const name = (element) => {
  if (element.getAttribute("aria-labelledby")) return flat(ids(element.getAttribute("aria-labelledby")));
  if (element.getAttribute("aria-label")) return flat(element.getAttribute("aria-label"));
  if (element.labels?.length) return flat([...element.labels].map((label) => label.innerText).join(" "));
  return flat(element.innerText ?? element.textContent) || flat(element.value);
};
const shown = (element) => {
  if (element.closest("[inert], [hidden], [aria-hidden=true]")) return false;
  const modal = document.querySelector("dialog:modal");
  if (modal && !modal.contains(element)) return false;
  // A native box may be drawn by its label: then the label counts.
  return [element, ...(element.labels ?? [])].some((one) => one.checkVisibility?.() ?? one.offsetParent !== null);
};
const fits = {
  is: (text) => text === flat(wanted),
  starts: (text) => text.startsWith(flat(wanted)),
  has: (text) => text.includes(flat(wanted)),
}[how];
const inside = (element) =>
  !group || flat(element.closest("fieldset")?.querySelector("legend")?.textContent).startsWith(group);
return [...document.querySelectorAll(roles[role])].find((one) => shown(one) && inside(one) && fits(name(one))) ?? null;
