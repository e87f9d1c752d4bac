// Elements that stand out to the right without a scrolling box around them.
() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [];
  for (const element of document.querySelectorAll("body *")) {
    if (element.getBoundingClientRect().right <= root.clientWidth + 1) continue;
    let box = element.parentElement;
    while (box && getComputedStyle(box).overflowX === "visible") box = box.parentElement;
    if (!box) wide.push(`${element.localName}.${element.className}: ${element.textContent.slice(0, 50)}`);
  }
  return wide.length ? wide.slice(0, 5) : ["the page scrolls sideways"];
}
