import { formatUdpAddress } from "@florenetes/config-file";
import { TAG_DEFAULT } from "./limits.ts";
import type { LabelLock, RandomBelow } from "./lock.ts";
import { emptyLock } from "./lock.ts";
import type { Mesh, MeshLink, MeshNode } from "./mesh.ts";
import { adjacencyLabel, lspLabel, planMesh, routeLabels, routeName, serviceLabel } from "./plan.ts";
import type { MeshPlan } from "./plan.ts";
import { formatSections } from "./rollout/node-config.ts";
import { localLinkName, otherEnd } from "./topology.ts";

/** The files that `flor mesh render` writes. */
export interface RenderedMesh {
  readonly nodes: readonly RenderedNode[];
  /** To be kept beside the mesh file. */
  readonly lock: LabelLock;
}

export interface RenderedNode {
  readonly name: string;
  /** The YAML of `link-flor.yaml`. */
  readonly linkFlor: string;
  /** The YAML of `cluster-flor.yaml`. */
  readonly clusterFlor: string;
  /** Identities that the node needs, each with the folder where its configs expect it. */
  readonly identities: readonly { readonly principal: string; readonly folder: string }[];
  /** Sockets that its configs name. */
  readonly sockets: NodeSockets;
}

/** Paths of the Unix sockets of a node. */
export interface NodeSockets {
  readonly linkFlorio: string;
  readonly linkAdmin: string;
  readonly clusterFlorio: string;
  readonly clusterAdmin: string;
}

/** The name of the one portal that a rendered config has. */
const PORTAL = "quic";

/**
 * Renders a mesh without problems into the config files of its nodes. The same mesh with the lock that came of it gives the
 * same bytes again.
 *
 * @param randomBelow Of cryptographic quality: who guesses a label finds what it is of.
 * @throws RangeError when the mesh has problems: call `checkMesh` first
 */
export function renderMesh(
  mesh: Mesh,
  randomBelow: RandomBelow,
  lock: LabelLock = emptyLock(mesh.cluster),
): RenderedMesh {
  const plan = planMesh(mesh, lock, randomBelow);
  return { nodes: mesh.nodes.map((node) => renderNode(plan, node)), lock: plan.lock };
}

/**
 * Renders several meshes of the same machines: a node that is in several has one link-flor for all its clusters, and the same
 * `linkFlor` in each.
 *
 * @param locks one for each mesh
 * @throws RangeError when there are problems: call `checkMesh` and `checkSharedNodes` first
 */
export function renderMeshes(
  meshes: readonly Mesh[],
  randomBelow: RandomBelow,
  locks: readonly LabelLock[] = meshes.map(({ cluster }) => emptyLock(cluster)),
): readonly RenderedMesh[] {
  return meshes.map((mesh, index) => {
    const { nodes, lock } = renderMesh(mesh, randomBelow, locks[index]);
    return { nodes: nodes.map((node) => ({ ...node, linkFlor: linkFlorFile(meshes, node.name) })), lock };
  });
}

export function nodeSockets(mesh: Mesh, node: MeshNode): NodeSockets {
  return {
    linkFlorio: `${node.dirs.runLink}/${mesh.cluster}.sock`,
    linkAdmin: `${node.dirs.runLink}/admin.sock`,
    clusterFlorio: `${node.dirs.runCluster}/florio.sock`,
    clusterAdmin: `${node.dirs.runCluster}/admin.sock`,
  };
}

function renderNode(plan: MeshPlan, node: MeshNode): RenderedNode {
  const { mesh } = plan.topology;
  const principals = new Set([
    `vertex/${node.name}`,
    ...mesh.services.filter((service) => service.node === node.name).map((service) => `service/${service.name}`),
    ...[...mesh.tunnels, ...mesh.sessions].filter((each) => each.node === node.name).map(({ as }) => as),
  ]);
  return {
    name: node.name,
    linkFlor: linkFlorFile([mesh], node.name),
    clusterFlor: formatYaml([mesh], node.name, clusterFlorConfig(plan, node)),
    identities: [...principals].map((principal) => ({ principal, folder: identityFolder(node, principal) })),
    sockets: nodeSockets(mesh, node),
  };
}

