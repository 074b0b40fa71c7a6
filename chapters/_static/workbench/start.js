// The little of a workbench that exercises and chapters load: the rest comes when the reader presses a
// button for the first time, or wrote something on the page on an earlier visit.
// `course_site/pages/workbench.py` and `live_cells.py` write the buttons into the page.

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
    bar.hidden = false; // That of a chapter is hidden.
  }

  let loading = null;

  function load() {
    loading ??= import("./workbench.js").catch((error) => {
      say(SENTENCES.failed);
      throw error;
    });
    return loading;
  }

  const isFolder = location.protocol === "file:"; // Browsers load no modules from there.
  if (isFolder && !bar.hidden) {
    bar.classList.add("cannot");
    say(SENTENCES.file);
  }
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-do]");
    if (!button) return;
    if (isFolder) button.parentElement.textContent = SENTENCES.file;
    else load().then(({ act }) => act(button), () => {});
  });
  if (isFolder) return;
  // For tests, and for pages that frame this one. Cells are named by their ids, which are those of
  // nbgrader. All return promises; that of `check` becomes {passed, points, of, message}.
  window.practice = {
    fill: async (id, source) => (await load()).fill(id, source),
    run: async (id) => (await load()).run(id),
    check: async (id) => (await load()).check(id),
  };
  if (localStorage.getItem(bar.dataset.key)) load().then(({ restore }) => restore(), () => {});
})();
