// The banners: "Stale since …", "You have been signed out" and, quietly, that the server has been
// updated. While one of the first two is up, <html> carries data-stale, and what was OK is shown
// as unknown. Until then a broken connection is "Reconnecting …", data-reconnecting: what counts
// down is grey, because nobody knows whether it still does.
import { formatTime } from "./time.js";

const known = { silentSince: null, failingSince: null, lost: false, signedOut: false, newBuild: false }; // times are the server's, in ms

// tell changes what is known about the page's freshness and shows it.
export function tell(news) {
  Object.assign(known, news);
  const { silentSince, failingSince, lost, signedOut, newBuild } = known;
  const since = silentSince ?? failingSince;
  document.documentElement.toggleAttribute("data-stale", since !== null || signedOut);
  show("signed-out", signedOut);
  show("new-build", newBuild);
  if (newBuild && document.querySelector("main.wall")) location.reload(); // nobody is there to do it
  const waiting = lost && since === null;
  document.documentElement.toggleAttribute("data-reconnecting", waiting && !signedOut);
  show("stale", (waiting || since !== null) && !signedOut, waiting ? "Reconnecting …" : since === null ? "" : `Stale since ${formatTime(since, "second")}: this page is not being updated`);
}

function show(id, up, words) {
  const banner = document.getElementById(id);
  if (!banner) return;
  const text = banner.querySelector("[data-stale-text]");
  if (text && text.textContent !== words) text.textContent = words;
  if (banner.hidden === up) banner.hidden = !up;
}
