// The slope through a chain of layers of one unit each, h → φ(w h), plain or residual.
"use strict";

{
  const SIGMOID = (z) => 1 / (1 + Math.exp(-z));
  /** Each activation with its slope; that of the ReLU at 0 is 0. */
  const ACTIVATIONS = [
    [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
    [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
    [SIGMOID, (z) => SIGMOID(z) * (1 - SIGMOID(z))],
  ];
  const [FLOOR, CEILING] = [-24, 16];

  /** log₁₀ of |dh_k/dh_0| for k = 0, ..., depth. */
  function run({ activation, w, depth, residual }, { start }) {
    const [value, slope] = ACTIVATIONS[activation];
    let h = start;
    const logs = [0];
    for (let k = 0; k < depth; k++) {
      const factor = residual ? 1 + (w * slope(w * h)) / depth : w * slope(w * h);
      logs.push(logs.at(-1) + Math.log10(Math.abs(factor)));
      h = residual ? h + value(w * h) / depth : value(w * h);
    }
    return logs;
  }

  figures.depth_and_gain = {
    controls: {
      activation: { label: "Activation", min: 0, max: 2, step: 1, value: 1, names: ["ReLU", "tanh", "sigmoid"] },
      w: { label: "Weight w", min: 0.1, max: 4, step: 0.1, value: 0.5 },
      depth: { label: "Depth D", min: 1, max: 60, step: 1, value: 30 },
      residual: { label: "Layers", min: 0, max: 1, step: 1, value: 0, names: ["plain", "residual, 1/D"] },
    },
    readouts: {
      slope: { label: "log₁₀ of the slope", digits: 2 },
      factor: { label: "Mean factor a layer", digits: 3 },
    },
    frame: { x: [0, 60], y: [FLOOR, CEILING], labels: ["layers k", "log₁₀ of the slope"] },

    compute(state, numbers) {
      const last = run(state, numbers).at(-1);
      return { slope: last, factor: 10 ** (last / state.depth) };
    },

    draw(board, state, numbers, ink) {
      board.create("segment", [[0, 0], [60, 0]], { strokeColor: ink.bound, strokeWidth: 1, dash: 2, highlight: false, fixed: true });
      const line = board.create("curve", [[], []], { strokeColor: ink.function, strokeWidth: 2, highlight: false });
      line.updateDataArray = function () {
        const logs = run(state, numbers);
        this.dataX = logs.map((_, k) => k);
        this.dataY = logs.map((log) => (log < FLOOR || log > CEILING ? NaN : log));
      };
      const last = () => run(state, numbers).at(-1);
      board.create("point", [() => state.depth, () => Math.min(Math.max(last(), FLOOR), CEILING)], {
        size: 3, fillColor: ink.function, strokeColor: ink.function, withLabel: false, highlight: false, fixed: true,
      });
    },
  };
}