function identityFolder(node: MeshNode, principal: string): string {
  const folder = principal.startsWith("vertex/") ? "vertex" : principal;
  return `${node.dirs.identity}/${folder}`;
}

/** The link-flor.yaml of a node: it serves all clusters that a node of this name is in. */
function linkFlorFile(meshes: readonly Mesh[], name: string): string {
  const places = meshes.flatMap((mesh) =>
    mesh.nodes.filter((node) => node.name === name).map((node) => ({ mesh, node })),
  );
  const [first] = places;
  if (first === undefined) throw new RangeError(`no mesh has a node "${name}"`);
  const config = {
    engine: "auto",
    state: first.node.dirs.stateLink,
    admin: nodeSockets(first.mesh, first.node).linkAdmin,
    clusters: Object.fromEntries(places.map(({ mesh, node }) => [mesh.cluster, clusterSection(mesh, node)])),
  };
  return formatYaml(
    places.map(({ mesh }) => mesh),
    name,
    config,
  );
}

function clusterSection(mesh: Mesh, node: MeshNode): object {
  const sockets = nodeSockets(mesh, node);
  return {
    identity: identityFolder(node, `vertex/${node.name}`),
    listen: formatUdpAddress({ host: node.listen, port: node.port }),
    bind: sockets.linkFlorio,
    connect: sockets.clusterFlorio,
  };
}

function clusterFlorConfig(plan: MeshPlan, node: MeshNode): object {
  const { mesh } = plan.topology;
  const sockets = nodeSockets(mesh, node);
  const links = mesh.links.filter((link) => link.between.includes(node.name));
  return {
    cluster: mesh.cluster,
    vertex: node.name,
    ...(mesh.carriers && { carriers: mesh.carriers }),
    portals: { [PORTAL]: { bind: sockets.clusterFlorio, connect: sockets.linkFlorio } },
    state: node.dirs.stateCluster,
    admin: sockets.clusterAdmin,
    ...section(
      "links",
      Object.fromEntries(links.map((link) => [localLinkName(link, node.name), linkConfig(plan, node, link)])),
    ),
    ...section("transit", transitConfig(plan, node)),
    ...section("transit-limit", node.transitLimit ?? {}),
    ...section("cross-connects", crossConnects(plan, node)),
    ...section("lsp-ends", lspEnds(plan, node)),
    ...section("services", servicesConfig(plan, node)),
    ...section("paths", pathsConfig(plan, node)),
    ...section("tunnels", tunnelsConfig(plan, node)),
    ...section("sessions", sessionsConfig(plan, node)),
  };
}

function linkConfig(plan: MeshPlan, node: MeshNode, link: MeshLink): object {
  const label = adjacencyLabel(plan, node.name, link);
  const peer = otherEnd(link, node.name);
  const tag = link.tag === TAG_DEFAULT ? {} : { tag: link.tag };
  const rate = link.rate === undefined ? {} : { rate: link.rate };
  if (link.originator !== node.name) return { portal: PORTAL, role: "acceptor", peer, ...tag, ...rate, label };
  return { portal: PORTAL, role: "originator", peer, ...tag, endpoint: endpointOf(plan, link, peer), ...rate, label };
}

function endpointOf(plan: MeshPlan, link: MeshLink, acceptor: string): string {
  if (link.endpoint !== undefined) return link.endpoint;
  const node = plan.topology.node(acceptor);
  return formatUdpAddress({ host: link.address ?? node?.address ?? "", port: link.port ?? node?.port ?? 0 });
}

function transitConfig(plan: MeshPlan, node: MeshNode): unknown[] {
  return (plan.transit.get(node.name) ?? []).map((pair) => pair.map((link) => localLinkName(link, node.name)));
}

