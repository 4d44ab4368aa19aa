/** Control agents of a mesh: what their nodes' configs have for them, and what cannot work. Pure. */
import { LABEL_COUNT_MAX } from "@florenetes/forwarding";
import { SOCKET_PATH_SIZE_MAX } from "@florenetes/config-file";
import type { MeshErrorCode } from "./mesh-errors.ts";
import type { FilePath, Mesh, MeshFabric, MeshNode, MeshProblem } from "./mesh.ts";
import { AUTO_PATH, isAuto, leadsOf } from "./mesh.ts";
import { type MeshPlan, wayLabels } from "./plan.ts";
import { resolveRoute, type Route, routeWords, unknownNode } from "./route.ts";
import { holderService } from "./storage.ts";
import { localLinkName, type Topology } from "./topology.ts";

/** Services of which nodes fetch packages: stores, and the cache of a node. */
const PACKAGE_SOURCE = /^update-(?:store(?:\..+)?|cache\..+)$/;
/** Characters of a user's name, of which a unit's has `fabric-` before the cluster's. */
const USER_NAME = /^[a-z0-9_-]{1,24}$/;

/** Whether a node runs an agent. */
export function hasAgent({ fabric }: Pick<Mesh, "fabric">, node: string): boolean {
  return fabric !== undefined && fabric.nodes.includes(node);
}

/** The principal of a node's agent. */
export function agentPrincipal(node: string): string {
  return `service/fabric.${node}`;
}

/** The paths of the sockets between a node's cluster vertex and its agent, in the folders of the units. */
function agentSockets(
  { cluster }: Mesh,
  { dirs }: MeshNode,
): Record<"door" | "sessions" | "updates" | "agent" | "admin", string> {
  const folder = `/run/florenetes-fabric-${cluster}`;
  return {
    door: `${dirs.runCluster}/fabric/door.sock`,
    sessions: `${dirs.runCluster}/fabric/sessions.sock`,
    updates: `${dirs.runCluster}/fabric/updates.sock`,
    agent: `${folder}/cluster/agent.sock`,
    admin: `${folder}/admin.sock`,
  };
}

/** The admin socket of a node's agent. */
export function agentAdmin(mesh: Mesh, node: MeshNode): string {
  return agentSockets(mesh, node).admin;
}

/** The key `fabric` of a node's cluster-flor. */
export function fabricSection(mesh: Mesh, fabric: MeshFabric, node: MeshNode, identity: string): object {
  const { door, sessions, agent } = agentSockets(mesh, node);
  const owner = doorOwner(mesh, fabric);
  const pins = fabric.pins === undefined ? {} : { pins: fabric.pins };
  const relay = Object.hasOwn(fabric.relays, node.name) ? { relay: fabric.relays[node.name] } : {};
  const { max, dial } = (Object.hasOwn(fabric.links, node.name) && fabric.links[node.name]) || {};
  const links = { ...(max !== undefined && { "links-max": max }), ...(dial && { dial }) };
  return { door, sessions, owner, mode: "0660", identity, agent: `session+unix:${agent}`, ...pins, ...relay, ...links };
}

/** The socket of data sessions by which a node's agent fetches packages; undefined: the mesh has nothing to fetch them from. */
export function updatesSession(mesh: Mesh, { updates, ...fabric }: MeshFabric, node: MeshNode): object | undefined {
  const services = mesh.services.filter(({ name }) => PACKAGE_SOURCE.test(name)).map(({ name }) => name);
  if (updates === undefined || services.length === 0) return undefined;
  const owner = doorOwner(mesh, fabric);
  const [, group] = owner.split(":");
  return {
    listen: `unix:${agentSockets(mesh, node).updates}`,
    owner,
    mode: "0660",
    allow: ["root", ...(group === undefined ? [] : [`group:${group}`])],
    services: Object.fromEntries(services.map((name) => [name, { path: AUTO_PATH }])),
  };
}

