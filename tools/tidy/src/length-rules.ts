import { FILE_LINES_MAX } from "./limits.ts";
import type { Finding, Tree } from "./tree.ts";

/** The list of files that may be longer, by their paths, each with its reason. */
const LIST = "tools/tidy/long-files.json";
const SOURCE = /\.(?:ts|mts|mjs|js|rs)$/;

/** Finds sources that are too long to be read at a sitting and not on the list, and files on the list that need no exception. */
export function checkLengths(tree: Tree): Finding[] {
  const reasons = new Map(Object.entries(JSON.parse(tree.get(LIST) ?? "{}") as Record<string, string>));
  const long = new Map(
    [...tree]
      .filter(([path]) => SOURCE.test(path))
      .map(([path, text]) => [path, linesOf(text)] as const)
      .filter(([, lines]) => lines > FILE_LINES_MAX),
  );
  const unlisted = [...long]
    .filter(([path]) => (reasons.get(path) ?? "") === "")
    .map(([file, lines]) => {
      const advice = `${lines} lines: split it where a second story begins (at most ${FILE_LINES_MAX}), or say in ${LIST} why it is one`;
      return { file, line: 1, rule: "long-file", advice };
    });
  const needless = [...reasons.keys()]
    .filter((path) => !long.has(path))
    .map((path) => ({ file: LIST, line: 1, rule: "needless-exception", advice: `${path} is not long: take it off` }));
  return [...unlisted, ...needless];
}

function linesOf(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
