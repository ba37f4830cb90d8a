// The search of log lines. Every control of the page is a link or a form; this fetches what they
// lead to as a fragment, tells how long it runs, cancels it, and goes on by itself while the log
// engine starts again. Dragging over the histogram narrows the range; lines open in place; the
// live tail asks every second for what has arrived, so that ten tabs need no lasting connections.
import { decorate, formatTime, serverNow, words } from "./time.js";

const room = () => document.querySelector("[data-logs]");
const $ = (select, box = document) => box.querySelector(select);

function start() {
  document.addEventListener("submit", event => {
    if (event.target.id !== "log-search") return;
    event.preventDefault();
    go(addressOf(event.target));
  });
  document.addEventListener("change", event => {
    if (event.target.id === "log-range" && event.target.value !== "custom") go(addressOf(event.target.form));
  });
  document.addEventListener("keydown", keys);
  document.addEventListener("click", click);
  addEventListener("popstate", () => go(location.href, false));
  for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) document.addEventListener(name, drag);
  addEventListener("scroll", () => { if (!held()) release(); }, { passive: true });
  ready();
  if ($("[data-logs-again]")) go(location.href, false);
}

// addressOf is where a form leads; the ends of a range count only when they are chosen.
function addressOf(form) {
  const q = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value === "" || ((name === "start" || name === "end") && form.elements.range.value !== "custom")) continue;
    q.append(name, value);
  }
  const text = q.get("q"), was = new URLSearchParams(location.search);
  if (text && text === was.get("q") && was.get("as")) q.set("as", was.get("as"));
  return `${form.getAttribute("action")}?${q}`;
}

function click(event) {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const on = select => event.target.closest?.(select);
  if (on("[data-logs-cancel]")) return cancel();
  if (on("[data-logs-tail]")) return tailing ? stopTail() : startTail(on("[data-logs-tail]"));
  if (on("[data-logs-pause]")) return pause(on("[data-logs-pause]"));
  if (on("[data-pill='log-rows']")) return release(true);
  const link = on("a[data-logs-go], a[data-logs-filter], a[data-logs-bar]");
  if (link) { event.preventDefault(); if (!dragged) go(link.href?.baseVal ?? link.href); return; }
  const open = on("a[data-logs-open]");
  if (open) { event.preventDefault(); return expand(open.closest("tr"), open.href); }
  const row = on(".log-row");
  if (row && !on("a,button") && getSelection().isCollapsed && $("a[data-logs-open]", row)) return expand(row, $("a[data-logs-open]", row).href);
  details(event);
}

// ── Searching ────────────────────────────────────────────────────────────────────────────────

let under = null; // the search under way: {stop, url}
let retry = 0;

function cancel() {
  under?.stop.abort();
}

async function go(to, push = true) {
  const url = new URL(to, location.href).href;
  clearTimeout(retry);
  cancel();
  stopTail();
  const mine = under = { stop: new AbortController(), url };
  if (push && url !== location.href) history.pushState(null, "", url);
  const began = performance.now(), bar = () => $("#log-progress");
  const timer = setInterval(() => {
    const past = performance.now() - began;
    if (past < 300 || !bar()) return;
    bar().hidden = false;
    $("[data-logs-elapsed]").textContent = words(past);
  }, 100);
  room().setAttribute("aria-busy", "true");
  try {
    show(await fragment(url, mine.stop.signal));
  } catch (err) {
    if (under !== mine) return;
    if (mine.stop.signal.aborted) cancelled(words(performance.now() - began));
    else again(url, err.signedOut ? "You have been signed out: load the page again." : "The server does not answer. The search goes on when it does.");
  } finally {
    clearInterval(timer);
    if (under === mine) { under = null; if (bar()) bar().hidden = true; room()?.removeAttribute("aria-busy"); }
  }
}

