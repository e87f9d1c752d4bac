// A line x₁ + s x₂ = b across the level curves of f(x) = c₁x₁² + c₂x₂²: slide the point, move the line.
"use strict";

{
  const point = ({ s, b, x2 }) => [b - s * x2, x2];
  const gradient = (state, { c }) => point(state).map((entry, i) => 2 * c[i] * entry);
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1];

  figures.tangent_contours = {
    controls: ({ s, b, x2 }) => ({
      x2: { label: "Point on the line, x₂", min: -1, max: 2.8, step: 0.05, value: x2 },
      b: { label: "Line, right-hand side b", min: -1, max: 6, step: 0.1, value: b },
      s: { label: "Line, factor s of x₂", min: -1, max: 3, step: 0.1, value: s },
    }),
    readouts: {
      value: { label: "f at the point", digits: 3 },
      slope: { label: "Slope of f along the line", digits: 3 },
      multiplier: { label: "λ nearest to −∇f = λ∇h", digits: 3 },
      minimum: { label: "Minimum on the line", digits: 3 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x₁", "x₂"] }),

    compute(state, numbers) {
      const { c } = numbers;
      const [x, g] = [point(state), gradient(state, numbers)];
      const normal = [1, state.s];
      const size = dot(normal, normal);
      return {
        value: c[0] * x[0] ** 2 + c[1] * x[1] ** 2,
        slope: (-state.s * g[0] + g[1]) / Math.sqrt(size),
        multiplier: -dot(g, normal) / size,
        // the minimum is at (λ/2c₁, λs/2c₂) for the λ that puts it on the line
        minimum: state.b ** 2 / (1 / c[0] + state.s ** 2 / c[1]),
      };
    },

    draw(board, state, numbers, ink) {
      const { c, levels, frame } = numbers;
      const f = (x, y) => c[0] * x * x + c[1] * y * y;
      const still = { highlight: false, fixed: true };
      board.create("curve", levelCurves(f, frame, levels), { strokeColor: ink.muted, strokeWidth: 1, ...still });
      // A curve, cut off at the edge of the frame.
      const cut = (place, low, high, look) => {
        const inside = (t) => place(t).every((entry, i) => entry >= [frame.x, frame.y][i][0] && entry <= [frame.x, frame.y][i][1]);
        board.create("curve", [0, 1].map((i) => (t) => (inside(t) ? place(t)[i] : NaN)).concat([low, high]), {
          strokeColor: ink.function, doAdvancedPlot: false, numberPointsHigh: 600, numberPointsLow: 600, ...look, ...still,
        });
      };
      const radius = (i) => Math.sqrt(f(...point(state)) / c[i]);
      cut((t) => [radius(0) * Math.cos(t), radius(1) * Math.sin(t)], 0, 2 * Math.PI, { strokeWidth: 1.5, dash: 2 });
      cut((t) => [state.b - state.s * t, t], ...frame.y, { strokeWidth: 2.5 });
      const from = () => point(state);
      const along = (v, length) => from().map((entry, i) => entry + length * v[i]);
      arrow(board, from, () => along([1, state.s], 0.6), ink.bound, { strokeWidth: 2 });
      arrow(board, from, () => along(gradient(state, numbers), -0.1), ink.derivative);
      const name = (text, place, color) => board.create("text", [() => place()[0], () => place()[1], text], {
        strokeColor: color, fontSize: 16, ...still,
      });
      name("∇h", () => along([1, state.s], 0.68), ink.bound);
      name("−∇f", () => along(gradient(state, numbers), -0.12), ink.derivative);
      board.create("point", [() => from()[0], () => from()[1]], {
        fillColor: ink.function, strokeColor: ink.paper, size: 4, withLabel: false, ...still,
      });
    },

    drag([, y], state) {
      state.x2 = y;
    },
  };
}
