// Gradient descent and the heavy ball on f(x) = (x₁²/κ + x₂²)/2, whose curvatures are 1/κ and L = 1.

/** Positions of a run that starts at rest, as [x₁, x₂] each. */
function run({ eta, kappa, beta, steps }, { start }) {
  let [now, before] = [start, start];
  const path = [now];
  for (let k = 0; k < steps; k++) {
    const gradient = [now[0] / kappa, now[1]];
    const next = now.map((x, i) => x - eta * gradient[i] + beta * (x - before[i]));
    [before, now] = [now, next];
    path.push(now);
  }
  return path;
}

/** Asymptotic factor per step along a direction of curvature λ: the larger root of the recursion. */
function factor(lambda, { eta, beta }) {
  const half = (1 + beta - eta * lambda) / 2;
  const square = half * half - beta;
  return square < 0 ? Math.sqrt(beta) : Math.abs(half) + Math.sqrt(square);
}

export default {
  controls: ({ kappa }) => ({
    eta: { label: "Step size ηL", min: 0.02, max: 2.4, step: 0.02, value: 1.8 },
    kappa: { label: "Condition number κ", min: 1, max: 40, step: 1, value: kappa },
    beta: { label: "Momentum β", min: 0, max: 0.95, step: 0.01, value: 0 },
    steps: { label: "Steps k", min: 0, max: 40, step: 1, value: 12 },
  }),
  readouts: {
    distance: { label: "Distance to the minimum", digits: 3 },
    flat: { label: "Factor per step, flat", digits: 3 },
    steep: { label: "Factor per step, steep", digits: 3 },
  },
  frame: ({ frame }) => ({ ...frame, labels: ["x₁", "x₂"] }),

  compute(state, numbers) {
    const end = run(state, numbers).at(-1);
    return { distance: Math.hypot(...end), flat: factor(1 / state.kappa, state), steep: factor(1, state) };
  },

  draw(board, state, numbers, ink) {
    const { x: [left, right] } = numbers.frame;
    for (const ring of numbers.rings) {
      const across = (t) => ring * Math.sqrt(state.kappa) * Math.cos(t);
      board.create("curve", [
        (t) => (across(t) >= left && across(t) <= right ? across(t) : NaN),
        (t) => ring * Math.sin(t), -Math.PI, Math.PI,
      ], { strokeColor: ink.muted, strokeWidth: 1, highlight: false, doAdvancedPlot: false, numberPointsHigh: 400 });
    }
    const path = board.create("curve", [[], []], { strokeColor: ink.path, strokeWidth: 2, highlight: false });
    path.updateDataArray = function () {
      const points = run(state, numbers);
      [this.dataX, this.dataY] = [0, 1].map((axis) => points.map((point) => point[axis]));
    };
    // One dot for each step; those that are not reached yet wait on the last one.
    for (let k = 0; k <= 40; k++) {
      const place = (axis) => () => run({ ...state, steps: Math.min(k, state.steps) }, numbers)[Math.min(k, state.steps)][axis];
      board.create("point", [place(0), place(1)], {
        size: 1.5, fillColor: ink.path, strokeColor: ink.path, withLabel: false, highlight: false, fixed: true,
      });
    }
    board.create("point", [0, 0], {
      size: 3, face: "x", strokeColor: ink.bound, withLabel: false, highlight: false, fixed: true,
    });
  },
};