/** User and group of the sockets between a cluster vertex and its agent. */
function doorOwner({ cluster }: Mesh, { owner }: Pick<MeshFabric, "owner">): string {
  return owner ?? `flor-${cluster}:fabric-${cluster}`;
}

/** The config of a node's agent. */
export function agentConfig(plan: MeshPlan, fabric: MeshFabric, node: MeshNode): object {
  const { mesh } = plan.topology;
  const { door, sessions, updates, agent, admin } = agentSockets(mesh, node);
  const ways = plan.ways.filter(({ origin }) => origin === node.name);
  return {
    cluster: mesh.cluster,
    node: node.name,
    state: `/var/lib/florenetes/fabric-${mesh.cluster}`,
    admin,
    ...node.settings["fabric-flor"],
    door,
    sessions,
    listen: agent,
    root: fabric.root,
    ...(fabric.rootFile !== undefined && { "root-file": fabric.rootFile }),
    ...(fabric.development !== undefined && { development: fabric.development }),
    ...(Object.hasOwn(fabric.coordinators, node.name) && { coordinator: fabric.coordinators[node.name] }),
    ...(Object.hasOwn(fabric.costs, node.name) && fabric.costs[node.name]),
    ...(fabric.updates && {
      updates: { channel: fabric.updates.channel, sessions: updates, "repository-root": fabric.updates.repositoryRoot },
    }),
    ...(ways.length > 0 && { ways: Object.fromEntries(ways.map((way) => [way.destination, wayConfig(plan, way)])) }),
  };
}

function wayConfig(plan: MeshPlan, way: Route): object {
  return { link: localLinkName(way.segments[0]!.steps[0]!.link, way.origin), labels: wayLabels(plan, way) };
}

/** Finds what cannot work of a mesh's agents, in the order of the section's keys, and of leads that are left to them. */
export function checkFabric(topology: Topology): readonly MeshProblem[] {
  const { mesh } = topology;
  const { fabric } = mesh;
  if (fabric === undefined) return [];
  const unknown = fabric.nodes.flatMap((node, index) =>
    topology.hasNode(node) ? [] : [unknownNode(topology, node, ["fabric", "nodes", index])],
  );
  return [
    ...unknown,
    ...checkOwner(mesh, fabric),
    ...checkSockets(mesh, fabric),
    ...checkWays(topology, fabric),
    ...checkOffices(topology, fabric),
    ...checkStorage(topology, fabric),
    ...checkAuto(mesh),
  ];
}

function checkOwner({ cluster }: Mesh, { owner }: MeshFabric): MeshProblem[] {
  if (owner !== undefined || USER_NAME.test(cluster)) return [];
  const message = `the users of the units of "${cluster}" cannot be named after it`;
  const advice = 'Write `owner`: the user of cluster-flor and the group of the agent, as "flor-x:fabric-x".';
  return [error("ERR_MESH_FABRIC_OWNER", ["fabric"], message, advice)];
}

function checkSockets(mesh: Mesh, { nodes }: MeshFabric): MeshProblem[] {
  return mesh.nodes.flatMap((node) => {
    const long = Object.values(agentSockets(mesh, node)).find((path) => Buffer.byteLength(path) > SOCKET_PATH_SIZE_MAX);
    if (long === undefined || !nodes.includes(node.name)) return [];
    const message = `the socket path ${long} has ${Buffer.byteLength(long)} bytes; ${SOCKET_PATH_SIZE_MAX} is the most`;
    return [
      error("ERR_MESH_SOCKET_PATH", ["nodes", node.name, "dirs"], message, "Choose a shorter run-cluster folder."),
    ];
  });
}

