// The estimates of Lanczos after k products: eigenvalues of the upper left part of a tridiagonal
// matrix, above the exact spectrum.
"use strict";

{
  /** How many eigenvalues of the tridiagonal matrix lie below x: the signs of its pivots. */
  function below(x, diagonal, beside, size) {
    let [count, pivot] = [0, 1];
    for (let i = 0; i < size; i++) {
      pivot = diagonal[i] - x - (i > 0 ? beside[i - 1] ** 2 / pivot : 0);
      if (pivot === 0) pivot = 1e-300;
      if (pivot < 0) count++;
    }
    return count;
  }

  /** The first `size` rows' eigenvalues in rising order, each by halving an interval that holds it. */
  function ritzValues({ diagonal, beside }, size) {
    return Array.from({ length: size }, (_, index) => {
      let [low, high] = [-1, 5];
      for (let step = 0; step < 60; step++) {
        const middle = (low + high) / 2;
        if (below(middle, diagonal, beside, size) > index) high = middle;
        else low = middle;
      }
      return (low + high) / 2;
    });
  }

  const [EXACT, ESTIMATES, HALF] = [0.35, 1.1, 0.22]; // heights of the rows, half the length of a tick

  figures.lanczos_ritz = {
    controls: ({ products, beside }) => ({
      products: { label: "Products k", min: 1, max: beside.length, step: 1, value: products },
    }),
    readouts: {
      largest: { label: "Largest estimate", digits: 4 },
      exact: { label: "Largest eigenvalue", digits: 4 },
      smallest: { label: "Smallest estimate", digits: 4 },
      bottom: { label: "Smallest eigenvalue", digits: 4 },
      negative: { label: "Negative estimates", digits: 0 },
    },
    frame: { x: [-0.3, 3.7], y: [-0.3, 1.6], axes: false },

    compute({ products }, numbers) {
      const values = ritzValues(numbers, products + 1);
      const { spectrum } = numbers;
      return {
        largest: values.at(-1),
        exact: spectrum.at(-1),
        smallest: values[0],
        bottom: spectrum[0],
        negative: values.filter((value) => value < 0).length,
      };
    },

    draw(board, state, numbers, ink) {
      const ticks = (places, height, color) => {
        const curve = board.create("curve", [[], []], { strokeColor: color, strokeWidth: 1.5, highlight: false });
        curve.updateDataArray = function () {
          [this.dataX, this.dataY] = [[], []];
          for (const x of places()) {
            this.dataX.push(x, x, NaN);
            this.dataY.push(height - HALF, height + HALF, NaN);
          }
        };
      };
      ticks(() => numbers.spectrum, EXACT, ink.ink);
      ticks(() => ritzValues(numbers, state.products + 1), ESTIMATES, ink.path);
      const write = (x, y, text, color, anchorX = "middle") => board.create("text", [x, y, text], {
        strokeColor: color, fontSize: 14, highlight: false, fixed: true, anchorX, anchorY: "middle",
      });
      write(3.65, ESTIMATES + HALF + 0.12, () => `estimates after ${state.products} products`, ink.path, "right");
      write(3.65, EXACT + HALF + 0.1, "exact eigenvalues", ink.ink, "right");
      const end = (x) => board.create("point", [x, 0], { visible: false, fixed: true });
      board.create("segment", [end(-0.3), end(3.7)], { strokeColor: ink.muted, strokeWidth: 1, highlight: false, fixed: true });
      for (const x of [0, 1, 2, 3]) write(x, -0.16, String(x), ink.muted);
    },
  };
}
