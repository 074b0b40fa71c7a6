// Before printing, opens what is folded and takes the light theme; afterward, undoes both. The
// answers of self-checks stay folded, as on the screen.

const folded = new Set();
let theme = null;

addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("main details:not([open], .ask *)")) {
    fold.open = true;
    folded.add(fold);
  }
  theme ??= document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});

addEventListener("afterprint", () => {
  for (const fold of folded) fold.open = false;
  folded.clear();
  document.documentElement.dataset.theme = theme;
  theme = null;
});
