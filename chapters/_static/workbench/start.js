// The little of a workbench that every exercise page loads: the rest comes when the reader presses a
// button for the first time, or wrote something on the page on an earlier visit.
// `course_site/pages/workbench.py` writes the buttons into the page.

"use strict";

(() => {
  const bar = document.querySelector(".workbench-bar");
  if (!bar) return;

  const SENTENCES = {
    file:
      "Code runs on this page only if the page comes from a web server: open the course's website, " +
      "or work in JupyterLab with the student kit.",
    failed: "The editor could not be loaded: check your connection, and load the page again.",
  };

  function say(sentence) {
    bar.querySelector(".workbench-says").textContent = sentence;
  }

  let loading = null;

  function load() {
    loading ??= import("./workbench.js").catch((error) => {
      say(SENTENCES.failed);
      throw error;
    });
    return loading;
  }

  if (location.protocol === "file:") {
    bar.classList.add("cannot"); // A browser loads no modules from a folder.
    say(SENTENCES.file);
    return;
  }
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-do]");
    if (button) load().then(({ act }) => act(button), () => {});
  });
  // For tests, and for pages that frame this one. Cells are named by their ids, which are those of
  // nbgrader. All return promises; that of `check` becomes {passed, points, of, message}.
  window.practice = {
    fill: async (id, source) => (await load()).fill(id, source),
    run: async (id) => (await load()).run(id),
    check: async (id) => (await load()).check(id),
  };
  if (localStorage.getItem(bar.dataset.key)) load().then(({ restore }) => restore(), () => {});
})();
