// The heavy ball on f(x) = (x₁²/κ + x₂²)/2, one damped spring for each direction, released at 1.
"use strict";

{
  const STEPS = 60;
  const UNIT = 20; // steps in a unit of the horizontal axis, which has the scale of the vertical one

  /** Positions along a direction of curvature λ at the steps 0 to STEPS. */
  function run(lambda, { eta, beta }) {
    let [now, before] = [1, 1];
    const path = [now];
    for (let k = 0; k < STEPS; k++) {
      [before, now] = [now, now - eta * lambda * now + beta * (now - before)];
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

  figures.momentum_springs = {
    controls: ({ kappa }) => ({
      eta: { label: "Step size ηL", min: 0.05, max: 4, step: 0.05, value: 1 },
      beta: { label: "Momentum β", min: 0, max: 0.99, step: 0.01, value: 0.64 },
      kappa: { label: "Condition number κ", min: 1, max: 100, step: 1, value: kappa },
    }),
    readouts: {
      flat: { label: "Factor per step, flat", digits: 3 },
      steep: { label: "Factor per step, steep", digits: 3 },
      distance: { label: "Flat position after 40 steps", digits: 3 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["k/20", "position"] }),

    compute(state) {
      return {
        flat: factor(1 / state.kappa, state),
        steep: factor(1, state),
        distance: run(1 / state.kappa, state)[40],
      };
    },

    draw(board, state, { frame }, ink) {
      const [low, high] = frame.y;
      const inside = (value) => Math.min(Math.max(value, low), high);
      const directions = [
        [() => 1, { strokeColor: ink.muted, strokeWidth: 1 }],
        [() => 1 / state.kappa, { strokeColor: ink.path, strokeWidth: 2 }],
      ];
      for (const [lambda, look] of directions) {
        const line = board.create("curve", [[], []], { ...look, highlight: false });
        line.updateDataArray = function () {
          this.dataX = Array.from({ length: STEPS + 1 }, (_, k) => k / UNIT);
          this.dataY = run(lambda(), state).map(inside);
        };
      }
      for (let k = 0; k <= STEPS; k += 2) {
        board.create("point", [k / UNIT, () => inside(run(1 / state.kappa, state)[k])], {
          size: 1.5, fillColor: ink.path, strokeColor: ink.path, withLabel: false, highlight: false, fixed: true,
        });
      }
    },
  };
}
