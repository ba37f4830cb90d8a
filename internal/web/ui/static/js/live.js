// Live elements. An element with data-live="topic …" and data-live-src="/fragment/url" is fetched
// again when one of its topics changes, and morphed: at most one request is under way per
// element, a change during it leads to one more, and bursts are gathered: for half a second, or
// for ten where the tab is in the background.
import { decorate, meta, serverNow } from "./time.js";
import { holdBack, released, listsWantRefresh } from "./lists.js";
import { keepReader } from "./morph.js";
import { tell } from "./banner.js";
import { patch } from "./patch.js";

const gap = () => document.hidden ? 10_000 : 500; // ms between two requests of one element
const retryWaits = [1000, 2000, 4000, 8000, 15000];
const states = new WeakMap(); // element → {busy, again, force, timer, last, failures, failedAt}; times of last are performance.now()

export function startLive() {
  document.addEventListener("visibilitychange", hurry);
  document.addEventListener("htmx:before:swap", prepare);
  document.addEventListener("click", event => {
    const id = event.target.closest?.("[data-refresh]")?.dataset.refresh;
    if (id) refreshById(id);
  });
  listsWantRefresh(el => refresh(el, true));
  setInterval(tick, 1000);
}

// tick fetches what is to be fetched every so many seconds, while somebody looks.
function tick() {
  if (document.hidden) return;
  for (const el of document.querySelectorAll("[data-live-every]")) {
    const s = state(el);
    if (s.last === -Infinity) s.last = performance.now(); // came with the page
    if (performance.now() - s.last >= 1000 * el.dataset.liveEvery) refresh(el);
  }
}

const all = () => document.querySelectorAll("[data-live-src]");

// changed tells every element that listens to topic, exactly or by a prefix such as "incident:*".
export function changed(topic) {
  for (const el of all()) if (listens(el, topic)) refresh(el);
  document.dispatchEvent(new CustomEvent("mainstay:change", { detail: { topic } }));
}

function listens(el, topic) {
  return (el.dataset.live ?? "").split(/\s+/).some(want => want && (want.endsWith("*") ? topic.startsWith(want.slice(0, -1)) : want === topic));
}

// resync fetches every live element: something may have been missed.
export function resync() {
  for (const el of all()) refresh(el);
  document.dispatchEvent(new CustomEvent("mainstay:resync"));
}

export function refreshById(id) {
  const el = document.getElementById(id);
  if (el) refresh(el, true);
}

function state(el) {
  if (!states.has(el)) states.set(el, { last: -Infinity, failures: 0 });
  return states.get(el);
}

// refresh asks for el to be fetched soon. force shows new rows even to a reader who has scrolled.
export function refresh(el, force = false) {
  const s = state(el);
  s.force ||= force;
  if (s.busy) s.again = true;
  else if (!s.timer) schedule(el, s, s.last + gap() - performance.now());
}

function schedule(el, s, wait) {
  s.timer = setTimeout(() => { s.timer = null; run(el, s); }, Math.max(0, wait));
}

// hurry runs what was put off while nobody looked.
function hurry() {
  if (document.hidden) return;
  for (const el of all()) {
    const s = state(el);
    if (!s.timer) continue;
    clearTimeout(s.timer);
    schedule(el, s, 0);
  }
}

async function run(el, s) {
  if (!el.isConnected) return;
  Object.assign(s, { busy: true, again: false });
  const force = s.force;
  s.force = false;
  try {
    await fetchInto(el, force);
    Object.assign(s, { failures: 0, failedAt: null });
  } catch {
    s.failedAt ??= serverNow();
    s.failures++;
    s.force ||= force;
  }
  Object.assign(s, { busy: false, last: performance.now() });
  report();
  if (s.failures) schedule(el, s, retryWaits[Math.min(s.failures, retryWaits.length) - 1]);
  else if (s.again) refresh(el);
}

// report tells the reader about the oldest failure that was not a single hiccup.
function report() {
  let since = null;
  for (const el of all()) {
    const s = state(el);
    if (s.failures > 1 && (since === null || s.failedAt < since)) since = s.failedAt;
  }
  tell({ failingSince: since });
}

async function fetchInto(el, force) {
  const answer = await fetch(el.dataset.liveSrc, { headers: { "HX-Request": "true", "HX-Current-URL": location.href, Accept: "text/html", ...shown(el) }, redirect: "manual", signal: AbortSignal.timeout(15_000) });
  const signedOut = answer.status === 401 || answer.type === "opaqueredirect";
  const build = answer.headers.get("X-Mainstay-Build");
  tell({ signedOut, newBuild: !!build && build !== meta("build") });
  if (signedOut) throw new Error("signed out");
  if (answer.status === 403 || answer.status === 404 || answer.status === 410) { el.dataset.liveGone = ""; return; }
  if (answer.status === 204) return;
  if (!answer.ok) throw new Error(`${answer.status} from ${el.dataset.liveSrc}`);
  const text = (await answer.text()).trim();
  if (!el.isConnected) return;
  if (patch(el, text)) { document.dispatchEvent(new CustomEvent("mainstay:swapped", { detail: { el } })); return; }
  const restore = keepReader(el);
  await htmx.swap({ text, target: el, swap: "outerMorph", sourceElement: el, live: { el, force } });
  restore();
  document.dispatchEvent(new CustomEvent("mainstay:swapped", { detail: { el } }));
}

// shown says what of an element with data-live-parts (the id of what tells it) the reader sees, so that only
// what is different is sent; the server may answer with all of it nevertheless.
function shown(el) {
  const have = el.dataset.liveParts && document.getElementById(el.dataset.liveParts)?.dataset.have;
  return have ? { "X-Mainstay-Have": have } : {};
}

// prepare sees each fragment before it is morphed in.
function prepare({ detail: { ctx, tasks } }) {
  for (const task of tasks) {
    if (!task.fragment) continue;
    decorate(task.fragment);
    if (!ctx.live) continue;
    for (const el of task.fragment.querySelectorAll("[autofocus]")) el.removeAttribute("autofocus");
    const { el, force } = ctx.live;
    const root = (el.id && task.fragment.querySelector(`#${CSS.escape(el.id)}`)) || task.fragment.firstElementChild;
    if (root) task.fragment.replaceChildren(root);
    if (force) released(el); else holdBack(el, task.fragment);
  }
}
