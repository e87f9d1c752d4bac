// SGD on f(x) = ½ mean (x − yᵢ)² for a few points: the mean gap f − f*, its floor, and one run.
"use strict";

{
  const STEPS = 80;
  const UNIT = 20; // steps in a unit of the horizontal axis
  const START = 6; // distance from the minimum

  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  function variance(points) {
    const center = mean(points);
    return mean(points.map((y) => (y - center) ** 2));
  }

  /** The mean gap in the long run. */
  const floor = ({ eta, batch }, points) => (eta * variance(points)) / (2 * batch * (2 - eta));

  /** The mean gap after k steps. */
  function gap(k, state, points) {
    const kept = (1 - state.eta) ** (2 * k);
    return (kept * START ** 2) / 2 + (1 - kept) * floor(state, points);
  }

  /** Gaps of one run, with the same draws whenever it is drawn. */
  function run({ eta, batch }, points) {
    let seed = 1;
    const draw = () => {
      seed = (seed * 48271) % 2147483647;
      return points[Math.floor((seed / 2147483647) * points.length)];
    };
    const center = mean(points);
    let x = center + START;
    const gaps = [START ** 2 / 2];
    for (let k = 0; k < STEPS; k++) {
      x -= eta * (x - mean(Array.from({ length: batch }, draw)));
      gaps.push((x - center) ** 2 / 2);
    }
    return gaps;
  }

  figures.noise_floor = {
    controls: {
      eta: { label: "Step size η", min: 0.02, max: 1.9, step: 0.02, value: 0.5 },
      batch: { label: "Batch b", min: 1, max: 32, step: 1, value: 1 },
    },
    readouts: {
      floor: { label: "Noise floor", digits: 4 },
      gap: { label: "Mean gap after 40 steps", digits: 4 },
      factor: { label: "Factor of the mean error per step", digits: 2 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["k/20", "log₁₀ of the gap"] }),

    compute(state, { points }) {
      return { floor: floor(state, points), gap: gap(40, state, points), factor: Math.abs(1 - state.eta) };
    },

    draw(board, state, { points, frame }, ink) {
      const [low, high] = frame.y;
      const place = (value) => Math.min(Math.max(Math.log10(Math.max(value, 1e-9)), low), high);
      const lines = [
        [() => run(state, points), { strokeColor: ink.path, strokeWidth: 1 }],
        [() => Array.from({ length: STEPS + 1 }, (_, k) => gap(k, state, points)), { strokeColor: ink.function, strokeWidth: 2.5 }],
        [() => Array(STEPS + 1).fill(floor(state, points)), { strokeColor: ink.bound, strokeWidth: 1.5, dash: 2 }],
      ];
      for (const [values, look] of lines) {
        const line = board.create("curve", [[], []], { ...look, highlight: false });
        line.updateDataArray = function () {
          this.dataX = Array.from({ length: STEPS + 1 }, (_, k) => k / UNIT);
          this.dataY = values().map(place);
        };
      }
    },
  };
}
