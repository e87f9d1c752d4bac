// The loss of two weights with its two slices through a point: one weight moves, the other rests.
"use strict";

{
  const LIFT = 30; // height of a slice's graph, in units of the weights: the board has one scale for both axes
  const GAP = 5; // between the map and the graphs

  const step = ({ center }, { w5, w6 }) => [w5 - center[0], w6 - center[1]];

  function loss(numbers, state) {
    const [u, v] = step(numbers, state);
    return numbers.low + u * u + 2 * numbers.tilt * u * v + v * v;
  }

  function slopes(numbers, state) {
    const [u, v] = step(numbers, state);
    return [2 * (u + numbers.tilt * v), 2 * (numbers.tilt * u + v)];
  }

  figures.slice_sliders = {
    controls: ({ frame: { x, y } }) => ({
      w5: { label: "Weight of cholesterol, w₅", min: x[0], max: x[1], step: 0.5, value: 0 },
      w6: { label: "Weight of LDL, w₆", min: y[0], max: y[1], step: 0.5, value: 0 },
    }),
    readouts: {
      loss: { label: "Loss", digits: 1 },
      slope5: { label: "Slope in w₅", digits: 2 },
      slope6: { label: "Slope in w₆", digits: 2 },
      best6: { label: "Best w₆ for this w₅", digits: 1 },
    },
    frame: ({ frame: { x, y } }) => ({ x: [x[0] - 12, x[1] + GAP + LIFT], y: [y[0] - 9, y[1] + GAP + LIFT], axes: false }),

    compute(state, numbers) {
      const [slope5, slope6] = slopes(numbers, state);
      return { loss: loss(numbers, state), slope5, slope6, best6: state.w6 - slope6 / 2 };
    },

    draw(board, state, numbers, ink) {
      const { frame: { x, y }, center, range: [low, high] } = numbers;
      const fixed = { highlight: false, fixed: true };
      const hidden = (a, b) => board.create("point", [a, b], { visible: false, fixed: true });
      const line = (from, to, options) => board.create("segment", [hidden(...from), hidden(...to)], { ...fixed, ...options });
      const write = (a, b, text, options) => board.create("text", [a, b, text], { ...fixed, strokeColor: ink.muted, fontSize: 13, ...options });
      const dot = (a, b, options) => board.create("point", [a, b], { ...fixed, size: 4, fillColor: ink.data, strokeColor: ink.paper, withLabel: false, ...options });
      const height = (value) => (LIFT * (Math.min(value, high) - low)) / (high - low); // of a loss above its axis
      const [floor, wall] = [y[1] + GAP, x[1] + GAP]; // where the graphs of the slices begin

      const rings = [30, 100, 300, 700, 1400, 2500, 4000].map((rise) => ellipse(numbers, rise));
      for (const [X, Y] of rings) board.create("curve", [X, Y], { ...fixed, strokeColor: ink.muted, strokeWidth: 1 });
      for (const [from, to] of [[[x[0], y[0]], [x[1], y[0]]], [[x[0], y[0]], [x[0], y[1]]], [[x[0], floor], [x[1], floor]], [[wall, y[0]], [wall, y[1]]]]) {
        line(from, to, { strokeColor: ink.muted, strokeWidth: 1 });
      }
      for (let a = x[0]; a <= x[1]; a += 20) write(a, y[0] - 1, String(a).replace("-", "−"), { anchorX: "middle", anchorY: "top" });
      for (let b = y[0]; b <= y[1]; b += 20) write(x[0] - 1, b, String(b).replace("-", "−"), { anchorX: "right", anchorY: "middle" });
      write(x[1], y[0] + 1, "w₅", { anchorX: "right", anchorY: "bottom", fontSize: 16, strokeColor: ink.ink });
      write(x[0] + 1, y[1], "w₆", { anchorX: "left", anchorY: "top", fontSize: 16, strokeColor: ink.ink });
      write(x[0], floor + LIFT, "along w₅", { anchorX: "left", anchorY: "top" });
      write(wall + 1, y[1], "along w₆", { anchorX: "left", anchorY: "top" });
      board.create("text", [center[0], center[1], "★"], { ...fixed, strokeColor: ink.ink, fontSize: 15, anchorX: "middle", anchorY: "middle" });

      const across = (a) => loss(numbers, { w5: a, w6: state.w6 });
      const along = (b) => loss(numbers, { w5: state.w5, w6: b });
      const plain = { ...fixed, strokeWidth: 2.5, doAdvancedPlot: false, numberPointsHigh: 160, numberPointsLow: 160 };
      const shown = (value) => (value > high ? NaN : height(value));
      board.create("curve", [(x) => x, (a) => floor + shown(across(a)), ...x], { ...plain, strokeColor: ink.function });
      board.create("curve", [(b) => wall + shown(along(b)), (b) => b, ...y], { ...plain, strokeColor: ink.path });
      moving(board, () => [[x[0], state.w6], [x[1], state.w6]], { ...fixed, strokeColor: ink.function, strokeWidth: 2 });
      moving(board, () => [[state.w5, y[0]], [state.w5, y[1]]], { ...fixed, strokeColor: ink.path, strokeWidth: 2 });

      const scale = LIFT / (high - low);
      const reach = 14;
      moving(board, () => {
        const [base, rise] = [floor + height(loss(numbers, state)), reach * slopes(numbers, state)[0] * scale];
        return [[state.w5 - reach, base - rise], [state.w5 + reach, base + rise]];
      }, { ...fixed, strokeColor: ink.derivative, strokeWidth: 2 });
      moving(board, () => {
        const [base, rise] = [wall + height(loss(numbers, state)), reach * slopes(numbers, state)[1] * scale];
        return [[base - rise, state.w6 - reach], [base + rise, state.w6 + reach]];
      }, { ...fixed, strokeColor: ink.derivative, strokeWidth: 2 });
      dot(() => state.w5, () => state.w6);
      dot(() => state.w5, () => floor + height(loss(numbers, state)));
      dot(() => wall + height(loss(numbers, state)), () => state.w6);
    },

    drag([a, b], state) {
      state.w5 = a;
      state.w6 = b;
    },
  };

  /** A segment between two points that a function of the state returns. */
  function moving(board, ends, options) {
    const end = (k) => board.create("point", [() => ends()[k][0], () => ends()[k][1]], { visible: false, fixed: true });
    return board.create("segment", [end(0), end(1)], options);
  }

  /** Points of the level curve on which the loss is `rise` above its minimum, cut off at the frame. */
  function ellipse({ frame: { x, y }, center, tilt }, rise) {
    const X = [], Y = [];
    const [long, short] = [Math.sqrt(rise / (1 - tilt)), Math.sqrt(rise / (1 + tilt))]; // along (1, -1) and (1, 1)
    for (let k = 0; k <= 240; k++) {
      const [c, s] = [Math.cos((2 * Math.PI * k) / 240), Math.sin((2 * Math.PI * k) / 240)];
      const a = center[0] + (long * c + short * s) / Math.SQRT2;
      const b = center[1] + (-long * c + short * s) / Math.SQRT2;
      const inside = a >= x[0] && a <= x[1] && b >= y[0] && b <= y[1];
      X.push(inside ? a : NaN);
      Y.push(inside ? b : NaN);
    }
    return [X, Y];
  }
}
