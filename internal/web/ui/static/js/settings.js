// What a reader may choose for this browser: theme, zone of times, single-key shortcuts. An empty
// field marked data-zone-here begins with the zone of this browser.
import { setZone, zone, meta } from "./time.js";

export function startSettings() {
  document.addEventListener("click", event => {
    const button = event.target.closest?.("[data-set-theme],[data-set-zone]");
    if (!button) return;
    if (button.dataset.setTheme) setTheme(button.dataset.setTheme);
    if (button.dataset.setZone) setZone(button.dataset.setZone);
    paint();
  });
  document.addEventListener("change", event => {
    if (event.target.matches?.("[data-set-keys]")) store("mainstay-keys", event.target.checked ? "on" : "off");
  });
  for (const box of document.querySelectorAll("[data-set-keys]")) box.checked = keysOn();
  for (const input of document.querySelectorAll("[data-zone-here]")) input.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  for (const button of document.querySelectorAll('[data-set-zone="site"]')) button.hidden = !meta("site-zone");
  paint();
}

function setTheme(name) {
  store("mainstay-theme", name);
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  document.dispatchEvent(new CustomEvent("mainstay:theme"));
}

export function keysOn() {
  try { return localStorage.getItem("mainstay-keys") !== "off"; } catch { return true; }
}

function store(key, value) {
  try { localStorage.setItem(key, value); } catch { /* for this page only */ }
}

function paint() {
  const theme = document.documentElement.dataset.theme ?? "auto";
  for (const button of document.querySelectorAll("[data-set-theme]")) button.setAttribute("aria-pressed", button.dataset.setTheme === theme);
  for (const button of document.querySelectorAll("[data-set-zone]")) button.setAttribute("aria-pressed", button.dataset.setZone === zone());
}