function crossConnects(plan: MeshPlan, node: MeshNode): unknown[] {
  return plan.lsps.flatMap(({ lsp, steps }) =>
    steps.slice(1).flatMap((step, index) => {
      const before = steps[index]!.link;
      if (step.from !== node.name) return [];
      const end = (link: MeshLink): object => ({
        link: localLinkName(link, node.name),
        label: lspLabel(plan, lsp, link),
      });
      return [{ from: end(before), to: end(step.link) }];
    }),
  );
}

/** Both ends of an LSP have an entry: an answer that comes back over it ends at its head. */
function lspEnds(plan: MeshPlan, node: MeshNode): unknown[] {
  return plan.lsps.flatMap(({ lsp, steps }) => {
    const first = steps[0]!;
    const last = steps.at(-1)!;
    const links = [first.from === node.name ? [first.link] : [], last.to === node.name ? [last.link] : []].flat();
    return links.map((link) => ({ link: localLinkName(link, node.name), label: lspLabel(plan, lsp, link) }));
  });
}

function servicesConfig(plan: MeshPlan, node: MeshNode): object {
  const services = plan.topology.mesh.services.filter((service) => service.node === node.name);
  return Object.fromEntries(
    services.map(({ name, target, allow, proxyProtocol, flowIdle, classes }) => {
      const identity = identityFolder(node, `service/${name}`);
      const greeting = proxyProtocol && { "proxy-protocol": proxyProtocol };
      const idle = flowIdle === undefined ? {} : { "flow-idle": flowIdle };
      const rest = { ...greeting, ...idle, allow: allow ?? [], ...(classes && { classes }) };
      return [name, { label: serviceLabel(plan, name), identity, target, ...rest }];
    }),
  );
}

function pathsConfig(plan: MeshPlan, node: MeshNode): object {
  const routes = plan.routes.filter(({ route }) => route.origin === node.name);
  return Object.fromEntries(
    routes.map((planned) => {
      const first = planned.route.segments[0]?.steps[0];
      const link = first === undefined ? {} : { link: localLinkName(first.link, node.name) };
      const mtu = planned.path.mtu === undefined ? {} : { mtu: planned.path.mtu };
      return [planned.name, { ...link, labels: routeLabels(plan, planned), ...mtu }];
    }),
  );
}

function tunnelsConfig(plan: MeshPlan, node: MeshNode): unknown[] {
  const tunnels = plan.topology.mesh.tunnels.filter((tunnel) => tunnel.node === node.name);
  return tunnels.map((tunnel) => ({
    listen: tunnel.listen,
    as: identityFolder(node, tunnel.as),
    service: tunnel.service,
    path: routeName(tunnel),
    ...(tunnel.trafficClass && { class: tunnel.trafficClass }),
    ...tunnel.listener,
  }));
}

function sessionsConfig(plan: MeshPlan, node: MeshNode): unknown[] {
  const sessions = plan.topology.mesh.sessions.filter((session) => session.node === node.name);
  return sessions.map(({ listen, as, services, options }) => {
    const leads = services.map(({ name, service, path, keep }) => {
      const own = service === name ? {} : { service };
      return [name, { path: routeName({ service, path }), ...own, ...(keep !== undefined && { keep }) }];
    });
    return { listen, as: identityFolder(node, as), ...options, services: Object.fromEntries(leads) };
  });
}

function section(key: string, value: object): object {
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  return isEmpty ? {} : { [key]: value };
}

function formatYaml(meshes: readonly Mesh[], node: string, config: object): string {
  const clusters = meshes.map(({ cluster }) => cluster);
  const origin =
    clusters.length === 1
      ? `of cluster ${clusters[0]}. Rendered from its mesh file: change that one instead.`
      : `of clusters ${clusters.join(", ")}. Rendered from their mesh files: change those instead.`;
  return formatSections(config, ` Node ${node} ${origin}`);
}
