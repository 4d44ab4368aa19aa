import type { Source } from "./source.ts";
import type { Finding } from "./tree.ts";

/** The beginning of a comment that leans on the code above it. */
const RIDDLE = /^[\s*]*(Of|As|The same|What|Who|That) (?!long as|soon as)/;

/** A comment is a sentence that is understood without the code around it. */
export function checkComments({ path, comments }: Source): Finding[] {
  return comments.flatMap(({ text, line }) => {
    const word = RIDDLE.exec(text)?.[1];
    const advice = `a comment that begins with "${word}" needs the code above it: say it as a sentence, with its subject`;
    return word === undefined ? [] : [{ file: path, line, rule: "riddle", advice }];
  });
}
