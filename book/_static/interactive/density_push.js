// A density carried through an increasing map: bend the map, move a band and make it narrow.
"use strict";

{
  const share = (t) => 1 / (1 + Math.exp(-t)); // the distribution function of x
  const density = (t) => share(t) * share(-t);
  const image = (a, t) => t + a * Math.sin(t);
  const slope = (a, t) => 1 + a * Math.cos(t);

  figures.density_push = {
    controls: ({ a, x, w, frame }) => ({
      a: { label: "Bend a of the map", min: -0.7, max: 0.7, step: 0.05, value: a },
      x: { label: "Middle x of the band", min: frame.x[0] + 0.7, max: frame.x[1] - 0.7, step: 0.1, value: x },
      w: { label: "Width of the band", min: 0.1, max: 1.2, step: 0.1, value: w },
    }),
    readouts: {
      slope: { label: "Slope f′(x)", digits: 3 },
      before: { label: "Density of x", digits: 4 },
      after: { label: "Density of y = f(x)", digits: 4 },
      mass: { label: "Probability of the band", digits: 4 },
      ratio: { label: "Probability per image width", digits: 4 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["x", "y"] }),

    compute({ a, x, w }) {
      const [low, high] = [x - w / 2, x + w / 2];
      const before = density(x);
      const mass = share(high) - share(low);
      return {
        slope: slope(a, x), before, after: before / slope(a, x),
        mass, ratio: mass / (image(a, high) - image(a, low)),
      };
    },

    draw(board, state, { frame, scale }, ink) {
      const [left, right] = frame.x;
      const [floor] = frame.y;
      const f = (t) => image(state.a, t);
      const below = (t) => floor + scale * density(t);
      const beside = (t) => left + (scale * density(t)) / slope(state.a, t);
      const low = () => state.x - state.w / 2;
      const high = () => state.x + state.w / 2;
      const fixed = { highlight: false, fixed: true };
      const curve = { ...fixed, doAdvancedPlot: false, numberPointsHigh: 300, numberPointsLow: 300 };

      // The two shaded pieces, under the densities, as polygons through 24 points of each curve.
      const piece = (color, place) => {
        const shape = board.create("curve", [[], []], { ...fixed, strokeWidth: 0, fillColor: color, fillOpacity: 0.45 });
        shape.updateDataArray = function () {
          const points = Array.from({ length: 25 }, (_, k) => low() + ((high() - low()) * k) / 24);
          const outline = place(points);
          this.dataX = outline.map(([u]) => u);
          this.dataY = outline.map(([, v]) => v);
        };
      };
      piece(ink.data, (ts) => [[ts[0], floor], ...ts.map((t) => [t, below(t)]), [ts.at(-1), floor]]);
      piece(ink.derivative, (ts) => [[left, f(ts[0])], ...ts.map((t) => [beside(t), f(t)]), [left, f(ts.at(-1))]]);

      for (const end of [low, high]) {
        const point = (u, v) => board.create("point", [u, v], { visible: false, fixed: true });
        const corner = point(end, () => f(end()));
        for (const foot of [point(end, floor), point(left, () => f(end()))]) {
          board.create("segment", [corner, foot], { ...fixed, strokeColor: ink.muted, strokeWidth: 1.5 });
        }
      }
      board.create("curve", [(x) => x, f, left, right], { ...curve, strokeColor: ink.function, strokeWidth: 3 });
      board.create("curve", [(x) => x, below, left, right], { ...curve, strokeColor: ink.data, strokeWidth: 2 });
      board.create("curve", [beside, f, left, right], { ...curve, strokeColor: ink.derivative, strokeWidth: 2 });
      board.create("point", [() => state.x, () => f(state.x)], {
        ...fixed, fillColor: ink.path, strokeColor: ink.paper, size: 4, withLabel: false,
      });
    },

    drag([x], state, { frame }) {
      state.x = Math.min(frame.x[1] - 0.7, Math.max(frame.x[0] + 0.7, x));
    },
  };
}
