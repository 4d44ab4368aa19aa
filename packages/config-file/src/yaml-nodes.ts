/** Finds what YAML allows and a config does not: keys that are written twice or are no plain text, and aliases that stand for too much. */
import { isAlias, isMap, isNode, isScalar, isSeq } from "yaml";
import type { Alias, Document, Node, Pair } from "yaml";
import type { ConfigFileErrorCode } from "./error-codes.ts";
import { CONFIG_REFERENCES_MAX, CONFIG_VALUES_MAX } from "./limits.ts";
import { type Position, ProblemList, type TextProblem } from "./problem-list.ts";

/** Says where an offset of the text is. */
export type PositionAt = (offset: number) => Position;

export interface NodeFindings {
  readonly problems: ProblemList;
  /** The node that each alias stands for. */
  readonly targets: ReadonlyMap<Alias, unknown>;
}

/** Looks at every node once. */
export function findNodeProblems(document: Document.Parsed, positionAt: PositionAt): NodeFindings {
  const walk = new NodeWalk(positionAt);
  const values = walk.visit(document.contents);
  if (walk.references > CONFIG_REFERENCES_MAX) {
    walk.problems.add(excess(`more than ${CONFIG_REFERENCES_MAX} anchors and aliases`));
  } else if (values > CONFIG_VALUES_MAX) {
    walk.problems.add(excess(`its aliases stand for more than ${CONFIG_VALUES_MAX} values`));
  }
  return walk;
}

interface Anchor {
  readonly node: unknown;
  /** Undefined while they are counted. */
  values: number | undefined;
}

class NodeWalk {
  readonly problems = new ProblemList();
  readonly targets = new Map<Alias, unknown>();
  references = 0;
  readonly #positionAt: PositionAt;
  /** The last node with each anchor. */
  readonly #anchors = new Map<string, Anchor>();

  constructor(positionAt: PositionAt) {
    this.#positionAt = positionAt;
  }

  /** Returns the number of values that the node stands for. */
  visit(node: unknown): number {
    if (isAlias(node)) return this.#visitAlias(node);
    const anchor: Anchor = { node, values: undefined };
    if (isNode(node) && node.anchor !== undefined) {
      this.references++;
      this.#anchors.set(node.anchor, anchor);
    }
    anchor.values = 1 + this.#visitItems(node);
    return anchor.values;
  }

  #visitAlias(alias: Alias): number {
    this.references++;
    const anchor = this.#anchors.get(alias.source);
    if (anchor === undefined) {
      const message = `no anchor "${alias.source}" stands before this alias`;
      const advice = "Write `&name` before the value that is meant, or put what begins with an asterisk in quotes.";
      this.problems.add({ code: "ERR_CONFIG_YAML", message, advice, ...this.#positionAt(offsetOf(alias) ?? 0) });
      return 1;
    }
    this.targets.set(alias, anchor.node);
    // A value that is not at its end stands for itself.
    return anchor.values ?? Infinity;
  }

  #visitItems(node: unknown): number {
    let values = 0;
    if (isSeq(node)) for (const item of node.items) values += this.visit(item);
    if (!isMap(node)) return values;
    const seen = new Map<string, number>();
    for (const pair of node.items) {
      const offset = offsetOf(pair.key) ?? 0;
      const key = keyText(pair);
      if (key === undefined) {
        const advice = "Write a plain word before the colon.";
        const message = "a key must be plain text";
        this.problems.add({ code: "ERR_CONFIG_YAML", message, advice, ...this.#positionAt(offset) });
        continue;
      }
      const first = seen.get(key);
      if (first === undefined) seen.set(key, offset);
      else this.problems.add(duplicateKey(key, this.#positionAt(first), this.#positionAt(offset)));
      values += this.visit(pair.value);
    }
    return values;
  }
}

function excess(message: string): TextProblem {
  return { code: "ERR_CONFIG_YAML", message, advice: "Write it out, or leave it out.", line: 1, column: 1 };
}

function duplicateKey(key: string, first: Position, second: Position): TextProblem {
  const code: ConfigFileErrorCode = "ERR_CONFIG_DUPLICATE_KEY";
  const message = `"${key}" is written twice; first on line ${first.line}`;
  return { code, message, advice: "Remove or rename one of them.", key, ...second };
}

/** The key as it will be in the plain value; undefined for a collection, and for the one name that objects cannot hold. */
export function keyText(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return undefined;
  const value = pair.key.value as string | number | boolean | bigint | null;
  const text = value === null ? "" : String(value);
  return text === "__proto__" ? undefined : text;
}

/** Returns the offset at which a node begins in the text. */
export function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? ((node as Node).range?.[0] ?? undefined) : undefined;
}
