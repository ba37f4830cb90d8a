// Dialogs and menus are the browser's own: <button command="show-modal" commandfor="id"> and
// popovertarget. This module stands in for command and anchor positioning where they are missing.

export function startDialogs() {
  if (!("command" in HTMLButtonElement.prototype)) document.addEventListener("click", command);
  if (!CSS.supports("position-area", "bottom")) document.addEventListener("toggle", place, true);
  for (const dialog of document.querySelectorAll("dialog[data-reopen]")) dialog.showModal();
  // A click on the backdrop closes a question, unless something has been typed into it.
  document.addEventListener("click", event => {
    const dialog = event.target;
    if (dialog instanceof HTMLDialogElement && dialog.open && !typed(dialog)) dialog.close();
  });
}

const typed = dialog => [...dialog.querySelectorAll("textarea,input:not([type=hidden])")].some(control => control.value !== control.defaultValue);

function command(event) {
  const button = event.target.closest?.("button[commandfor]");
  const target = button && document.getElementById(button.getAttribute("commandfor"));
  if (!(target instanceof HTMLDialogElement)) return;
  if (button.getAttribute("command") === "show-modal" && !target.open) target.showModal();
  if (button.getAttribute("command") === "close") target.close();
}

function place(event) {
  const menu = event.target;
  if (event.newState !== "open" || !menu.classList?.contains("menu")) return;
  const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  if (!button) return;
  const at = button.getBoundingClientRect(), size = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
  menu.style.top = `${at.bottom + size.height > innerHeight ? Math.max(8, at.top - size.height - 8) : at.bottom}px`;
}
