// Marks, in the contents beside the text, the section that is being read.

document.addEventListener("DOMContentLoaded", () => {
  const links = [...document.querySelectorAll(".bd-toc-nav a[href^='#']")];
  const sections = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  let current = null;

  function mark() {
    const begun = sections.findLastIndex(
      (section) => section && section.getBoundingClientRect().top < window.innerHeight / 3,
    );
    if (links[begun] === current) return;
    current = links[begun];
    for (const link of links) link.classList.remove("active");
    for (let item = current?.closest("li"); item; item = item.parentElement.closest("li")) {
      item.querySelector(":scope > a").classList.add("active");
    }
    window.dispatchEvent(new Event("activate.bs.scrollspy")); // the theme opens the part of the list
  }

  if (!links.length) return;
  let waiting = false;
  addEventListener(
    "scroll",
    () => {
      if (!waiting) requestAnimationFrame(() => ((waiting = false), mark()));
      waiting = true;
    },
    { passive: true },
  );
  mark();
});
