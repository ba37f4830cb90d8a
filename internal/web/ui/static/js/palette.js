// The command palette: Ctrl/Cmd-K. Pages and the acts of this page are found at once in the page
// itself; the rest comes from /palette?q=… as [{"title","kind","url","hint"}].
import { meta } from "./time.js";

let items = [], at = 0, request = null, timer = null;
let waiting = false;     // an answer is on its way
let enterFor = null;     // Enter was hit before it came: choose the first when it does
let moved = false;       // the reader has chosen with the arrows or the mouse
const dialog = () => document.getElementById("palette");
const input = () => document.getElementById("palette-input");
const list = () => document.getElementById("palette-list");

export function startPalette() {
  if (!dialog()) return;
  input().addEventListener("input", () => { moved = false; enterFor = null; waiting = true; draw(here()); clearTimeout(timer); timer = setTimeout(ask, 90); });
  input().addEventListener("keydown", keys);
  list().addEventListener("click", event => { const row = event.target.closest("[data-index]"); if (row) choose(Number(row.dataset.index), event); });
  list().addEventListener("mousemove", event => { const row = event.target.closest("[data-index]"); if (row && Number(row.dataset.index) !== at) { moved = true; mark(Number(row.dataset.index)); } });
}

export function openPalette() {
  if (!dialog() || dialog().open) return;
  for (const menu of document.querySelectorAll("[popover]:popover-open")) menu.hidePopover();
  input().value = "";
  [moved, enterFor, waiting] = [false, null, true];
  dialog().showModal();
  draw(here());
  ask();
}

// here lists what this page itself offers: its links in the navigation and its acts.
function here() {
  const found = [];
  for (const link of document.querySelectorAll(".nav a[href]")) found.push({ title: link.dataset.label ?? link.textContent.trim(), kind: "Page", url: link.href, hint: link.dataset.go ? `g ${link.dataset.go}` : "" });
  for (const button of document.querySelectorAll("[data-shortcut],[data-palette],.main .menu .menu-item")) if (usable(button)) found.push({ title: button.dataset.label ?? button.textContent.replace("…", "").trim(), kind: "Action", press: button, hint: button.dataset.shortcut ?? "" });
  const wanted = input().value.toLowerCase().split(/\s+/).filter(Boolean);
  return found.filter(item => wanted.every(word => words(item).includes(word)));
}

// usable: shown, and no row's own; the acts of a menu are there although it is closed.
function usable(button) {
  if (button.closest("[data-row]") || button.closest(".narrow-only") && !matchMedia("(max-width: 640px)").matches) return false;
  const menu = button.closest(".menu");
  return menu ? !!document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`)?.getClientRects().length : button.getClientRects().length > 0;
}

// other words by which people look for an act.
const synonyms = { restore: "resolve fix fixed", acknowledge: "ack take", escalate: "page help", "call on-call": "who is on call phone telephone", snooze: "silence mute later", merge: "duplicate join", "on call": "who is on call duty rota", comment: "note update" };
const words = item => `${item.title} ${synonyms[item.title.toLowerCase()] ?? ""}`.toLowerCase();

// rank is that of the server: what begins with the words, then what has a word that does; acts first.
function rank(item, query) {
  const text = item.press ? words(item) : item.title.toLowerCase();
  const fit = text.startsWith(query) ? 0 : ` ${text}`.includes(` ${query}`) ? 1 : 2;
  return 2 * fit + (item.kind === "Action" ? 0 : 1);
}

async function ask() {
  request?.abort();
  const mine = request = new AbortController();
  const query = input().value.trim();
  try {
    const answer = await fetch(`${meta("palette")}?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" }, signal: mine.signal });
    if (!answer.ok) throw new Error(answer.status);
    const found = await answer.json();
    if (mine === request) answered(merge(here(), found), "");
  } catch (error) {
    if (error.name !== "AbortError") answered(here(), "The server cannot be searched just now; these are this page's own.");
  }
}

function answered(found, note) {
  waiting = false;
  const chosen = moved ? items[at] : null;
  draw(found, note);
  if (chosen) mark(Math.max(0, items.findIndex(item => item.url === chosen.url && item.title === chosen.title)));
  if (enterFor) choose(0, enterFor);
}

function merge(own, found) {
  const paths = new Set(found.map(item => new URL(item.url, location.href).pathname));
  const rest = own.filter(item => !item.url || !paths.has(new URL(item.url, location.href).pathname));
  const query = input().value.trim().toLowerCase();
  if (!query) { // what is worst now, the acts of this page, where one can go
    const acts = rest.filter(item => item.press), active = found.filter(item => item.kind === "Incident");
    return [...active, ...acts, ...rest.filter(item => !item.press), ...found.filter(item => item.kind !== "Incident")];
  }
  return [...rest, ...found].map((item, at) => ({ item, at, rank: rank(item, query) })).sort((a, b) => a.rank - b.rank || a.at - b.at).map(({ item }) => item);
}

function draw(next, note) {
  items = next;
  list().replaceChildren(...items.map(row));
  if (note !== undefined) document.getElementById("palette-note").textContent = note || (items.length ? "" : "Nothing found.");
  mark(0);
}

function row(item, index) {
  const el = document.createElement("div");
  el.className = "palette-item";
  el.id = `palette-${index}`;
  el.dataset.index = index;
  el.setAttribute("role", "option");
  for (const [name, text] of [["kind", item.kind], ["title", item.title], ["hint", item.hint]]) {
    const span = document.createElement("span");
    span.className = `palette-${name}`;
    span.textContent = text ?? "";
    el.append(span);
  }
  return el;
}

function mark(index) {
  at = Math.max(0, Math.min(items.length - 1, index));
  for (const el of list().children) el.setAttribute("aria-selected", Number(el.dataset.index) === at);
  const row = list().children[at];
  if (row) input().setAttribute("aria-activedescendant", row.id); else input().removeAttribute("aria-activedescendant");
  row?.scrollIntoView({ block: "nearest" });
}

function keys(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) { event.preventDefault(); moved = true; mark(at + step); }
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (waiting && !moved) enterFor = event; else choose(at, event);
}

function choose(index, event) {
  const item = items[index];
  if (!item) return;
  dialog().close();
  if (item.press) item.press.click();
  else if (event.ctrlKey || event.metaKey) open(item.url, "_blank");
  else location.assign(item.url);
}
