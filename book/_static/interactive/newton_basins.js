// Newton's method with a shift, (H + τI)p = −g, on Himmelblau's function, and what each start finds.
"use strict";

{
  const CELLS = 50; // of the map, along each side
  const MAP_STEPS = 25;

  /** Value, gradient and Hessian: [f, [g₁, g₂], [h₁₁, h₁₂, h₂₂]]. */
  function himmelblau([x, y]) {
    const [u, v] = [x * x + y - 11, x + y * y - 7];
    return [
      u * u + v * v,
      [4 * x * u + 2 * v, 2 * u + 4 * y * v],
      [12 * x * x + 4 * y - 42, 4 * x + 4 * y, 12 * y * y + 4 * x - 26],
    ];
  }

  function step(point, tau) {
    const [, g, [a, b, c]] = himmelblau(point);
    const determinant = (a + tau) * (c + tau) - b * b;
    return [
      point[0] + (b * g[1] - (c + tau) * g[0]) / determinant,
      point[1] + (b * g[0] - (a + tau) * g[1]) / determinant,
    ];
  }

  function run(start, tau, steps) {
    const path = [start];
    for (let k = 0; k < steps; k++) path.push(step(path[k], tau));
    return path;
  }

  /** The number of directions in which the curvature is negative: 0 minimum, 1 saddle, 2 maximum. */
  function downward(point) {
    const [, , [a, b, c]] = himmelblau(point);
    const spread = Math.sqrt(((a - c) / 2) ** 2 + b * b);
    return [(a + c) / 2 - spread, (a + c) / 2 + spread].filter((curvature) => curvature < 0).length;
  }

  /** The starts that find a point of one kind, as horizontal dashes with gaps between. */
  function dashes(kind, tau, { x, y }) {
    const [width, height] = [(x[1] - x[0]) / CELLS, (y[1] - y[0]) / CELLS];
    const [across, up] = [[], []];
    for (let row = 0; row < CELLS; row++) {
      const level = y[0] + (row + 0.5) * height;
      for (let column = 0; column < CELLS; column++) {
        const left = x[0] + column * width;
        if (downward(run([left + width / 2, level], tau, MAP_STEPS)[MAP_STEPS]) !== kind) continue;
        across.push(left, left + width, NaN);
        up.push(level, level, NaN);
      }
    }
    return [across, up];
  }

  const start = ({ x1, x2 }) => [x1, x2];

  figures.newton_basins = {
    controls: {
      x1: { label: "Start x₁", min: -5, max: 5, step: 0.1, value: -1.2 },
      x2: { label: "Start x₂", min: -5, max: 5, step: 0.1, value: 2.5 },
      tau: { label: "Shift τ", min: 0, max: 100, step: 1, value: 0 },
    },
    readouts: {
      first: { label: "Height after one step", digits: 2 },
      height: { label: "Height after 40 steps", digits: 2 },
      downward: { label: "Directions downhill there", digits: 0 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x₁", "x₂"] }),

    compute(state, { steps }) {
      const path = run(start(state), state.tau, steps);
      return {
        first: himmelblau(path[1])[0],
        height: himmelblau(path[steps])[0],
        downward: downward(path[steps]),
      };
    },

    draw(board, state, { frame, steps }, ink) {
      const still = { highlight: false, fixed: true };
      const kinds = [[0, ink.function, 0.3], [1, ink.derivative, 0.3], [2, ink.muted, 0.3]];
      for (const [kind, strokeColor, strokeOpacity] of kinds) {
        const map = board.create("curve", [[], []], {
          strokeColor, strokeOpacity, strokeWidth: () => board.canvasHeight / CELLS, lineCap: "butt", ...still,
        });
        let drawn;
        map.updateDataArray = function () {
          if (drawn === state.tau) return;
          drawn = state.tau;
          [this.dataX, this.dataY] = dashes(kind, state.tau, frame);
        };
      }
      const path = board.create("curve", [[], []], { strokeColor: ink.path, strokeWidth: 2, ...still });
      path.updateDataArray = function () {
        const points = run(start(state), state.tau, steps);
        [this.dataX, this.dataY] = [0, 1].map((axis) => points.map((point) => point[axis]));
      };
      board.create("point", [() => state.x1, () => state.x2], {
        fillColor: ink.path, strokeColor: ink.paper, size: 4, withLabel: false, ...still,
      });
    },

    drag([x, y], state) {
      [state.x1, state.x2] = [x, y];
    },
  };
}
