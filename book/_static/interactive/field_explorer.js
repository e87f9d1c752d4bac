// A field in the plane and a box: flow out of the box and around it, beside divergence and curl.
"use strict";

{
  const CENTER = [-0.25, 0.25]; // of the vortex, which no side of the box can meet
  const sigmoid = (s) => 1 / (1 + Math.exp(-s));

  // Each field with its divergence and its curl.
  const FIELDS = [
    { u: (x, y) => [x * x, x * y], div: (x) => 3 * x, curl: (x, y) => y },
    { u: (x, y) => [-y, x], div: () => 0, curl: () => 2 },
    { u: (x, y) => [y, 0], div: () => 0, curl: () => -1 },
    {
      u(x, y) {
        const [p, q] = [x - CENTER[0], y - CENTER[1]];
        return [-q / (p * p + q * q), p / (p * p + q * q)];
      },
      div: () => 0, curl: () => 0,
    },
    {
      u: (x, y) => [-y * sigmoid(x * y), x * sigmoid(x * y)],
      div: (x, y) => (x * x - y * y) * sigmoid(x * y) * sigmoid(-x * y),
      curl: (x, y) => 2 * sigmoid(x * y) + 2 * x * y * sigmoid(x * y) * sigmoid(-x * y),
    },
  ];

  const PIECES = 200;

  /** The integral of g over [-half, half] by Simpson's rule. */
  function integral(g, half) {
    const width = (2 * half) / PIECES;
    let sum = 0;
    for (let k = 0; k < PIECES; k++) {
      const left = -half + k * width;
      sum += (g(left) + 4 * g(left + width / 2) + g(left + width)) / 6;
    }
    return sum * width;
  }

  /** Flow out through the right, upper, left and lower side, and flow along them, counterclockwise. */
  function sides({ field, x1, x2, half }) {
    const { u } = FIELDS[field - 1];
    const right = (s) => u(x1 + half, x2 + s), left = (s) => u(x1 - half, x2 + s);
    const upper = (s) => u(x1 + s, x2 + half), lower = (s) => u(x1 + s, x2 - half);
    const over = (g) => integral(g, half);
    return {
      out: [over((s) => right(s)[0]), over((s) => upper(s)[1]), -over((s) => left(s)[0]), -over((s) => lower(s)[1])],
      along: [over((s) => right(s)[1]), -over((s) => upper(s)[0]), -over((s) => left(s)[1]), over((s) => lower(s)[0])],
    };
  }

  const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

  figures.field_explorer = {
    controls: {
      x1: { label: "Center of the box, x₁", min: -1, max: 1.6, step: 0.1, value: 0.5 },
      x2: { label: "Center of the box, x₂", min: -0.4, max: 1.4, step: 0.1, value: 0.5 },
      half: { label: "Half its side", min: 0.1, max: 0.6, step: 0.1, value: 0.5 },
      field: { label: "Field", min: 1, max: 5, step: 1, value: 1, names: ["(x₁², x₁x₂)", "rotation", "shear", "vortex", "the game"] },
    },
    readouts: {
      out: { label: "Flow out of the box", digits: 3 },
      flux: { label: "Flow out, per area", digits: 3 },
      div: { label: "Divergence at the center", digits: 3 },
      around: { label: "Flow around the box", digits: 3 },
      circulation: { label: "Flow around, per area", digits: 3 },
      curl: { label: "Curl at the center", digits: 3 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x₁", "x₂"] }),

    compute(state) {
      const { x1, x2, half, field } = state;
      const [out, around] = Object.values(sides(state)).map(total);
      const { div, curl } = FIELDS[field - 1];
      const area = 4 * half * half;
      return {
        out, flux: out / area, div: div(x1, x2),
        around, circulation: around / area, curl: curl(x1, x2),
      };
    },

    draw(board, state, { frame }, ink) {
      const points = [];
      for (let x = frame.x[0] + 0.15; x < frame.x[1]; x += 0.25) {
        for (let y = frame.y[0] + 0.15; y < frame.y[1]; y += 0.25) points.push([x, y]);
      }
      const field = board.create("curve", [[], []], { strokeColor: ink.function, strokeWidth: 1.5, highlight: false });
      field.updateDataArray = function () {
        this.dataX = [];
        this.dataY = [];
        for (const [x, y] of points) {
          const [p, q] = FIELDS[state.field - 1].u(x, y);
          const size = Math.hypot(p, q);
          if (size < 1e-9) continue;
          const length = Math.min(0.24, 0.12 * size) / size;
          const [a, b] = [p * length, q * length];
          const [tipX, tipY] = [x + a / 2, y + b / 2];
          this.dataX.push(x - a / 2, tipX, tipX - 0.4 * a + 0.2 * b, NaN, tipX, tipX - 0.4 * a - 0.2 * b, NaN);
          this.dataY.push(y - b / 2, tipY, tipY - 0.4 * b - 0.2 * a, NaN, tipY, tipY - 0.4 * b + 0.2 * a, NaN);
        }
      };
      const box = board.create("curve", [[], []], { strokeColor: ink.bound, strokeWidth: 2.5, highlight: false });
      box.updateDataArray = function () {
        const { x1, x2, half } = state;
        this.dataX = [x1 - half, x1 + half, x1 + half, x1 - half, x1 - half];
        this.dataY = [x2 - half, x2 - half, x2 + half, x2 + half, x2 - half];
      };
      [[1, 0], [0, 1], [-1, 0], [0, -1]].forEach(([nx, ny], k) => {
        const foot = () => [state.x1 + state.half * nx, state.x2 + state.half * ny];
        const tip = () => {
          const flow = (0.3 * sides(state).out[k]) / (2 * state.half);
          return [foot()[0] + flow * nx, foot()[1] + flow * ny];
        };
        arrow(board, foot, tip, ink.derivative, { strokeWidth: 3 });
      });
      board.create("point", [() => state.x1, () => state.x2], {
        fillColor: ink.bound, strokeColor: ink.paper, size: 3, withLabel: false, highlight: false, fixed: true,
      });
    },

    drag([x, y], state) {
      [state.x1, state.x2] = [x, y];
    },
  };
}
