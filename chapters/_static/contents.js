// Marks, in the contents beside the text, the section that the reader is in: the last one that
// crosses a line a third of the window below its top.

document.addEventListener("DOMContentLoaded", () => {
  const links = [...document.querySelectorAll(".bd-toc-nav a[href^='#']")];
  const crossing = new Set();

  function mark(link) {
    for (const active of document.querySelectorAll(".bd-toc-nav .active")) {
      active.classList.remove("active");
    }
    for (let item = link?.closest("li"); item; item = item.parentElement.closest("li")) {
      item.classList.add("active"); // The theme's style sheet unfolds it.
      item.querySelector(":scope > a").classList.add("active");
    }
  }

  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        crossing[isIntersecting ? "add" : "delete"](target);
      }
      const current = links.findLast((link) => crossing.has(link.section));
      if (current || scrollY < innerHeight / 3) mark(current);
    },
    { rootMargin: "-33.3% 0px -66.6%" },
  );
  for (const link of links) {
    link.section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (link.section) watcher.observe(link.section);
  }
});
