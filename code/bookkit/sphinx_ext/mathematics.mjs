// Renders LaTeX to MathML: one JSON request a line in, one JSON answer a line out.
import { createInterface } from "node:readline";
import temml from "temml";

const macros = {};

function define(line) {
  const found = /^\\(?:new|provide)command\{(\\\w+)\}(?:\[\d\])?\{(.*)\}$/.exec(line.trim());
  if (!found) throw new Error("expected \\newcommand{\\name}{...} on one line");
  macros[found[1]] = found[2];
}

function render(tex, displayMode) {
  return temml.renderToString(tex, { displayMode, macros, throwOnError: true, strict: true, trust: false });
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { tex, displayMode, macro } = JSON.parse(line);
  let answer;
  try {
    answer = { mathml: macro ? define(tex) : render(tex, displayMode) };
  } catch (error) {
    // The message goes on with a picture of the place, on lines of its own.
    answer = { error: error.message.split(" at position")[0].split("\n")[0].trim() };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
