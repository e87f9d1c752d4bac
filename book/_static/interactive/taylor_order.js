// Softplus and its Taylor polynomial: choose the order and the center, move a point.
"use strict";

{
  const sigmoid = (t) => 1 / (1 + Math.exp(-t));
  const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

  // Coefficients by Taylor arithmetic: s' = s - s² for the sigmoid, which softplus integrates.
  function coefficients(center, order) {
    const s = [sigmoid(center)];
    for (let k = 0; k + 1 < order; k++) {
      let square = 0;
      for (let j = 0; j <= k; j++) square += s[j] * s[k - j];
      s.push((s[k] - square) / (k + 1));
    }
    return [softplus(center), ...s.slice(0, order).map((value, k) => value / (k + 1))];
  }

  const evaluate = (c, h) => c.reduceRight((sum, value) => sum * h + value, 0);
  const reach = (center) => Math.hypot(center, Math.PI);

  figures.taylor_order = {
    controls: ({ order, center, x, frame }) => ({
      order: { label: "Order n", min: 0, max: 12, step: 1, value: order },
      center: { label: "Center a", min: -3, max: 3, step: 0.1, value: center },
      x: { label: "Point x", min: frame.x[0], max: frame.x[1], step: 0.1, value: x },
    }),
    readouts: {
      value: { label: "softplus(x)", digits: 5 },
      polynomial: { label: "Tₙ(x)", digits: 5 },
      error: { label: "Error", digits: 5 },
      reach: { label: "Radius of convergence", digits: 3 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x", ""] }),

    compute({ order, center, x }) {
      const value = softplus(x);
      const polynomial = evaluate(coefficients(center, order), x - center);
      return { value, polynomial, error: Math.abs(value - polynomial), reach: reach(center) };
    },

    draw(board, state, { frame }, ink) {
      const [left, right] = frame.x;
      const [bottom, top] = frame.y;
      const T = (t) => evaluate(coefficients(state.center, state.order), t - state.center);
      const inside = (y) => Math.min(top, Math.max(bottom, y));
      const fixed = { highlight: false, fixed: true };
      for (const side of [-1, 1]) {
        const edge = () => state.center + side * reach(state.center);
        const end = (y) => board.create("point", [edge, y], { visible: false, fixed: true });
        board.create("segment", [end(bottom), end(top)], { ...fixed, strokeColor: ink.muted, strokeWidth: 1.5, dash: 1, visible: () => edge() > left && edge() < right });
      }
      const curve = { highlight: false, doAdvancedPlot: false, numberPointsHigh: 300, numberPointsLow: 300 };
      board.create("curve", [(x) => x, softplus, left, right], { ...curve, strokeColor: ink.function, strokeWidth: 3 });
      board.create("curve", [
        (t) => t, (t) => (T(t) < bottom || T(t) > top ? NaN : T(t)), left, right,
      ], { ...curve, strokeColor: ink.derivative, strokeWidth: 2 });
      const above = board.create("point", [() => state.x, () => softplus(state.x)], { visible: false, fixed: true });
      const below = board.create("point", [() => state.x, () => inside(T(state.x))], { visible: false, fixed: true });
      board.create("segment", [above, below], { ...fixed, strokeColor: ink.path, strokeWidth: 4 });
      board.create("point", [() => state.x, () => inside(T(state.x))], {
        ...fixed, fillColor: ink.path, strokeColor: ink.paper, size: 4, withLabel: false,
      });
      board.create("point", [() => state.center, () => softplus(state.center)], {
        ...fixed, fillColor: ink.function, strokeColor: ink.paper, size: 4, withLabel: false,
      });
      board.create("text", [() => state.center, () => softplus(state.center) - 0.5, "a"], {
        ...fixed, strokeColor: ink.function, fontSize: 16, anchorX: "middle",
      });
      board.create("text", [right - 1.5, softplus(right) - 0.5, "softplus"], {
        ...fixed, strokeColor: ink.function, fontSize: 15, anchorX: "right",
      });
    },

    drag([x], state, { frame }) {
      state.x = Math.min(frame.x[1], Math.max(frame.x[0], x));
    },
  };
}
