// Gradient descent on f(x) = (x₁²/κ + x₂²)/2, whose curvatures are 1/κ and L = 1.
"use strict";

{
  /** Positions of a run, as [x₁, x₂] each. */
  function run({ eta, kappa, steps }, { start }) {
    const path = [start];
    for (let k = 0; k < steps; k++) {
      const [x1, x2] = path.at(-1);
      path.push([x1 - (eta / kappa) * x1, x2 - eta * x2]);
    }
    return path;
  }

  figures.learning_rate_explorer = {
    controls: ({ kappa }) => ({
      eta: { label: "Step size ηL", min: 0.02, max: 2.4, step: 0.02, value: 1.8 },
      kappa: { label: "Condition number κ", min: 1, max: 40, step: 1, value: kappa },
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
      return { distance: Math.hypot(...end), flat: Math.abs(1 - state.eta / state.kappa), steep: Math.abs(1 - state.eta) };
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
}
