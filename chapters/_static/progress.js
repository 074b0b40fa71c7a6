// Remembers which chapters were read and which self-checks answered: in this browser, nowhere else.
// `chapters/_extensions/course_site/pages/progress.py` writes the places on the front page that it fills in.

"use strict";

(() => {
  const KEY = "training-neural-networks";
  const VERSION = 1;

  // What is not ours, or broken, counts as nothing.
  function load() {
    try {
      const { version, read, questions } = JSON.parse(localStorage.getItem(KEY));
      if (version === VERSION) return { read: new Set(read), questions: new Map(questions) };
    } catch {}
    return { read: new Set(), questions: new Map() };
  }

  function change(edit) {
    const { read, questions } = load(); // another tab may have written since
    edit(read, questions);
    const text = JSON.stringify({ version: VERSION, read: [...read], questions: [...questions] });
    try {
      localStorage.setItem(KEY, text);
    } catch {} // full
    show();
  }

  function clear() {
    if (!confirm("Forget which chapters you have read and what you have answered?")) return;
    localStorage.removeItem(KEY);
    show();
  }

  function pageName(address) {
    return new URL(address).pathname.split("/").pop().replace(/\.html$/, "");
  }

  // A choice counts when it is picked, not when a search within the page or printing opens it.
  function keepAnswer(question) {
    const choices = [...question.querySelectorAll("details")];
    const before = load().questions.get(question.id);
    for (const [index, choice] of choices.entries()) {
      if (index === before?.picked) choice.open = true;
      choice.querySelector("summary").addEventListener("click", () => {
        change((read, questions) => {
          const right = questions.get(question.id)?.right === true;
          questions.set(question.id, {
            picked: choice.open ? null : index, // the click opens or closes it after this
            right: right || choice.classList.contains("ask-right"),
          });
        });
      });
    }
  }

  // A chapter is read once the last of its takeaways has been on screen for a second.
  function keepReading() {
    const last = document.querySelector("#key-takeaways li:last-child");
    if (!last) return;
    let resting = null;
    const watch = new IntersectionObserver((changes) => {
      clearTimeout(resting);
      if (changes.at(-1).isIntersecting) resting = setTimeout(done, 1000);
    });
    const done = () => {
      watch.disconnect();
      change((read) => read.add(pageName(location.href)));
    };
    watch.observe(last);
  }

  function show() {
    const { read, questions } = load();
    for (const link of document.querySelectorAll(".bd-sidebar-primary .toctree-l1 > a")) {
      link.classList.toggle("progress-read", read.has(pageName(link.href)));
    }
    const total = document.querySelector(".progress-total");
    if (total) showTotal(total, read, questions);
  }

  function showTotal(total, read, questions) {
    const lines = [...document.querySelectorAll(".progress-chapter")];
    const sum = { read: 0, right: 0, asked: 0 };
    for (const line of lines) {
      const asked = line.dataset.questions.split(" ").filter(Boolean);
      const isRead = read.has(line.dataset.chapter);
      const answered = asked.some((id) => questions.has(id));
      const right = asked.filter((id) => questions.get(id)?.right === true).length;
      const count = answered ? `${right} of ${asked.length} right` : `${asked.length} questions`;
      line.textContent = isRead ? `✓ read, ${count}` : count;
      sum.read += isRead;
      sum.right += right;
      sum.asked += asked.length;
    }
    total.querySelector("[role=status]").textContent =
      `${sum.read} of ${lines.length} chapters read, ` +
      `${sum.right} of ${sum.asked} questions answered right.`;
    if (localStorage instanceof Storage) total.style.visibility = "visible";
    else total.hidden = true; // a stand-in, which forgets
  }

  function start() {
    for (const question of document.querySelectorAll(".ask")) keepAnswer(question);
    keepReading();
    document.querySelector(".progress-total button")?.addEventListener("click", clear);
    show();
    addEventListener("pageshow", show); // the way back shows the page as it was left
    addEventListener("storage", show); // another tab wrote
  }

  document.addEventListener("DOMContentLoaded", start);
})();
