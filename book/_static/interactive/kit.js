// What every living figure shares: controls, readouts, colors, and waking up when it comes near.
//
// A figure is a script of this folder. In a block, which keeps its names to itself, it defines
// `figures.<name of the file> = {...}` with
//   controls  {name: {label, min, max, step, value, unit?}}       values the reader sets
//             with `names: [...]` to show a name for each of the values min, min + 1, ...
//   readouts  {name: {label, digits?, unit?}}                     values the figure answers with
//   frame     {x: [low, high], y: [low, high], labels: [x, y]}    the part of the plane it shows;
//             with `axes: false` in place of labels, without axes
//   compute(state, numbers) -> {readout: number}                  pure; tests compare it with calcml
//   draw(board, state, numbers, ink)                              JSXGraph elements that read `state`
//   drag?(point, state, numbers)                                  sets `state` from a pointer's place
// where `numbers` is the JSON that the static figure was drawn from. `controls` and `frame` may be
// functions of `numbers`; `levelCurves` and `arrow` below help to draw.
"use strict";

const figures = {};

/** Wake the figures of the page, each when it comes within a screen of the view. */
function watch(stages) {
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        wake(target);
      }
    },
    { rootMargin: "100% 0px" },
  );
  stages.forEach((stage) => near.observe(stage));
}

async function wake(stage) {
  const name = stage.dataset.interactive;
  await Promise.all([load("jsxgraph/jsxgraphcore.js"), load(`interactive/${name}.js`)]);
  const figure = stage.closest("figure");
  const before = figure.getBoundingClientRect();
  const focused = document.activeElement;
  const followed = focused !== document.body && inSight(focused);
  new Living(stage, figures[name], JSON.parse(stage.dataset.numbers)).show();
  // A figure above what is read grows. Most browsers keep the reader's place by themselves.
  if (before.bottom < 0 && !CSS.supports("overflow-anchor", "auto"))
    scrollBy({ top: figure.getBoundingClientRect().height - before.height, behavior: "instant" });
  // No browser keeps in sight what has the focus below a figure that is read and grows.
  if (followed && !inSight(focused)) focused.scrollIntoView({ block: "nearest", behavior: "instant" });
}

function inSight(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

const MARGIN = 34; // pixels

const settled = (part, numbers) => (typeof part === "function" ? part(numbers) : part);
const format = (value, { digits = 2, unit = "" }) =>
  (Object.is(Number(value.toFixed(digits)), -0) ? 0 : value).toFixed(digits).replace("-", "−") + unit;
const decimals = (step) => (String(step).split(".")[1] ?? "").length;

/** Round numbers between two bounds, at least `gap` apart. */
function ticks(low, high, gap) {
  const power = 10 ** Math.floor(Math.log10(gap));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= gap) * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, k) => Number(((first + k) * step).toPrecision(6)));
}

class Living {
  constructor(stage, figure, numbers) {
    Object.assign(this, { stage, figure, numbers });
    this.controls = settled(figure.controls, numbers);
    this.frame = settled(figure.frame, numbers);
    this.state = Object.fromEntries(Object.entries(this.controls).map(([name, control]) => [name, control.value]));
  }

  show() {
    const twin = [...this.stage.childNodes];
    this.canvas = document.createElement("div");
    this.canvas.className = "board";
    this.canvas.id = `board-${this.stage.closest("figure").id}`;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", this.stage.querySelector("img")?.alt ?? this.stage.getAttribute("aria-label"));
    const [width, height] = ["x", "y"].map((axis) => this.frame[axis][1] - this.frame[axis][0]);
    this.canvas.style.aspectRatio = `${width} / ${height}`;
    this.stage.replaceChildren(this.canvas, this.#readoutList(), this.#controlList());
    const note = this.stage.parentElement.querySelector(".try-this");
    if (note) note.hidden = false;
    try {
      this.#drawBoard();
    } catch (error) {
      this.stage.replaceChildren(...twin); // the static figure is never lost
      throw error;
    }
    this.#listen();
    this.update();
    this.stage.dataset.awake = "";
  }

  #controlList() {
    const list = document.createElement("div");
    list.className = "controls";
    this.inputs = {};
    for (const [name, control] of Object.entries(this.controls)) {
      const input = Object.assign(document.createElement("input"), {
        type: "range", name, min: control.min, max: control.max, step: control.step, value: control.value,
      });
      const label = document.createElement("label");
      const value = document.createElement("output");
      const caption = document.createElement("span");
      caption.textContent = control.label;
      label.append(caption, input, value);
      input.addEventListener("input", () => {
        this.state[name] = Number(input.value);
        this.update();
      });
      this.inputs[name] = { input, value };
      list.append(label);
    }
    return list;
  }

