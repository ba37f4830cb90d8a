// The drawing of a service: a part's details beside it, its size, and moving parts by mouse and by arrow keys.
// Places are stored by the API; what others moved meanwhile comes with the live drawing.
import { refreshById } from "./live.js";
import { toast } from "./toast.js";

const grid = 8, leap = 40; // px: parts stand on the grid; with Shift the arrows go further
const svg = () => document.querySelector(".drawing-wrap .drawing");
const wait = 500; // ms after the last arrow key before the place is stored

let drag = null;  // {name, id, start, origin, at, moved}: a part under the pointer
let later = null; // {timer, name, at}: a part that arrow keys have moved, not stored yet

export function startDrawing() {
  if (!document.getElementById("drawing-live")) return;
  document.addEventListener("click", click);
  document.addEventListener("pointerdown", grab);
  document.addEventListener("pointermove", pull);
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);
  document.addEventListener("keydown", arrow, true);
  document.addEventListener("dragstart", event => { if (event.target.closest?.(".drawing")) event.preventDefault(); });
  document.addEventListener("mainstay:swapped", settle);
  addEventListener("resize", settle);
  addEventListener("popstate", () => choose(new URL(location.href).searchParams.get("part"), false));
  settle();
}

const page = () => document.querySelector(".drawing-page");
const moving = () => page()?.classList.contains("moving");
const partOf = el => el.closest?.(".drawing-wrap .part[data-part]");

function click(event) {
  const button = event.target.closest?.("[data-move-parts],[data-zoom]");
  if (button) { toggle(button); return; }
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (event.target.closest?.("[data-part-close]")) { event.preventDefault(); choose(null, true); return; }
  const name = partOf(event.target)?.dataset.part ?? event.target.closest?.("[data-part-link]")?.dataset.partLink;
  if (!name) return;
  event.preventDefault();
  if (!moving()) choose(name, true);
}

function toggle(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", on);
  if ("zoom" in button.dataset) { settle(); return; }
  page().classList.toggle("moving", on);
  say(on ? "Drag parts, or move the focused one with the arrow keys." : "");
}

// settle makes a drawing fit where its words stay readable, and marks the part that is chosen.
function settle() {
  const drawing = svg();
  if (!drawing) return;
  const wrap = drawing.closest(".drawing-wrap"), natural = drawing.viewBox.baseVal.width;
  const actual = document.querySelector("[data-zoom]")?.getAttribute("aria-pressed") === "true";
  wrap.classList.toggle("fit", !actual && natural > 0 && wrap.clientWidth / natural > (wrap.clientWidth < 600 ? 0.8 : 0.55) && wrap.clientWidth < natural);
  mark(new URL(location.href).searchParams.get("part"));
  // What came meanwhile does not know of these yet.
  for (const own of [drag, later]) if (own?.at && find(own.name)) put(find(own.name), own.at);
  if (drag?.moved) find(drag.name)?.classList.add("dragged");
}

function mark(name) {
  for (const g of document.querySelectorAll(".drawing .part.chosen")) g.classList.remove("chosen");
  if (name) find(name)?.classList.add("chosen");
}

const find = name => svg()?.querySelector(`[data-part="${CSS.escape(name)}"]`);

// choose shows the details of a part beside the drawing.
function choose(name, push) {
  const panel = document.getElementById("part"), address = new URL(location.href), src = new URL(panel.dataset.liveSrc, location.href);
  for (const url of [address, src]) name ? url.searchParams.set("part", name) : url.searchParams.delete("part");
  address.hash = "";
  if (push) history.pushState(null, "", address);
  panel.dataset.liveSrc = src.pathname + src.search;
  mark(name);
  refreshById("part");
}

// Moving.

function grab(event) {
  const g = moving() && event.button === 0 && partOf(event.target);
  if (!g) return;
  drag = { name: g.dataset.part, id: event.pointerId, start: point(event), origin: placeOf(g), moved: false };
  g.querySelector("a")?.focus({ preventScroll: true });
}

function pull(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const at = point(event), dx = at.x - drag.start.x, dy = at.y - drag.start.y;
  if (!drag.moved && Math.hypot(dx, dy) < 4) return;
  drag.moved = true;
  drag.at = { x: snap(drag.origin.x + dx), y: snap(drag.origin.y + dy) };
  const g = find(drag.name);
  if (!g) return;
  g.classList.add("dragged");
  put(g, drag.at);
}

function drop(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const { name, moved, origin, at } = drag, g = find(name);
  drag = null;
  g?.classList.remove("dragged");
  if (!moved || !g) return;
  if (event.type === "pointercancel") put(g, origin); else store(name, at);
}

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function arrow(event) {
  const step = arrows[event.key], g = step && moving() && !event.ctrlKey && !event.metaKey && !event.altKey && partOf(event.target);
  if (!g) return;
  event.preventDefault();
  const by = event.shiftKey ? leap : grid, was = placeOf(g), name = g.dataset.part;
  const at = { x: snap(was.x + step[0] * by), y: snap(was.y + step[1] * by) };
  put(g, at);
  if (later && later.name !== name) flush();
  clearTimeout(later?.timer);
  later = { name, at, timer: setTimeout(flush, wait) };
}

function flush() {
  if (!later) return;
  clearTimeout(later.timer);
  const { name, at } = later;
  later = null;
  store(name, at);
}

const snap = v => Math.round(v / grid) * grid;

function point(event) {
  const drawing = svg(), p = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
  return { x: p.x, y: p.y };
}

function placeOf(g) {
  const [, x, y] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(g.getAttribute("transform"));
  return { x: +x, y: +y };
}

function put(g, { x, y }) {
  g.setAttribute("transform", `translate(${x},${y})`);
  const name = CSS.escape(g.dataset.part);
  for (const line of svg().querySelectorAll(`[data-from="${name}"],[data-to="${name}"]`)) redraw(line);
}

// redraw is the same curve as the server's.
function redraw(line) {
  const from = find(line.dataset.from), to = find(line.dataset.to);
  if (!from || !to) return;
  const box = from.querySelector(".back"), w = +box.getAttribute("width"), h = +box.getAttribute("height"), a = placeOf(from), b = placeOf(to);
  line.setAttribute("d", curve(a, b, w, h));
}

function curve(a, b, w, h) {
  if (b.y >= a.y + h) return upright(a.x + w / 2, a.y + h, b.x + w / 2, b.y);
  if (b.y + h <= a.y) return upright(a.x + w / 2, a.y, b.x + w / 2, b.y + h);
  return b.x > a.x ? level(a.x + w, a.y + h / 2, b.x, b.y + h / 2) : level(a.x, a.y + h / 2, b.x + w, b.y + h / 2);
}

function upright(x1, y1, x2, y2) { const m = (y1 + y2) / 2; return `M${x1},${y1}C${x1},${m} ${x2},${m} ${x2},${y2}`; }
function level(x1, y1, x2, y2) { const m = (x1 + x2) / 2; return `M${x1},${y1}C${m},${y1} ${m},${y2} ${x2},${y2}`; }

async function store(name, { x, y }) {
  const live = document.getElementById("drawing-live");
  try {
    const answer = await fetch(live.dataset.places, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ moves: [{ component: name, x, y }] }), signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail || `${answer.status}`);
    say(`${name} stands at ${x}, ${y}.`);
  } catch (error) {
    toast("bad", `The place is not stored: ${error.message}`);
    refreshById("drawing-live");
  }
}

function say(text) {
  const status = document.getElementById("drawing-said");
  if (status) status.textContent = text;
}
