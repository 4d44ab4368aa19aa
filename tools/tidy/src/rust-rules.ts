import { findRiddle } from "./comment-rules.ts";
import type { Finding } from "./tree.ts";

const VAGUE_NAME = /(?:^|\/)(?:utils?|helpers?|common|misc)(?:\/|\.rs$)/;
const COMMENT = /^\s*\/\/[/!]?(.*)$/;

/** Checks the rules for a Rust source that neither rustfmt nor clippy checks. */
export function checkRust(path: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const report = (line: number, rule: string, advice: string): void =>
    void findings.push({ file: path, line, rule, advice });

  if (VAGUE_NAME.test(path)) report(1, "vague-name", "name it for what it holds");
  const lines = text.split("\n");
  lines.forEach((line, index) => {
    const comment = COMMENT.exec(line)?.[1];
    // Only the first line of a comment begins it.
    if (comment === undefined || COMMENT.test(lines[index - 1] ?? "")) return;
    const advice = findRiddle(comment);
    if (advice !== undefined) report(index + 1, "riddle", advice);
  });
  return findings;
}
