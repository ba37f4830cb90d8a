// Forms are plain HTML: they post and the server redirects. On top of that:
//   a form is sent once, however often its button is hit
//   data-autosubmit   a filter form is sent when a choice changes
//   data-quiet        the form is sent without leaving the page; live elements show the outcome,
//                     flash messages become toasts, refused fields are shown in place
import { resync } from "./live.js";
import { tell } from "./banner.js";
import { meta } from "./time.js";
import { toast } from "./toast.js";

export function startForms() {
  document.addEventListener("submit", submit);
  document.addEventListener("change", event => {
    const form = event.target.form;
    if (form?.hasAttribute("data-autosubmit") && event.target.type !== "search") form.requestSubmit();
  });
  document.addEventListener("keydown", event => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("textarea")) { event.preventDefault(); event.target.form?.requestSubmit(); }
  });
  document.addEventListener("htmx:config:request", event => { if (meta("csrf")) event.detail.ctx.request.headers["X-CSRF-Token"] = meta("csrf"); });
  document.addEventListener("click", copy);
  addEventListener("pageshow", () => { for (const el of document.querySelectorAll("[data-busy]")) free(el); });
  document.querySelector(".error-summary:not([data-no-focus] *)")?.focus();
}

function submit(event) {
  const form = event.target, button = event.submitter;
  if (form.getAttribute("method") === "dialog" || event.defaultPrevented) return;
  if (form.hasAttribute("data-sent")) { event.preventDefault(); return; }
  if (form.getAttribute("method") !== "post") { tidy(form); return; }
  if (form.target) return; // another tab takes the answer: this page stays as it is
  form.setAttribute("data-sent", "");
  if (button) setTimeout(() => { button.dataset.busy = ""; button.setAttribute("aria-disabled", "true"); });
  setTimeout(() => free(button, form), 15_000); // a download or a lost answer must not lock the form
  if (form.hasAttribute("data-quiet")) { event.preventDefault(); quietly(form, button); }
}

function free(button, form = button?.form) {
  form?.removeAttribute("data-sent");
  if (!button) return;
  delete button.dataset.busy;
  button.removeAttribute("aria-disabled");
}

// tidy keeps empty filters out of the address.
function tidy(form) {
  const empty = [...form.elements].filter(control => control.name && !control.disabled && control.value === "");
  for (const control of empty) control.disabled = true;
  setTimeout(() => { for (const control of empty) control.disabled = false; });
}

async function quietly(form, button) {
  const body = new FormData(form, button?.name ? button : undefined);
  try {
    const sent = form.enctype === "multipart/form-data" ? body : new URLSearchParams(body);
    const answer = await fetch(button?.getAttribute("formaction") || form.getAttribute("action"), { method: "POST", body: sent, headers: { Accept: "text/html" }, signal: AbortSignal.timeout(20_000) });
    await settle(form, answer);
  } catch {
    toast("bad", "Not sent: the server did not answer. Nothing was changed as far as this page knows; try again.");
  } finally {
    setTimeout(() => free(button, form));
  }
}

async function settle(form, answer) {
  if (answer.status === 401) { tell({ signedOut: true }); return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.ok && elsewhere(answer.url)) { location.assign(answer.url); return; }
  for (const message of page.querySelectorAll(".flash[data-flash]")) toast(message.dataset.flash, message.querySelector(".toast-text").textContent);
  if (answer.ok) {
    form.closest("dialog")?.close();
    form.reset();
    resync();
    return;
  }
  const same = form.id && page.getElementById(form.id);
  if (same) {
    await htmx.swap({ text: same.outerHTML, target: form, swap: "outerMorph", sourceElement: form });
    form.querySelector(".error-summary, [aria-invalid='true']")?.focus();
  } else {
    toast("bad", page.querySelector("[data-problem]")?.textContent || "Refused by the server: nothing was changed.");
  }
}

function elsewhere(url) {
  const to = new URL(url, location.href);
  return to.pathname !== location.pathname;
}

async function copy(event) {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const text = button.dataset.copy || button.parentElement.querySelector("code,pre")?.textContent || "";
  try { await navigator.clipboard.writeText(text); toast("ok", "Copied"); } catch { toast("warn", "The browser did not allow copying; mark the text and copy it by hand."); }
}
