// Remembers which chapters a reader has read and which self-checks they answered, in this browser
// only. `course_site/pages/progress.py` writes the places on the front page that it fills in.

"use strict";

(() => {
  const KEY = "training-neural-networks";
  const VERSION = 1;

  // Ignores stored text that is damaged or that this script did not write.
  function load() {
    try {
      const { version, read, questions, last } = JSON.parse(localStorage.getItem(KEY));
      if (version === VERSION) return { read: new Set(read), questions: new Map(questions), last };
    } catch {}
    return { read: new Set(), questions: new Map(), last: null };
  }

  function change(edit) {
    const { read, questions } = load(); // Another tab may have changed it.
    edit(read, questions);
    const state = { version: VERSION, read: [...read], questions: [...questions] };
    const text = JSON.stringify({ ...state, last: pageName(location.href) });
    try {
      localStorage.setItem(KEY, text);
    } catch {} // The storage is full.
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

  // A choice counts when the reader picks it, not when printing or a search in the page opens it.
  function keepAnswer(question) {
    const choices = [...question.querySelectorAll("details")];
    const before = load().questions.get(question.id);
    if (before) question.dispatchEvent(new Event("answered", { bubbles: true }));
    for (const [index, choice] of choices.entries()) {
      if (index === before?.picked) choice.open = true;
      choice.querySelector("summary").addEventListener("click", () => {
        change((read, questions) => {
          const right = questions.get(question.id)?.right === true;
          questions.set(question.id, {
            picked: choice.open ? null : index, // The click has not opened or closed it yet.
            right: right || choice.classList.contains("ask-right"),
          });
        });
      });
    }
  }

  // A chapter counts as read when its last takeaway has been on screen for a second.
  function keepReading() {
    const last = document.querySelector("#key-takeaways li:last-child");
    if (!last) return;
    let timer = null;
    const watch = new IntersectionObserver((changes) => {
      clearTimeout(timer);
      if (changes.at(-1).isIntersecting) timer = setTimeout(done, 1000);
    });
    const done = () => {
      watch.disconnect();
      change((read) => read.add(pageName(location.href)));
    };
    watch.observe(last);
  }

  function show() {
    const { read, questions, last } = load();
    for (const link of document.querySelectorAll(".bd-sidebar-primary .toctree-l1 > a")) {
      link.classList.toggle("progress-read", read.has(pageName(link.href)));
    }
    const total = document.querySelector(".progress-total");
    if (total) showTotal(total, read, questions);
    const button = document.querySelector("a.start");
    if (button) showWayOn(button, read, last);
  }

  // Leads a reader who returns to the chapter of the last answer, or to the next unread one.
  function showWayOn(button, read, last) {
    const lines = [...document.querySelectorAll(".progress-chapter")];
    const names = lines.map((line) => line.dataset.chapter);
    const before = names.indexOf(last ?? [...read].at(-1));
    const isUnread = (name, i) => i >= before && !read.has(name);
    const next = before < 0 ? -1 : names.findIndex(isUnread);
    const place = lines[next] ?? lines[0];
    button.textContent = next < 0 ? "Start with chapter 1" : `Continue: chapter ${next + 1}`;
    button.href = place.parentElement.querySelector("a").href;
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
    else total.hidden = true; // A replacement for storage, which forgets.
  }

  function start() {
    for (const question of document.querySelectorAll(".ask")) keepAnswer(question);
    keepReading();
    document.querySelector(".progress-total button")?.addEventListener("click", clear);
    show();
    addEventListener("pageshow", show); // Going back shows the page as it was before.
    addEventListener("storage", show); // Another tab has changed it.
  }

  document.addEventListener("DOMContentLoaded", start);
})();
