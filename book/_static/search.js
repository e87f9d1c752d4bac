// Search of bookIndex: places that hold all the words, best first, as one types. The names of the places are there
// from the start; their texts come after them.
"use strict";

const LIMIT = 40;
// Letters that Unicode does not take apart into a letter and its accent.
const LETTERS = { ł: "l", Ł: "l", ø: "o", Ø: "o", đ: "d", Đ: "d" };
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[łŁøØđĐ]/g, (sign) => LETTERS[sign]).toLowerCase();
const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
// What signs are called.
const SIGNS = {
  nabla: "∇", del: "∇", partial: "∂", integral: "∫", sum: "∑", product: "∏", infinity: "∞", norm: "‖", root: "√", times: "×",
  expectation: "𝔼", probability: "ℙ", reals: "ℝ", transpose: "⊤", hadamard: "⊙", element: "∈", leq: "≤", geq: "≥", implies: "⇒",
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", zeta: "ζ", eta: "η", theta: "θ", kappa: "κ", lambda: "λ", mu: "μ", nu: "ν",
  xi: "ξ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", chi: "χ", psi: "ψ", omega: "ω",
};
const indexed = bookIndex.map(([address, page, heading]) => ({
  address, page, heading, text: "", title: plain(page), head: plain(heading), body: "",
}));
let texts = "coming"; // or "there", or "missing"

/* A word is found at the beginning of words, a plural finds its singular; a letter, and a word that shall be `whole`,
   by itself; a sign, and the name of one, anywhere. */
function pattern(word, whole = word.length === 1) {
  if (!/[\p{L}\p{N}]/u.test(word)) return new RegExp(escaped(word), "gu");
  const stem = escaped(word.length > 3 ? word.replace(/(?<!s)s$/, "") : word);
  const sign = Object.hasOwn(SIGNS, word) ? `|${SIGNS[word]}` : "";
  return new RegExp(`(?<![\\p{L}\\p{N}])${stem}${whole ? "s?(?![\\p{L}\\p{N}_])" : ""}${sign}`, "gu");
}

/* Changes of one letter, or swaps of two neighbors, that make one word of another. */
function distance(a, b) {
  const rows = [[...Array(b.length + 1).keys()]];
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      rows[i].push(Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] !== b[j - 1])));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}

let vocabulary; // the words of the book with their numbers, counted when a word is first not found
function nearest(word) {
  if (!vocabulary) {
    vocabulary = new Map();
    for (const { head, body } of indexed)
      for (const [known] of `${head} ${body}`.matchAll(/\p{L}{4,}/gu)) vocabulary.set(known, (vocabulary.get(known) ?? 0) + 1);
  }
  const allowed = word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
  let best = word, least = allowed + 1, most = 0;
  for (const [known, number] of vocabulary) {
    if (Math.abs(known.length - word.length) > Math.min(allowed, least)) continue;
    if (!(known[0] === word[0] || (known[0] === word[1] && known[1] === word[0]))) continue; // another word, no slip
    const apart = distance(word, known);
    if (apart < least || (apart === least && apart <= allowed && number > most)) [best, least, most] = [known, apart, number];
  }
  return best;
}

const isThere = (word) => {
  const wanted = pattern(word);
  return indexed.some(({ head, body }) => head.search(wanted) >= 0 || body.search(wanted) >= 0);
};

/* The words of a query as they are looked for: stops at their ends are dropped, slips are mended. */
function wordsOf(query) {
  const words = (plain(query).match(/[\p{L}\p{N}_.]+|\p{Sm}|[‖]/gu) ?? []).map((word) => word.replace(/^\.+|\.+$/g, ""));
  return [...new Set(words.filter(Boolean))].map((word) => (texts !== "there" || isThere(word) ? word : nearest(word)));
}

