// A secant and the tangent of the loss in one weight: choose the weight and the step.
"use strict";

{
  const HEIGHT = 2.6; // of the loss 1, in units of the weight: the board has one scale for both axes

  const sigmoid = (s) => 1 / (1 + Math.exp(-s));
  const softplus = (s) => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));

  /** The mean over the flights of what `charge` says about a score and an outcome. */
  const mean = (charge, w, { temperature, damage }) =>
    temperature.reduce((sum, t, i) => sum + charge(w - 0.23 * t, damage[i]), 0) / temperature.length;
  const loss = (w, numbers) => mean((s, y) => softplus(s) - y * s, w, numbers);
  const slope = (w, numbers) => mean((s, y) => sigmoid(s) - y, w, numbers);
  const quotient = ({ w, h }, numbers) =>
    h === 0 ? slope(w, numbers) : (loss(w + h, numbers) - loss(w, numbers)) / h;

  figures.secant_tangent = {
    controls: ({ w, h, frame }) => ({
      w: { label: "Weight w", min: frame.x[0] + 1, max: frame.x[1] - 1, step: 0.05, value: w },
      h: { label: "Step h", min: -5, max: 5, step: 0.05, value: h },
    }),
    readouts: {
      secant: { label: "Slope of the secant", digits: 4 },
      tangent: { label: "Slope of the tangent", digits: 4 },
      gap: { label: "Difference", digits: 4 },
    },
    frame: ({ frame: { x: [left, right], y: [, top] } }) => ({ x: [left - 1.3, right + 0.5], y: [-1.1, HEIGHT * top], axes: false }),

    compute(state, numbers) {
      const [secant, tangent] = [quotient(state, numbers), slope(state.w, numbers)];
      return { secant, tangent, gap: secant - tangent };
    },

    draw(board, state, numbers, ink) {
      const { x: [left, right], y: [, top] } = numbers.frame;
      const fixed = { highlight: false, fixed: true };
      const hidden = (x, y) => board.create("point", [x, y], { visible: false, fixed: true });
      const line = (from, to) => board.create("segment", [hidden(...from), hidden(...to)], { ...fixed, strokeColor: ink.muted, strokeWidth: 1 });
      const write = (x, y, text, options) => board.create("text", [x, y, text], { ...fixed, strokeColor: ink.muted, fontSize: 13, ...options });
      line([left, 0], [right, 0]);
      line([left, 0], [left, HEIGHT * top]);
      for (let x = left; x <= right; x += 2) {
        line([x, 0], [x, -0.12]);
        write(x, -0.18, String(x), { anchorX: "middle", anchorY: "top" });
      }
      for (let y = 0; y < top; y += 0.5) {
        line([left, HEIGHT * y], [left - 0.12, HEIGHT * y]);
        write(left - 0.18, HEIGHT * y, y.toFixed(1), { anchorX: "right", anchorY: "middle" });
      }
      write(right, 0.1, "weight w", { anchorX: "right", anchorY: "bottom", strokeColor: ink.ink, fontSize: 15 });
      write(left + 0.15, HEIGHT * top - 0.1, "loss", { anchorX: "left", anchorY: "top", strokeColor: ink.ink, fontSize: 15 });

      const height = (w) => HEIGHT * loss(w, numbers);
      const straight = (slope) => (w) => {
        const y = height(state.w) + HEIGHT * slope() * (w - state.w);
        return y < 0 || y > HEIGHT * top ? NaN : y;
      };
      const curve = (f, options) => board.create("curve", [(x) => x, f, left, right], {
        highlight: false, doAdvancedPlot: false, numberPointsHigh: 300, numberPointsLow: 300, ...options,
      });
      curve(straight(() => quotient(state, numbers)), { strokeColor: ink.muted, strokeWidth: 2, dash: 2 });
      curve(straight(() => slope(state.w, numbers)), { strokeColor: ink.derivative, strokeWidth: 2 });
      curve(height, { strokeColor: ink.function, strokeWidth: 3 });
      for (const [place, color] of [[() => state.w + state.h, ink.muted], [() => state.w, ink.function]]) {
        board.create("point", [place, () => height(place())], { ...fixed, fillColor: color, strokeColor: ink.paper, size: 5, withLabel: false });
      }
    },

    drag([x], state) {
      state.h = x - state.w;
    },
  };
}
