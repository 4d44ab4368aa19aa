import { FUNCTION_LINES_MAX } from "./limits.ts";
import type { Source } from "./source.ts";
import type { Finding } from "./tree.ts";

const CORES =
  /^(?:packages\/(?:operator-text|wire-values|scheduling|config-file|data-session|facts|feed|florio|forwarding|portal-api|quic|simkit|mesh-file)|apps\/[^/]+)\/src\//;
const NOT_CORES = /\/(?:drivers|admin|config)\/|\/main\.ts$/;
const VAGUE_NAME = /(?:^|\/)(?:utils?|helpers?|common|misc)(?:\/|\.[a-z.]+$)/;
const CONSTANT_NAME = /^[A-Z][A-Z0-9_]*$/;
const FILE_NAME = /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/;

/** Checks the rules that concern one source file alone. */
export function checkSource(source: Source): Finding[] {
  const findings: Finding[] = [];
  const report = (line: number, rule: string, advice: string): void =>
    void findings.push({ file: source.path, line, rule, advice });

  if (source.flaw !== undefined) report(source.flaw.line, "syntax", source.flaw.message);
  if (isCore(source.path)) {
    for (const { word, line } of source.promises) {
      report(line, "async-core", `no ${word} in a core: return what is to be done, and wait in drivers/`);
    }
  }
  for (const { name, line, lineCount } of source.functions) {
    if (lineCount <= FUNCTION_LINES_MAX) continue;
    report(line, "long-function", `${name} has ${lineCount} lines: split it (at most ${FUNCTION_LINES_MAX})`);
  }
  for (const { name, line } of source.path.includes("/src/") ? source.numbers : []) {
    if (CONSTANT_NAME.test(name)) continue;
    report(line, "constant-name", `${name} is a number of the whole file: write it in UPPER_CASE`);
  }
  for (const line of source.starExports) {
    report(line, "star-export", "name what is exported: a public surface is not an accident");
  }
  if (VAGUE_NAME.test(source.path)) report(1, "vague-name", "name it for what it holds");
  if (!FILE_NAME.test(source.path.split("/").at(-1)!)) report(1, "file-name", "use lower case with hyphens");
  return findings;
}

/** A core takes bytes and the time, and returns what to do: it never waits. */
function isCore(path: string): boolean {
  return CORES.test(path) && !NOT_CORES.test(path);
}
