// What surrounds the text: the theme's light and dark, the search field, the sidebars of a phone, and
// the keyboard's way to what scrolls sideways. The theme's own scripts do the same, but they lay out
// the whole page once for every block of code.

"use strict";

(() => {
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  // Light and dark

  // A script in the head of each page has set `mode`, one of these, and `theme`, light or dark.
  function showMode() {
    const { mode } = root.dataset;
    const state = { auto: "as this device", light: "light", dark: "dark" }[mode];
    for (const button of document.querySelectorAll(".theme-switch-button")) {
      button.title = `Theme: ${state}`;
      button.setAttribute("aria-label", button.title);
    }
  }

  function setMode(mode) {
    const theme = mode !== "auto" ? mode : prefersDark.matches ? "dark" : "light";
    Object.assign(root.dataset, { mode, theme });
    localStorage.setItem("mode", mode);
    showMode();
  }

  // The first click always changes the colors.
  function nextMode() {
    const order = prefersDark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    setMode(order[(order.indexOf(root.dataset.mode) + 1) % order.length]);
  }

  // The search field

  const isMac = /^(Mac|iPhone|iPad)/.test(navigator.platform);

  function toggleSearch() {
    const wrapper = document.querySelector(".search-button__wrapper");
    const field = wrapper.querySelector("input");
    if (wrapper.classList.toggle("show")) field.select();
    else field.blur();
  }

  function onKey(event) {
    const { key, shiftKey, altKey, ctrlKey, metaKey } = event;
    const modifier = isMac ? metaKey && !ctrlKey : ctrlKey && !metaKey;
    const isOpen = document.querySelector(".search-button__wrapper.show");
    if (modifier && !shiftKey && !altKey && key.toLowerCase() === "k") {
      event.preventDefault();
      toggleSearch();
    } else if (key === "Escape" && isOpen) toggleSearch();
  }

  // The sidebars of a phone

  function connectSidebar(name) {
    const button = document.querySelector(`.${name}-toggle`);
    const box = document.getElementById(`pst-${name}-sidebar-checkbox`);
    const sidebar = document.querySelector(`.bd-sidebar-${name}`);
    if (!button || !sidebar) return;

    function open(isOpen) {
      box.checked = isOpen;
      button.setAttribute("aria-expanded", isOpen);
      // The sidebar takes a moment to become visible, and nothing hidden can have the focus.
      if (isOpen) setTimeout(() => sidebar.querySelector("a, button").focus(), 100);
      else button.focus();
    }

    button.addEventListener("click", () => open(!box.checked));
    box.addEventListener("change", () => open(box.checked)); // A click beside the sidebar.
    sidebar.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && box.checked) open(false);
    });
  }

  // The list of chapters is where the reader left it, or shows the page that is open.
  function scrollChapters() {
    const sidebar = document.querySelector(".bd-sidebar-primary");
    const before = Number.parseInt(sessionStorage.getItem("sidebar-scroll-top"), 10);
    if (Number.isNaN(before)) {
      const current = [...sidebar.querySelectorAll("li.active")].at(-1);
      const top = current?.getBoundingClientRect().top ?? 0;
      if (top > innerHeight / 2) sidebar.scrollTop = top - sidebar.clientHeight / 4;
    } else sidebar.scrollTop = before;
    addEventListener("pagehide", () => {
      sessionStorage.setItem("sidebar-scroll-top", sidebar.scrollTop);
    });
  }

  // What is wider than its frame gets a stop of the Tab key, so that the arrow keys can scroll it.
  function watchFrames() {
    const watcher = new ResizeObserver((entries) => {
      const wide = entries.map(({ target }) => target.scrollWidth > target.clientWidth);
      entries.forEach(({ target }, i) => {
        if (wide[i]) target.tabIndex = 0;
        else target.removeAttribute("tabindex");
      });
    });
    for (const frame of document.querySelectorAll("main pre, .cell_output > .output, div.math")) {
      watcher.observe(frame);
    }
  }

  function start() {
    if (isMac) {
      for (const key of document.querySelectorAll(".kbd-shortcut__modifier")) key.textContent = "⌘";
    }
    showMode();
    for (const button of document.querySelectorAll(".theme-switch-button")) {
      button.addEventListener("click", nextMode);
    }
    prefersDark.addEventListener("change", () => {
      if (root.dataset.mode === "auto") setMode("auto");
    });
    for (const part of document.querySelectorAll(".search-button__button, .search-button__overlay")) {
      part.addEventListener("click", toggleSearch);
    }
    addEventListener("keydown", onKey);
    connectSidebar("primary");
    connectSidebar("secondary");
    // The browser lays out the page before it draws it for the first time, and not twice for this.
    requestAnimationFrame(scrollChapters);
    watchFrames();
  }

  document.addEventListener("DOMContentLoaded", start);
})();
