// One member of the family σ(θ₀ + θ₁t): choose where chances are even and how steeply the curve runs.
"use strict";

{
  const sigmoid = (s) => 1 / (1 + Math.exp(-s));
  const softplus = (s) => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));
  const score = ({ half, slope }, t) => slope * (t - half);

  const HEIGHT = 34; // of the probability 1, in degrees: the board has one scale for both axes
  const COLD = 31; // °F, the launch of Challenger

  figures.parameter_family = {
    controls: ({ half, slope }) => ({
      half: { label: "Even chances at", min: 45, max: 80, step: 0.5, value: half, unit: " °F" },
      slope: { label: "Steepness θ₁", min: -0.6, max: 0.2, step: 0.01, value: slope },
    }),
    readouts: {
      intercept: { label: "θ₀", digits: 2 },
      loss: { label: "Loss of the 23 flights", digits: 4 },
      cold: { label: "Risk at 31 °F", digits: 4 },
    },
    frame: ({ frame: { x: [left, right] } }) => ({ x: [left - 6, right + 1], y: [-7, HEIGHT + 3], axes: false }),

    compute({ half, slope }, { temperature, distress }) {
      const charges = temperature.map((t, i) => softplus(score({ half, slope }, t)) - distress[i] * score({ half, slope }, t));
      return {
        intercept: -slope * half,
        loss: charges.reduce((sum, charge) => sum + charge, 0) / charges.length,
        cold: sigmoid(score({ half, slope }, COLD)),
      };
    },

    draw(board, state, { frame: { x: [left, right] }, temperature, distress }, ink) {
      const fixed = { highlight: false, fixed: true };
      const value = (t) => HEIGHT * sigmoid(score(state, t));
      const hidden = (x, y) => board.create("point", [x, y], { visible: false, fixed: true });
      const line = (from, to, options) => board.create("segment", [hidden(...from), hidden(...to)], { ...fixed, ...options });
      const write = (x, y, text, options) => board.create("text", [x, y, text], { ...fixed, strokeColor: ink.muted, fontSize: 13, ...options });
      for (const level of [0, 0.5, 1]) {
        line([left, level * HEIGHT], [right, level * HEIGHT], { strokeColor: ink.muted, strokeWidth: 1, dash: level ? 1 : 0 });
        write(left - 1, level * HEIGHT, String(level), { anchorX: "right", anchorY: "middle" });
      }
      for (let t = Math.ceil(left / 10) * 10; t <= right; t += 10) {
        line([t, 0], [t, -0.8], { strokeColor: ink.muted, strokeWidth: 1 });
        write(t, -1.2, String(t), { anchorX: "middle", anchorY: "top" });
      }
      write(right, -3.6, "temperature t in °F", { anchorX: "right", anchorY: "top", strokeColor: ink.ink, fontSize: 15 });
      temperature.forEach((t, i) => {
        line([t, () => value(t)], [t, distress[i] * HEIGHT], { strokeColor: ink.data, strokeWidth: 1 });
        board.create("point", [t, distress[i] * HEIGHT], { ...fixed, size: 3, fillColor: ink.paper, strokeColor: ink.data, strokeWidth: 2, withLabel: false });
      });
      board.create("curve", [(x) => x, value, left, right], {
        highlight: false, strokeColor: ink.function, strokeWidth: 3, doAdvancedPlot: false, numberPointsHigh: 300, numberPointsLow: 300,
      });
      board.create("point", [() => state.half, HEIGHT / 2], { ...fixed, size: 5, fillColor: ink.path, strokeColor: ink.paper, withLabel: false });
    },

    drag([x], state) {
      state.half = x;
    },
  };
}
