// The feed: one EventSource with its own watchdog and quick reconnects. Used by the worker and,
// where there is no SharedWorker, by the page itself.
//
// The server sends
//   event: beat    data: {"now":"2026-07-28T14:03:12Z","position":123,"rate":1}   at once, then every 10 s
//   event: change  data: {"topic":"incident:…","version":124}
//   event: reset   something may be missing
// Positions, versions and event ids count the same thing (the ledger's positions; an id says that
// all up to it has been told), so a gap is noticed: after a break, or for a tab that was rendered
// before the feed began, the answer is "resync".

const silence = 25_000;   // ms without a beat after which the connection counts as dead
const retries = [500, 1000, 2000, 4000, 5000];
const remembered = 500;   // changes kept for tabs that join late

export class Feed {
  constructor(url, emit) {
    this.url = url;
    this.emit = emit;
    this.seen = undefined;     // last position known
    this.covered = undefined;  // every change after this position has been passed on
    this.recent = [];
    this.attempt = 0;
  }

  start() {
    this.open();
    setInterval(() => { if (this.source && Date.now() - this.heard > silence) this.retry(); }, 5000);
  }

  open() {
    this.fresh = true;
    this.heard = Date.now();
    const source = this.source = new EventSource(this.url);
    source.addEventListener("beat", event => this.beat(event));
    source.addEventListener("change", event => this.change(event));
    source.addEventListener("reset", event => this.gap(parse(event.data).position));
    source.onerror = () => { if (this.source === source) this.retry(); };
  }

  retry() {
    this.source?.close();
    this.source = null;
    this.emit({ kind: "lost" });
    const wait = retries[Math.min(this.attempt++, retries.length - 1)];
    setTimeout(() => this.probe(), wait * (0.8 + Math.random() * 0.4));
  }

  // An EventSource does not tell why it failed; a sign-out must not look like an outage.
  async probe() {
    const stop = new AbortController();
    try {
      const answer = await fetch(this.url, { signal: stop.signal, headers: { Accept: "text/event-stream" }, redirect: "manual", cache: "no-store" });
      if (answer.status === 401 || answer.type === "opaqueredirect") this.emit({ kind: "signedout" });
    } catch { /* still down: the next attempt follows */ }
    stop.abort();
    this.open();
  }

  beat(event) {
    const data = parse(event.data);
    this.heard = Date.now();
    this.attempt = 0;
    if (this.fresh) {
      this.fresh = false;
      if (data.position === undefined || data.position !== this.seen) this.gap(data.position);
    }
    this.seen = max(this.seen, data.position);
    this.last = { kind: "beat", now: data.now, rate: data.rate, heard: this.heard };
    this.emit(this.last);
  }

  // gap: what happened before position may have been missed.
  gap(position) {
    this.covered = position;
    this.recent = [];
    this.emit({ kind: "resync", position });
  }

  change(event) {
    const data = parse(event.data);
    if (!data.topic) return;
    this.heard = Date.now();
    this.seen = max(this.seen, event.lastEventId ? Number(event.lastEventId) : data.version);
    const message = { kind: "change", topic: data.topic, version: data.version };
    this.recent.push(message);
    if (this.recent.length > remembered) this.covered = this.recent.shift().version;
    this.emit(message);
  }

  // join returns what a tab rendered at position has missed.
  join(position) {
    if (!this.last) return this.source ? [] : [{ kind: "lost" }]; // its first beat brings a resync if one is needed
    const missed = position === undefined || this.covered === undefined || position < this.covered
      ? [{ kind: "resync" }]
      : this.recent.filter(change => !(change.version <= position));
    return this.fresh || !this.source ? [this.last, ...missed, { kind: "lost" }] : [this.last, ...missed];
  }
}

function parse(text) {
  try { return JSON.parse(text) ?? {}; } catch { return {}; }
}

function max(a, b) {
  return a === undefined || b > a ? b : a;
}
