// Time on the page: server time, the zone that the reader chose, countdowns and elapsed times.
//
//   <time datetime="…" data-format="minute|second|date">   an instant, shown with its zone
//   <time datetime="…" data-format="log">                  to the millisecond; the head of its column has the zone
//   <time datetime="…" data-countdown data-soon="600">     time left; "4 min over" once it has passed
//   <time datetime="…" data-elapsed>                       time since
//   <time data-clock>                                      the present time
//
// All of it counts on the server's clock, learned from the feed's beats; a page's own clock may
// be minutes wrong. The words must equal those of time.go.

let base = Date.now();      // server time (ms) …
let mark = performance.now(); // … at this moment of the page's monotonic clock
let rate = 1;               // the demo's clock can run faster

export function meta(name) {
  return document.querySelector(`meta[name="mainstay-${name}"]`)?.content ?? "";
}

export function serverNow() {
  return base + (performance.now() - mark) * rate;
}

// syncClock sets the server's time as heard at the local time heard (ms).
export function syncClock(now, newRate, heard) {
  const at = Date.parse(now);
  if (Number.isNaN(at)) return;
  rate = newRate > 0 ? newRate : 1;
  base = at + Math.max(0, Date.now() - heard) * rate;
  mark = performance.now();
  tick();
}

export function startClock() {
  const loaded = performance.getEntriesByType("navigation")[0]?.responseStart ?? performance.now();
  const at = Date.parse(meta("now"));
  if (!Number.isNaN(at)) { rate = Number(meta("rate")) || 1; base = at; mark = loaded; }
  decorate(document);
  setInterval(tick, 1000);
  document.addEventListener("mouseover", explain);
  document.addEventListener("focusin", explain);
}

// tick rewrites what counts. Only text that differs is touched, so selections survive.
function tick() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-countdown],[data-elapsed],[data-clock]")) write(element);
}

// decorate writes every time in root; fragments pass through here before they are morphed in,
// so that the page never flips between server text and reader's zone.
export function decorate(root) {
  for (const element of root.querySelectorAll("time")) write(element);
}

function write(element) {
  if (element.hasAttribute("data-clock")) return put(element, formatTime(serverNow(), "second", true));
  const at = Date.parse(element.dateTime);
  if (Number.isNaN(at)) return;
  if (element.hasAttribute("data-countdown")) return countdown(element, at);
  if (element.hasAttribute("data-elapsed")) return put(element, clockWords(Math.max(0, serverNow() - at)));
  if (element.dataset.format) put(element, formatTime(at, element.dataset.format));
}

function countdown(element, at) {
  const left = at - serverNow();
  const soon = (Number(element.dataset.soon) || 600) * 1000;
  element.classList.toggle("over", left < 0);
  element.classList.toggle("soon", left >= 0 && left < soon);
  put(element, left < 0 ? `${words(-left)} over` : `in ${clockWords(left)}`);
}

function put(element, text) {
  const node = element.firstChild;
  if (node?.nodeType === Node.TEXT_NODE && !node.nextSibling) {
    if (node.nodeValue !== text) node.nodeValue = text;
  } else if (element.textContent !== text) {
    element.textContent = text;
  }
}

// words: "40 s", "12 min", "3 h 05 min", "2 d 4 h".
export function words(ms) {
  const s = Math.floor(ms / 1000), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  if (s < 60) return `${s} s`;
  if (m < 60) return `${m} min`;
  if (h < 24) return `${h} h ${two(m % 60)} min`;
  return `${d} d ${h % 24} h`;
}

// clockWords: like words, with the seconds, too, under an hour: "12 min 04 s".
export function clockWords(ms) {
  const s = Math.floor(ms / 1000);
  return s < 60 || s >= 3600 ? words(ms) : `${Math.floor(s / 60)} min ${two(s % 60)} s`;
}

const two = n => String(n).padStart(2, "0");

// zone is the reader's choice: "utc", "local" or "site".
export function zone() {
  try { return localStorage.getItem("mainstay-zone") || "utc"; } catch { return "utc"; }
}

function zoneName() {
  switch (zone()) {
    case "local": return undefined; // the browser's own
    case "site": return meta("site-zone") || "UTC";
    default: return "UTC";
  }
}

export function setZone(name) {
  try { localStorage.setItem("mainstay-zone", name); } catch { /* for this page only */ }
  formats.clear();
  decorate(document);
}

const formats = new Map();
function parts(at) {
  if (!formats.has("parts")) formats.set("parts", new Intl.DateTimeFormat("en-GB", { timeZone: zoneName(), hourCycle: "h23",
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" }));
  const found = {};
  for (const { type, value } of formats.get("parts").formatToParts(at)) found[type] = value;
  return found;
}

// formatTime: "14:03 UTC" today, "28 Jul 14:03 UTC" this year, "28 Jul 2025 14:03 UTC" before.
export function formatTime(at, format, bare) {
  const p = parts(at), now = parts(serverNow());
  const month = p.month.slice(0, 3);
  if (format === "date") return `${p.day} ${month} ${p.year}`;
  if (format === "log") return logTime(at, p, now, month);
  const time = format === "second" ? `${p.hour}:${p.minute}:${p.second}` : `${p.hour}:${p.minute}`;
  const sameYear = p.year === now.year;
  const today = sameYear && p.month === now.month && p.day === now.day;
  const day = today || bare ? "" : sameYear ? `${p.day} ${month} ` : `${p.day} ${month} ${p.year} `;
  return `${day}${time} ${p.timeZoneName}`;
}

// logTime: "14:03:05.120" today, with the day and the year before it as formatTime has them.
function logTime(at, p, now, month) {
  const time = `${p.hour}:${p.minute}:${p.second}.${String(Math.floor(at) % 1000).padStart(3, "0")}`;
  if (p.year !== now.year) return `${p.day} ${month} ${p.year} ${time}`;
  return p.month === now.month && p.day === now.day ? time : `${p.day} ${month} ${time}`;
}

// explain gives a time its title when it is pointed at: ISO 8601 and how long ago or ahead.
function explain(event) {
  const element = event.target.closest?.("time[datetime]");
  const at = element && Date.parse(element.dateTime);
  if (!at) return;
  const gap = serverNow() - at;
  element.title = `${new Date(at).toISOString().replace(/\.000Z$/, "Z")} (${gap >= 0 ? `${words(gap)} ago` : `in ${words(-gap)}`})`;
}
