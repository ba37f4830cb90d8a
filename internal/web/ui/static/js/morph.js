// What a morph must not take from the reader: an open <details>, dialog or menu, typed text,
// ticks, focus, the text selection and the scroll position.

const touched = new WeakSet(); // controls that the reader has changed since the page came

export function startMorph() {
  document.addEventListener("input", event => touched.add(event.target));
  document.addEventListener("reset", event => { for (const control of event.target.elements) touched.delete(control); });
  htmx.registerExtension("mainstay", {
    htmx_before_morph_node: (el, { newNode }) => keepNode(el, newNode),
    htmx_before_morph_attr: (el, { attrName, newValue }) => keepAttribute(el, attrName, newValue),
  });
}

// keepNode returns false for what stays exactly as it is.
function keepNode(el, fresh) {
  if (el.matches("textarea,select") && touched.has(el)) return false;
  if (el.hasAttribute("data-keep") && el.id && el.id === fresh.id) return false;
  return true;
}

function keepAttribute(el, name, value) {
  if (name === "open") return !el.matches("details,dialog");
  if (name === "style") return false; // set by script alone: pages have none
  if (value === null && (name === "tabindex" || name === "data-sent" || name === "data-busy" || (name === "aria-disabled" && "busy" in el.dataset))) return false;
  if (!(el instanceof HTMLInputElement)) return true;
  // A row's checkbox that now stands for another record must not carry the tick along.
  if (name === "value" && el.type === "checkbox") { el.checked = false; touched.delete(el); }
  else if (name === "value" || name === "checked") return !touched.has(el);
  return true;
}

// keepReader remembers focus and selection in el and returns a function that brings them back.
export function keepReader(el) {
  const active = el.contains(document.activeElement) && document.activeElement !== document.body ? document.activeElement : null;
  const path = active ? ancestors(active, el) : [];
  const caret = active && caretOf(active);
  const selection = getSelection();
  const range = selection.rangeCount && !selection.isCollapsed && el.contains(selection.anchorNode) ? endpoints(selection) : null;
  const scrolled = [...el.querySelectorAll(".table-wrap,.code,.palette-list,[data-scroll]")].filter(box => box.scrollTop || box.scrollLeft).map(box => [box, box.scrollTop, box.scrollLeft]);
  const hold = holdScroll();
  return () => {
    for (const [box, top, left] of scrolled) { box.scrollTop = top; box.scrollLeft = left; }
    if (active && document.activeElement !== active) refocus(active, path, caret);
    if (range) reselect(selection, range);
    hold();
  };
}

// holdScroll keeps what the reader looks at in its place where the browser does not do so itself.
function holdScroll() {
  if (CSS.supports("overflow-anchor", "auto") || scrollY === 0) return () => {};
  const mark = document.elementFromPoint(innerWidth / 2, 80);
  const top = mark?.getBoundingClientRect().top;
  return () => { if (mark?.isConnected) scrollBy({ top: mark.getBoundingClientRect().top - top, behavior: "instant" }); };
}

function ancestors(from, to) {
  const path = [];
  for (let el = from.parentElement; el; el = el.parentElement) { path.push(el); if (el === to) break; }
  return path;
}

function caretOf(el) {
  try { return [el.selectionStart, el.selectionEnd]; } catch { return null; }
}

// refocus: the same element, its successor by id, or the nearest place that is left.
function refocus(active, path, caret) {
  const again = active.isConnected ? active : active.id && document.getElementById(active.id);
  if (again) {
    again.focus({ preventScroll: true });
    if (caret && caret[0] !== null) try { again.setSelectionRange(...caret); } catch { /* not a text control */ }
    return;
  }
  const place = path.find(el => el.isConnected);
  if (!place) return;
  if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

const endpoints = ({ anchorNode, anchorOffset, focusNode, focusOffset }) => ({ anchorNode, anchorOffset, focusNode, focusOffset });

function reselect(selection, { anchorNode, anchorOffset, focusNode, focusOffset }) {
  if (!anchorNode.isConnected || !focusNode.isConnected) return;
  const clamp = (node, offset) => Math.min(offset, node.nodeValue?.length ?? node.childNodes.length);
  selection.setBaseAndExtent(anchorNode, clamp(anchorNode, anchorOffset), focusNode, clamp(focusNode, focusOffset));
}
