// The tape of log x1 + x1 x2 - sin x2: values are written from left to right, adjoints come back.
"use strict";

{
  const NAMES = ["x₁", "x₂", "log", "×", "sin", "+", "−"];
  const ARGUMENTS = [[], [], [0], [0, 1], [1], [2, 3], [5, 4]];
  const END = NAMES.length - 1;
  const WRITTEN = END - 1; // steps until the tape is full
  const LAST = 2 * WRITTEN; // then each note is read once

  function valuesAt({ x1, x2 }) {
    const v = [x1, x2, Math.log(x1), x1 * x2, Math.sin(x2)];
    v.push(v[2] + v[3]);
    v.push(v[5] - v[4]);
    return v;
  }

  /** What each note hands back to its arguments, for the adjoint 1. */
  const slopesAt = ({ x1, x2 }) => [[], [], [1 / x1], [x2, x1], [Math.cos(x2)], [1, 1], [1, -1]];

  /** The note that is written or read in this step; -1 before the first. */
  const current = (step) => (step === 0 ? -1 : step <= WRITTEN ? step + 1 : END - (step - WRITTEN - 1));

  /** The adjoints as far as the notes that were read have filled them. */
  function adjointsAt(state) {
    const slopes = slopesAt(state);
    const adjoints = NAMES.map(() => 0);
    if (state.step > WRITTEN) {
      adjoints[END] = 1;
      for (let note = END; note >= current(state.step); note--) {
        ARGUMENTS[note].forEach((place, k) => (adjoints[place] += slopes[note][k] * adjoints[note]));
      }
    }
    return adjoints;
  }

  const text = (number, digits) => (Number(number.toFixed(digits)) + 0).toFixed(digits).replace("-", "−");

  figures.growing_tape = {
    controls: ({ x }) => ({
      step: { label: "Step of the walk", min: 0, max: LAST, step: 1, value: WRITTEN + 1 }, // turning back
      x1: { label: "Input x₁", min: 0.1, max: 4, step: 0.1, value: x[0] },
      x2: { label: "Input x₂", min: -6, max: 6, step: 0.1, value: x[1] },
    }),
    readouts: {
      value: { label: "Value", digits: 3 },
      first: { label: "Adjoint of x₁ so far", digits: 3 },
      second: { label: "Adjoint of x₂ so far", digits: 3 },
    },
    frame: { x: [-0.7, 6.7], y: [-1.8, 1.7], axes: false },

    compute(state) {
      const adjoints = adjointsAt(state);
      return { value: valuesAt(state)[END], first: adjoints[0], second: adjoints[1] };
    },

    draw(board, state, numbers, ink) {
      const narrow = board.canvasWidth < 520;
      const size = narrow ? 12 : 15;
      const digits = narrow ? 2 : 3;
      const write = (x, y, content, strokeColor) => board.create("text", [x, y, content], {
        fontSize: size, highlight: false, fixed: true, anchorX: "middle", anchorY: "middle", strokeColor,
      });
      const written = (place) => place < 2 || place <= (state.step > WRITTEN ? END : state.step + 1);
      ARGUMENTS.forEach((places, note) => places.forEach((place) => {
        const reach = note - place;
        board.create("curve", [(t) => place + t * reach, (t) => 0.42 + 1.5 * reach ** 0.6 * t * (1 - t), 0, 1], {
          strokeColor: () => (current(state.step) === note ? ink.path : ink.muted),
          strokeWidth: () => (current(state.step) === note ? 3 : 1.5),
          visible: () => written(note), highlight: false, doAdvancedPlot: false, numberPointsHigh: 40,
        });
      }));
      NAMES.forEach((name, place) => {
        const [low, high] = [place - 0.4, place + 0.4];
        board.create("polygon", [[low, -0.4], [high, -0.4], [high, 0.4], [low, 0.4]], {
          fillColor: ink.function, fillOpacity: 0.12, highlight: false, fixed: true, vertices: { visible: false },
          borders: {
            strokeColor: () => (current(state.step) === place ? ink.path : ink.function),
            strokeWidth: () => (current(state.step) === place ? 3 : 1.5), highlight: false, fixed: true,
          },
        });
        write(place, 0, name, ink.ink);
        write(place, -0.8, () => (written(place) ? text(valuesAt(state)[place], digits) : ""), ink.function);
        write(place, -1.4, () => {
          const adjoint = adjointsAt(state)[place];
          return state.step > WRITTEN && (adjoint !== 0 || state.step === LAST) ? text(adjoint, digits) : "";
        }, ink.derivative);
      });
    },

    /** Go to the nearest note, on the way that we are on: writing or reading. */
    drag([x], state) {
      const note = Math.min(END, Math.max(2, Math.round(x)));
      state.step = state.step > WRITTEN ? WRITTEN + 1 + END - note : note - 1;
    },
  };
}
