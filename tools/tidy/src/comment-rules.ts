import type { Source } from "./source.ts";
import type { Finding } from "./tree.ts";

/** The beginning of a comment that leans on the code above it. */
const RIDDLE = /^[\s*]*(As|It|Nobody|Of|One|That|The same|There|They|Those|What|Where|Who)\s(?!long as|soon as)/;

/** Finds comments that cannot be understood without the code around them. */
export function checkComments({ path, comments }: Source): Finding[] {
  return comments.flatMap(({ text, line }) => {
    const advice = findRiddle(text);
    return advice === undefined ? [] : [{ file: path, line, rule: "riddle", advice }];
  });
}

/** Says what to do about a comment that leans on the code above it, or undefined. */
export function findRiddle(text: string): string | undefined {
  const word = RIDDLE.exec(text)?.[1];
  if (word === undefined) return undefined;
  return `a comment that begins with "${word}" needs the code above it: say it as a sentence, with its subject`;
}