  #readoutList() {
    const list = document.createElement("dl");
    list.className = "readouts";
    list.setAttribute("aria-live", "polite");
    this.answers = {};
    for (const [name, readout] of Object.entries(this.figure.readouts)) {
      const item = document.createElement("div");
      const term = document.createElement("dt");
      const answer = document.createElement("dd");
      term.textContent = readout.label;
      answer.dataset.readout = name;
      item.append(term, answer);
      list.append(item);
      this.answers[name] = answer;
    }
    return list;
  }

  #drawBoard() {
    if (this.board) JXG.JSXGraph.freeBoard(this.board);
    const ink = inks(this.stage);
    const [left, right] = this.frame.x;
    const [bottom, top] = this.frame.y;
    JXG.Options.text.display = "internal"; // text inside the drawing: it scales and prints with it
    // The frame of the static figure, and beside it room for the numbers on the axes.
    const margin = this.frame.axes === false ? 0 : MARGIN;
    const scale = (right - left) / Math.max(1, this.canvas.clientWidth - margin);
    this.board = JXG.JSXGraph.initBoard(this.canvas.id, {
      boundingbox: [left - margin * scale, top, right, bottom - margin * scale],
      keepaspectratio: true,
      axis: false, showCopyright: false, showNavigation: false,
      pan: { enabled: false }, zoom: { enabled: false }, selection: { enabled: false },
      keyboard: { enabled: false }, // the sliders are the keyboard's way in
      resize: { enabled: false }, // redrawn below: lengths in pixels depend on the width
      title: "", description: "",
    });
    this.board.suspendUpdate();
    if (margin) this.#axes(ink, scale);
    this.figure.draw(this.board, this.state, this.numbers, ink);
    this.board.unsuspendUpdate();
  }

  /* Axes along the lower and the left edge, as in the static figures; `scale` is the length of a pixel. */
  #axes(ink, scale) {
    const [left, right] = this.frame.x;
    const [bottom, top] = this.frame.y;
    const line = (from, to) => this.board.create("segment", [from, to].map((end) => this.#hidden(end)), {
      strokeColor: ink.muted, strokeWidth: 1, highlight: false, fixed: true,
    });
    const write = (x, y, text, options) => this.board.create("text", [x, y, text], {
      strokeColor: ink.muted, fontSize: 13, highlight: false, fixed: true, ...options,
    });
    line([left, bottom], [right, bottom]);
    line([left, bottom], [left, top]);
    for (const x of ticks(left, right, 56 * scale)) {
      line([x, bottom], [x, bottom - 5 * scale]);
      const anchorX = x > right - 12 * scale ? "right" : "middle"; // the last one stays in the drawing
      write(x, bottom - 7 * scale, format(x, { digits: decimals(x) }), { anchorX, anchorY: "top" });
    }
    for (const y of ticks(bottom, top, 34 * scale)) {
      line([left, y], [left - 5 * scale, y]);
      write(left - 7 * scale, y, format(y, { digits: decimals(y) }), { anchorX: "right", anchorY: "middle" });
    }
    const [across, up] = this.frame.labels ?? ["", ""];
    write(right, bottom + 5 * scale, across, { anchorX: "right", anchorY: "bottom", fontSize: 16, strokeColor: ink.ink });
    write(left + 6 * scale, top, up, { anchorX: "left", anchorY: "top", fontSize: 16, strokeColor: ink.ink });
  }

  #hidden(place) {
    return this.board.create("point", place, { visible: false, fixed: true });
  }

  #listen() {
    const { drag } = this.figure;
    if (drag) {
      this.canvas.style.touchAction = "none";
      this.canvas.dataset.drag = "";
      const move = (event) => {
        const [x, y] = this.board.getUsrCoordsOfMouse(event);
        drag([x, y], this.state, this.numbers);
        this.update();
      };
      this.canvas.addEventListener("pointerdown", (event) => {
        this.canvas.setPointerCapture(event.pointerId);
        move(event);
      });
      this.canvas.addEventListener("pointermove", (event) => {
        if (this.canvas.hasPointerCapture(event.pointerId)) move(event);
      });
    }
    const repaint = () => {
      this.#drawBoard();
      this.update();
    };
    let width = this.canvas.clientWidth;
    new ResizeObserver(() => {
      if (this.canvas.clientWidth === width) return;
      width = this.canvas.clientWidth;
      repaint();
    }).observe(this.canvas);
    new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  }

  /** Bring sliders, readouts and drawing in line with the state. */
  update() {
    for (const [name, { input, value }] of Object.entries(this.inputs)) {
      const control = this.controls[name];
      const rounded = control.min + Math.round((this.state[name] - control.min) / control.step) * control.step;
      this.state[name] = Math.min(control.max, Math.max(control.min, Number(rounded.toFixed(decimals(control.step)))));
      input.value = this.state[name];
      const text =
        control.names?.[this.state[name] - control.min] ??
        format(this.state[name], { digits: decimals(control.step), unit: control.unit });
      value.textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
    const answers = this.figure.compute(this.state, this.numbers);
    for (const [name, answer] of Object.entries(this.answers)) {
      answer.textContent = format(answers[name], this.figure.readouts[name]);
    }
    this.board.fullUpdate();
  }
}

