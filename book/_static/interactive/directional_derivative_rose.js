// The slope of f in every direction from a point, for a quadratic f(x) = x·Hx/2: turn the direction.
"use strict";

{
  const gradient = ({ x1, x2 }, { H }) => [H[0][0] * x1 + H[0][1] * x2, H[1][0] * x1 + H[1][1] * x2];
  const unit = ({ angle }) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1];

  figures.directional_derivative_rose = {
    controls: ({ x, frame }) => ({
      angle: { label: "Direction of u", min: 0, max: 360, step: 1, value: 90, unit: "°" },
      x1: { label: "Point, x₁", min: frame.x[0], max: frame.x[1], step: 0.05, value: x[0] },
      x2: { label: "Point, x₂", min: frame.y[0], max: frame.y[1], step: 0.05, value: x[1] },
    }),
    readouts: {
      slope: { label: "Slope in direction u", digits: 3 },
      steepest: { label: "Steepest slope ‖∇f‖", digits: 3 },
      off: { label: "Angle from u to ∇f", digits: 1, unit: "°" },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x₁", "x₂"] }),

    compute(state, numbers) {
      const g = gradient(state, numbers);
      const steepest = Math.hypot(...g);
      const slope = dot(g, unit(state));
      const cosine = steepest > 0 ? Math.min(1, Math.max(-1, slope / steepest)) : 0;
      return { slope, steepest, off: (Math.acos(cosine) * 180) / Math.PI };
    },

    draw(board, state, numbers, ink) {
      const { H, scale, levels, frame } = numbers;
      const f = (x, y) => (H[0][0] * x * x + 2 * H[0][1] * x * y + H[1][1] * y * y) / 2;
      const point = () => [state.x1, state.x2];
      const along = (v, length) => [state.x1 + length * v[0], state.x2 + length * v[1]];
      board.create("curve", levelCurves(f, frame, levels), { strokeColor: ink.muted, strokeWidth: 1, highlight: false });
      for (const [sign, dash] of [[1, 0], [-1, 2]]) {
        const radius = (t) => scale * Math.max(0, sign * dot(gradient(state, numbers), [Math.cos(t), Math.sin(t)]));
        board.create("curve", [
          (t) => state.x1 + radius(t) * Math.cos(t),
          (t) => state.x2 + radius(t) * Math.sin(t), 0, 2 * Math.PI,
        ], { strokeColor: ink.derivative, strokeWidth: 2, dash, highlight: false, doAdvancedPlot: false, numberPointsHigh: 400 });
      }
      arrow(board, point, () => along(gradient(state, numbers), scale), ink.derivative);
      arrow(board, point, () => along(unit(state), 0.62), ink.bound, { strokeWidth: 1.5 });
      arrow(board, point, () => along(unit(state), scale * dot(gradient(state, numbers), unit(state))), ink.path, { strokeWidth: 4, lastArrow: false });
      board.create("text", [() => along(gradient(state, numbers), 1.06 * scale)[0], () => along(gradient(state, numbers), 1.06 * scale)[1], "∇f"], {
        strokeColor: ink.derivative, fontSize: 16, highlight: false, fixed: true,
      });
      board.create("text", [() => along(unit(state), 0.72)[0], () => along(unit(state), 0.72)[1], "u"], {
        strokeColor: ink.bound, fontSize: 16, highlight: false, fixed: true,
      });
      board.create("point", [() => state.x1, () => state.x2], {
        fillColor: ink.function, strokeColor: ink.paper, size: 4, withLabel: false, highlight: false, fixed: true,
      });
    },

    drag([x, y], state) {
      const angle = (Math.atan2(y - state.x2, x - state.x1) * 180) / Math.PI;
      state.angle = (angle + 360) % 360;
    },
  };
}
