// Where the reader was: kept in the browser when a page is left, and offered at the start of that
// page and on the first page of the book.
"use strict";

(() => {
  const page = location.href.split("#")[0];
  const isHome = document.body.matches(".home");
  const recall = () => {
    try {
      return JSON.parse(localStorage.getItem("place"));
    } catch {} // a browser that keeps nothing, or what another program has written
  };
  const keep = (place) => {
    try {
      if (place) localStorage.setItem("place", JSON.stringify(place));
      else localStorage.removeItem("place");
    } catch {}
  };

  /* The last thing with an address above the middle of the window; who read to the end is done. */
  const leave = () => {
    if (isHome || scrollY < innerHeight) return;
    const article = document.querySelector("article");
    if (article.getBoundingClientRect().bottom < innerHeight) return recall()?.page === page && keep(null);
    const above = [...article.querySelectorAll(":is(section, .admonition, figure)[id]")].filter(
      (place) => place.getClientRects().length && place.getBoundingClientRect().top < innerHeight / 2,
    );
    const place = above.at(-1);
    if (!place) return;
    const heading = place.closest("section").querySelector("h1, h2, h3, h4").cloneNode(true);
    for (const extra of heading.querySelectorAll(".headerlink, .deeper-mark")) extra.remove();
    keep({ page, id: place.id, title: heading.textContent.trim() });
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.hidden && leave());

  const place = recall();
  const [visit] = performance.getEntriesByType("navigation");
  if (!place?.page || location.hash || visit?.type !== "navigate") return;
  if (isHome ? !place.page.startsWith(new URL(".", page).href) : place.page !== page) return;
  const offer = document.createElement("nav");
  offer.className = "resume";
  offer.setAttribute("aria-label", "Where you stopped reading");
  const link = Object.assign(document.createElement("a"), { href: `${place.page}#${place.id}` });
  link.append("Go on at ", Object.assign(document.createElement("b"), { textContent: place.title }));
  const close = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "×" });
  close.setAttribute("aria-label", "Close");
  offer.append(link, close);
  document.querySelector(".bar").after(offer);
  const end = () => offer.remove();
  close.addEventListener("click", () => {
    keep(null);
    end();
  });
  addEventListener("hashchange", end);
  addEventListener("scroll", () => scrollY > innerHeight && end(), { passive: true });
})();
