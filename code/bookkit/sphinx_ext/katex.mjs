// Renders LaTeX to HTML with MathML: one JSON request a line in, one JSON answer a line out.
import { createInterface } from "node:readline";
import katex from "katex";

const macros = {};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { tex, displayMode, define } = JSON.parse(line);
  // With globalGroup, the \newcommand's of the macro file stay defined in `macros`.
  const options = { displayMode, macros, globalGroup: define, throwOnError: true, strict: "error", trust: false };
  let answer;
  try {
    answer = { html: katex.renderToString(tex, options) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
