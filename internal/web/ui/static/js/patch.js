// A patch is a fragment marked data-live-only: it holds only what has changed of a live element. What has
// an id replaces what has the same; everything else stays as it is, focus and scroll too.
import { decorate } from "./time.js";

// patch returns false for a fragment that is no patch.
export function patch(el, text) {
  if (!el.dataset.liveParts || !/^<[^>]*\sdata-live-only/.test(text)) return false;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  decorate(fresh);
  const root = fresh.querySelector("[data-live-only]");
  for (const part of [...root.children]) {
    const old = part.id && document.getElementById(part.id);
    if (!old) continue;
    if (part.matches("svg")) drawing(old, part); else old.replaceWith(document.adoptNode(part));
  }
  return true;
}

// drawing takes over the parts of an SVG that are different, and what it now shows.
function drawing(old, fresh) {
  const started = performance.now();
  const parts = [...fresh.children];
  for (const part of parts) {
    const was = document.getElementById(part.id);
    if (was) take(was, part);
  }
  old.dataset.have = fresh.dataset.have;
  old.dataset.patched = parts.length;
  old.dataset.patchMs = (performance.now() - started).toFixed(2);
}

// take changes a part without replacing it: where somebody is dragging it, or has the focus in it.
function take(was, part) {
  const chosen = was.classList.contains("chosen"), dragged = was.classList.contains("dragged");
  was.setAttribute("class", part.getAttribute("class"));
  was.classList.toggle("chosen", chosen);
  was.classList.toggle("dragged", dragged);
  if (part.hasAttribute("aria-label")) was.setAttribute("aria-label", part.getAttribute("aria-label"));
  const from = part.querySelector(":scope > a"), to = was.querySelector(":scope > a");
  if (from && to) {
    to.replaceChildren(...[...from.childNodes].map(node => document.adoptNode(node)));
  } else if (part.childNodes.length) {
    was.replaceChildren(...[...part.childNodes].map(node => document.adoptNode(node)));
  }
}
