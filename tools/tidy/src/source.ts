import { Visitor, parseSync } from "oxc-parser";
import type { ParseResult } from "oxc-parser";
import { lineOf } from "./tree.ts";

/** A TypeScript or JavaScript file, as the rules see it. */
export interface Source {
  readonly path: string;
  readonly imports: readonly { readonly specifier: string; readonly line: number }[];
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lineCount: number }[];
  /** Lines with `async` functions and `await`. */
  readonly promises: readonly { readonly word: string; readonly line: number }[];
  /** Lines with `export *`. */
  readonly starExports: readonly number[];
  /** Constants of a module that begin with a number. */
  readonly numbers: readonly { readonly name: string; readonly line: number }[];
  /** The text and the line of each comment. Of a comment made of `//` lines only the first line is here. */
  readonly comments: readonly { readonly text: string; readonly line: number }[];
  /** Line and message of the first error in the syntax. */
  readonly flaw: { readonly line: number; readonly message: string } | undefined;
}

interface Spanned {
  readonly start: number;
  readonly end: number;
}

type FunctionNode = Spanned & { readonly async: boolean; readonly id?: { readonly name: string } | null };

export function parseSource(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  const [error] = parsed.errors;
  return {
    path,
    imports: importsOf(parsed, text),
    ...visit(parsed, text),
    numbers: numbersOf(parsed, text),
    comments: commentsOf(parsed, text),
    flaw: error && { line: lineOf(text, error.labels[0]?.start ?? 0), message: error.message },
  };
}

function numbersOf({ program }: ParseResult, text: string): Source["numbers"] {
  return program.body
    .map((statement) => (statement.type === "ExportNamedDeclaration" ? statement.declaration : statement))
    .flatMap((statement) =>
      statement?.type === "VariableDeclaration" && statement.kind === "const" ? statement.declarations : [],
    )
    .flatMap(({ id, init, start }) =>
      id.type === "Identifier" && init && /^[-(]*\d/.test(text.slice(init.start, init.end))
        ? [{ name: id.name, line: lineOf(text, start) }]
        : [],
    );
}

function commentsOf({ comments }: ParseResult, text: string): Source["comments"] {
  let lastLine = Number.NaN;
  return comments.flatMap(({ type, value, start, end }) => {
    const line = lineOf(text, start);
    const isContinued = type === "Line" && line === lastLine + 1;
    lastLine = type === "Line" ? lineOf(text, end) : Number.NaN;
    return isContinued ? [] : [{ text: value, line }];
  });
}

function importsOf({ module }: ParseResult, text: string): Source["imports"] {
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest)),
    ...module.dynamicImports.map(({ moduleRequest }) => literalOf(text, moduleRequest)),
  ].filter((request) => request !== undefined && request !== null);
  // A statement with several names has a request for each of them.
  const byPlace = new Map(requests.map(({ value, start }) => [start, { specifier: value, line: lineOf(text, start) }]));
  return [...byPlace.values()];
}

/** The module of an `import("...")`; undefined when its name is put together at run time. */
function literalOf(text: string, { start, end }: Spanned): (Spanned & { readonly value: string }) | undefined {
  const match = /^(["'`])([^$]*)\1$/.exec(text.slice(start, end));
  return match === null ? undefined : { value: match[2]!, start, end };
}

function visit({ program }: ParseResult, text: string): Pick<Source, "functions" | "promises" | "starExports"> {
  const functions: { name: string; line: number; lineCount: number }[] = [];
  const promises: { word: string; line: number }[] = [];
  const starExports: number[] = [];
  const suites = new Set<number>();
  const names = new Map<number, string>();
  const onFunction = (node: FunctionNode): void => {
    const line = lineOf(text, node.start);
    if (node.async) promises.push({ word: "async", line });
    if (suites.has(node.start)) return;
    const name = node.id?.name ?? names.get(node.start) ?? "a function";
    functions.push({ name, line, lineCount: lineOf(text, node.end) - line + 1 });
  };
  const onNamed = (key: Spanned, value: Spanned | null): void => {
    if (value !== null) names.set(value.start, text.slice(key.start, key.end));
  };
  new Visitor({
    // The callback of a test suite is a list of tests, which may be long.
    CallExpression({ callee, arguments: values }) {
      if (!text.slice(callee.start, callee.end).startsWith("describe")) return;
      for (const { start } of values) suites.add(start);
    },
    VariableDeclarator: ({ id, init }) => onNamed(id, init),
    MethodDefinition: ({ key, value }) => onNamed(key, value),
    PropertyDefinition: ({ key, value }) => onNamed(key, value),
    Property: ({ key, value }) => onNamed(key, value),
    FunctionDeclaration: onFunction,
    FunctionExpression: onFunction,
    ArrowFunctionExpression: onFunction,
    AwaitExpression: ({ start }) => void promises.push({ word: "await", line: lineOf(text, start) }),
    ExportAllDeclaration: ({ start }) => void starExports.push(lineOf(text, start)),
    ForOfStatement(node) {
      if (node.await) promises.push({ word: "await", line: lineOf(text, node.start) });
    },
    VariableDeclaration(node) {
      if (node.kind === "await using") promises.push({ word: "await", line: lineOf(text, node.start) });
    },
  }).visit(program);
  return { functions, promises, starExports };
}