async function fragment(url, signal) {
  const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Current-URL": location.href, Accept: "text/html" }, redirect: "manual", signal });
  if (answer.status === 401 || answer.type === "opaqueredirect") throw Object.assign(new Error("signed out"), { signedOut: true });
  if (!answer.ok) throw new Error(`${answer.status} from ${url}`);
  const box = document.createElement("template");
  box.innerHTML = await answer.text();
  decorate(box.content);
  return box.content;
}

// show puts a fetched page in the place of the present one. What somebody types stays.
function show(fresh) {
  const next = fresh.querySelector("[data-logs]"), now = room(), typing = document.activeElement?.id === "log-q" ? document.activeElement : null;
  if (!next) return;
  const focus = document.activeElement?.id;
  now.replaceWith(next);
  const bar = $("#log-q");
  if (typing) { bar.value = typing.value; bar.focus({ preventScroll: true }); bar.setSelectionRange(typing.selectionStart, typing.selectionEnd); }
  else if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  document.title = `${next.dataset.title} · Mainstay`;
  ready();
}

// ready looks after what has just come: fields that are still to be counted, an engine that is
// starting again, the name of the zone, and the list of fields, closed where it would be in the way.
function ready() {
  zoneName();
  if (matchMedia("(max-width: 960px)").matches) $("[data-logs-side]")?.removeAttribute("open");
  fields();
  if ($("[data-logs-retry]", room())) again(location.href);
}

function zoneName() {
  for (const el of document.querySelectorAll("[data-zone-name]")) el.textContent = formatTime(serverNow(), "minute").split(" ").at(-1);
}

async function fields() {
  const box = $("[data-logs-fields]");
  if (!box) return;
  const open = $("details", box).open;
  try {
    const fresh = (await fragment(box.dataset.logsFields)).firstElementChild;
    if (!box.isConnected) return;
    $("details", fresh).open = open;
    box.replaceWith(fresh);
  } catch { $(".log-note", box).textContent = "The fields could not be counted."; }
}

function again(url, text) {
  if (text) note(text);
  retry = setTimeout(() => go(url, false), 3000);
}

function cancelled(after) {
  const none = $("[data-logs-again]");
  none?.remove();
  note(`Cancelled: the search was given up after ${after}.${none ? "" : " What follows is what was found before."}`);
}

function note(text) {
  const box = document.createElement("p");
  box.className = "flash flash-warn";
  box.setAttribute("role", "status");
  box.textContent = text;
  const main = $("#log-main");
  $(".flash", main)?.remove();
  main.prepend(box);
}

function keys(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); $("#log-search").requestSubmit(); return; }
  if (event.key === "Escape" && under) { event.preventDefault(); cancel(); return; }
  if (event.target.closest?.("[data-logs-plot]")) chooseByKey(event);
}

// ── One line ─────────────────────────────────────────────────────────────────────────────────

async function expand(row, url) {
  if (row.nextElementSibling?.matches(".log-more")) { row.nextElementSibling.remove(); row.removeAttribute("aria-expanded"); return; }
  const more = document.createElement("tr"), cell = document.createElement("td");
  more.className = "log-more";
  cell.colSpan = 99;
  cell.textContent = "Loading …";
  more.append(cell);
  row.after(more);
  try { cell.replaceChildren(await fragment(url)); }
  catch { cell.textContent = "The line could not be loaded: try again."; }
}