/* A query with its compounds written as one word, where the book has that word. */
const joined = (query) =>
  plain(query).replace(/(\p{L}{3,})-(\p{L}{3,})/gu, (both, a, b) => (isThere(a + b) ? a + b : both));

function find(words) {
  if (!words.length) return [];
  const wanted = words.map((word) => pattern(word));
  const whole = words.map((word) => pattern(word, true));
  const count = (text, word) => (text.match(word) ?? []).length;
  return indexed
    .map((place) => {
      const scores = wanted.map((word) =>
        20 * Math.min(count(place.head, word), 2) + 4 * count(place.title, word) + Math.min(count(place.body, word), 12));
      // What is called by all the words, and by few others, comes first.
      const named = (patterns) => patterns.every((word) => place.head.search(word) >= 0);
      const bonus = named(wanted) ? 60 + 200 / (1 + place.head.length) + (named(whole) ? 40 : 0) : 0;
      const score = Math.min(...scores) ? scores.reduce((a, b) => a + b) + bonus : 0;
      return { place, wanted, score: score * (/^(checks|solutions)\b/.test(place.address) ? 0.3 : 1) };
    })
    .filter((hit) => hit.score > 0)
    .sort((a, b) => b.score - a.score);
}

/* The text around the first hit, with the hits marked. */
function excerpt({ place: { text, body }, wanted }) {
  const line = document.createElement("p");
  const source = body.length === text.length ? body : text.toLowerCase();
  const first = Math.min(...wanted.map((word) => { const at = source.search(word); return at < 0 ? Infinity : at; }));
  const start = first === Infinity ? 0 : Math.max(0, text.lastIndexOf(" ", first - 60) + 1);
  const piece = text.slice(start, start + 220).replace(/\s\S*$/, "");
  const low = source.slice(start, start + piece.length);
  const hits = wanted.flatMap((word) => [...low.matchAll(word)].map((hit) => [hit.index, hit.index + hit[0].length])).sort((a, b) => a[0] - b[0]);
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
  let words = wordsOf(query);
  let hits = find(words);
  const compound = wordsOf(joined(query));
  if (compound.length < words.length) {
    const others = find(compound);
    if (others.length > hits.length) [words, hits] = [compound, others];
  }
  results.replaceChildren(...hits.slice(0, LIMIT).map((hit) => {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: hit.place.address, textContent: hit.place.heading });
    item.append(link);
    if (hit.place.heading !== hit.place.page) item.append(Object.assign(document.createElement("small"), { textContent: hit.place.page }));
    item.append(excerpt(hit));
    return item;
  }));
  const number = hits.length === 1 ? "One place" : `${hits.length} places`;
  const mended = words.some((word) => !plain(query).includes(word)) ? words.join(" ") : query;
  const instead = mended === query ? "" : ` (nothing with “${query}”)`;
  const found = hits.length ? `${number} with “${mended}”${instead}.` : `Nothing found for “${query}”.`;
  const without = { coming: "The texts follow …", missing: "The texts could not be loaded." }[texts];
  status.textContent = !query ? "" : without ? `Titles: ${found} ${without}` : found;
}

/* Called by the script that holds the texts. */
function addTexts(list) {
  list.forEach((text, number) => Object.assign(indexed[number], { text, body: plain(text) }));
  texts = "there";
  show();
}

/* The texts, ten times as large as all else here, are asked for when somebody searches. */
const textsScript = Object.assign(document.createElement("script"), {
  src: new URL("search-texts.js", document.currentScript.src),
  onerror: () => { texts = "missing"; show(); },
});
const askForTexts = () => field.value.trim() && !textsScript.isConnected && document.head.append(textsScript);

field.addEventListener("input", () => {
  show();
  askForTexts();
  // A page from the disk may not change its address.
  if (location.protocol !== "file:") history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
});
field.form.addEventListener("submit", (event) => event.preventDefault());
field.value = new URLSearchParams(location.search).get("q") ?? "";
field.focus();
show();
askForTexts();
