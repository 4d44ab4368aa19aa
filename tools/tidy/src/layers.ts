import type { Workspace } from "./workspaces.ts";

/** Layers of packages, from the bottom up. Sources of a package may import the packages of earlier lines. Tests may import any package. */
const PACKAGE_LAYERS: readonly (readonly string[])[] = [
  ["console", "operator-text", "scheduling", "simkit", "wire-values"],
  ["native"],
  ["data-plane"],
  ["config-file", "portal-api", "quic", "segments"],
  ["florio", "forwarding", "identity", "process-kit"],
  ["data-session", "facts", "mesh-file"],
  ["blobs", "feed", "releases", "routes", "telemetry", "usage"],
];

/** Folders whose rooms have such an order, too. Files beside the rooms (limits, codes, the seam of an engine, …) are for all rooms. */
export const ORDERED_ROOMS: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  [
    "apps/cluster-flor/src",
    [
      ["config"],
      ["forwarding"],
      ["connection", "transport"],
      ["sessions", "trace", "overlay"],
      ["admin", "data-plane"],
      ["drivers"],
    ],
  ],
  ["apps/fabric-flor/src", [["config"], ["agent"], ["admin"], ["drivers"]]],
  [
    "apps/fabric-flor/src/agent",
    [
      ["device", "door", "records", "log", "watch", "programs", "misuse"],
      ["releases", "renewals", "plan"],
      ["feeds", "links", "mail"],
      ["joins", "leaders", "routes", "coordinator"],
      ["usage"],
      ["orders", "telemetry"],
    ],
  ],
  [
    "apps/vpn-flor/src",
    [["packets"], ["connect-ip"], ["flows", "machine"], ["config"], ["client", "egress"], ["admin"], ["drivers"]],
  ],
  [
    "apps/control-flor/src",
    [["config", "fabric"], ["api"], ["admin", "console", "proposals", "users"], ["mail"], ["drivers"]],
  ],
  ["apps/store-flor/src", [["config"], ["cache", "gateway", "keep", "serving"], ["admin"], ["drivers"]]],
  ["apps/update-flor/src", [["config"], ["journal"], ["whole"], ["verify"], ["admin"], ["drivers"]]],
  ["packages/blobs/src", [["sealing", "wire"], ["client", "holder"], ["testing"]]],
  ["packages/releases/src", [["repository"], ["authoring", "sources"], ["testing"]]],
  ["apps/link-flor/src", [["config"], ["portal", "quic-link"], ["clusters"], ["admin", "data-plane"], ["drivers"]]],
  ["packages/identity/src", [["certificates"], ["expiry"], ["drivers"], ["revocation"], ["holding"], ["authority"]]],
  ["packages/identity/src/authority", [["sealing"], ["ca"], ["enrollment"], ["issuer"], ["inspection"]]],
  ["packages/forwarding/src", [["labels"], ["transit"]]],
  ["packages/facts/src", [["book", "joins"], ["registry"], ["authoring", "log"], ["testing"]]],
  [
    "packages/process-kit/src",
    [["filesystem"], ["logs"], ["admin"], ["config"], ["process"], ["pressure"], ["metrics"], ["service"]],
  ],
  [
    "apps/cluster-flor/src/transport",
    [
      ["packets", "own", "routes"],
      ["paths", "streams", "peers"],
      ["datagrams"],
      ["connections"],
      ["tunnels", "services"],
      ["data-plane"],
      ["drivers"],
    ],
  ],
  [
    "apps/link-flor/src/quic-link",
    [
      ["queue"],
      ["packets", "addresses"],
      ["sizes", "strangers", "visits"],
      ["sessions"],
      ["data-plane"],
      ["links"],
      ["peers"],
      ["drivers"],
    ],
  ],
  [
    "native/cluster/src",
    [
      ["datagrams", "links", "workloads"],
      ["sessions"],
      ["relay", "trunks"],
      ["site"],
      ["streams"],
      ["connection"],
      ["vertex"],
    ],
  ],
  ["packages/quic/src", [["drivers", "guard"], ["native", "portable"], ["choice"]]],
]);

/** This package serves tests only: nothing that runs in a mesh may need it. */
const TEST_ONLY = "packages/simkit";
/** Programs that use the mesh as any workload does, by data sessions and tunnels: they know neither links nor routes nor records. */
const SERVICES: ReadonlySet<string> = new Set(["apps/vpn-flor", "apps/control-flor", "apps/store-flor"]);
/** These packages carry packets, find ways, or hold what was signed. */
const NOT_FOR_SERVICES: ReadonlySet<string> = new Set(
  [
    "data-plane",
    "facts",
    "feed",
    "florio",
    "identity",
    "mesh-file",
    "portal-api",
    "quic",
    "routes",
    "telemetry",
    "usage",
  ].map((name) => `packages/${name}`),
);
/** Tools that test, and never run in a mesh. */
const TESTERS: ReadonlySet<string> = new Set(["tools/chaos"]);

/** The reason why a workspace may not import another one, or undefined. */
export function findLayerFault(importer: Workspace, imported: Workspace, isTest: boolean): string | undefined {
  if (imported.folder === TEST_ONLY) {
    return isTest || TESTERS.has(importer.folder)
      ? undefined
      : "simkit is for tests: what runs in a mesh must not need it";
  }
  if (importer.folder.startsWith("tools/") || importer.folder === "test-e2e") return undefined;
  if (imported.folder.startsWith("apps/")) return "apps meet over FlorIO only: nothing imports an app";
  if (!imported.folder.startsWith("packages/")) return "tools stand above all else: move what is shared into a package";
  // Users come to control-flor without the mesh, too: then it has to judge their certificates by itself.
  if (importer.folder === "apps/control-flor" && imported.folder === "packages/identity") return undefined;
  if (SERVICES.has(importer.folder) && NOT_FOR_SERVICES.has(imported.folder) && !isTest)
    return "a service uses the mesh by data sessions and tunnels alone: it knows no links, routes or records";
  if (importer.folder.startsWith("apps/")) return undefined;
  if (isTest) return undefined;
  const below = layerOf(imported);
  const above = layerOf(importer);
  if (below === -1 || above === -1) return "one of the two has no layer yet: give it one in tools/tidy/src/layers.ts";
  if (below < above) return undefined;
  return `${importer.name} is not above ${imported.name}: move what is shared down (tools/tidy/src/layers.ts has the order)`;
}

/** The reason why a file of one room may not import a file of another, or undefined. */
export function findRoomFault(path: string, target: string): string | undefined {
  for (const [folder, order] of ORDERED_ROOMS) {
    const above = roomIn(folder, path);
    const below = roomIn(folder, target);
    if (above === undefined || below === undefined || above === below) continue;
    const orderOf = (room: string): number => order.findIndex((rooms) => rooms.includes(room));
    if (orderOf(above) === -1) return `${above}/ has no place yet: give it one in tools/tidy/src/layers.ts`;
    if (orderOf(below) < orderOf(above)) continue;
    return `${above}/ does not know ${below}/: move what is shared (tools/tidy/src/layers.ts has the order of the rooms)`;
  }
  return undefined;
}

/** The name of a file's room in a folder; undefined when the file is beside the rooms, or elsewhere. */
function roomIn(folder: string, path: string): string | undefined {
  if (!path.startsWith(`${folder}/`)) return undefined;
  const names = path.slice(folder.length + 1).split("/");
  return names.length > 1 ? names[0] : undefined;
}

function layerOf({ folder }: Workspace): number {
  return PACKAGE_LAYERS.findIndex((layer) => layer.some((name) => folder === `packages/${name}`));
}