// details follows the links of a line that stay in it.
async function details(event) {
  const link = event.target.closest?.("a[data-logs-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const box = link.closest("[data-logs-details]") ?? link.closest("td");
  if (!box) { location.assign(link.href); return; }
  try {
    const fresh = (await fragment(link.href)).firstElementChild;
    box.replaceWith(fresh);
    $(".is-here", fresh)?.scrollIntoView({ block: "center" });
  } catch { location.assign(link.href); }
}

// ── The histogram ────────────────────────────────────────────────────────────────────────────

let from = null, dragged = false, chosen = [-1, -1];

function drag(event) {
  const plot = event.target.closest?.("[data-logs-plot]") ?? (from && $("[data-logs-plot]"));
  if (!plot) return;
  if (event.type === "pointerdown") {
    if (event.button || event.pointerType === "touch") return; // a finger scrolls, and taps a bar
    event.preventDefault();
    plot.focus({ preventScroll: true });
    from = stepAt(plot, event); dragged = false;
  } else if (from !== null && event.type === "pointermove") {
    const to = stepAt(plot, event);
    dragged ||= to !== from;
    if (dragged) pick(plot, from, to);
  } else if (from !== null) {
    const start = from;
    from = null;
    if (event.type === "pointerup" && dragged) narrow(plot, start, stepAt(plot, event));
    setTimeout(() => { dragged = false; });
  }
}

function stepAt(plot, event) {
  const box = plot.getBoundingClientRect();
  return Math.max(0, Math.min(plot.dataset.bars - 1, Math.floor((event.clientX - box.left) / box.width * plot.dataset.bars)));
}

function pick(plot, a, b) {
  chosen = [a, b];
  const mark = $("[data-logs-picked]", plot);
  mark.setAttribute("x", 10 * Math.min(a, b));
  mark.setAttribute("width", 10 * (Math.abs(a - b) + 1));
}

function narrow(plot, a, b) {
  const start = Date.parse(plot.dataset.from), step = Number(plot.dataset.step);
  const q = new URLSearchParams(new URL(room().dataset.url, location.href).search);
  q.delete("before");
  q.set("range", "custom");
  q.set("start", new Date(start + Math.min(a, b) * step).toISOString());
  q.set("end", new Date(start + (Math.max(a, b) + 1) * step - 1).toISOString());
  go(`/logs?${q}`);
}

function chooseByKey(event) {
  const plot = event.target.closest("[data-logs-plot]"), last = plot.dataset.bars - 1;
  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last };
  if (event.key === "Enter" && chosen[1] >= 0) { event.preventDefault(); narrow(plot, ...chosen); chosen = [-1, -1]; return; }
  if (!(event.key in steps)) return;
  event.preventDefault();
  const at = chosen[1] < 0 ? (steps[event.key] < 0 ? last : 0) : Math.max(0, Math.min(last, chosen[1] + steps[event.key]));
  pick(plot, event.shiftKey && chosen[0] >= 0 ? chosen[0] : at, at);
  $("[data-logs-step]", plot).textContent = plot.querySelectorAll("[data-logs-bar] title")[at]?.textContent ?? "";
}

// ── Live tail ────────────────────────────────────────────────────────────────────────────────

const keep = 500;
let tailing = null; // {timer, since, waiting: rows, shown, paused, failed, last}

function startTail(button) {
  tailing = { url: button.dataset.logsTail, since: "", waiting: [], shown: 0, paused: false, failed: 0, last: serverNow() };
  button.setAttribute("aria-pressed", "true");
  $("[data-logs-pause]").hidden = false;
  say("Waiting for lines …");
  ask(tailing);
}

function stopTail() {
  if (!tailing) return;
  clearTimeout(tailing.timer);
  tailing = null;
  $("[data-logs-tail]")?.setAttribute("aria-pressed", "false");
  const pause = $("[data-logs-pause]");
  if (pause) { pause.hidden = true; pause.setAttribute("aria-pressed", "false"); pause.textContent = "Pause"; }
  pill(0);
  const state = $("#log-tail-state");
  if (state) { state.hidden = true; state.classList.remove("is-stale"); }
}

function pause(button) {
  if (!tailing) return;
  tailing.paused = !tailing.paused;
  button.setAttribute("aria-pressed", String(tailing.paused));
  button.textContent = tailing.paused ? "Go on" : "Pause";
  if (tailing.paused) say("Paused: new lines wait."); else release(true);
}

