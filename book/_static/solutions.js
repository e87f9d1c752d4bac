// The solution of an exercise opens beside it, behind one click; it is loaded when it is first opened.
"use strict";

/** Replace the link to a solution by a fold that shows the solution itself, and the link in it. */
function unfold(link) {
  const fold = document.createElement("details");
  fold.className = "beside";
  const summary = document.createElement("summary");
  summary.textContent = link.textContent;
  const box = document.createElement("div");
  fold.append(summary, box);
  link.closest("p").replaceWith(fold);
  fold.addEventListener("toggle", async () => {
    try {
      box.replaceChildren(...(await solution(link)), pageLink(link));
    } catch {
      location.assign(link.href); // the solution has a page of its own
    }
  }, { once: true });
}

async function solution(link) {
  const answer = await fetch(link.pathname);
  if (!answer.ok) throw new Error(`${link.pathname}: ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const copy = page.getElementById(decodeURIComponent(link.hash.slice(1))).cloneNode(true);
  for (const element of copy.querySelectorAll("[id]")) element.removeAttribute("id");
  for (const extra of copy.querySelectorAll(".headerlink, .check-mark, .copy, .admonition-title")) extra.remove();
  for (const image of copy.querySelectorAll("img")) image.src = new URL(image.getAttribute("src"), link.href).href;
  for (const inner of copy.querySelectorAll("a[href]")) inner.href = new URL(inner.getAttribute("href"), link.href).href;
  return copy.childNodes;
}

function pageLink(link) {
  const place = document.createElement("p");
  link.textContent = "This solution on its own page";
  place.append(link);
  return place;
}
