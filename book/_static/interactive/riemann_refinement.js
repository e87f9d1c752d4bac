// Area by strips: choose the function, the rule and the number of strips; watch the error fall.
"use strict";

{
  const FUNCTIONS = [
    (x) => Math.exp((-x * x) / 2),
    (x) => Math.sqrt(x / 3),
    (x) => (x < Math.SQRT2 ? 1 : 0),
  ];
  const SHIFTS = [0, 0.5, 1]; // left, midpoint, right; rule 3 averages the first and the last

  const integrand = ({ which }) => FUNCTIONS[which - 1];
  const heights = ({ n, rule, which }, width) =>
    Array.from({ length: n }, (_, i) => {
      const at = (shift) => FUNCTIONS[which - 1]((i + shift) * width);
      return rule === 4 ? [at(0), at(1)] : [at(SHIFTS[rule - 1]), at(SHIFTS[rule - 1])];
    });

  figures.riemann_refinement = {
    controls: ({ n, rule, which }) => ({
      n: { label: "Strips n", min: 1, max: 64, step: 1, value: n },
      rule: { label: "Rule", min: 1, max: 4, step: 1, value: rule, names: ["left", "midpoint", "right", "trapezoid"] },
      which: { label: "Function", min: 1, max: 3, step: 1, value: which, names: ["bell curve", "square root", "step"] },
    }),
    readouts: {
      sum: { label: "Sum of the strips", digits: 5 },
      area: { label: "Area", digits: 5 },
      error: { label: "Error", digits: 5 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x", ""] }),

    compute(state, { frame, exact }) {
      const width = frame.x[1] / state.n;
      const sum = width * heights(state, width).reduce((total, [left, right]) => total + (left + right) / 2, 0);
      const area = exact[state.which - 1];
      return { sum, area, error: Math.abs(sum - area) };
    },

    draw(board, state, { frame }, ink) {
      const end = frame.x[1];
      const still = { highlight: false, fixed: true };
      const strips = board.create("curve", [[0], [0]], {
        ...still, strokeColor: ink.derivative, strokeWidth: 1, fillColor: ink.derivative, fillOpacity: 0.2,
      });
      strips.updateDataArray = function () {
        const width = end / state.n;
        const tops = heights(state, width);
        this.dataX = tops.flatMap((_, i) => [i, i, i + 1, i + 1].map((k) => k * width));
        this.dataY = tops.flatMap(([left, right]) => [0, left, right, 0]);
      };
      const nodes = board.create("curve", [[0], [0]], { ...still, strokeColor: ink.muted, strokeWidth: 1 });
      nodes.updateDataArray = function () {
        const width = end / state.n;
        const tops = heights(state, width);
        this.dataX = tops.flatMap((_, i) => [i * width, i * width, NaN]);
        this.dataY = tops.flatMap(([left]) => [0, left, NaN]);
      };
      board.create("curve", [(x) => x, (x) => integrand(state)(x), 0, end], {
        ...still, strokeColor: ink.function, strokeWidth: 2.5, doAdvancedPlot: false, numberPointsHigh: 600, numberPointsLow: 600,
      });
    },

    drag([x], state, { frame }) {
      const share = Math.min(1, Math.max(0, x / frame.x[1]));
      state.n = Math.max(1, Math.round(64 * share));
    },
  };
}
