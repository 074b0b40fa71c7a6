// Marks, in the contents beside the text, the section that the reader is in.

document.addEventListener("DOMContentLoaded", () => {
  const links = [...document.querySelectorAll(".bd-toc-nav a[href^='#']")];
  const sections = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  let current = null;

  function mark() {
    const index = sections.findLastIndex(
      (section) => section && section.getBoundingClientRect().top < window.innerHeight / 3,
    );
    if (links[index] === current) return;
    current = links[index];
    for (const link of links) link.classList.remove("active");
    for (let item = current?.closest("li"); item; item = item.parentElement.closest("li")) {
      item.querySelector(":scope > a").classList.add("active");
    }
    // At this event, the theme unfolds that part of the list.
    window.dispatchEvent(new Event("activate.bs.scrollspy"));
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
