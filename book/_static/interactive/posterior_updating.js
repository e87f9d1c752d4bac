// A coin with a beta prior: prior and posterior densities for flips that the reader sets.
"use strict";

{
  const TOP = 10; // the density that the frame's height stands for
  const GRID = Array.from({ length: 201 }, (_, i) => 0.001 + (0.998 * i) / 200);

  /** log (k - 1)! for a whole number k. */
  function logGamma(k) {
    let sum = 0;
    for (let j = 2; j < k; j++) sum += Math.log(j);
    return sum;
  }

  const logBeta = (a, b) => logGamma(a) + logGamma(b) - logGamma(a + b);

  const density = (u, a, b) =>
    Math.exp((a - 1) * Math.log(u) + (b - 1) * Math.log(1 - u) - logBeta(a, b));

  figures.posterior_updating = {
    controls: ({ a, b, heads, tails }) => ({
      a: { label: "Prior a", min: 1, max: 20, step: 1, value: a },
      b: { label: "Prior b", min: 1, max: 20, step: 1, value: b },
      heads: { label: "Heads", min: 0, max: 40, step: 1, value: heads },
      tails: { label: "Tails", min: 0, max: 40, step: 1, value: tails },
    }),
    readouts: {
      mean: { label: "Posterior mean = chance of heads next", digits: 3 },
      sd: { label: "Posterior standard deviation", digits: 3 },
      evidence: { label: "Log evidence", digits: 3 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["θ", `density / ${TOP}`] }),

    compute({ a, b, heads, tails }) {
      const [p, q] = [a + heads, b + tails];
      const mean = p / (p + q);
      return {
        mean,
        sd: Math.sqrt((mean * (1 - mean)) / (p + q + 1)),
        evidence: logBeta(p, q) - logBeta(a, b),
      };
    },

    draw(board, state, { frame }, ink) {
      const inside = (value) => Math.min(value / TOP, frame.y[1]);
      const curves = [
        [() => [state.a, state.b], { strokeColor: ink.muted, strokeWidth: 1.5, dash: 2 }],
        [() => [state.a + state.heads, state.b + state.tails], { strokeColor: ink.path, strokeWidth: 2 }],
      ];
      for (const [shape, look] of curves) {
        const line = board.create("curve", [[], []], { ...look, highlight: false });
        line.updateDataArray = function () {
          this.dataX = GRID;
          this.dataY = GRID.map((u) => inside(density(u, ...shape())));
        };
      }
    },

    drag([x], state) {
      const flips = Math.max(1, state.heads + state.tails);
      state.heads = Math.min(40, Math.max(0, Math.round(flips * Math.min(1, Math.max(0, x)))));
      state.tails = Math.min(40, flips - state.heads);
    },
  };
}
