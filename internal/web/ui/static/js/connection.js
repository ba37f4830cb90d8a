// The page's side of the feed: joins the SharedWorker (or opens its own feed), watches for
// silence, and shows the banner "Stale since …" until data flows again, without a click.
import { Feed } from "./feed.js";
import { meta, serverNow, syncClock, formatTime, deviceSleeps } from "./time.js";
import { changed, resync, onFailure } from "./live.js";

const silence = 25_000;     // ms without a beat until the page calls itself stale
let heard = Date.now();     // local time of the last beat
let goodUntil = serverNow(); // server time up to which this page is known to be right
let silent = false;
let failingSince = null;    // server time of the oldest fragment that cannot be fetched
let port = null;
let ownFeed = null;

export function startConnection() {
  if (!meta("live")) return;
  onFailure(since => { failingSince = since; show(); });
  join();
  setInterval(watch, 2000);
  addEventListener("visibilitychange", watch);
  addEventListener("pagehide", () => port?.postMessage({ kind: "bye" }));
  addEventListener("pageshow", event => { if (event.persisted) { hello(); resync(); } });
}

function join() {
  if (!("SharedWorker" in window)) return useOwnFeed();
  try {
    const url = `${meta("worker")}?live=${encodeURIComponent(meta("live"))}`;
    const worker = new SharedWorker(url, { name: `mainstay-${meta("login")}-${meta("build")}`, type: "module" });
    worker.onerror = useOwnFeed;
    port = worker.port;
    port.onmessage = event => receive(event.data);
    port.start();
    hello();
  } catch {
    useOwnFeed();
  }
}

function hello() {
  port?.postMessage({ kind: "hello", position: position() });
}

// position is the ledger position at which the server rendered this page, when it said so.
function position() {
  const at = Number(meta("position"));
  return at > 0 ? at : undefined;
}

function useOwnFeed() {
  if (ownFeed) return;
  port?.postMessage({ kind: "bye" });
  port = null;
  ownFeed = new Feed(meta("live"), receive);
  ownFeed.start();
}

function receive(message) {
  switch (message.kind) {
    case "beat": return beat(message);
    case "change": return changed(message.topic);
    case "resync": return (message.position !== undefined && message.position === position()) || resync();
    case "signedout": return signedOut();
    case "pong": ponged = true;
  }
}

function beat(message) {
  heard = message.heard ?? Date.now();
  if (message.now) syncClock(message.now, message.rate, heard);
  if (Date.now() - heard > silence) return; // an old beat, repeated to a tab that joined
  goodUntil = serverNow();
  hideSignedOut();
  if (silent) { silent = false; resync(); }
  show();
}

let ponged = true;

// watch notices silence; when even the worker does not answer, the page opens its own feed.
function watch() {
  const quiet = Date.now() - heard;
  if (quiet > silence && !silent) { silent = true; show(); }
  if (!silent || ownFeed || !port) return;
  if (!ponged) return useOwnFeed();
  ponged = false;
  port.postMessage({ kind: "ping" });
}

// show puts up or takes down the banner; the mark on <html> makes OK look unknown.
function show() {
  const banner = document.getElementById("stale");
  if (!banner) return;
  const since = silent ? goodUntil : failingSince;
  const stale = since !== null;
  document.documentElement.toggleAttribute("data-stale", stale);
  banner.hidden = !stale;
  const text = banner.querySelector("[data-stale-text]");
  const words = stale ? `Stale since ${formatTime(since, "second")}: this page is not being updated` : "";
  if (text && text.textContent !== words) text.textContent = words;
}

export function signedOut() {
  const banner = document.getElementById("signed-out");
  if (banner) banner.hidden = false;
}

function hideSignedOut() {
  const banner = document.getElementById("signed-out");
  if (banner) banner.hidden = true;
}

// Tests and the curious can read the connection's state.
Object.defineProperty(window, "mainstayConnection", { get: () => ({ silent, failingSince, shared: !!port, own: !!ownFeed, asleep: deviceSleeps() }) });
