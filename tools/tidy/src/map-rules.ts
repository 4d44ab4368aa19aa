import { ARCHITECTURE_SIZE_MAX } from "./limits.ts";
import { ORDERED_ROOMS } from "./layers.ts";
import { type Finding, lineOf, type Tree } from "./tree.ts";

const ARCHITECTURE = "ARCHITECTURE.md";
/** The pages with maps. A map is a block of lines, each with a folder and its subject. Folders within a folder are indented below it. */
const PAGES = [ARCHITECTURE, "docs/develop/rooms.md"];
const MAP = /^```map\n(.*?)^```$/gms;
const ENTRY = /^( *)([\w./-]+)\/ +\S/;
/** Folders that have to be mapped: each folder directly in one of them has a line. */
const MAPPED = ["packages", "native", "native/cluster/src", "tools", ...ORDERED_ROOMS.keys()];

interface Entry {
  /** The folder's path from the root. */
  readonly folder: string;
  readonly page: string;
  readonly line: number;
  readonly indent: number;
  /** Names of the folders that have a line below this one; empty when this folder is not mapped. */
  readonly names: Set<string>;
}

/** The maps of the code show the folders that are there: all folders in a folder, or none of them. */
export function checkMaps(tree: Tree): Finding[] {
  const architecture = tree.get(ARCHITECTURE);
  if (architecture === undefined) return [];
  const findings: Finding[] = [];
  const find = (file: string, line: number, rule: string, advice: string): void => {
    findings.push({ file, line, rule, advice });
  };
  if (Buffer.byteLength(architecture) > ARCHITECTURE_SIZE_MAX) {
    find(
      ARCHITECTURE,
      1,
      "long-page",
      `it has more than ${ARCHITECTURE_SIZE_MAX} bytes: move what is not of the whole`,
    );
  }
  const entries = PAGES.flatMap((page) => entriesOf(page, tree.get(page) ?? "", find));
  for (const { folder, page, line, names } of entries) {
    const there = foldersIn(tree, folder);
    if (there === undefined) find(page, line, "map", `${folder} is no folder: take its line away`);
    else if (names.size > 0) {
      for (const name of there)
        if (!names.has(name)) find(page, line, "map", `${folder}/${name} has no line: say what it is`);
    }
  }
  for (const folder of MAPPED) {
    if (foldersIn(tree, folder) === undefined) continue;
    if (!entries.some((entry) => entry.folder === folder && entry.names.size > 0)) {
      find(ARCHITECTURE, 1, "map", `no map has the folders of ${folder}: ${PAGES.join(" or ")} says what they are`);
    }
  }
  return findings;
}

function entriesOf(
  page: string,
  text: string,
  find: (file: string, line: number, rule: string, advice: string) => void,
): Entry[] {
  const entries: Entry[] = [];
  for (const map of text.matchAll(MAP)) {
    const above: Entry[] = [];
    let line = lineOf(text, map.index);
    for (const content of map[1]!.trimEnd().split("\n")) {
      line++;
      const [, { length: indent } = "", name] = ENTRY.exec(content) ?? [];
      if (name === undefined) {
        find(page, line, "map", "a line is a folder with a slash at its end, and its subject");
        continue;
      }
      while (above.length > 0 && above.at(-1)!.indent >= indent) above.pop();
      const parent = above.at(-1);
      if (parent?.names.has(name)) find(page, line, "map", `${name} has a line already`);
      parent?.names.add(name);
      const folder = parent === undefined ? name : `${parent.folder}/${name}`;
      const entry = { folder, page, line, indent, names: new Set<string>() };
      entries.push(entry);
      above.push(entry);
    }
  }
  return entries;
}

/** The names of the folders in a folder; undefined when there is no such folder. */
function foldersIn(tree: Tree, folder: string): Set<string> | undefined {
  const within = [...tree.keys()].filter((path) => path.startsWith(`${folder}/`));
  if (within.length === 0) return undefined;
  const names = within.map((path) => path.slice(folder.length + 1).split("/"));
  return new Set(names.filter(({ length }) => length > 1).map(([name]) => name!));
}
