import { type Finding, lineOf, type Tree } from "./tree.ts";

/** Sources that count as readers. Tests do not: a counter that only tests read is seen by nobody. */
const READERS = /^(?:apps|packages|tools)\/[^/]+\/src\/.*\.ts$/;
const PRODUCT = /^(?:apps|packages)\//;
const CLASS = /^(?:export )?class .*?\n\}$/gms;
const METHOD = /^ {2}(?:(?:get|set|static|async) )*#?(?!toJSON)\w+\(/m;
/** A public field that begins at 0. */
const FIELD = /^ {2}(\w+)(?:: number)? = 0;$/gm;
const COMMENT = /^\s*(?:\/?\*|\/\/)/;

/**
 * Finds counters that the product keeps and nothing but tests reads. A class without methods, or with `toJSON` alone, is a record, which
 * is shown as a whole.
 */
export function checkCounters(tree: Tree): Finding[] {
  const readers = [...tree].filter(([path]) => READERS.test(path));
  const lines = readers.flatMap(([, text]) => text.split("\n").filter((line) => !COMMENT.test(line)));
  const isRead = (name: string): boolean => {
    const written = new RegExp(String.raw`\b${name}(?:\+\+|--|(?:: number)? [-+]?= )`, "g");
    const mentioned = new RegExp(String.raw`(?<!#)\b${name}\b`);
    return lines.some((line) => line.includes(name) && mentioned.test(line.replace(written, "")));
  };
  return readers
    .filter(([path]) => PRODUCT.test(path))
    .flatMap(([file, text]) =>
      [...text.matchAll(CLASS)]
        .filter(([body]) => METHOD.test(body))
        .flatMap(({ 0: body, index: start }) =>
          [...body.matchAll(FIELD)]
            .filter(([, name]) => !isRead(name!))
            .map(({ 1: name, index }) => ({
              file,
              line: lineOf(text, start + index),
              rule: "unread-counter",
              advice: `nothing but tests reads ${name}: show it in status or metrics, or delete it`,
            })),
        ),
    );
}
