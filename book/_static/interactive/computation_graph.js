// A small network as a computation graph: values walk forward, adjoints walk back, one step at a time.
"use strict";

{
  const FORWARD = ["z1", "z2", "h1", "h2", "s1", "s2", "L"];
  const BACKWARD = ["L", "s1", "s2", "h1", "h2", "z1", "z2"];
  const LAST = FORWARD.length + BACKWARD.length + 1; // then the slope in the weight
  const COLUMNS = ["x", "z", "h", "s"];
  const PLACES = { L: [8, 2] };
  COLUMNS.forEach((name, column) => [1, 2].forEach((row) => (PLACES[name + row] = [2 * column, row === 1 ? 4 : 0])));
  const RADIUS = 0.4;

  /** All values, adjoints and local slopes for a state of the controls. */
  function run({ w, x1, y1 }, numbers) {
    const x = [x1, numbers.x[1]];
    const y = [y1, 1 - y1];
    const W = [[w, numbers.W[0][1]], numbers.W[1]];
    const { b, V, c } = numbers;
    const z = [0, 1].map((j) => W[j][0] * x[0] + W[j][1] * x[1] + b[j]);
    const h = z.map(Math.tanh);
    const s = [0, 1].map((k) => V[k][0] * h[0] + V[k][1] * h[1] + c[k]);
    const top = Math.max(...s);
    const total = s.reduce((sum, score) => sum + Math.exp(score - top), 0);
    const error = s.map((score, k) => Math.exp(score - top) / total - y[k]); // p - y
    const L = top + Math.log(total) - y[0] * s[0] - y[1] * s[1];
    const d = h.map((value) => 1 - value * value);
    const back = (M, v) => [0, 1].map((j) => M[0][j] * v[0] + M[1][j] * v[1]);
    const hBar = back(V, error);
    const zBar = hBar.map((value, j) => d[j] * value);
    const values = { L }, adjoints = { L: 1 }, slopes = {};
    const vectors = { x: [x, back(W, zBar)], z: [z, zBar], h: [h, hBar], s: [s, error] };
    for (const [name, [value, adjoint]] of Object.entries(vectors)) {
      for (const j of [0, 1]) {
        values[name + (j + 1)] = value[j];
        adjoints[name + (j + 1)] = adjoint[j];
      }
    }
    for (const j of [0, 1]) {
      slopes[`z${j + 1} h${j + 1}`] = d[j];
      slopes[`s${j + 1} L`] = error[j];
      for (const k of [0, 1]) {
        slopes[`x${j + 1} z${k + 1}`] = W[k][j];
        slopes[`h${j + 1} s${k + 1}`] = V[k][j];
      }
    }
    return { values, adjoints, slopes, weight: zBar[0] * x[0] };
  }

  const walkingBack = (step) => step > FORWARD.length;
  const current = (step) =>
    step === 0 ? "x1" : step === LAST ? "z1" : walkingBack(step) ? BACKWARD[step - FORWARD.length - 1] : FORWARD[step - 1];
  const valueKnown = (name, step) => name[0] === "x" || FORWARD.indexOf(name) < step;
  const adjointKnown = (name, step) => name[0] === "x" ? step === LAST : BACKWARD.indexOf(name) < step - FORWARD.length;

  /** Does this step use this arrow? */
  function active(edge, step) {
    if (step === 0) return false;
    if (step === LAST) return edge === "x1 z1";
    const [tail, head] = edge.split(" ");
    return (walkingBack(step) ? tail : head) === current(step);
  }

  const rounded = (number, digits) => Number(number.toFixed(digits)) + 0;
  const text = (number, digits) => rounded(number, digits).toFixed(digits).replace("-", "−");
  const short = (number, digits) => String(rounded(number, digits)).replace("-", "−"); // 0.5, not 0.5000
  const pretty = (name) => name.replace("1", "₁").replace("2", "₂");

  figures.computation_graph = {
    controls: ({ x, W }) => ({
      step: { label: "Step of the walk", min: 0, max: LAST, step: 1, value: FORWARD.length },
      w: { label: "Weight W₁₁", min: -2, max: 2, step: 0.1, value: W[0][0] },
      x1: { label: "Input x₁", min: -3, max: 3, step: 0.1, value: x[0] },
      y1: { label: "Target y₁ = 1 − y₂", min: 0, max: 1, step: 0.1, value: 0 },
    }),
    readouts: {
      now: { label: "Number just found", digits: 4 },
      loss: { label: "Loss L", digits: 4 },
      slope: { label: "Slope of L in W₁₁", digits: 4 },
    },
    frame: { x: [-0.8, 9.6], y: [-1.8, 5.8], axes: false },

    compute(state, numbers) {
      const { values, adjoints, weight } = run(state, numbers);
      const found = walkingBack(state.step) ? adjoints : values;
      return { now: state.step === LAST ? weight : found[current(state.step)], loss: values.L, slope: weight };
    },

    draw(board, state, numbers, ink) {
      const now = () => run(state, numbers);
      const narrow = board.canvasWidth < 520;
      const digits = narrow ? 2 : 4;
      const size = narrow ? 12 : 15;
      const write = (x, y, content, options) => board.create("text", [x, y, content], {
        fontSize: size, highlight: false, fixed: true, anchorX: "middle", anchorY: "middle", ...options,
      });
      for (const edge of Object.keys(now().slopes)) {
        const [from, to] = edge.split(" ").map((name) => PLACES[name]);
        const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
        const at = (t) => [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
        const rise = to[1] - from[1];
        const color = () => (active(edge, state.step) ? ink.path : ink.muted);
        arrow(board, () => at((1.15 * RADIUS) / length), () => at(1 - (1.15 * RADIUS) / length), ink.muted, {
          strokeColor: color, strokeWidth: () => (active(edge, state.step) ? 3 : 1.5),
        });
        const [x, y] = at(Math.abs(rise) > 3 ? 0.34 : 0.5);
        write(x + (rise ? 0.12 : 0), y + (rise > 0 ? -0.12 : 0.12), () => short(now().slopes[edge], digits), {
          strokeColor: color, fontSize: size - 1,
          anchorX: rise ? "left" : "middle", anchorY: rise > 0 ? "top" : "bottom",
        });
      }
      for (const [name, [x, y]] of Object.entries(PLACES)) {
        board.create("circle", [[x, y], RADIUS], {
          strokeColor: ink.function, strokeWidth: 1.5, fillColor: ink.function, fillOpacity: 0.12,
          highlight: false, fixed: true, center: { visible: false },
        });
        write(x, y, pretty(name), { strokeColor: ink.ink, cssStyle: "font-style: italic" });
        // Above the upper row, below the lower one, right of the loss: where no arrow runs.
        const line = 1.35 * size / board.unitY;
        const [dx, top] = name === "L" ? [RADIUS + 0.12, line] : [0, y ? RADIUS + 2 * line : -RADIUS - 0.05];
        const beside = { anchorX: name === "L" ? "left" : "middle", anchorY: "top" };
        const value = () => (valueKnown(name, state.step) ? text(now().values[name], digits) : "");
        const adjoint = () => (adjointKnown(name, state.step) ? text(now().adjoints[name], digits) : "");
        write(x + dx, y + top, value, { strokeColor: ink.function, ...beside });
        write(x + dx, y + top - line, adjoint, { strokeColor: ink.derivative, ...beside });
      }
      const place = () => PLACES[current(state.step)];
      board.create("curve", [
        (t) => place()[0] + 1.12 * RADIUS * Math.cos(t), (t) => place()[1] + 1.12 * RADIUS * Math.sin(t), 0, 2 * Math.PI,
      ], { strokeColor: ink.path, strokeWidth: 3, highlight: false, doAdvancedPlot: false, numberPointsHigh: 60 });
    },

    /** Go to the nearest dot, on the way that we are on: forward or back. */
    drag([x, y], state) {
      const order = walkingBack(state.step) ? BACKWARD : FORWARD;
      const distance = (name) => Math.hypot(PLACES[name][0] - x, PLACES[name][1] - y);
      const nearest = order.reduce((best, name) => (distance(name) < distance(best) ? name : best));
      state.step = order.indexOf(nearest) + 1 + (walkingBack(state.step) ? FORWARD.length : 0);
    },
  };
}
