// The tab's title starts with the loudest count of the navigation: "(3) Incidents", so that it is
// seen from another tab.

export function startTitle() {
  const plain = document.title;
  const paint = () => {
    const loudest = document.querySelector(".nav .count-bad")?.textContent;
    document.title = loudest ? `(${loudest}) ${plain}` : plain;
  };
  document.addEventListener("mainstay:swapped", paint);
  paint();
}
