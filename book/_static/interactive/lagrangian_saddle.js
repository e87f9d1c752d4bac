// The Lagrangian w²/2 + μ(1 − w) of the wall w ≥ 1, with 0 ≤ μ ≤ C: values above and below it.
"use strict";

{
  const lagrangian = (w, mu) => (w * w) / 2 + mu * (1 - w);

  figures.lagrangian_saddle = {
    controls: ({ w, share, C }) => ({
      w: { label: "Unknown w", min: 0, max: 2, step: 0.05, value: w },
      share: { label: "Price μ as a share of C", min: 0, max: 1, step: 0.05, value: share },
      C: { label: "Cap C of the price", min: 0.25, max: 2, step: 0.25, value: C },
    }),
    readouts: {
      mu: { label: "Price μ", digits: 3 },
      above: { label: "Upper value P(w)", digits: 4 },
      here: { label: "L(w, μ)", digits: 4 },
      under: { label: "Lower value D(μ)", digits: 4 },
      gap: { label: "Gap P − D", digits: 4 },
    },
    frame: ({ frame }) => ({ ...frame, labels: ["w", "μ"] }),

    compute({ w, share, C }) {
      const mu = share * C;
      const above = (w * w) / 2 + C * Math.max(0, 1 - w);
      const under = mu - (mu * mu) / 2;
      return { mu, above, here: lagrangian(w, mu), under, gap: above - under };
    },

    draw(board, state, { frame, levels }, ink) {
      const still = { highlight: false, fixed: true };
      board.create("curve", levelCurves(lagrangian, frame, levels), { strokeColor: ink.muted, strokeWidth: 1, ...still });
      board.create("segment", [[0, 0], [2, 2]], { strokeColor: ink.derivative, strokeWidth: 2, ...still });
      board.create("segment", [[0, () => state.C], [2, () => state.C]], {
        strokeColor: ink.bound, strokeWidth: 1.5, dash: 2, ...still,
      });
      board.create("segment", [[() => state.w, 0], [() => state.w, () => state.C]], {
        strokeColor: ink.function, strokeWidth: 1.5, ...still,
      });
      board.create("point", [() => state.w, () => state.share * state.C], {
        size: 4, fillColor: ink.path, strokeColor: ink.path, withLabel: false, ...still,
      });
    },
  };
}