/** The palette of the figures, as the page now shows it. */
function inks(element) {
  const probe = document.createElement("span");
  element.append(probe);
  const color = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    ink: color("ink"), muted: color("muted"), paper: color("paper"),
    function: color("blue"), derivative: color("rust"), bound: color("ink"), data: color("green"), path: color("plum"),
  };
  probe.remove();
  return found;
}

/** Points of the level curves f = c over a frame, as arrays of x and y broken by NaN. */
function levelCurves(f, { x: [left, right], y: [bottom, top] }, levels, cells = 90) {
  const X = [], Y = [];
  const [dx, dy] = [(right - left) / cells, (top - bottom) / cells];
  const values = Array.from({ length: cells + 1 }, (_, i) =>
    Array.from({ length: cells + 1 }, (_, j) => f(left + i * dx, bottom + j * dy)));
  for (const level of levels) {
    for (let i = 0; i < cells; i++) {
      for (let j = 0; j < cells; j++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const cuts = [];
        corners.forEach(([a, b], k) => {
          const [c, d] = corners[(k + 1) % 4];
          const [u, v] = [values[a][b] - level, values[c][d] - level];
          if (u < 0 === v < 0) return;
          const t = u / (u - v);
          cuts.push([left + (a + t * (c - a)) * dx, bottom + (b + t * (d - b)) * dy]);
        });
        for (let k = 0; k + 1 < cuts.length; k += 2) {
          X.push(cuts[k][0], cuts[k + 1][0], NaN);
          Y.push(cuts[k][1], cuts[k + 1][1], NaN);
        }
      }
    }
  }
  return [X, Y];
}

/** An arrow between two points given as functions. */
function arrow(board, from, to, color, options = {}) {
  return board.create("arrow", [from, to].map((end) => [() => end()[0], () => end()[1]]), {
    strokeColor: color, strokeWidth: 2.5, highlight: false, fixed: true, lastArrow: { type: 2, size: 6 },
    ...options,
  });
}
