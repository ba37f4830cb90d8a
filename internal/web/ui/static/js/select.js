// Bulk selection: checkboxes data-row-check="form-id" belong to <form id="form-id" class="bulk">;
// data-check-all="form-id" ticks them all; shift-click ticks a range. The bar shows the count.

let last = null;

export function startSelection() {
  document.addEventListener("click", event => {
    const box = event.target.closest?.("input[data-row-check]");
    if (box && event.shiftKey && last && last.isConnected) range(last, box);
    if (box) last = box;
  });
  document.addEventListener("change", event => {
    const all = event.target.dataset?.checkAll;
    if (all) for (const box of boxes(all)) box.checked = event.target.checked;
    const form = all ?? event.target.dataset?.rowCheck;
    if (form) count(form);
  });
  document.addEventListener("click", event => {
    const form = event.target.closest?.("[data-clear-selection]")?.dataset.clearSelection;
    if (form) clear(form);
  });
  document.addEventListener("mainstay:swapped", countAll);
  addEventListener("pageshow", countAll);
  countAll();
}

const boxes = form => [...document.querySelectorAll(`input[data-row-check="${CSS.escape(form)}"]`)];

function range(from, to) {
  const list = boxes(to.dataset.rowCheck);
  const [a, b] = [list.indexOf(from), list.indexOf(to)].sort((x, y) => x - y);
  if (a < 0) return;
  for (const box of list.slice(a, b + 1)) box.checked = to.checked;
}

export function clear(form) {
  for (const box of boxes(form)) box.checked = false;
  count(form);
}

function countAll() {
  for (const form of document.querySelectorAll("form.bulk[id]")) count(form.id);
}

function count(id) {
  const form = document.getElementById(id);
  const list = boxes(id), picked = list.filter(box => box.checked).length;
  if (form) {
    if (picked) form.dataset.count = picked; else delete form.dataset.count;
    for (const out of form.querySelectorAll("[data-selected-count]")) out.textContent = `${picked} selected`;
  }
  for (const all of document.querySelectorAll(`[data-check-all="${CSS.escape(id)}"]`)) {
    all.checked = picked > 0 && picked === list.length;
    all.indeterminate = picked > 0 && picked < list.length;
  }
}
