// A Gaussian q with mean m and standard deviation s against p = w N(-a, 1) + (1 - w) N(a, 1): both divergences.
"use strict";

{
  const REACH = 40; // the means over q and p are sums over (−40, 40)
  const CELL = 0.02;

  const logGaussian = (x, mean, std) => -0.5 * ((x - mean) / std) ** 2 - Math.log(std) - 0.5 * Math.log(2 * Math.PI);

  /** log p, without underflow in the tails. */
  function logHumps(x, { weight, at }) {
    const [one, two] = [Math.log(weight) + logGaussian(x, -at, 1), Math.log(1 - weight) + logGaussian(x, at, 1)];
    const top = Math.max(one, two);
    return top + Math.log(Math.exp(one - top) + Math.exp(two - top));
  }

  /** The mean of log(first/second) under the first. */
  function divergence(first, second) {
    let sum = 0;
    for (let k = -REACH / CELL; k <= REACH / CELL; k++) {
      const x = k * CELL;
      const value = first(x);
      sum += Math.exp(value) * (value - second(x));
    }
    return sum * CELL;
  }

  figures.divergence_directions = {
    controls: {
      m: { label: "Mean m of q", min: -5, max: 5, step: 0.1, value: -2 },
      s: { label: "Standard deviation s of q", min: 0.8, max: 4.5, step: 0.05, value: 2 },
    },
    readouts: {
      reverse: { label: "KL(q ‖ p)", digits: 3 },
      forward: { label: "KL(p ‖ q)", digits: 3 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["θ", "20 × density"] }),

    compute({ m, s }, humps) {
      const [p, q] = [(x) => logHumps(x, humps), (x) => logGaussian(x, m, s)];
      return { reverse: divergence(q, p), forward: divergence(p, q) };
    },

    draw(board, state, humps, ink) {
      const [low, high] = humps.frame.x;
      board.create("curve", [(x) => x, (x) => 20 * Math.exp(logHumps(x, humps)), low, high], {
        strokeColor: ink.bound,
        strokeWidth: 1.5,
        dash: 2,
        highlight: false,
      });
      board.create("curve", [(x) => x, (x) => 20 * Math.exp(logGaussian(x, state.m, state.s)), low, high], {
        strokeColor: ink.function,
        strokeWidth: 2.5,
        highlight: false,
      });
    },
  };
}
