// The game of ε and δ: a band for the answers, a window for the questions, and a curve that must stay in both.
"use strict";

{
  // Distance of the answer from the limit, by distance u of the question from the point.
  const softest = (tau) => 1 / (1 + Math.exp(-1 / tau) + Math.exp(-2 / tau));
  const CHANGES = [
    (u) => (1 + u) ** 2 - 1,
    (u) => (u > 0 ? softest(u) - 1 : NaN), // from the right only
    (u) => (u === 0 ? NaN : Math.sin(u) / u - 1),
    (u) => (u > 0 ? 1 : 0),
  ];
  const LARGEST = 1; // the window ends with the picture

  const change = ({ which }) => CHANGES[which - 1];
  // All four move farther away from the limit as the question does, and farthest at the right edge.
  const reach = (f, delta) => Math.abs(f(delta));

  function best(f, eps) {
    if (reach(f, LARGEST) <= eps) return LARGEST;
    let [wins, loses] = [0, LARGEST];
    for (let step = 0; step < 50; step++) {
      const middle = (wins + loses) / 2;
      if (reach(f, middle) <= eps) wins = middle;
      else loses = middle;
    }
    return wins;
  }

  figures.epsilon_delta_box = {
    controls: ({ eps, delta }) => ({
      which: { label: "Function", min: 1, max: 4, step: 1, value: 1, names: ["square near 1", "softmax, cooling", "sin x / x near 0", "step at 0"] },
      eps: { label: "Eva: ε", min: 0.01, max: 0.7, step: 0.01, value: eps },
      delta: { label: "Dan: δ", min: 0.01, max: 0.99, step: 0.01, value: delta },
    }),
    readouts: {
      reach: { label: "Answers reach", digits: 4 },
      best: { label: "Largest δ that wins (up to 1)", digits: 4 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x − a", "f(x) − ℓ"] }),

    compute(state) {
      const f = change(state);
      return { reach: reach(f, state.delta), best: best(f, state.eps) };
    },

    draw(board, state, { frame: { x: [left, right], y: [bottom, top] } }, ink) {
      const still = { highlight: false, fixed: true };
      const strip = (corners, color) => {
        const area = board.create("curve", [[0], [0]], { ...still, strokeColor: color, strokeWidth: 1, fillColor: color, fillOpacity: 0.15 });
        area.updateDataArray = function () {
          [this.dataX, this.dataY] = corners();
        };
      };
      strip(() => [[left, right, right, left, left], [-1, -1, 1, 1, -1].map((side) => side * state.eps)], ink.data);
      strip(() => [[-1, 1, 1, -1, -1].map((side) => side * state.delta), [bottom, bottom, top, top, bottom]], ink.derivative);
      const broken = (u) => (state.which === 4 && Math.abs(u) < 0.005 ? NaN : change(state)(u)); // a jump is no line
      const piece = (from, to, options) => board.create("curve", [(x) => x, broken, from, to], {
        ...still, strokeColor: ink.function, doAdvancedPlot: false, numberPointsHigh: 800, numberPointsLow: 800, ...options,
      });
      piece(left, right, { strokeWidth: 1.5 });
      piece(() => -state.delta, () => state.delta, { strokeWidth: 4 });
      board.create("point", [0, 0], { ...still, size: 4, fillColor: ink.paper, strokeColor: ink.function, strokeWidth: 2, withLabel: false });
    },

    drag([u], state) {
      state.delta = Math.min(0.99, Math.max(0.01, Math.abs(u)));
    },
  };
}
