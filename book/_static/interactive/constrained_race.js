// Five methods for the minimum of x₁² + 3x₂² on the line x₁ + x₂ = 4, one iterate a step.
"use strict";

{
  const curvature = [2, 6];
  const off = ([a, b]) => a + b - 4;

  /** Minimizer of f + λh + ρh²/2; it lies on the ray through (3, 1). */
  function inner(rho, lambda) {
    const price = (lambda - 4 * rho) / (1 + (2 / 3) * rho); // λ + ρh there
    return curvature.map((c) => -price / c);
  }

  /** Iterates as [x₁, x₂, price] each, by the number of the method. */
  const methods = {
    1: ({ rho }, k) => {
      const x = inner(rho * 3 ** k, 0);
      return [...x, rho * 3 ** k * off(x)];
    },
    2: ({ rho }, k) => {
      let [lambda, x] = [0, []];
      for (let i = 0; i <= k; i++) {
        x = inner(rho, lambda);
        lambda += rho * off(x);
      }
      return [...x, lambda];
    },
    3: ({ eta }, k) => {
      let x = [2, 2];
      for (let i = 0; i < k; i++) {
        const y = x.map((value, j) => value - eta * curvature[j] * value);
        x = y.map((value) => value - off(y) / 2);
      }
      return [...x, -(curvature[0] * x[0] + curvature[1] * x[1]) / 2];
    },
    4: ({ eta }, k) => {
      let z = [0, 0, 0];
      for (let i = 0; i < k; i++) {
        z = [...curvature.map((c, j) => z[j] - eta * (c * z[j] + z[2])), z[2] + eta * off(z)];
      }
      return z;
    },
    5: (_, k) => {
      const weight = 3 ** (1 - k);
      const inside = Math.sqrt(4 + (2 / 3) * weight) - 2;
      return [(3 * (4 + inside)) / 4, (4 + inside) / 4, -weight / inside];
    },
  };
  const place = (state, k) => methods[state.method](state, k);

  figures.constrained_race = {
    controls: ({ rho, eta, steps }) => ({
      method: {
        label: "Method", min: 1, max: 5, step: 1, value: 4,
        names: ["penalty", "multipliers", "projected gradient", "descent–ascent", "barrier"],
      },
      steps: { label: "Steps k", min: 0, max: 12, step: 1, value: steps },
      rho: { label: "Weight ρ (penalty, multipliers)", min: 0.2, max: 10, step: 0.2, value: rho },
      eta: { label: "Step size η (the two gradient methods)", min: 0.02, max: 0.4, step: 0.01, value: eta },
    }),
    readouts: {
      penalty: { label: "Distance to (3, 1), penalty", digits: 4 },
      multipliers: { label: "multipliers", digits: 4 },
      projected: { label: "projected gradient", digits: 4 },
      coupled: { label: "descent–ascent", digits: 4 },
      barrier: { label: "barrier", digits: 4 },
      price: { label: "Price λ of the method drawn", digits: 3 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x₁", "x₂"] }),

    compute(state) {
      const ends = Object.values(methods).map((run) => run(state, state.steps));
      const [penalty, multipliers, projected, coupled, barrier] = ends.map(([a, b]) => Math.hypot(a - 3, b - 1));
      return { penalty, multipliers, projected, coupled, barrier, price: ends[state.method - 1][2] };
    },

    draw(board, state, { frame, levels }, ink) {
      const f = (x, y) => x * x + 3 * y * y;
      const still = { highlight: false, fixed: true };
      board.create("curve", levelCurves(f, frame, levels), { strokeColor: ink.muted, strokeWidth: 1, ...still });
      board.create("segment", [[4 - frame.y[1], frame.y[1]], [4 - frame.y[0], frame.y[0]]], {
        strokeColor: ink.function, strokeWidth: 2.5, ...still,
      });
      const path = board.create("curve", [[], []], { strokeColor: ink.path, strokeWidth: 2, highlight: false });
      path.updateDataArray = function () {
        const points = Array.from({ length: state.steps + 1 }, (_, k) => place(state, k));
        [this.dataX, this.dataY] = [0, 1].map((axis) => points.map((point) => point[axis]));
      };
      // One dot for each step; those that are not reached yet wait on the last one.
      for (let k = 0; k <= 12; k++) {
        const entry = (axis) => () => place(state, Math.min(k, state.steps))[axis];
        board.create("point", [entry(0), entry(1)], {
          size: 2, fillColor: ink.path, strokeColor: ink.path, withLabel: false, ...still,
        });
      }
      board.create("point", [3, 1], {
        size: 4, face: "x", strokeColor: ink.bound, withLabel: false, ...still,
      });
    },
  };
}
