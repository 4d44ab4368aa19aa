import { CARRIED_CLASSES, type ReportBody } from "@florenetes/facts";
import type { MeshFileInput } from "@florenetes/mesh-file";
import type { FabricLab, FabricPlan } from "@florenetes/meshlab";
import { eventually } from "../eventually.ts";
import { DOWNLOAD_PORT, SERVICE_PORT, TUNNEL_PORT } from "../mesh.ts";
import type { AgentStatus } from "./agent-status.ts";

type ClassName = ReportBody["uses"][number]["classes"][number];

/** Control agents beside the vertices of a mesh, and what records say before an attack begins. */
export interface FabricScene {
  readonly plan: FabricPlan;
  /** The node of the tunnels; default: a. */
  readonly origin?: string;
  /** The organization that services are of, whose nodes origin and host are; default: they are the cluster's. */
  readonly scope?: `org/${string}`;
  /** The node where the services' targets are. */
  readonly host: string;
  /** Each of these nodes has the role, in the cluster; a coordinator is the first. */
  readonly roles: readonly (readonly [node: string, role: string])[];
  /** Seconds for which leases and permits hold behind their ends; default: the product's. */
  readonly hold?: number;
}

export const CLASSES: readonly ClassName[] = CARRIED_CLASSES;
/** The offer of each relay's owner. */
export const RELAY: { readonly relay: { readonly classes: readonly ClassName[]; readonly rate: string } } = {
  relay: { classes: CLASSES, rate: "1 Gbit/s" },
};
const ALLOW = ["user/alice"];
/** A service that a's tunnel asks for, and that no record names before an attack: a lease for it shows that the coordinator works. */
export const LATE = "late";

/**
 *         ┌──── v ────┐
 *     a ──┤           ├── h        m has a link to v, and an agent; all a's requests go over leased routes to h
 *         └──── w ────┘
 */
export const FABRIC_MESH: MeshFileInput = {
  cluster: "hostile",
  nodes: { a: {}, m: {}, v: {}, w: {}, h: {} },
  links: [
    ["a", "v"],
    ["a", "w"],
    ["v", "h"],
    ["w", "h"],
    ["m", "v"],
  ].map((between) => ({ between })),
};

/** The scene of `FABRIC_MESH`: v coordinates, and relays as w does. */
export const FABRIC_SCENE: FabricScene = {
  plan: {
    services: {
      web: { allow: ALLOW, targets: { h: `tcp://127.0.0.1:${SERVICE_PORT}` } },
      source: { allow: ALLOW, targets: { h: `tcp://127.0.0.1:${SERVICE_PORT + 1}` } },
      [LATE]: { allow: ALLOW, targets: { h: `tcp://127.0.0.1:${SERVICE_PORT}` } },
    },
    tunnels: [
      { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/alice", service: "web" },
      { node: "a", listen: `tcp://127.0.0.1:${DOWNLOAD_PORT}`, as: "user/alice", service: "source" },
      { node: "a", listen: `tcp://127.0.0.1:${DOWNLOAD_PORT + 1}`, as: "user/alice", service: LATE },
    ],
    agents: { v: { coordinator: { partition: "default" } } },
    doors: { v: RELAY, w: RELAY },
  },
  host: "h",
  roles: [
    ["v", "route-coordinator"],
    ["v", "relay"],
    ["w", "relay"],
  ],
};

/** The same, and v's owner lets its agent make 128 links: whoever knocks there is heard. */
export const KNOCKED_SCENE: FabricScene = {
  ...FABRIC_SCENE,
  plan: { ...FABRIC_SCENE.plan, doors: { ...FABRIC_SCENE.plan.doors, v: { ...RELAY, "links-max": 128 } } },
};

/** An address for documentation (RFC 5737), which belongs to nobody of the mesh. */
export const VICTIM_ADDRESS = "198.51.100.9";
/** Nodes whose agents make links, and lack some. */
export const CALLERS: readonly string[] = ["a", "w", "h"];

const CALLER = { "links-max": 8, dial: [`${VICTIM_ADDRESS}/32`] };
/** m is a relay by its role, so that others look for it, and the owners of all but v let their agents call the victim, and nowhere else. */
export const VICTIM_SCENE: FabricScene = {
  ...FABRIC_SCENE,
  plan: { ...FABRIC_SCENE.plan, doors: { a: CALLER, v: RELAY, w: { ...RELAY, ...CALLER }, h: CALLER } },
  roles: [...FABRIC_SCENE.roles, ["m", "relay"]],
};

/** `FABRIC_MESH` with c, which coordinates as v does, and is the attacker's. */
export const CAPTURED_MESH: MeshFileInput = {
  ...FABRIC_MESH,
  nodes: { ...FABRIC_MESH.nodes, c: {} },
  links: [...FABRIC_MESH.links!, { between: ["c", "v"] }],
};

/** Permits end when they say so, void nodes lose all that they have, and w lets less pass than v does. */
export const CAPTURED_SCENE: FabricScene = {
  ...FABRIC_SCENE,
  plan: {
    ...FABRIC_SCENE.plan,
    pins: "all",
    doors: { v: RELAY, w: { relay: { ...RELAY.relay, classes: CLASSES.filter((name) => name !== "droppable") } } },
  },
  roles: [...FABRIC_SCENE.roles, ["c", "route-coordinator"]],
  hold: 0,
};

/** The scene of `CAPTURED_MESH` where c alone coordinates; v is its accomplice. */
export const ACCOMPLICE_SCENE: FabricScene = {
  ...FABRIC_SCENE,
  plan: { ...FABRIC_SCENE.plan, agents: { c: { coordinator: { partition: "default" } } } },
  roles: [
    ["c", "route-coordinator"],
    ["v", "relay"],
    ["w", "relay"],
  ],
};

/** Hands in the records of a scene whose agents run: those of services once the coordinator knows all links, so that first leases have all routes. */
export async function publishScene(fabric: FabricLab, links: number, scene: FabricScene): Promise<void> {
  const { plan, host, roles, hold, scope, origin = "a" } = scene;
  const [first] = roles[0]!;
  if (hold !== undefined) await fabric.publish(first, [fabric.sign("policy", "cluster", { hold })]);
  await fabric.publish(
    first,
    roles.map(([node, role]) => fabric.signRole(node, "cluster", role)),
  );
  const knowsAll = async (): Promise<boolean> => {
    const { coordinator } = (await fabric.status(first)) as AgentStatus;
    return coordinator?.links === links;
  };
  if (!(await eventually(knowsAll))) throw new Error("the coordinator does not know all links");
  const names = Object.keys(plan.services).filter((service) => service !== LATE);
  const services = names.map((service) => fabric.signService(service, [host], 2, scope));
  if (scope === undefined) {
    await fabric.publish(origin, services);
    return;
  }
  // The nodes in between carry no records of an organization.
  for (const node of [origin, host]) await fabric.publish(node, [fabric.signRole(node, scope), ...services]);
}