function checkWays(topology: Topology, { ways }: MeshFabric): MeshProblem[] {
  const seen = new Set<string>();
  return ways.flatMap((hops, index): readonly MeshProblem[] => {
    const at: FilePath = ["fabric", "ways", index];
    const result = resolveRoute(topology, hops, at);
    if ("problems" in result) return result.problems;
    const { origin, destination } = result.route;
    const name = `${origin} ${destination}`;
    const isSecond = seen.has(name);
    seen.add(name);
    const labels = routeWords(result.route).length;
    const without = [origin, destination].find((node) => !hasAgent(topology.mesh, node));
    if (labels === 0)
      return [
        way(
          at,
          `the way leads from "${origin}" to ${origin === destination ? "itself" : `its neighbour "${destination}"`}`,
          "Remove it: a neighbour needs no way.",
        ),
      ];
    if (without !== undefined)
      return [way(at, `"${without}" runs no agent`, "Add it to `nodes` of `fabric`, or remove the way.")];
    if (isSecond) return [way(at, `"${origin}" has a way to "${destination}" already`, "Keep one of them.")];
    if (labels >= LABEL_COUNT_MAX)
      return [
        way(
          at,
          `the way takes ${labels} labels; ${LABEL_COUNT_MAX - 1} is the most`,
          "Put a part of it into a static LSP.",
        ),
      ];
    return [];
  });
}

/** Only a node with an agent does something for others. */
function checkOffices({ mesh }: Topology, fabric: MeshFabric): MeshProblem[] {
  return (["relays", "coordinators", "links", "costs"] as const).flatMap((key) =>
    Object.keys(fabric[key]).flatMap((node) => checkOffice(mesh, node, ["fabric", key, node])),
  );
}

function checkOffice(mesh: Mesh, node: string, at: FilePath): readonly MeshProblem[] {
  if (hasAgent(mesh, node)) return [];
  const advice = "Add it to `nodes` of `fabric`, or remove it here.";
  return [error("ERR_MESH_FABRIC_NODE", at, `"${node}" runs no agent`, advice)];
}

/** A node has one store-flor of a cluster, which is a holder or a gateway. */
function checkStorage({ mesh }: Topology, { storage }: MeshFabric): readonly MeshProblem[] {
  if (storage === undefined) return [];
  const { holders, gateways } = storage;
  const at: FilePath = ["fabric", "storage"];
  const twice = (path: FilePath, message: string, advice: string): MeshProblem =>
    error("ERR_MESH_STORAGE", path, message, advice);
  return [
    ...holders.flatMap((node, index) => checkOffice(mesh, node, [...at, "holders", index])),
    ...Object.keys(gateways).flatMap((node) => checkOffice(mesh, node, [...at, "gateways", node])),
    ...holders.flatMap((node, index) =>
      holders.indexOf(node) < index
        ? [twice([...at, "holders", index], `"${node}" is named twice`, "Remove one of them.")]
        : [],
    ),
    ...Object.keys(gateways).flatMap((node) =>
      holders.includes(node)
        ? [twice([...at, "gateways", node], `"${node}" is a holder`, "Have the gateway at another node.")]
        : [],
    ),
    ...mesh.services.flatMap(({ name }, index) => {
      const isSecond = mesh.services.findIndex((service) => service.name === name) < index;
      return isSecond && holders.some((node) => holderService(node) === name)
        ? [twice(["services", name], `"${name}" is the service of a holder`, "Remove it here: `storage` makes it.")]
        : [];
    }),
  ];
}

/** A service that the file does not have may be an alias, or at hosts that only records name. */
function checkAuto(mesh: Mesh): MeshProblem[] {
  return leadsOf(mesh).flatMap(({ node, service, path, at }) => {
    if (!isAuto(mesh, path)) return [];
    const host = mesh.services.find(({ name }) => name === service)?.node;
    const without = [node, ...(host === undefined ? [] : [host])].find((name) => !hasAgent(mesh, name));
    if (without === undefined) return [];
    const message = `"${without}" runs no agent, which \`path: auto\` takes`;
    return [
      error("ERR_MESH_AUTO_WITHOUT_AGENT", [...at, "path"], message, "Add it to `nodes` of `fabric`, or write a path."),
    ];
  });
}

function way(at: FilePath, message: string, advice: string): MeshProblem {
  return error("ERR_MESH_WAY", at, message, advice);
}

function error(code: MeshErrorCode, path: FilePath, message: string, advice: string): MeshProblem {
  return { severity: "error", code, path, message, advice };
}
