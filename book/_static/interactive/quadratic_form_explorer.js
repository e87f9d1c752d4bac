// The quadratic form q(u) = u·Hu/2 by its eigenvalues: H = λ₁ q₁q₁ᵀ + λ₂ q₂q₂ᵀ, with q₁ at an angle.
"use strict";

{
  const unit = (degrees) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];

  /** The entries of H: both diagonal ones and the one beside them. */
  function hessian({ first, second, angle }) {
    const [c, s] = unit(angle);
    return [first * c * c + second * s * s, (first - second) * c * s, first * s * s + second * c * c];
  }

  /** λ₁ and λ₂, smaller size over larger: 0 if one of them is zero. */
  function roundness({ first, second }) {
    const [small, large] = [Math.abs(first), Math.abs(second)].sort((a, b) => a - b);
    return large > 0 ? small / large : 0;
  }

  /** The level curve q = level as one line per branch: in each direction the form says how far it is. */
  function levelLine(state, level, { x: [left, right], y: [bottom, top] }) {
    const [h11, h12, h22] = hessian(state);
    const [X, Y] = [[], []];
    for (let degrees = 0; degrees <= 360; degrees += 0.1) {
      const [c, s] = unit(degrees);
      const distance = Math.sqrt((2 * level) / (h11 * c * c + 2 * h12 * c * s + h22 * s * s));
      const [x, y] = [distance * c, distance * s];
      const inside = x >= left && x <= right && y >= bottom && y <= top;
      X.push(inside ? x : NaN);
      Y.push(inside ? y : NaN);
    }
    return [X, Y];
  }

  function kind({ first, second }) {
    if (first * second < 0) return "saddle";
    if (first * second === 0) return "degenerate";
    const name = first > 0 ? "minimum" : "maximum";
    return `${name}, κ = ${(1 / roundness({ first, second })).toFixed(1)}`;
  }

  figures.quadratic_form_explorer = {
    controls: ({ lambda: [first, second], angle, direction }) => ({
      first: { label: "Eigenvalue λ₁", min: -3, max: 3, step: 0.1, value: first },
      second: { label: "Eigenvalue λ₂", min: -2, max: 3, step: 0.1, value: second },
      angle: { label: "Angle of the axis of λ₁", min: 0, max: 180, step: 1, value: angle, unit: "°" },
      direction: { label: "Direction of u", min: 0, max: 180, step: 1, value: direction, unit: "°" },
    }),
    readouts: {
      h11: { label: "H₁₁, along x₁", digits: 3 },
      h12: { label: "H₁₂, mixed", digits: 3 },
      h22: { label: "H₂₂, along x₂", digits: 3 },
      along: { label: "Curvature along u", digits: 3 },
      negative: { label: "Negative eigenvalues", digits: 0 },
      inverse: { label: "1/κ = |λ|min / |λ|max", digits: 3 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x₁", "x₂"] }),

    compute(state) {
      const [h11, h12, h22] = hessian(state);
      const [c, s] = unit(state.direction);
      return {
        h11, h12, h22,
        along: h11 * c * c + 2 * h12 * c * s + h22 * s * s,
        negative: Number(state.first < 0) + Number(state.second < 0),
        inverse: roundness(state),
      };
    },

    draw(board, state, numbers, ink) {
      const { frame, levels } = numbers;
      for (const level of levels) {
        const curve = board.create("curve", [[], []], {
          strokeColor: ink.function, strokeWidth: 1.5, dash: level < 0 ? 2 : 0, highlight: false,
        });
        curve.updateDataArray = function () {
          [this.dataX, this.dataY] = levelLine(state, level, frame);
        };
      }
      const axis = (turn) => () => unit(state.angle + turn);
      const origin = () => [0, 0];
      arrow(board, origin, axis(0), ink.derivative);
      arrow(board, origin, axis(90), ink.bound);
      arrow(board, origin, () => unit(state.direction).map((v) => 1.4 * v), ink.path, { strokeWidth: 1.5 });
      const write = (place, text, color) => board.create("text", [() => place()[0], () => place()[1], text], {
        strokeColor: color, fontSize: 16, highlight: false, fixed: true, anchorX: "middle", anchorY: "middle",
      });
      write(() => axis(0)().map((v) => 1.2 * v), "q₁", ink.derivative);
      write(() => axis(90)().map((v) => 1.2 * v), "q₂", ink.bound);
      write(() => unit(state.direction).map((v) => 1.55 * v), "u", ink.path);
      board.create("text", [frame.x[0] + 0.08, frame.y[0] + 0.18, () => kind(state)], {
        strokeColor: ink.ink, fontSize: 17, highlight: false, fixed: true, anchorY: "middle",
      });
    },

    drag([x, y], state) {
      state.direction = ((Math.atan2(y, x) * 180) / Math.PI + 360) % 180;
    },
  };
}
