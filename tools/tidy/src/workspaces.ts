import type { Tree } from "./tree.ts";

/** A package of the monorepo. */
export interface Workspace {
  /** The folder's path from the root, such as `packages/forwarding`. */
  readonly folder: string;
  readonly name: string;
  /** Packages that the workspace needs where it runs, and those that it needs in development only. */
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
  /** Folders to which the workspace's tsconfig.json refers; undefined: there is no tsconfig.json. */
  readonly references: ReadonlySet<string> | undefined;
}

const MANIFEST = /^((?:packages|apps|tools)\/[^/]+|test-e2e)\/package\.json$/;

export function findWorkspaces(tree: Tree): Workspace[] {
  const workspaces: Workspace[] = [];
  for (const [path, text] of tree) {
    const folder = MANIFEST.exec(path)?.[1];
    if (folder === undefined) continue;
    const manifest = JSON.parse(text) as Record<string, unknown>;
    const namesOf = (key: string): Set<string> => new Set(Object.keys(manifest[key] ?? {}));
    workspaces.push({
      folder,
      name: String(manifest["name"]),
      dependencies: namesOf("dependencies"),
      devDependencies: namesOf("devDependencies"),
      references: referencesOf(tree, folder),
    });
  }
  return workspaces;
}

/** Folders that the tsconfig.json in a folder refers to. */
export function referencesOf(tree: Tree, folder: string): Set<string> | undefined {
  const text = tree.get(folder === "" ? "tsconfig.json" : `${folder}/tsconfig.json`);
  if (text === undefined) return undefined;
  const { references = [] } = JSON.parse(text) as { references?: { path: string }[] };
  return new Set(references.map(({ path }) => joinPath(folder, path)));
}

/** Resolves a relative path by its text alone. The result starts with `..` if it leaves the repository. */
export function joinPath(folder: string, relative: string): string {
  const names = folder === "" ? [] : folder.split("/");
  for (const name of relative.split("/")) {
    if (name === ".." && names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (name !== "." && name !== "") names.push(name);
  }
  return names.join("/");
}
