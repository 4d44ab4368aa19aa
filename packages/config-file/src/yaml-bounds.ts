import { CONFIG_DEPTH_MAX, CONFIG_MARKS_MAX } from "./limits.ts";
import type { Position, TextProblem } from "./problem-list.ts";

/**
 * Finds out whether a text is too much for the YAML parser, before that has a look at it. The parser calls itself for every level,
 * and keeps several objects for every value. It overestimates (brackets in a quoted text count), which is harmless at such limits.
 */
export function findTooMuch(text: string): TextProblem | undefined {
  let marks = 0;
  let brackets = 0;
  let number = 0;
  for (const line of text.split("\n")) {
    number++;
    marks++;
    let indicators = 0;
    for (let at = 0; at < line.length; at++) {
      const character = line[at];
      if (character === ",") marks++;
      else if (character === "[" || character === "{") {
        brackets++;
        marks++;
      } else if ((character === "]" || character === "}") && brackets > 0) brackets--;
      else if ((character === "-" || character === "?" || character === ":") && /\s|^$/.test(line[at + 1] ?? ""))
        indicators++;
      if (brackets + indicators > CONFIG_DEPTH_MAX) return tooDeep({ line: number, column: at + 1 });
      if (marks > CONFIG_MARKS_MAX) return tooLong({ line: number, column: at + 1 });
    }
    const indentation = line.length - line.trimStart().length;
    if (indentation > CONFIG_DEPTH_MAX * 8) return tooDeep({ line: number, column: indentation + 1 });
  }
  return undefined;
}

function tooDeep(position: Position): TextProblem {
  const message = `nested deeper than ${CONFIG_DEPTH_MAX} levels`;
  const advice = "No config is that deep: check the brackets and the indentation.";
  return { code: "ERR_CONFIG_YAML", message, advice, ...position };
}

function tooLong(position: Position): TextProblem {
  const message = `more than ${CONFIG_MARKS_MAX} lines, commas and brackets`;
  return { code: "ERR_CONFIG_YAML", message, advice: "Is it a config file?", ...position };
}
