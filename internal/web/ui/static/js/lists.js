// Lists that grow while somebody reads them. A list is marked data-live-list="incidents" (the
// noun for the pill), sits in a live element, has an id, and so has each of its rows. While the
// reader has scrolled into it, ticked, focused or marked something in it, new rows wait behind
// a pill "3 new incidents", the order stays, and rows that left are dimmed and not taken away.

const bar = 44; // px that the page's bar covers
const pending = new Map(); // live element → {list, count}
let refresh = () => {};

export function listsWantRefresh(callback) {
  refresh = callback;
  document.addEventListener("click", event => {
    const pill = event.target.closest?.("[data-pill]");
    if (pill) show(pill.dataset.pill);
  });
  let timer;
  const settle = () => { clearTimeout(timer); timer = setTimeout(release, 400); };
  for (const name of ["scroll", "change", "focusout", "selectionchange"]) document.addEventListener(name, settle, { capture: true, passive: true });
}

// release refreshes lists whose reader has gone back to the top and let go of everything.
function release() {
  if (!pending.size) return;
  for (const [el, { list }] of pending) if (!el.isConnected || !engaged(document.getElementById(list))) { drop(el); refresh(el); }
}

function show(listId) {
  const list = document.getElementById(listId);
  for (const [el, wait] of pending) if (wait.list === listId) { drop(el); refresh(el); }
  list?.closest(".table-wrap, .card, section")?.scrollIntoView({ block: "start" });
}

export function released(el) { drop(el); }

// holdBack changes the fragment of el so that what the reader holds on to stays where it is.
export function holdBack(el, fragment) {
  drop(el);
  for (const list of [el, ...el.querySelectorAll("[data-live-list]")]) {
    if (!list.dataset.liveList || !list.id || !engaged(list)) continue;
    const fresh = fragment.querySelector(`#${CSS.escape(list.id)}`);
    if (fresh) hold(el, list, fresh);
  }
}

function hold(el, list, fresh) {
  const marked = !!list.querySelector(":scope > [data-row]") || !!fresh.querySelector(":scope > [data-row]");
  const rows = box => [...box.children].filter(row => row.id && (!marked || "row" in row.dataset));
  const old = rows(list), now = new Map(rows(fresh).map(row => [row.id, row]));
  if (!old.length) return;
  let added = 0;
  for (const [id, row] of now) if (!old.some(o => o.id === id)) { row.remove(); added++; }
  const kept = old.map(row => now.get(row.id) ?? left(row));
  for (const other of [...fresh.children]) if (!now.has(other.id) && !(other.id && document.getElementById(other.id))) other.remove(); // such as "nothing here"
  for (const row of kept) fresh.append(row);
  if (added) { pending.set(el, { list: list.id, count: added, noun: list.dataset.liveList }); paint(); }
  else if (kept.some(row => "gone" in row.dataset)) pending.set(el, { list: list.id, count: 0 });
}

// left is a copy of a row that is no longer in the list, dimmed.
function left(row) {
  const copy = row.cloneNode(true);
  copy.dataset.gone = "";
  copy.title = "No longer in this list";
  return copy;
}

// engaged tells whether the reader is in the middle of the list.
export function engaged(list) {
  if (!list?.isConnected) return false;
  if (list.querySelector("input[data-row-check]:checked")) return true;
  const active = document.activeElement;
  if (active && active !== list && list.contains(active)) return true;
  const selection = getSelection();
  if (selection && !selection.isCollapsed && list.contains(selection.anchorNode)) return true;
  for (let box = list; box && box !== document.body; box = box.parentElement) if (box.scrollTop > 4) return true;
  return list.getBoundingClientRect().top < bar;
}

function drop(el) {
  if (pending.delete(el)) paint();
}

// paint draws one pill per list that has rows waiting.
function paint() {
  const box = document.getElementById("pills");
  if (!box) return;
  box.replaceChildren();
  for (const { list, count, noun } of pending.values()) {
    if (!count) continue;
    const pill = document.createElement("button");
    pill.type = "button";
    pill.className = "pill";
    pill.dataset.pill = list;
    pill.textContent = `${count} new ${noun}`;
    box.append(pill);
  }
}
