import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser } from "yaml";
import type { Document, Pair } from "yaml";
import { type Position, ProblemList, type TextProblem } from "./problem-list.ts";
import { findTooMuch } from "./yaml-bounds.ts";
import { findNodeProblems, keyText, type NodeFindings, offsetOf } from "./yaml-nodes.ts";

/** Keys and indices from the root of a document. */
export type KeyPath = readonly (string | number)[];

/** The plain value of a YAML text, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown;
  /**
   * Returns the place of the value (or the key) of a path, counted from 1. If the file has no such path, the place is
   * that of the nearest one above it.
   */
  position(path: KeyPath, at: "key" | "value"): Position;
}

/** Parses one YAML 1.2 document, in time that grows as the text does. Never throws, whatever the text holds. */
export function parseYaml(text: string): YamlDocument | ProblemList {
  const tooMuch = findTooMuch(text);
  if (tooMuch !== undefined) return listOf(tooMuch);
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const document = composeDocument(text, lines);
    const { problems, targets } = findNodeProblems(document, positionAt);
    if (!problems.isEmpty) return problems;
    // The library's own count of aliases looks at the whole document for each of them.
    const value: unknown = document.toJS({ maxAliasCount: -1 });
    if (value === null || value === undefined) return listOf(EMPTY);
    const places = new Places(document.contents, targets);
    return { value, position: (path, at) => positionAt(places.offset(path, at)) };
  } catch (error) {
    if (error instanceof SyntaxFailure) return listOf(syntaxProblem(error.message, positionAt(error.offset)));
    const reason = error instanceof Error ? error.message : String(error);
    return listOf(syntaxProblem(reason, { line: 1, column: 1 }));
  }
}

/** The first thing that keeps a text from being YAML. */
class SyntaxFailure extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** The library says where by an offset, by two, or by a token of the text. */
type ErrorHook = (
  source: number | readonly [number, number, number?] | { readonly offset: number },
  code: string,
  message: string,
) => never;

/**
 * Composes as `parseDocument` of the library does, and throws the first failure: those behind it are mostly its echo, and a text that
 * opens a quote in each of 150,000 lines has so many of them that gathering them takes longer than a process may stand still.
 */
function composeDocument(text: string, lines: LineCounter): Document.Parsed {
  // Duplicate keys are found later, by a walk that takes linear time and can say where the first one is. The types of
  // !!omap and !!set compare each member with each.
  const composer = new Composer({ uniqueKeys: false, resolveKnownTags: false, logLevel: "error" });
  let failure: SyntaxFailure | undefined;
  // The library's own hook for errors has no public name. What it throws comes back here, as an error of the node above.
  const onError: ErrorHook = (source, _code, message) => {
    const offset = typeof source === "number" ? source : "offset" in source ? source.offset : source[0];
    failure ??= new SyntaxFailure(offset, message);
    throw failure;
  };
  composer["onError"] = onError;
  let document: Document.Parsed | undefined;
  let documents = 0;
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === "error") throw new SyntaxFailure(token.offset, token.message);
    if (token.type === "document" && ++documents > 1) {
      throw new SyntaxFailure(token.offset, "a second document begins here");
    }
    for (const each of composer.next(token)) document = each;
  }
  for (const each of composer.end(true, text.length)) document = each;
  return document!;
}

const EMPTY: TextProblem = {
  code: "ERR_CONFIG_EMPTY",
  message: "the file is empty",
  advice: "Write the config into it; docs/operate/configuration.md has an example.",
  line: 1,
  column: 1,
};

function syntaxProblem(message: string, position: Position): TextProblem {
  const advice = "Mend the YAML at that line: indentation, quotes, brackets.";
  return { code: "ERR_CONFIG_YAML", message: `not valid YAML: ${message}`, advice, ...position };
}

function listOf(problem: TextProblem): ProblemList {
  const list = new ProblemList();
  list.add(problem);
  return list;
}

/** Finds the offsets of paths. Sections in which a key was looked for once are indexed: there may be a problem with each of their keys. */
class Places {
  readonly #root: unknown;
  readonly #targets: NodeFindings["targets"];
  readonly #pairs = new Map<unknown, ReadonlyMap<string, Pair>>();

  constructor(root: unknown, targets: NodeFindings["targets"]) {
    this.#root = root;
    this.#targets = targets;
  }

  /**
   * A scalar is pointed at itself, a collection by its key (its value may start lines below), and what is missing by the key
   * of the section that lacks it.
   */
  offset(path: KeyPath, at: "key" | "value"): number {
    let node = this.#root;
    let found = offsetOf(node) ?? 0;
    for (const [depth, part] of path.entries()) {
      const pair = isMap(node) ? this.#pairOf(node, String(part)) : undefined;
      const next: unknown = isSeq(node) ? node.items[Number(part)] : pair?.value;
      const keyOffset = offsetOf(pair?.key);
      if (pair === undefined && next === undefined) break;
      const isScalarWanted = depth === path.length - 1 && at === "value" && isScalar(next);
      found = (isScalarWanted ? offsetOf(next) : (keyOffset ?? offsetOf(next))) ?? found;
      node = isAlias(next) ? this.#targets.get(next) : next;
    }
    return found;
  }

  #pairOf(map: { readonly items: readonly Pair[] }, key: string): Pair | undefined {
    let pairs = this.#pairs.get(map);
    if (pairs === undefined) {
      pairs = new Map(map.items.map((pair) => [keyText(pair) ?? "", pair]));
      this.#pairs.set(map, pairs);
    }
    return pairs.get(key);
  }
}
