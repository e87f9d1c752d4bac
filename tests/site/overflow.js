// Elements that stand out to the right without a scrolling box around them, or are cut off at the rim
// of a section that is laid out by itself.
() => {
  const cut = [];
  for (const far of document.querySelectorAll(".far")) {
    const rim = far.getBoundingClientRect();
    for (const element of far.querySelectorAll("*")) {
      const { left, right, width } = element.getBoundingClientRect();
      if (!width || (left >= rim.left - 1 && right <= rim.right + 1)) continue;
      let box = element.parentElement;
      while (box !== far && getComputedStyle(box).overflowX === "visible") box = box.parentElement;
      if (box === far && !element.closest(":popover-open, dialog, .unseen"))
        cut.push(`${element.localName}.${element.className} is cut off: ${element.textContent.slice(0, 50)}`);
    }
  }
  if (cut.length) return cut.slice(0, 5);
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
