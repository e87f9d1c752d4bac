// Search of bookIndex: sections that hold all the words, best first, as one types.
"use strict";

const LIMIT = 40;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
// A word is found at the beginning of words; a plural finds its singular.
const pattern = (word) => new RegExp(`(?<![\\p{L}\\p{N}])${escaped(word.length > 3 ? word.replace(/s$/, "") : word)}`, "gu");
const sections = bookIndex.map(([address, page, heading, text]) => ({
  address, page, heading, text, title: plain(page), head: plain(heading), body: plain(text),
}));

function find(query) {
  const words = plain(query).split(/[^\p{L}\p{N}_.]+/u).filter(Boolean).map(pattern);
  if (!words.length) return [];
  const count = (text, word) => (text.match(word) ?? []).length;
  return sections
    .map((section) => {
      const scores = words.map((word) =>
        20 * count(section.head, word) + 4 * count(section.title, word) + Math.min(count(section.body, word), 12));
      return { section, words, score: Math.min(...scores) ? scores.reduce((a, b) => a + b) : 0 };
    })
    .filter((hit) => hit.score > 0)
    .sort((a, b) => b.score - a.score);
}

/* The text around the first hit, with the hits marked. */
function excerpt({ section: { text, body }, words }) {
  const line = document.createElement("p");
  const source = body.length === text.length ? body : text.toLowerCase();
  const first = Math.min(...words.map((word) => { const at = source.search(word); return at < 0 ? Infinity : at; }));
  const start = first === Infinity ? 0 : Math.max(0, text.lastIndexOf(" ", first - 60) + 1);
  const piece = text.slice(start, start + 220).replace(/\s\S*$/, "");
  const low = source.slice(start, start + piece.length);
  const hits = words.flatMap((word) => [...low.matchAll(word)].map((hit) => [hit.index, hit.index + hit[0].length])).sort((a, b) => a[0] - b[0]);
  let end = 0;
  line.append(start ? "… " : "");
  for (const [from, to] of hits) {
    if (from < end) continue;
    line.append(piece.slice(end, from), Object.assign(document.createElement("mark"), { textContent: piece.slice(from, to) }));
    end = to;
  }
  line.append(piece.slice(end), start + piece.length < text.length ? " …" : "");
  return line;
}

const field = document.getElementById("search-field");
const status = document.getElementById("search-status");
const results = document.getElementById("search-results");

function show() {
  const query = field.value.trim();
  const hits = find(query);
  results.replaceChildren(...hits.slice(0, LIMIT).map((hit) => {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: hit.section.address, textContent: hit.section.heading });
    item.append(link);
    if (hit.section.heading !== hit.section.page) item.append(Object.assign(document.createElement("small"), { textContent: hit.section.page }));
    item.append(excerpt(hit));
    return item;
  }));
  const number = hits.length === 1 ? "One section" : `${hits.length} sections`;
  status.textContent = !query ? "" : hits.length ? `${number} with “${query}”.` : `Nothing found for “${query}”.`;
}

field.addEventListener("input", () => {
  show();
  history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
});
field.form.addEventListener("submit", (event) => event.preventDefault());
field.value = new URLSearchParams(location.search).get("q") ?? "";
field.focus();
show();
