import { findAll } from "../src/tidy.ts";

export type Files = Record<string, string>;

/** A workspace with its declarations, as two files. */
export function workspace(
  folder: string,
  needs: { dependencies?: string[]; devDependencies?: string[]; references?: string[] } = {},
): Files {
  const versions = (names: string[] = []): Record<string, string> =>
    Object.fromEntries(names.map((name) => [`@florenetes/${name}`, "workspace:*"]));
  const name = `@florenetes/${folder.split("/").at(-1)}`;
  const { dependencies, devDependencies, references = [] } = needs;
  return {
    [`${folder}/package.json`]: JSON.stringify({
      name,
      dependencies: versions(dependencies),
      devDependencies: versions(devDependencies),
    }),
    [`${folder}/tsconfig.json`]: JSON.stringify({ references: references.map((path) => ({ path: `../../${path}` })) }),
  };
}

export const FOLDERS =
  "packages/wire-values packages/florio packages/identity packages/quic packages/simkit apps/cluster-flor apps/link-flor tools/flor";

const base: Files = {
  "tsconfig.json": JSON.stringify({ references: FOLDERS.split(" ").map((path) => ({ path })) }),
  ...workspace("packages/wire-values", { devDependencies: ["simkit"] }),
  ...workspace("packages/florio", {
    dependencies: ["wire-values", "identity"],
    references: ["packages/wire-values", "packages/identity"],
  }),
  ...workspace("packages/identity", { dependencies: ["wire-values"] }),
  ...workspace("packages/quic", { devDependencies: ["florio"] }),
  ...workspace("packages/simkit"),
  ...workspace("apps/cluster-flor", {
    dependencies: ["wire-values", "link-flor", "flor", "simkit"],
    references: ["packages/wire-values", "apps/link-flor", "tools/flor", "packages/simkit"],
  }),
  ...workspace("apps/link-flor"),
  ...workspace("tools/flor", { dependencies: ["cluster-flor"], references: ["apps/cluster-flor"] }),
};

/** The findings in the base repository with these files, as `file:line: rule`. */
export function find(files: Files): string[] {
  const tree = new Map(Object.entries({ ...base, ...files }));
  return findAll(tree).map(({ file, line, rule }) => `${file}:${line}: ${rule}`);
}

export function importing(name: string): string {
  return `/** Why. */\nimport { x } from "@florenetes/${name}";\nexport const y = x;\n`;
}

export function linesOf(count: number): string {
  return Array.from({ length: count }, (_, i) => `f(${i});\n`).join("");
}
