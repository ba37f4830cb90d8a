// Runs before the first paint: marks that script is on and applies the chosen theme, so that
// nothing flashes. Everything else is in app.js, which may come later.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("mainstay-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch { /* storage may be forbidden: the system's theme is used */ }
})();
