// A Metropolis or Hamiltonian walker on the Challenger posterior, or on two hills far apart.
"use strict";

{
  const hills = [[-2.5, -0.6], [0.5, -4.6]];
  const variance = 0.25; // of each hill
  const leapfrogs = 5;
  const logAddExp = (a, b) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
  const sigmoid = (s) => (s < 0 ? Math.exp(s) / (1 + Math.exp(s)) : 1 / (1 + Math.exp(-s)));

  /** Log density and its gradient, up to a constant. */
  const targets = {
    posterior: ({ t, y }) => ({
      value: ([a, b]) =>
        t.reduce((sum, ti, i) => sum + y[i] * (a + b * ti) - logAddExp(0, a + b * ti), -(a * a + b * b) / 50),
      gradient: ([a, b]) =>
        t.reduce(([ga, gb], ti, i) => {
          const rest = y[i] - sigmoid(a + b * ti);
          return [ga + rest, gb + rest * ti];
        }, [-a / 25, -b / 25]),
    }),
    hills: () => {
      const heights = (x) => hills.map(([a, b]) => -((x[0] - a) ** 2 + (x[1] - b) ** 2) / (2 * variance));
      return {
        value: (x) => logAddExp(...heights(x)),
        gradient: (x) => {
          const [first, second] = heights(x);
          const share = sigmoid(first - second);
          return [0, 1].map((j) => (share * (hills[0][j] - x[j]) + (1 - share) * (hills[1][j] - x[j])) / variance);
        },
      };
    },
  };
  const target = (state, numbers) => (state.walker <= 2 ? targets.posterior : targets.hills)(numbers);

  /** The states of the walker, first the start, and the number of proposals accepted. */
  function walk(state, numbers, steps = state.steps) {
    const { value, gradient } = target(state, numbers);
    const hamiltonian = state.walker % 2 === 0;
    const { noise, uniforms, begin } = numbers;
    const path = [begin];
    let accepted = 0;
    for (let k = 0; k < steps; k++) {
      const x = path.at(-1);
      let y = x;
      let r = noise[k];
      if (hamiltonian) {
        for (let i = 0; i < leapfrogs; i++) {
          const before = gradient(y);
          r = r.map((rj, j) => rj + (state.step / 2) * before[j]);
          y = y.map((yj, j) => yj + state.step * r[j]);
          const after = gradient(y);
          r = r.map((rj, j) => rj + (state.step / 2) * after[j]);
        }
      } else {
        y = x.map((xj, j) => xj + state.step * noise[k][j]);
      }
      const kinetic = ([a, b]) => (a * a + b * b) / 2; // cancels for Metropolis
      const gain = value(y) - kinetic(r) - value(x) + kinetic(noise[k]);
      const stays = !(Math.log(uniforms[k]) < gain);
      accepted += stays ? 0 : 1;
      path.push(stays ? x : y);
    }
    return { path, accepted };
  }

  figures.chain_walker = {
    controls: {
      walker: {
        label: "Walker", min: 1, max: 4, step: 1, value: 2,
        names: ["Metropolis, posterior", "HMC, posterior", "Metropolis, two hills", "HMC, two hills"],
      },
      step: { label: "Scale, or leapfrog step η", min: 0.05, max: 1.5, step: 0.05, value: 0.4 },
      steps: { label: "Steps", min: 0, max: 60, step: 1, value: 40 },
    },
    readouts: {
      accepted: { label: "Accepted", digits: 0 },
      far: { label: "Farthest from the start", digits: 2 },
      mean0: { label: "Mean of θ₀ so far", digits: 2 },
      mean1: { label: "of θ₁", digits: 2 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["θ₀", "θ₁"] }),

    compute(state, numbers) {
      const { path, accepted } = walk(state, numbers);
      const [a, b] = numbers.begin;
      const mean = (j) => path.reduce((sum, x) => sum + x[j], 0) / path.length;
      const far = Math.max(...path.map((x) => Math.hypot(x[0] - a, x[1] - b)));
      return { accepted, far, mean0: mean(0), mean1: mean(1) };
    },

    draw(board, state, numbers, ink) {
      const still = { highlight: false, fixed: true };
      const curves = [1, 3].map((walker) => {
        const { value } = target({ walker }, numbers);
        const top = walker === 1 ? value(numbers.mode) : 0;
        return levelCurves((a, b) => value([a, b]), numbers.frame, numbers.drops.map((drop) => top - drop));
      });
      const levels = board.create("curve", [[], []], { strokeColor: ink.muted, strokeWidth: 1, ...still });
      levels.updateDataArray = function () {
        [this.dataX, this.dataY] = curves[state.walker <= 2 ? 0 : 1];
      };
      const path = board.create("curve", [[], []], { strokeColor: ink.path, strokeWidth: 1.5, highlight: false });
      path.updateDataArray = function () {
        const points = walk(state, numbers).path;
        [this.dataX, this.dataY] = [0, 1].map((axis) => points.map((point) => point[axis]));
      };
      const end = (axis) => () => walk(state, numbers).path.at(-1)[axis];
      board.create("point", [end(0), end(1)], {
        size: 3, fillColor: ink.path, strokeColor: ink.path, withLabel: false, ...still,
      });
      board.create("point", numbers.begin, { size: 4, face: "x", strokeColor: ink.bound, withLabel: false, ...still });
    },
  };
}
