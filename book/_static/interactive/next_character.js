// The chances of the next character at a temperature, at one of the stages of training.
"use strict";

{
  const HEIGHT = 9; // of the chance 1, in widths of a bar: the board has one scale for both axes

  function chances({ tau, stage }, { scores }) {
    const highest = Math.max(...scores[stage]);
    const raised = scores[stage].map((score) => Math.exp((score - highest) / tau));
    const total = raised.reduce((sum, value) => sum + value, 0);
    return raised.map((value) => value / total);
  }

  const mean = (p, value) => p.reduce((sum, chance, i) => sum + chance * value(i), 0);

  figures.next_character = {
    controls: ({ steps, stage }) => ({
      tau: { label: "Temperature τ", min: 0.3, max: 3, step: 0.05, value: 1 },
      stage: { label: "Trained for", min: 0, max: steps.length - 1, step: 1, value: stage - 1, names: steps.map((k) => `${k} steps`) },
    }),
    readouts: {
      entropy: { label: "Entropy S", digits: 3 },
      slope: { label: "S′(τ), variance over τ³", digits: 3 },
      first: { label: "Chance of the first bar", digits: 3 },
    },
    frame: ({ names }) => ({ x: [-2.2, names.length], y: [-1.4, HEIGHT + 0.6], axes: false }),

    compute(state, numbers) {
      const scores = numbers.scores[state.stage];
      const p = chances(state, numbers);
      const middle = mean(p, (i) => scores[i]);
      return {
        entropy: -mean(p, (i) => Math.log(p[i])),
        slope: mean(p, (i) => (scores[i] - middle) ** 2) / state.tau ** 3,
        first: p[numbers.first[0]],
      };
    },

    draw(board, state, numbers, ink) {
      const fixed = { highlight: false, fixed: true };
      const hidden = (x, y) => board.create("point", [x, y], { visible: false, fixed: true });
      const write = (x, y, text, options) => board.create("text", [x, y, text], { ...fixed, strokeColor: ink.muted, fontSize: 13, ...options });
      for (const level of [0, 0.25, 0.5, 0.75, 1]) {
        board.create("segment", [hidden(-0.7, level * HEIGHT), hidden(numbers.names.length - 0.3, level * HEIGHT)], { ...fixed, strokeColor: ink.muted, strokeWidth: 0.7, dash: level ? 1 : 0 });
        write(-0.9, level * HEIGHT, String(level), { anchorX: "right", anchorY: "middle" });
      }
      numbers.first.forEach((character, k) => {
        const top = () => HEIGHT * chances(state, numbers)[character];
        board.create("polygon", [[k - 0.38, 0], [k + 0.38, 0], [k + 0.38, top], [k - 0.38, top]].map(([x, y]) => hidden(x, y)), {
          ...fixed, fillColor: ink.function, fillOpacity: 1, borders: { visible: false }, vertices: { visible: false },
        });
        write(k, -0.3, numbers.names[k], { anchorX: "middle", anchorY: "top", strokeColor: ink.ink, fontSize: 15 });
      });
    },

    drag([, y], state) {
      state.tau = 3 - (2.7 * Math.min(Math.max(y, 0), HEIGHT)) / HEIGHT; // upward is colder: the first bars grow
    },
  };
}
