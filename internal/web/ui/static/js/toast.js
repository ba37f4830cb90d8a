// Toasts: short news that goes by itself. Errors stay until they are closed.
const icons = { ok: "check", warn: "warn", bad: "cross", info: "info" };

export function startToasts() {
  document.addEventListener("click", event => event.target.closest?.("[data-dismiss]")?.closest(".flash")?.remove());
  document.addEventListener("mainstay:toast", event => toast(event.detail.kind, event.detail.text));
  document.addEventListener("htmx:response:error", event => {
    if (event.detail.ctx.response.status !== 422) toast("bad", `The server answered ${event.detail.ctx.response.status}: nothing was changed.`);
  });
}

export function toast(kind, text) {
  const box = document.getElementById("toasts"), form = document.getElementById("toast-template");
  if (!box || !form) return;
  const item = form.content.firstElementChild.cloneNode(true);
  item.classList.add(`flash-${kind}`);
  item.querySelector(".toast-text").textContent = text;
  for (const icon of item.querySelectorAll("[data-icon]")) if (icon.dataset.icon !== icons[kind]) icon.remove();
  box.append(item);
  if (kind !== "bad") setTimeout(() => item.remove(), 6000);
}