async function ask(tail) {
  try {
    const fresh = await fragment(tail.since ? `${tail.url}${tail.url.includes("?") ? "&" : "?"}since=${encodeURIComponent(tail.since)}` : tail.url, AbortSignal.timeout(15_000));
    if (tail !== tailing) return;
    const table = fresh.querySelector("[data-logs-next]");
    if (!table) throw new Error(fresh.textContent.trim());
    Object.assign(tail, { since: table.dataset.logsNext, failed: 0, last: serverNow() });
    take([...table.querySelectorAll(".log-row")]);
  } catch (err) {
    if (tail !== tailing) return;
    tail.failed++;
    if (tail.failed > 1) say(`Stale since ${formatTime(tail.last, "second")}: ${err.signedOut ? "you have been signed out." : "no answer; it goes on by itself."}`, true);
  }
  tail.timer = setTimeout(() => ask(tail), document.hidden ? 10_000 : Math.min(1000 * 2 ** tail.failed, 10_000));
}

function take(rows) {
  const have = new Set(tailing.waiting.map(row => row.id));
  const fresh = rows.filter(row => !have.has(row.id) && !document.getElementById(row.id));
  tailing.waiting = [...fresh, ...tailing.waiting].slice(0, keep);
  if (!held()) release();
  else pill(tailing.waiting.length);
  if (!tailing.paused) say(`Live: looked at ${formatTime(serverNow(), "second")}.`);
}

// held reports whether the reader is in the middle of something that new rows would move.
function held() {
  if (!tailing) return true;
  if (tailing.paused || $(".log-more")) return true;
  const list = $("#log-rows"), selection = getSelection();
  if (!list) return false;
  if (selection && !selection.isCollapsed && list.contains(selection.anchorNode)) return true;
  if (list.contains(document.activeElement)) return true;
  return list.getBoundingClientRect().top < 44;
}

function release(asked = false) {
  if (!tailing || !tailing.waiting.length) return;
  const list = $("#log-rows");
  if (!list) { go(location.href, false).then(() => $("[data-logs-tail]")?.click()); return; } // the first lines of an empty page
  const worst = tailing.waiting.find(row => row.matches(".level-error, .level-fatal"));
  if (worst) {
    for (const was of list.querySelectorAll(".is-newest-error")) was.classList.remove("is-newest-error");
    worst.classList.add("is-newest-error");
    tellNewest(worst);
  }
  list.prepend(...tailing.waiting);
  tellShown(tailing.shown += tailing.waiting.length);
  tailing.waiting = [];
  while (list.children.length > keep) list.lastElementChild.remove();
  pill(0);
  if (asked) list.closest(".table-wrap").scrollIntoView({ block: "start" });
}

// tellShown says how many lines came after those that the page and its chart count.
function tellShown(count) {
  const since = $("[data-logs-since]");
  if (!since) return;
  since.hidden = false;
  since.textContent = `+ ${count.toLocaleString("en")} since, not in the chart`;
}

// tellNewest brings the note of the newest error up to date.
function tellNewest(row) {
  const note = $(".log-newest"), at = $("time", row);
  if (!note || !at) return;
  const link = $("a", note), host = $("[data-logs-host]", note);
  link.textContent = $(".log-text", row).textContent;
  link.href = `${$("a[data-logs-open]", row).href}&around=10`;
  if (host) host.textContent = $(".log-cell[data-name='host']", row)?.textContent ?? "";
  $("[data-logs-level]", note).textContent = $(".level", row).textContent.trim();
  for (const time of note.querySelectorAll("time")) time.dateTime = at.dateTime;
  decorate(note);
}

function pill(count) {
  const box = document.getElementById("pills");
  $("[data-pill='log-rows']", box)?.remove();
  if (!count) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pill";
  button.dataset.pill = "log-rows";
  button.textContent = `${count >= keep ? `${keep} or more` : count} new line${count === 1 ? "" : "s"}`;
  box.append(button);
}

function say(text, stale = false) {
  const state = $("#log-tail-state");
  if (!state) return;
  state.hidden = false;
  state.textContent = text;
  state.classList.toggle("is-stale", stale);
}

if (room()) start();
else if ($("[data-logs-line]")) document.addEventListener("click", details);
