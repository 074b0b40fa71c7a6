// Lifts the veil over a figure when the reader has answered the question above it, or wants to see
// the figure. `course_site/pages/questions.py` writes the veils into the pages.

"use strict";

(() => {
  function lift(question) {
    const figure = document.querySelector(`.demo[data-question="${question}"]`);
    figure?.removeAttribute("data-question");
  }

  // A choice opens. This event does not bubble, so the document has to capture it.
  function choose({ target }) {
    if (target.open) lift(target.getAttribute("name"));
  }

  function showFigure({ target }) {
    if (!target.matches(".veil button")) return;
    const figure = target.closest(".demo");
    lift(figure.dataset.question);
    const picture = figure.querySelector(".demo-picture");
    picture.tabIndex = -1; // The button that had the focus is gone.
    picture.focus({ preventScroll: true });
  }

  document.addEventListener("toggle", choose, true);
  document.addEventListener("click", showFigure);
  // progress.js remembers the answers of an earlier visit.
  document.addEventListener("answered", ({ target }) => lift(target.id));
})();
