import { findLayerFault, findRoomFault } from "./layers.ts";
import type { Source } from "./source.ts";
import type { Finding, Tree } from "./tree.ts";
import type { Workspace } from "./workspaces.ts";
import { joinPath, referencesOf } from "./workspaces.ts";

/** A folder of an app's sources is a room. Files beside the folders join the rooms. */
const ROOM = /^apps\/[^/]+\/src\/([^/]+)\//;
/** Folders that join the rooms, too. */
const JOINING: ReadonlySet<string> = new Set(["admin", "drivers"]);
const DRIVERS = /\/drivers\//;
const SCOPE = /^@florenetes\/[^/]+/;

/** Finds imports against the layers, and imports of packages that are not declared. */
export function checkImports(source: Source, workspaces: readonly Workspace[]): Finding[] {
  const importer = workspaces.find(({ folder }) => source.path.startsWith(`${folder}/`));
  if (importer === undefined) return [];
  const findings: Finding[] = [];
  for (const { specifier, line } of source.imports) {
    const report = (rule: string, advice: string): void =>
      void findings.push({ file: source.path, line, rule, advice });
    if (specifier.startsWith(".")) checkRelative(source.path, importer, specifier, report);
    const name = SCOPE.exec(specifier)?.[0];
    if (name === undefined) continue;
    const imported = workspaces.find((workspace) => workspace.name === name);
    if (imported === undefined) report("unknown-workspace", `there is no ${name}: look for its name in packages/`);
    else checkWorkspace(source.path, importer, imported, report);
  }
  return findings;
}

type Report = (rule: string, advice: string) => void;

function checkRelative(path: string, importer: Workspace, specifier: string, report: Report): void {
  const target = joinPath(path.split("/").slice(0, -1).join("/"), specifier);
  if (target === "vitest.config.ts") return;
  if (!target.startsWith(`${importer.folder}/`)) {
    report("leaves-workspace", `import other workspaces by their name, not by the path ${specifier}`);
  } else if (target === `${importer.folder}/src/index.ts` && path.startsWith(`${importer.folder}/src/`)) {
    report("own-door", "src/index.ts is for others: import the file that has it");
  }
  const fault = findFolderFault(path, target);
  if (fault !== undefined) report("room", fault);
}

/** Finds the fault of an import from another folder of the same workspace. */
function findFolderFault(path: string, target: string): string | undefined {
  const room = ROOM.exec(path)?.[1];
  if (room !== undefined && !JOINING.has(room)) {
    if (ROOM.exec(target)?.[1] === "admin") {
      return "admin/ shows what the rooms tell: say in the room what its status looks like";
    }
    if (DRIVERS.test(target) && !DRIVERS.test(path)) {
      return "a core knows no driver: what joins the two hands the driver to the core";
    }
  }
  return findRoomFault(path, target);
}

function checkWorkspace(path: string, importer: Workspace, imported: Workspace, report: Report): void {
  const isTest = importer.folder === "test-e2e" || !path.startsWith(`${importer.folder}/src/`);
  if (imported.folder === importer.folder) {
    if (!isTest) report("own-door", `${importer.name} is this workspace itself: import the file that has it`);
    return;
  }
  const fault = findLayerFault(importer, imported, isTest);
  if (fault !== undefined) report("layer", fault);
  const isDeclared =
    importer.dependencies.has(imported.name) || (isTest && importer.devDependencies.has(imported.name));
  if (!isDeclared) {
    const section = isTest ? "devDependencies" : "dependencies";
    report("undeclared", `add "${imported.name}": "workspace:*" to ${section} of ${importer.folder}/package.json`);
  }
  if (!isTest && importer.references?.has(imported.folder) === false) {
    report("unreferenced", `add ${imported.folder} to the references of ${importer.folder}/tsconfig.json`);
  }
}

/** The build starts at the root: a workspace that its tsconfig does not name is never built or type-checked. */
export function checkRootReferences(tree: Tree, workspaces: readonly Workspace[]): Finding[] {
  const built = referencesOf(tree, "");
  return workspaces
    .filter(({ folder, references }) => references !== undefined && built?.has(folder) !== true)
    .map(({ folder }) => ({
      file: "tsconfig.json",
      line: 1,
      rule: "unreferenced",
      advice: `add ${folder} to its references, so that it is built`,
    }));
}
