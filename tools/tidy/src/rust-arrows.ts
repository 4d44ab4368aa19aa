import { findRoomFault } from "./layers.ts";
import { parseRust, type RustPath, type RustSource } from "./rust-source.ts";
import type { Finding, Tree } from "./tree.ts";

const FILE = /^(native\/[^/]+)\/src\/(.+)\.rs$/;

/** A module that has a file of its own. */
interface Module {
  readonly file: string;
  /** The module's name below the crate, as `connection::streams`; empty for the crate itself. */
  readonly name: string;
  readonly source: RustSource;
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

/**
 * Checks the arrows between the files of each crate: a file that names something of another file has an arrow to it. Arrows go in no circle,
 * and keep to the order of the rooms. An `impl` stands in the room of its type.
 */
export function checkRustArrows(tree: Tree): Finding[] {
  return cratesOf(tree).flatMap((crate) => {
    const arrows = crate.modules.flatMap((module) => arrowsOf(crate, module));
    return [...findRoomFaults(arrows), ...findStrangers(crate), ...findCircles(arrows)];
  });
}

/** The modules of one crate, by their names. */
class Crate {
  readonly modules: readonly Module[];
  readonly #byName: ReadonlyMap<string, Module>;

  constructor(modules: readonly Module[]) {
    this.modules = modules;
    this.#byName = new Map(modules.map((module) => [module.name, module]));
  }

  /** Whether a module has modules of its own, with which it shares its room. */
  hasChildren({ name }: Module): boolean {
    return this.modules.some((module) => module.name !== "" && parentOf(module.name) === name);
  }

  /** The file with the thing that a path names, seen from a module; undefined when it is not in this crate. */
  fileOf(from: Module, { names }: RustPath, seen: ReadonlySet<string> = new Set()): string | undefined {
    let module: Module | undefined = from;
    let at = 0;
    if (names[0] === "crate") {
      module = this.#byName.get("");
      at = 1;
    }
    for (; names[at] === "self" || names[at] === "super"; at++) {
      if (names[at] === "super" && module !== undefined) module = this.#byName.get(parentOf(module.name));
    }
    const isPlaced = at > 0;
    const start = at;
    for (; module !== undefined && at < names.length; at++) {
      const child: Module | undefined = this.#byName.get(
        module.name === "" ? names[at]! : `${module.name}::${names[at]}`,
      );
      if (child === undefined) break;
      module = child;
    }
    if (module === undefined) return undefined;
    const name = names[at];
    if (name === undefined) return module.file;
    const used = module.source.uses.get(name);
    const place = `${module.file} ${name}`;
    // A name that a module has by a `use` is in the file to which the `use` leads.
    if (used !== undefined && !seen.has(place)) return this.fileOf(module, used, new Set([...seen, place]));
    return isPlaced || at > start ? module.file : undefined;
  }
}

function cratesOf(tree: Tree): Crate[] {
  const crates = new Map<string, Module[]>();
  for (const [file, text] of tree) {
    const [, folder, path] = FILE.exec(file) ?? [];
    // Files without a lib.rs beside them are parts of a crate that is not ours.
    if (folder === undefined || !tree.has(`${folder}/src/lib.rs`)) continue;
    const name = path!.replace(/(?:^|\/)(?:mod|lib)$/, "").replaceAll("/", "::");
    crates.set(folder, [...(crates.get(folder) ?? []), { file, name, source: parseRust(text) }]);
  }
  return [...crates.values()].map((modules) => new Crate(modules));
}

function parentOf(name: string): string {
  return name.split("::").slice(0, -1).join("::");
}

function arrowsOf(crate: Crate, module: Module): Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const path of [...module.source.paths, ...module.source.impls]) {
    const to = crate.fileOf(module, path);
    if (to === undefined || to === module.file || arrows.has(to)) continue;
    arrows.set(to, { from: module.file, to, line: path.line });
  }
  return [...arrows.values()];
}

function findRoomFaults(arrows: readonly Arrow[]): Finding[] {
  return arrows.flatMap(({ from, to, line }) => {
    const advice = findRoomFault(from, to);
    return advice === undefined ? [] : [{ file: from, line, rule: "room", advice }];
  });
}

/** Finds each `impl` that stands in another room than its type. */
function findStrangers(crate: Crate): Finding[] {
  const roomOf = (module: Module): string => (crate.hasChildren(module) ? module.name : parentOf(module.name));
  return crate.modules.flatMap((module) =>
    module.source.impls.flatMap((path) => {
      const file = crate.fileOf(module, path);
      const home = crate.modules.find((other) => other.file === file);
      if (home === undefined || home === module || roomOf(home) === roomOf(module)) return [];
      const advice = `${path.names.at(-1)} is at home in ${home.file}: what it does stands in that room`;
      return [{ file: module.file, line: path.line, rule: "impl-room", advice }];
    }),
  );
}

/** Finds each knot of files that know each other once: the shortest circle through its first file. */
function findCircles(arrows: readonly Arrow[]): Finding[] {
  const findings: Finding[] = [];
  const knotted = new Set<string>();
  const targets = Map.groupBy(arrows, ({ from }) => from);
  for (const start of [...targets.keys()].sort()) {
    if (knotted.has(start)) continue;
    const circle = shortestCircle(start, targets);
    if (circle === undefined) continue;
    for (const file of knotOf(start, targets)) knotted.add(file);
    const way = circle.map(({ to }) => nameIn(to)).join(" → ");
    const advice = `${nameIn(start)} → ${way}: pass what is needed, or move what is shared below both`;
    findings.push({ file: start, line: circle[0]!.line, rule: "circle", advice });
  }
  return findings;
}

type Targets = ReadonlyMap<string, readonly Arrow[]>;

function shortestCircle(start: string, targets: Targets): Arrow[] | undefined {
  const ways: Arrow[][] = [...(targets.get(start) ?? [])].map((arrow) => [arrow]);
  const seen = new Set<string>();
  for (const way of ways) {
    const { to } = way.at(-1)!;
    if (to === start) return way;
    if (seen.has(to)) continue;
    seen.add(to);
    ways.push(...(targets.get(to) ?? []).map((arrow) => [...way, arrow]));
  }
  return undefined;
}

/** All files that a file leads to, and that lead to it. */
function knotOf(start: string, targets: Targets): string[] {
  return reached(start, targets).filter((file) => reached(file, targets).includes(start));
}

function reached(start: string, targets: Targets): string[] {
  const files = new Set([start]);
  for (const file of files) for (const { to } of targets.get(file) ?? []) files.add(to);
  return [...files];
}

function nameIn(file: string): string {
  return file.replace(/^native\/[^/]+\/src\//, "");
}
