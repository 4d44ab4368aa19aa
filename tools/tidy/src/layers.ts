import type { Workspace } from "./workspaces.ts";

/** From the bottom up: what is in one line may import what is in the lines before it. */
const PACKAGE_LAYERS: readonly (readonly string[])[] = [
  ["big-endian", "fair-share", "foreign-text", "names", "native", "timing"],
  ["instances", "labels", "operator-errors", "simkit"],
  ["config-file", "portal-api"],
  ["florio", "identity", "mesh-file", "process-kit"],
  ["quic"],
];

/** Serves tests only: nothing that runs in a mesh may need it. */
const TEST_ONLY = "packages/simkit";

/** Why a workspace may not import another, or undefined. */
export function findLayerFault(importer: Workspace, imported: Workspace, isTest: boolean): string | undefined {
  if (imported.folder === TEST_ONLY) {
    return isTest ? undefined : "simkit is for tests: what runs in a mesh must not need it";
  }
  if (importer.folder.startsWith("tools/") || importer.folder === "test-e2e") return undefined;
  if (imported.folder.startsWith("apps/")) return "apps meet over FlorIO only: nothing imports an app";
  if (!imported.folder.startsWith("packages/")) return "tools stand above all else: move what is shared into a package";
  if (importer.folder.startsWith("apps/")) return undefined;
  const below = layerOf(imported);
  const above = layerOf(importer);
  if (below === -1 || above === -1) return "one of the two has no layer yet: give it one in tools/tidy/src/layers.ts";
  if (below < above) return undefined;
  return `${importer.name} is not above ${imported.name}: move what is shared down (tools/tidy/src/layers.ts has the order)`;
}

function layerOf({ folder }: Workspace): number {
  return PACKAGE_LAYERS.findIndex((layer) => layer.some((name) => folder === `packages/${name}`));
}
