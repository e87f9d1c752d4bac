// A link to an equation, a theorem, a figure, a term or a source shows it without leaving the place:
// under a resting pointer and under the focus of the keyboard. Escape hides it.
"use strict";

const LINKS = "article a.internal[href*='#'], article a.footnote-reference";
const SHOWN = ".equation, .proof, .exercise, figure, dt, .citation, .footnote, .table-box";
const DELAY = 280; // milliseconds that a pointer rests or is away

const preview = document.createElement("div");
preview.className = "preview";
preview.id = "preview";
preview.popover = "manual";
preview.setAttribute("role", "tooltip");
document.body.append(preview);

const loaded = new Map([[location.pathname, Promise.resolve(document)]]);
let owner = null;
let timer = 0;
let place = 0; // where the link stood in the window when its preview was shown

/** The page of a link; other pages are fetched once (which a browser does not do with files). */
function pageOf(link) {
  if (!loaded.has(link.pathname)) {
    loaded.set(link.pathname, location.protocol === "file:"
      ? Promise.resolve(null)
      : fetch(link.pathname).then(async (answer) => answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null));
  }
  return loaded.get(link.pathname);
}

/** Copies of what a link points at, free of ids and links, with pictures that are found from here too. */
async function contentOf(link) {
  const page = await pageOf(link);
  const target = page?.getElementById(decodeURIComponent(link.hash.slice(1)));
  const shown = target?.matches(SHOWN) ? target : target?.closest(".table-box");
  if (!shown) return [];
  const parts = shown.matches("dt") ? [shown, shown.nextElementSibling] : [shown];
  return parts.map((part) => {
    const copy = part.cloneNode(true);
    for (const element of [copy, ...copy.querySelectorAll("[id]")]) element.removeAttribute("id");
    for (const extra of copy.querySelectorAll(".headerlink, .check-mark, .stage .controls, .stage .readouts, .try-this, .copy")) extra.remove();
    for (const image of copy.querySelectorAll("img")) image.src = new URL(image.getAttribute("src"), link.href).href;
    for (const inner of copy.querySelectorAll("a")) inner.replaceWith(...inner.childNodes); // out of reach here
    return copy;
  });
}

const topOf = (link) => link.getBoundingClientRect().top;

async function show(link) {
  const content = await contentOf(link);
  if (!content.length || owner !== link) return;
  preview.replaceChildren(...content);
  preview.showPopover();
  link.setAttribute("aria-describedby", preview.id);
  place = topOf(link);
  const at = link.getClientRects()[0];
  const { width, height } = preview.getBoundingClientRect();
  const edge = document.documentElement;
  const below = at.bottom + 8 + height <= edge.clientHeight || at.top < height + 8;
  preview.style.left = `${Math.max(8, Math.min(at.left - 16, edge.clientWidth - width - 8))}px`;
  preview.style.top = `${below ? at.bottom + 8 : at.top - height - 8}px`;
}

function hide() {
  clearTimeout(timer);
  owner?.removeAttribute("aria-describedby");
  owner = null;
  if (preview.matches(":popover-open")) preview.hidePopover();
}

function soon(action) {
  clearTimeout(timer);
  timer = setTimeout(action, DELAY);
}

function begin(link, delayed) {
  if (owner === link) return clearTimeout(timer);
  hide();
  owner = link;
  if (delayed) soon(() => show(link));
  else show(link);
}

for (const link of document.querySelectorAll(LINKS)) {
  link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && begin(link, true));
  link.addEventListener("pointerleave", () => owner === link && soon(hide));
  link.addEventListener("focus", () => link.matches(":focus-visible") && begin(link, false));
  link.addEventListener("blur", hide);
  link.addEventListener("click", hide);
}
preview.addEventListener("pointerenter", () => clearTimeout(timer));
preview.addEventListener("pointerleave", () => soon(hide));
// When something grows above it, the page scrolls and the link stays where it is.
addEventListener("scroll", () => {
  const shown = preview.matches(":popover-open") && !owner.matches(":focus-visible");
  if (shown && Math.abs(topOf(owner) - place) > 1) hide();
}, { passive: true });
addEventListener("keydown", (event) => event.key === "Escape" && hide());
