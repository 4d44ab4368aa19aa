import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, Pair } from "yaml";
import type { ConfigFileErrorCode } from "./error-codes.ts";
import { CONFIG_ALIASES_MAX, CONFIG_DEPTH_MAX } from "./limits.ts";

/** Keys and indices from the root of a document. */
export type KeyPath = readonly (string | number)[];

interface Position {
  readonly line: number;
  readonly column: number;
}

/** The plain value of a YAML text, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown;
  /**
   * Where the value (or the key) of a path is, counted from 1. For what is not there, the nearest that is above it.
   */
  position(path: KeyPath, at: "key" | "value"): Position;
}

interface YamlProblem extends Position {
  readonly code: ConfigFileErrorCode;
  readonly message: string;
  readonly advice: string;
  readonly key?: string;
}

export interface YamlProblems {
  readonly problems: readonly YamlProblem[];
}

/** Parses one YAML 1.2 document. Never throws, whatever the text holds. */
export function parseYaml(text: string): YamlDocument | YamlProblems {
  const tooDeep = findTooDeep(text);
  if (tooDeep !== undefined) return { problems: [{ ...tooDeep, ...DEPTH_PROBLEM }] };
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    // Duplicate keys are found below, by a walk that takes linear time and can say where the first one is.
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: "error" });
  } catch (error) {
    return { problems: [syntaxProblem(String(error), { line: 1, column: 1 })] };
  }
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // Only the first failure is told: those behind it are mostly its echo.
  const failure = document.errors[0] ?? document.warnings[0];
  if (failure !== undefined) return { problems: [syntaxProblem(failure.message, positionAt(failure.pos[0]))] };
  const problems = findKeyProblems(document.contents, positionAt);
  if (problems.length > 0) return { problems };
  return plainValue(document, positionAt);
}

function plainValue(document: Document.Parsed, positionAt: (offset: number) => Position): YamlDocument | YamlProblems {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: CONFIG_ALIASES_MAX });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problems: [syntaxProblem(reason, { line: 1, column: 1 })] };
  }
  if (value === null || value === undefined) {
    const advice = "Write the config into it; docs/configuration.md has an example.";
    return { problems: [{ code: "ERR_CONFIG_EMPTY", message: "the file is empty", advice, line: 1, column: 1 }] };
  }
  return {
    value,
    position: (path, at) => positionAt(findOffset(document, path, at)),
  };
}

const DEPTH_PROBLEM = {
  code: "ERR_CONFIG_YAML",
  message: `nested deeper than ${CONFIG_DEPTH_MAX} levels`,
  advice: "No config is that deep: check the brackets and the indentation.",
} as const;

/**
 * The parser below calls itself for every level, so depth is bounded before it runs: by brackets, by the indentation of a
 * line, and by the indicators (`- - -`, `? ? ?`) that open levels within one. It overestimates (brackets in a quoted
 * text count), which is harmless at such a limit.
 */
function findTooDeep(text: string): Position | undefined {
  let brackets = 0;
  let number = 0;
  for (const line of text.split("\n")) {
    number++;
    let indicators = 0;
    for (let at = 0; at < line.length; at++) {
      const character = line[at];
      if (character === "[" || character === "{") brackets++;
      else if ((character === "]" || character === "}") && brackets > 0) brackets--;
      else if ((character === "-" || character === "?" || character === ":") && /\s|^$/.test(line[at + 1] ?? ""))
        indicators++;
      if (brackets + indicators > CONFIG_DEPTH_MAX) return { line: number, column: at + 1 };
    }
    const indentation = line.length - line.trimStart().length;
    if (indentation > CONFIG_DEPTH_MAX * 8) return { line: number, column: indentation + 1 };
  }
  return undefined;
}

function syntaxProblem(message: string, position: Position): YamlProblem {
  const advice = "Mend the YAML at that line: indentation, quotes, brackets.";
  return { code: "ERR_CONFIG_YAML", message: `not valid YAML: ${message}`, advice, ...position };
}

/** Keys written twice, and keys that are no plain text. */
function findKeyProblems(root: unknown, positionAt: (offset: number) => Position): YamlProblem[] {
  const problems: YamlProblem[] = [];
  const visit = (node: unknown): void => {
    if (isSeq(node)) node.items.forEach(visit);
    if (!isMap(node)) return;
    const seen = new Map<string, number>();
    for (const pair of node.items) {
      const offset = offsetOf(pair.key) ?? 0;
      const key = keyText(pair);
      if (key === undefined) {
        const advice = "Write a plain word before the colon.";
        const message = "a key must be plain text";
        problems.push({ code: "ERR_CONFIG_YAML", message, advice, ...positionAt(offset) });
        continue;
      }
      const first = seen.get(key);
      if (first === undefined) seen.set(key, offset);
      else problems.push(duplicateKey(key, positionAt(first), positionAt(offset)));
      visit(pair.value);
    }
  };
  visit(root);
  return problems;
}

function duplicateKey(key: string, first: Position, second: Position): YamlProblem {
  const message = `"${key}" is written twice; first on line ${first.line}`;
  const advice = "Remove or rename one of them.";
  return { code: "ERR_CONFIG_DUPLICATE_KEY", message, advice, key, ...second };
}

/** The key as it will be in the plain value; undefined for a collection, and for the one name that objects cannot hold. */
function keyText(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return undefined;
  const value = pair.key.value as string | number | boolean | bigint | null;
  const text = value === null ? "" : String(value);
  return text === "__proto__" ? undefined : text;
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? (node.range?.[0] ?? undefined) : undefined;
}

/**
 * A scalar is pointed at itself, a collection by its key (its value may start lines below), and what is missing by the key
 * of the section that lacks it.
 */
function findOffset(document: Document.Parsed, path: KeyPath, at: "key" | "value"): number {
  let node: unknown = document.contents;
  let found = offsetOf(node) ?? 0;
  for (const [depth, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const pair = isMap(node) ? node.items.find((item) => keyText(item) === String(part)) : undefined;
    const next: unknown = isSeq(node) ? node.items[Number(part)] : pair?.value;
    const keyOffset = offsetOf(pair?.key);
    if (pair === undefined && next === undefined) break;
    const isScalarWanted = depth === path.length - 1 && at === "value" && isScalar(next);
    found = (isScalarWanted ? offsetOf(next) : (keyOffset ?? offsetOf(next))) ?? found;
    node = next;
  }
  return found;
}
