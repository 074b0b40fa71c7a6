// The search page: searches all sections of the course while the reader types a query.
// `course_site/pages/search.py` writes COURSE, the text and code of every section.

"use strict";

(() => {
  const MOST_RESULTS = 40;
  const BEFORE = 60; // characters of a passage before the first word that was found
  const PASSAGE = 220; // characters of a passage
  const SECTIONS = COURSE.flatMap(({ page, sections }) =>
    sections.map(([id, heading, text]) => ({
      address: `${page}#${id}`,
      page: sections[0][1],
      heading,
      text,
      lowerHeading: heading.toLowerCase(),
      lowerText: text.toLowerCase(),
    })),
  );

  // Cuts the ending of a plural, so that it also finds the singular.
  function wordsOf(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return words.map((word) => word.replace(/(?<=\w{3}(s|x|ch|sh))es$|(?<=\w{3}[^s\W])s$/, ""));
  }

  // Tells whether the text at `start` is the whole word, perhaps with the ending of a plural.
  function isWhole(text, word, start) {
    const after = text.slice(start + word.length, start + word.length + 3);
    return !/[\p{L}\p{N}_]/u.test(text[start - 1] ?? " ") && /^(e?s)?(?![\p{L}\p{N}_])/u.test(after);
  }

  // Rates how well a text matches a word: 0 not at all, 1 inside other words, more as a word.
  function weight(text, word) {
    let best = 0;
    for (let at = text.indexOf(word); at >= 0 && best < 5; at = text.indexOf(word, at + 1)) {
      if (isWhole(text, word, at)) best += best < 2 ? 2 : 1;
      else best = Math.max(best, 1);
    }
    return best;
  }

  // Returns the sections with the largest number of the words, the best first.
  function find(words) {
    const found = [];
    for (const section of SECTIONS) {
      const weights = words.map(
        (word) => 4 * weight(section.lowerHeading, word) + weight(section.lowerText, word),
      );
      const has = weights.filter(Boolean).length;
      if (has) found.push({ section, has, score: weights.reduce((sum, w) => sum + w, 0) });
    }
    const most = Math.max(0, ...found.map(({ has }) => has));
    const best = found.filter(({ has }) => has === most);
    return { most, best: best.sort((a, b) => b.score - a.score).map(({ section }) => section) };
  }

  function firstPlace({ lowerText }, words) {
    const places = words.map((word) => lowerText.indexOf(word)).filter((at) => at >= 0);
    return places.length ? Math.min(...places) : 0;
  }

  function passage(section, words) {
    const { text } = section;
    const near = Math.max(0, firstPlace(section, words) - BEFORE);
    const start = near && near + text.slice(near).search(/\s/) + 1;
    const end = start + PASSAGE;
    return (start ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
  }

  // Adds some words of the section to its address, if the browser can scroll to a text.
  function address(section, words) {
    const place = firstPlace(section, words);
    if (!place || !("fragmentDirective" in document)) return section.address;
    const start = section.text.slice(0, place).search(/\S*$/);
    const [line] = section.text.slice(start).split("\n", 1);
    const some = encodeURIComponent(line.split(" ").slice(0, 4).join(" "));
    return `${section.address}:~:text=${some.replaceAll("-", "%2D")}`;
  }

  // Returns the text with its matches marked, as nodes, so that no text is read as HTML.
  function highlighted(text, words) {
    const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    return text.split(new RegExp(`(${pattern})`, "i")).map((part, i) => {
      if (i % 2 === 0) return part;
      const mark = document.createElement("mark");
      mark.textContent = part;
      return mark;
    });
  }

  function element(name, ...children) {
    const made = document.createElement(name);
    made.append(...children);
    return made;
  }

  function result(section, words) {
    const { page, heading } = section;
    const link = element("a", ...highlighted(heading, words));
    link.href = address(section, words);
    const where = page === heading ? [] : [element("span", page)];
    const text = element("p", ...highlighted(passage(section, words), words));
    return element("li", link, ...where, text);
  }

  function countSentence(words, most, count) {
    if (!words.length) return "";
    if (!count) return "Nothing found. A part of a word, or another word for it, may find more.";
    const sections = count === 1 ? "1 section" : `${count} sections`;
    const first = count > MOST_RESULTS ? `, the best ${MOST_RESULTS} of them below` : "";
    if (most === words.length) return `${sections} found${first}.`;
    return `No section has all ${words.length} words; ${sections} with ${most} of them${first}.`;
  }

  function show(query) {
    const words = wordsOf(query);
    const { most, best } = find(words);
    document.querySelector("#search-count").textContent = countSentence(words, most, best.length);
    document
      .querySelector("#search-results")
      .replaceChildren(...best.slice(0, MOST_RESULTS).map((section) => result(section, words)));
  }

  const field = document.querySelector(".bd-search-container input");
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  field.addEventListener("input", () => show(field.value));
  field.focus();
  show(field.value);
})();
