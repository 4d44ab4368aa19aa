import { lineOf } from "./tree.ts";

/** A path in Rust, such as `crate::event::Event`, by its names. The last name may be `*`. */
export interface RustPath {
  readonly names: readonly string[];
  readonly line: number;
}

/** A Rust file, as the rules of arrows see it. Its tests are left out, since they may know anything. */
export interface RustSource {
  /** The paths that `use` brings into the file, by their names in the file. */
  readonly uses: ReadonlyMap<string, RustPath>;
  /** The paths that lead out of the file, or may. */
  readonly paths: readonly RustPath[];
  /** The types with an `impl` in this file. */
  readonly impls: readonly RustPath[];
}

/** Comments, texts and characters. A lifetime is not a character: no quote ends it. */
const NO_CODE = /\/\/[^\n]*|\/\*[^]*?\*\/|\br(#*)"[^]*?"\1|"(?:\\[^]|[^"\\])*"|'(?:\\[^']+|[^\\'])'/g;
const TESTS = /#\[cfg\(test\)\]\s*mod \w+ \{/g;
const USE = /^\s*(?:pub(?:\([^)]*\))? )?use ([^;]+);/gm;
const PATH = /(?<![\w:])(?:\w+::)+\w+/g;
const IMPL = /^\s*(?:unsafe )?impl\b(?=[<\s])/gm;

export function parseRust(text: string): RustSource {
  const code = withoutTests(text.replace(NO_CODE, blank));
  const statements = [...code.matchAll(USE)].flatMap(({ 0: all, 1: tree, index }) =>
    expand(tree!.replace(/\s+/g, " ").trim()).map((use) => ({ ...use, line: lineOf(code, index + all.search(/\S/)) })),
  );
  const rest = code.replace(USE, blank);
  const paths = [...rest.matchAll(PATH)].map(({ 0: path, index }) => ({
    names: path.split("::"),
    line: lineOf(code, index),
  }));
  return {
    uses: new Map(statements.map(({ alias, names, line }) => [alias, { names, line }])),
    paths: [...statements, ...paths],
    impls: [...rest.matchAll(IMPL)].flatMap(({ 0: all, index }) => {
      const names = implemented(rest.slice(index + all.length));
      return names === undefined ? [] : [{ names, line: lineOf(code, index + all.search(/\S/)) }];
    }),
  };
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

function withoutTests(code: string): string {
  let rest = code;
  for (const { 0: head, index } of code.matchAll(TESTS)) {
    const end = endOf(code, index + head.length, "{", "}");
    rest = rest.slice(0, index) + blank(code.slice(index, end)) + rest.slice(end);
  }
  return rest;
}

/** The place behind the end of a bracket that was opened before `start`. */
function endOf(code: string, start: number, open: string, close: string): number {
  let depth = 1;
  let at = start;
  for (; depth > 0 && at < code.length; at++) {
    if (code[at] === open) depth++;
    // The `>` of an arrow closes nothing.
    else if (code[at] === close && code.slice(at - 1, at + 1) !== "->") depth--;
  }
  return at;
}

/** The paths of a `use`: `a::{self, b as c}` has `a`, and `a::b` under the name `c`. */
function expand(tree: string): { alias: string; names: string[] }[] {
  const open = tree.indexOf("{");
  if (open === -1) {
    const [path, alias] = tree.split(" as ");
    const names = path!.split("::");
    if (names.at(-1) === "self" && names.length > 1) names.pop();
    return [{ alias: alias ?? names.at(-1)!, names }];
  }
  const prefix = tree.slice(0, open);
  const branches: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < tree.length; at++) {
    if (tree[at] === "{") depth++;
    const isEnd = tree[at] === "}" && --depth === 0;
    if (!isEnd && (tree[at] !== "," || depth > 1)) continue;
    branches.push(tree.slice(start, at).trim());
    start = at + 1;
  }
  return branches.filter((branch) => branch !== "").flatMap((branch) => expand(prefix + branch));
}

/** The type in the code behind the word `impl`; undefined when it has no name, as a tuple. */
function implemented(code: string): string[] | undefined {
  const rest = code.startsWith("<") ? code.slice(endOf(code, 1, "<", ">")) : code;
  const head = rest.slice(0, rest.indexOf("{"));
  const type = head.split(/\bfor (?!<)/).at(-1)!;
  return /^\s*(?:&\s*)?((?:\w+::)*\w+)/.exec(type)?.[1]?.split("::");
}
