import type { Finding } from "./tree.ts";
import { lineOf } from "./tree.ts";

interface WordRule {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly advice: string;
}

const RULES: readonly WordRule[] = [
  {
    rule: "left-over",
    pattern: /\b(?:TODO|FIXME|XXX)\b/g,
    advice: "do it now, or leave it out: nobody comes back for it",
  },
  {
    rule: "host-path",
    pattern: /(?<![\w./-])\/(?:home|Users|root|work|workspaces?|builds)\/[\w.-]+/g,
    advice: "this is a place on somebody's machine: use a path from the repository's root",
  },
  {
    rule: "talk-of-work",
    pattern: /\b(?:issue #?\d+|the brief|language model|coding agent|this session's task)\b/gi,
    advice: "the project speaks of itself: say the reason, not who asked for it",
  },
];

/** Finds words that belong into no file of the repository. */
export function checkWords(file: string, text: string): Finding[] {
  return RULES.flatMap(({ rule, pattern, advice }) =>
    [...text.matchAll(pattern)].map((match) => ({
      file,
      line: lineOf(text, match.index),
      rule,
      advice: `"${match[0]}": ${advice}`,
    })),
  );
}
