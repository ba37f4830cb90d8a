// The page's side of the feed: joins the SharedWorker (or opens its own feed), passes news on, and
// watches for silence. It recovers without a click: what came back is fetched anew.
import { Feed } from "./feed.js";
import { meta, serverNow, syncClock } from "./time.js";
import { changed, resync } from "./live.js";
import { tell } from "./banner.js";

const silence = 25_000;      // ms without a beat until the page calls itself stale
const patience = 1000;       // ms from a lost connection until the reader is told
let heard = Date.now();      // local time of the last beat
let goodUntil = serverNow(); // server time of the last beat
let silent = false;
let answered = true;         // whether the worker answered the last ping
let port = null;
let ownFeed = null;
let lostTimer = null;        // runs from the moment at which the connection broke

export function startConnection() {
  if (!meta("live")) return;
  goodUntil = serverNow();
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
  port?.postMessage({ kind: "hello", position: rendered() });
}

// rendered is the ledger position that the server put into this page, when it said so.
function rendered() {
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
    case "resync": return again(message.position);
    case "lost": return lose();
    case "signedout": return tell({ signedOut: true });
    case "pong": answered = true;
  }
}

// lose: the connection is gone. It is often back at once, so the reader is told a second later.
function lose() {
  lostTimer ??= setTimeout(() => tell({ lost: true }), patience);
}

function found() {
  clearTimeout(lostTimer);
  lostTimer = null;
}

// again: the feed has a gap. Nothing was missed when the ledger stands where this page was rendered.
function again(position) {
  tell({ signedOut: false });
  if (position === undefined || position !== rendered()) resync();
}

function beat(message) {
  if (Date.now() - message.heard > silence) return; // an old one, repeated to a tab that joined
  heard = message.heard;
  if (message.now) syncClock(message.now, message.rate, heard);
  goodUntil = serverNow();
  if (silent) { silent = false; resync(); }
  found();
  tell({ silentSince: null, lost: false });
}

// watch notices silence; when even the worker does not answer, the page opens its own feed.
function watch() {
  if (!silent && Date.now() - heard > silence) { silent = true; tell({ silentSince: goodUntil }); }
  if (!silent || !port) return;
  if (!answered) return useOwnFeed();
  answered = false;
  port.postMessage({ kind: "ping" });
}
