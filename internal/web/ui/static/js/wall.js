// A screen on the wall that cycles through views: data-wall-views holds their fragments, data-wall-every
// the seconds for each. The live element in it shows one after the other; a view that has gone is skipped.
import { refresh } from "./live.js";

export function startWall() {
  const wall = document.querySelector("[data-wall-views]");
  if (!wall) return;
  const views = JSON.parse(wall.dataset.wallViews), every = 1000 * wall.dataset.wallEvery;
  const empty = wall.querySelector("[data-live-src][data-live-every]"); // the first view is not in the page yet
  if (empty) refresh(empty, true);
  if (views.length < 2 || !(every >= 1000)) return;
  let at = 0;
  setInterval(() => {
    if (document.hidden) return;
    at = (at + 1) % views.length;
    show(wall, views[at], at);
  }, every);
}

function show(wall, src, at) {
  const live = wall.querySelector("[data-live-src]");
  if (!live) return;
  live.dataset.liveSrc = src;
  delete live.dataset.liveGone;
  refresh(live, true);
  wall.querySelectorAll("[data-wall-view]").forEach((link, n) => n === at ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
}
