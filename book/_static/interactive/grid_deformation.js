// What a small layer F(x) = tanh(βWx)/β makes of the plane's grid, and its derivative of a square.
"use strict";

{
  /** tanh(βs)/β, which is s for β = 0, and its slope. */
  const bent = (s, bend) => (bend > 0 ? Math.tanh(bend * s) / bend : s);
  const slope = (s, bend) => 1 - Math.tanh(bend * s) ** 2;

  const mixed = ({ w11, w12, w21, w22 }, [x1, x2]) => [w11 * x1 + w12 * x2, w21 * x1 + w22 * x2];
  const layer = (state, x) => mixed(state, x).map((s) => bent(s, state.bend));

  /** The Jacobian at the point, row by row. */
  function jacobian(state) {
    const { w11, w12, w21, w22, bend } = state;
    const [d1, d2] = mixed(state, [state.x1, state.x2]).map((s) => slope(s, bend));
    return [[d1 * w11, d1 * w12], [d2 * w21, d2 * w22]];
  }

  /** Straight lines in the plane of inputs: from, to, how many pieces. */
  function gridLines() {
    const lines = [];
    for (let c = -1.5; c <= 1.5; c += 0.25) {
      lines.push([[-1.5, c], [1.5, c]], [[c, -1.5], [c, 1.5]]);
    }
    return lines;
  }

  /** The points of the images of some lines as one curve, with gaps between them and outside the frame. */
  function images(lines, map, { x: [left, right], y: [bottom, top] }, pieces) {
    const [X, Y] = [[], []];
    for (const [from, to] of lines) {
      for (let k = 0; k <= pieces; k++) {
        const [y1, y2] = map([0, 1].map((i) => from[i] + ((to[i] - from[i]) * k) / pieces));
        const inside = y1 >= left && y1 <= right && y2 >= bottom && y2 <= top;
        X.push(inside ? y1 : NaN);
        Y.push(inside ? y2 : NaN);
      }
      X.push(NaN);
      Y.push(NaN);
    }
    return [X, Y];
  }

  figures.grid_deformation = {
    controls: ({ W: [[w11, w12], [w21, w22]], x: [x1, x2], bend }) => ({
      w11: { label: "W₁₁", min: -2, max: 2, step: 0.1, value: w11 },
      w12: { label: "W₁₂", min: -2, max: 2, step: 0.1, value: w12 },
      w21: { label: "W₂₁", min: -2, max: 2, step: 0.1, value: w21 },
      w22: { label: "W₂₂", min: -2, max: 2, step: 0.1, value: w22 },
      bend: { label: "Bend β", min: 0, max: 1.5, step: 0.1, value: bend },
      x1: { label: "Point, x₁", min: -1.25, max: 1.25, step: 0.05, value: x1 },
      x2: { label: "Point, x₂", min: -1.25, max: 1.25, step: 0.05, value: x2 },
    }),
    readouts: {
      determinant: { label: "Determinant of J", digits: 3 },
      most: { label: "Largest stretch", digits: 3 },
      least: { label: "Smallest stretch", digits: 3 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["y₁", "y₂"] }),

    compute(state) {
      const [[a, b], [c, d]] = jacobian(state);
      const determinant = a * d - b * c;
      // The singular values: their squares have the sum of all squared entries and this product.
      const sum = Math.hypot(a + d, b - c); // σ₁ + σ₂ for a positive determinant, else σ₁ − σ₂
      const difference = Math.hypot(a - d, b + c);
      return { determinant, most: (sum + difference) / 2, least: Math.abs(sum - difference) / 2 };
    },

    draw(board, state, { half, frame }, ink) {
      const center = () => layer(state, [state.x1, state.x2]);
      const linear = ([v1, v2]) => {
        const [[a, b], [c, d]] = jacobian(state);
        const [y1, y2] = center();
        return [y1 + a * v1 + b * v2, y2 + c * v1 + d * v2];
      };
      const corners = [[-half, -half], [half, -half], [half, half], [-half, half]];
      const sides = corners.map((corner, k) => [corner, corners[(k + 1) % 4]]);
      const draw = (lines, map, pieces, look) => {
        const curve = board.create("curve", [[], []], { highlight: false, ...look });
        curve.updateDataArray = function () {
          [this.dataX, this.dataY] = images(lines, map, frame, pieces);
        };
      };
      draw(gridLines(), (x) => layer(state, x), 40, { strokeColor: ink.function, strokeWidth: 1 });
      draw(sides, ([v1, v2]) => layer(state, [state.x1 + v1, state.x2 + v2]), 20, { strokeColor: ink.path, strokeWidth: 2.5 });
      draw(sides, linear, 20, { strokeColor: ink.derivative, strokeWidth: 2.5, dash: 2 });
      arrow(board, center, () => linear([half, 0]), ink.derivative);
      arrow(board, center, () => linear([0, half]), ink.derivative);
      board.create("point", [() => center()[0], () => center()[1]], {
        fillColor: ink.bound, strokeColor: ink.paper, size: 4, withLabel: false, highlight: false, fixed: true,
      });
    },
  };
}
