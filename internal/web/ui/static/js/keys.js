// Single-key shortcuts. Nothing is declared here but the way lists move; the rest comes from
// attributes: data-go="i" on a link (g then i), data-shortcut="a" on a button.
// They rest while somebody types, in dialogs, and when the reader has switched them off.
import { keysOn } from "./settings.js";
import { openPalette } from "./palette.js";
import { clear } from "./select.js";

let afterG = 0; // time of a "g" that waits for its second key

export function startKeys() {
  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target) || document.querySelector("dialog[open]") || !keysOn()) return;
    if (press(event.key, event.target)) event.preventDefault();
  });
  document.addEventListener("click", event => {
    const target = event.target.closest?.("[data-open-palette],[data-open-shortcuts]");
    if (target) "openPalette" in target.dataset ? openPalette() : showShortcuts();
  });
}

const typing = el => el.isContentEditable || el.matches?.("textarea,select,input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit])");

function press(key, target) {
  if (Date.now() - afterG < 1200) { afterG = 0; return follow(key); }
  switch (key) {
    case "g": afterG = Date.now(); return true;
    case "?": showShortcuts(); return true;
    case "/": return focusSearch();
    case "j": case "k": return move(key === "j" ? 1 : -1);
    case "x": return tick();
    case "Enter": return target.matches?.("[data-row]") && open(target);
    case "Escape": return leave();
  }
  return key.length === 1 && act(key);
}

function follow(key) {
  const link = document.querySelector(`a[data-go="${CSS.escape(key)}"]`);
  link?.click();
  return !!link;
}

function focusSearch() {
  const search = document.querySelector(".main input[type=search]");
  search?.focus();
  return !!search;
}

// move takes j and k through the rows of the list that has the focus, or of the first list.
function move(step) {
  const current = document.activeElement?.closest?.("[data-row]");
  const list = current?.closest("[data-list]") ?? document.querySelector("[data-list]");
  if (!list) return false;
  const rows = [...list.querySelectorAll("[data-row]")].filter(row => row.offsetParent !== null);
  const next = rows[current ? Math.max(0, Math.min(rows.length - 1, rows.indexOf(current) + step)) : 0];
  if (!next) return false;
  if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function tick() {
  const box = document.activeElement?.closest?.("[data-row]")?.querySelector("input[data-row-check]");
  box?.click();
  return !!box;
}

function open(row) {
  const link = row.querySelector("a[data-open]") ?? row.querySelector("a[href]");
  link?.click();
  return !!link;
}

// leave lets go: of the ticked rows first, then of the row.
function leave() {
  const form = document.querySelector("form.bulk[data-count]");
  if (form) { clear(form.id); return true; }
  const row = document.activeElement?.closest?.("[data-row]");
  row?.blur();
  return !!row;
}

// act presses the button that carries the key: in the focused row first, else on the page.
function act(key) {
  const select = `[data-shortcut="${CSS.escape(key)}"]`;
  const row = document.activeElement?.closest?.("[data-row]");
  const button = [...(row?.querySelectorAll(select) ?? []), ...document.querySelectorAll(select)]
    .find(el => !el.disabled && el.getClientRects().length > 0);
  button?.click();
  return !!button;
}

function showShortcuts() {
  const dialog = document.getElementById("shortcuts");
  if (!dialog) return;
  const labelled = (element, key) => [key, element.dataset.label ?? element.textContent.trim()];
  list(dialog.querySelector("[data-go-keys]"), [...document.querySelectorAll("a[data-go]")].map(link => labelled(link, ["g", link.dataset.go])));
  const acts = new Map(); // the first button of each key
  for (const button of document.querySelectorAll("[data-shortcut]")) {
    const key = button.dataset.shortcut;
    if (!acts.has(key)) acts.set(key, labelled(button, [key]));
  }
  list(dialog.querySelector("[data-page-keys]"), [...acts.values()]);
  if (!dialog.open) dialog.showModal();
}

// list fills a section with keys and what they do; without any the section is not there.
function list(section, rows) {
  section.hidden = rows.length === 0;
  section.querySelector("dl").replaceChildren(...rows.map(([keys, text]) => {
    const row = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
    for (const key of keys) { const kbd = document.createElement("kbd"); kbd.textContent = key; dt.append(kbd, " "); }
    dd.textContent = text;
    row.append(dt, dd);
    return row;
  }));
}
