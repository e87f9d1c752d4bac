// What a page does by itself: the dark page, buttons that copy code, the place in the contents.
"use strict";

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

/* The reader's choice is kept; without one the page follows the system. */
const themeButton = document.getElementById("theme-button");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
const showTheme = () => themeButton.setAttribute("aria-pressed", String(isDark()));
themeButton.hidden = false;
themeButton.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {} // a browser that keeps nothing forgets the choice
  showTheme();
});
dark.addEventListener("change", showTheme);
showTheme();

/* "/" goes to the search, from anywhere but a field. */
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  const field = document.getElementById("search-field");
  if (field?.checkVisibility()) field.focus();
  else document.querySelector(".search-link").click();
});

for (const box of document.querySelectorAll("article .highlight")) {
  if (box.closest(".cell_output")) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const code = box.querySelector("pre");
    if (navigator.clipboard) await navigator.clipboard.writeText(code.textContent.trimEnd());
    else {
      // Over plain http a page may copy what is selected only.
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  box.append(button);
}

/* The sign beside a heading or a result leads to it, and copies its address. */
const said = Object.assign(document.createElement("p"), { className: "unseen" });
said.setAttribute("role", "status");
document.body.append(said);
addEventListener("click", async (event) => {
  const link = event.target.closest?.(".headerlink, .eqno > a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  try {
    await navigator.clipboard.writeText(link.href);
  } catch {
    return; // where a page may not copy, the address stands in the bar of the browser
  }
  link.dataset.copied = said.textContent = "Link copied";
  setTimeout(() => {
    delete link.dataset.copied;
    said.textContent = "";
  }, 1500);
});

/* Who copies a formula gets its LaTeX, whole and once. */
addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed || event.target.closest?.("input, textarea")) return;
  const range = selection.getRangeAt(0).cloneRange();
  const formulaAt = (node) => (node.closest ? node : node.parentElement).closest("[data-tex]");
  const [first, last] = [formulaAt(range.startContainer), formulaAt(range.endContainer)];
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copied = document.createElement("div");
  copied.append(range.cloneContents());
  const formulas = copied.querySelectorAll("[data-tex]");
  if (!formulas.length) return;
  for (const formula of formulas) {
    const { tex } = formula.dataset;
    formula.replaceChildren(formula.matches(".formula") ? `$$${tex}$$` : `$${tex}$`);
  }
  for (const unread of copied.querySelectorAll(".copy, .check-mark, .check-panel, .headerlink")) unread.remove();
  // Elsewhere an address counts from another page, and a name may be taken.
  for (const link of copied.querySelectorAll("a[href]")) link.setAttribute("href", link.href);
  for (const image of copied.querySelectorAll("img")) image.setAttribute("src", image.src);
  for (const named of copied.querySelectorAll("[id]")) named.removeAttribute("id");
  copied.className = "copied";
  document.body.append(copied); // the text of what is laid out has its lines
  event.clipboardData.setData("text/plain", copied.innerText.replaceAll("\u2060", "").trim());
  event.clipboardData.setData("text/html", copied.innerHTML);
  copied.remove();
  event.preventDefault();
});

/* What scrolls sideways can be reached by the keyboard; what fits is not in its way. */
const scrollers = document.querySelectorAll("article :is(.formula, pre, .table-box)");
const fit = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
scrollers.forEach((box) => fit.observe(box));

/* An old link to what moved goes on to its new page; a link into what is folded opens it. */
const openTarget = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const moved = target?.closest(".moved a");
  if (moved) return location.replace(moved.href);
  let fold = target?.closest("details:not([open])");
  if (!fold) return;
  for (; fold; fold = fold.parentElement.closest("details:not([open])")) fold.open = true;
  target.scrollIntoView();
};
addEventListener("hashchange", openTarget);
openTarget();

/* On paper nothing is folded; the screen stays as it was. */
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("article details:not([open], .beside)")];
  for (const fold of unfolded) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of unfolded) fold.open = false;
});

/* The section in view is marked in the contents. */
const places = new Map();
for (const link of document.querySelectorAll(".contents .sections a")) {
  const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (section) places.set(section, link);
}
const view = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) places.get(target).setAttribute("aria-current", "true");
      else places.get(target).removeAttribute("aria-current");
    }
  },
  { rootMargin: "-25% 0px -70% 0px" },
);
places.forEach((_, section) => view.observe(section));

/* The drawer closes when one goes somewhere on the same page. */
const contents = document.getElementById("contents");
contents.addEventListener("click", (event) => {
  if (event.target.closest("a") && contents.matches(":popover-open")) contents.hidePopover();
});

/* A script beside this one, loaded once. It is a plain one: browsers load no modules from the disk. */
const here = document.currentScript.src;
const asked = new Map();
const load = (name) => {
  if (!asked.has(name)) asked.set(name, new Promise((onload, onerror) => {
    document.head.append(Object.assign(document.createElement("script"), { src: new URL(name, here), onload, onerror }));
  }));
  return asked.get(name);
};

/* The reader's place is kept and offered when all else is there. */
addEventListener("load", () => load("place.js"));

/* Living figures and the solutions beside exercises bring scripts of their own, when one comes near
   the first of them. */
const whenNear = (elements, wake) => {
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    wake(elements);
  }, { rootMargin: "100%" });
  elements.forEach((element) => near.observe(element));
};
whenNear(document.querySelectorAll("[data-interactive]"), async (stages) => {
  await load("interactive/kit.js");
  watch(stages);
});
// A page from the disk may not read another one: there the links stay, to the solutions on their own page.
if (location.protocol !== "file:") whenNear(document.querySelectorAll("article .exercise a[href*='#sol-']"), async (links) => {
  await load("solutions.js");
  links.forEach(unfold);
});
