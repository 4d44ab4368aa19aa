import { setTimeout as sleep } from "node:timers/promises";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Moved, timeUntilAnswered } from "./demo-facts.ts";
import { downloadOver } from "./demo-stream.ts";
import type { FabricLab } from "./fabric-lab.ts";
import type { FabricPlan } from "./fabric-plan.ts";
import type { Lab } from "./lab.ts";
import { labError } from "./lab-error.ts";
import type { LabRoute } from "./lab-routes.ts";
import { POLL_MS } from "./limits.ts";
import { drawMesh } from "./picture.ts";
import { print } from "./terminal.ts";

/**
 * The mesh of the demo of routes: a wants a service that d and e can host, b and c relay, and f composes the routes.
 *
 *                 b
 *            a ──< >── d, e       f reaches b and c
 *                 c
 *
 * Its links are where nodes reach each other. No file has them: all nodes know that b and c are there, and call them.
 */
export const FABRIC_MESH: MeshFileInput = {
  cluster: "demo",
  nodes: { a: null, b: null, c: null, d: null, e: null, f: null },
  links: ["b", "c"].flatMap((relay) => ["a", "d", "e", "f"].map((node) => ({ between: [node, relay] }))),
};

export interface FabricPorts {
  readonly tunnel: number;
  readonly d: number;
  readonly e: number;
}

const RELAYS = ["b", "c"] as const;
const COORDINATOR = "f";
const RELAY = { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate: "10 Gbit/s" };
const DOWNLOAD_BYTES = 64_000_000;
/** How long it may take until a route is leased, or another one is in use. */
const ROUTES_MS_MAX = 240_000;

export function fabricPlan({ tunnel, d, e }: FabricPorts): FabricPlan {
  const targets = { d: `tcp://127.0.0.1:${d}`, e: `tcp://127.0.0.1:${e}` };
  return {
    // Nodes on one machine call its own addresses, which is for trials.
    development: true,
    services: { web: { allow: ["user/alice"], targets } },
    tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${tunnel}`, as: "user/alice", service: "web" }],
    seeds: RELAYS,
    doors: Object.fromEntries(RELAYS.map((relay) => [relay, { relay: RELAY }])),
    agents: { [COORDINATOR]: { coordinator: { partition: "default", store: "sqlite" } } },
  };
}

/** Shows a service that is found by its name over leased routes, one of whose relays dies, and that is moved by one signed record. */
export async function showFabric(
  lab: Lab,
  fabric: FabricLab,
  { tunnel }: FabricPorts,
  progress: (text: string) => void,
): Promise<void> {
  const url = `http://127.0.0.1:${tunnel}/`;
  progress("a root of three operators, of whom two have to sign, and records of all nodes; they know of b and c alone");
  await fabric.up();
  const start = performance.now();
  await lab.waitUntilUp();
  const linkedMs = Math.round(performance.now() - start);
  progress("records: b and c are relays, f composes routes, and service web is hosted by d");
  const roles = RELAYS.map((relay) => fabric.signRole(relay, "cluster", "relay"));
  const coordinator = fabric.signRole(COORDINATOR, "cluster", "route-coordinator");
  const found = await timeUntilAnswered(lab, url, "d", () =>
    fabric.publish(COORDINATOR, [...roles, coordinator, fabric.signService("web", ["d"])]),
  );
  await untilRoutes(fabric, "two routes to d are leased", (routes) => routes.length > 1);
  print(`\n${drawMesh(lab.mesh, await lab.statuses())}\n${drawRoutes(await fabric.routesOf("a"))}`);

  const relay = (await fabric.routesOf("a")).find(({ inUse }) => inUse.length > 0)?.route.split(">")[0] ?? RELAYS[0];
  progress(`a download over relay ${relay}; all processes of ${relay} are killed meanwhile`);
  const came = await downloadOver(lab, "a", `${url}bytes/${DOWNLOAD_BYTES}`, async () => {
    await Promise.all([lab.kill(relay, "link-flor"), lab.kill(relay, "cluster-flor"), fabric.kill(relay)]);
  });
  const pause = `${came.pauseMs.toFixed(0)} ms without a byte; SHA-256 ${came.sha256.slice(0, 16)}…, equal`;
  const routes = drawRoutes((await fabric.routesOf("a")).filter(({ route }) => !route.startsWith(`${relay}>`)));
  print(`\n${routes}\n  a ╌╌╌ ${relay} ╌╌╌ d   killed under ${came.bytes / 1e6} MB: ${pause}\n`);
  progress("one record more: service web is hosted by e; two of three operators have signed it");
  const moved = await timeUntilAnswered(lab, url, "e", () =>
    fabric.publish(COORDINATOR, [fabric.signService("web", ["e"])]),
  );
  requireAnswersOf([], found);
  requireAnswersOf(["d"], moved);
  print(
    `linked   ${linkedMs} ms after their records, all ${lab.mesh.links.length} links of nodes that knew of b and c alone were up`,
  );
  print(
    `found    ${found.milliseconds} ms after the records came to ${COORDINATOR}, a's request for web was answered by d`,
  );
  print(`killed   relay ${relay}, under a download of ${came.bytes / 1e6} MB: ${pause}`);
  print(
    `moved    ${moved.milliseconds} ms after one record, requests are answered by e; ${moved.failed} of ${moved.requests} meanwhile failed`,
  );
  print(`answer   ${moved.body.trim()}`);
  print(`try it   ${lab.commandIn("a", ["curl", url]).join(" ")}`);
  print(`         npm run flor -- fabric status ${lab.folder}/*/fabric-admin.sock`);
  print(`         npm run flor -- fabric publish ${fabric.recordFile("web")} --agent ${fabric.controlOf("d")}`);
}

/** Whoever answers was named by a record. @throws OperatorError `ERR_LAB_REQUEST` */
function requireAnswersOf(nodes: readonly string[], { others }: Moved): void {
  const wrong = others.find((body) => !nodes.some((node) => body.includes(`node ${node},`)));
  if (wrong !== undefined)
    throw labError(
      "ERR_LAB_REQUEST",
      `no record names who answered: ${wrong.trim()}`,
      "This is a mistake of the mesh.",
    );
}

/** @throws OperatorError `ERR_LAB_TIMEOUT` */
async function untilRoutes(
  fabric: FabricLab,
  what: string,
  areThere: (routes: readonly LabRoute[]) => boolean,
): Promise<void> {
  const deadline = performance.now() + ROUTES_MS_MAX;
  while (!areThere(await fabric.routesOf("a"))) {
    if (performance.now() > deadline)
      throw labError("ERR_LAB_TIMEOUT", `not yet: ${what}`, "Look at the status of the agents of a and f.");
    await sleep(POLL_MS);
  }
}

/** The routes of a's paths: one line each, with its relays and what it is used for. */
function drawRoutes(routes: readonly LabRoute[]): string {
  const lines = routes.map(({ path, route, inUse, failure }) => {
    const state =
      failure === null ? (inUse.length > 0 ? `carries ${inUse.join(", ")}` : "stands by") : `failed: ${failure}`;
    const stroke = failure === null ? " ═══ " : " ╌╌╌ ";
    return `  a${stroke}${route.split(">").join(stroke)}   ${path}, ${state}`;
  });
  return lines.join("\n");
}
