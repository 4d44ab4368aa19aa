import { formatUdpAddress } from "@florenetes/config-file";
import { PORTAL_DEFAULT, TAG_DEFAULT } from "./limits.ts";
import type { LabelLock, RandomBelow } from "./lock.ts";
import { emptyLock } from "./lock.ts";
import { isAuto, type Mesh, type MeshLink, type MeshNode, type MeshTunnel } from "./mesh.ts";
import { agentConfig, agentPrincipal, fabricSection, hasAgent, updatesSession } from "./fabric.ts";
import { adjacencyLabel, lspLabel, planMesh, routeLabels, routeName, serviceLabel } from "./plan.ts";
import type { MeshPlan } from "./plan.ts";
import { formatSections } from "./rollout/node-config.ts";
import { localLinkName, otherEnd } from "./topology.ts";

/** The files that `flor mesh render` writes. */
export interface RenderedMesh {
  readonly nodes: readonly RenderedNode[];
  /** The new lock, to be kept beside the mesh file. */
  readonly lock: LabelLock;
}

export interface RenderedNode {
  readonly name: string;
  /** The YAML of `link-flor.yaml`; undefined when all links of the node are of other portals. */
  readonly linkFlor: string | undefined;
  /** The YAML of the link vertices of other portals. */
  readonly linkVertices: readonly { readonly portal: string; readonly text: string }[];
  /** The YAML of `cluster-flor.yaml`. */
  readonly clusterFlor: string;
  /** The YAML of `fabric-flor.yaml`; undefined: the node runs no agent. */
  readonly fabricFlor?: string | undefined;
  /** Identities that the node needs, each with the folder where the configs expect it. */
  readonly identities: readonly { readonly principal: string; readonly folder: string }[];
  /** Sockets that the configs name. */
  readonly sockets: NodeSockets;
}

/** Paths of the Unix sockets of a node. */
export interface NodeSockets {
  readonly linkFlorio: string;
  readonly linkAdmin: string;
  readonly clusterFlorio: string;
  readonly clusterAdmin: string;
}

/**
 * Renders a mesh without problems into the config files of its nodes. Rendering the mesh again with the resulting lock
 * gives the same bytes.
 *
 * @param randomBelow Of cryptographic quality: a packet with a guessed label is forwarded.
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
 * Renders several meshes on the same machines: a node that is in several has one link-flor for all its clusters, and
 * the same `linkFlor` in each.
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
    return { nodes: nodes.map((node) => ({ ...node, ...linkFiles(meshes, node.name) })), lock };
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

/** The sockets of both sides of a portal other than link-flor's, and the path for an admin socket of its link vertex. */
export function portalSockets(
  { cluster }: Mesh,
  { dirs }: MeshNode,
  portal: string,
): { readonly link: string; readonly cluster: string; readonly admin: string } {
  const folder = `${dirs.runLink}-${portal}`;
  return {
    link: `${folder}/${cluster}.sock`,
    cluster: `${dirs.runCluster}/florio-${portal}.sock`,
    admin: `${folder}/admin.sock`,
  };
}

/** Whether a node runs link-flor: a node with other portals and no link of link-flor's does not. */
export function hasLinkFlor(mesh: Mesh, { name, portals }: MeshNode): boolean {
  return (
    portals.length === 0 || mesh.links.some(({ between, portal }) => between.includes(name) && portal === undefined)
  );
}

function renderNode(plan: MeshPlan, node: MeshNode): RenderedNode {
  const { mesh } = plan.topology;
  const principals = new Set([
    `vertex/${node.name}`,
    ...mesh.services.filter((service) => service.node === node.name).map((service) => `service/${service.name}`),
    ...[...mesh.tunnels, ...mesh.sessions].filter((each) => each.node === node.name).map(({ as }) => as),
    ...(hasAgent(mesh, node.name) ? [agentPrincipal(node.name)] : []),
  ]);
  const agent = hasAgent(mesh, node.name) ? agentConfig(plan, mesh.fabric!, node) : undefined;
  return {
    name: node.name,
    ...linkFiles([mesh], node.name),
    clusterFlor: formatYaml([mesh], node.name, clusterFlorConfig(plan, node)),
    ...(agent && { fabricFlor: formatYaml([mesh], node.name, agent) }),
    identities: [...principals].map((principal) => ({ principal, folder: identityFolder(node, principal) })),
    sockets: nodeSockets(mesh, node),
  };
}

function identityFolder(node: MeshNode, principal: string): string {
  const folder = principal.startsWith("vertex/") ? "vertex" : principal;
  return `${node.dirs.identity}/${folder}`;
}

interface Place {
  readonly mesh: Mesh;
  readonly node: MeshNode;
}

/** The config files of a node's link vertices. Each link vertex serves all clusters that have a node of this name. */
function linkFiles(meshes: readonly Mesh[], name: string): Pick<RenderedNode, "linkFlor" | "linkVertices"> {
  const places = meshes.flatMap((mesh) =>
    mesh.nodes.filter((node) => node.name === name).map((node): Place => ({ mesh, node })),
  );
  const [first] = places;
  if (first === undefined) throw new RangeError(`no mesh has a node "${name}"`);
  const withLinkFlor = places.filter(({ mesh, node }) => hasLinkFlor(mesh, node));
  const portals = new Set(places.flatMap(({ node }) => node.portals.map((portal) => portal.name)));
  return {
    linkFlor: withLinkFlor.length === 0 ? undefined : linkFlorFile(first, withLinkFlor),
    linkVertices: [...portals].map((portal) => ({ portal, text: linkVertexFile(first, places, portal) })),
  };
}

function linkFlorFile({ mesh, node }: Place, places: readonly Place[]): string {
  const served = places.map((place): ServedPlace => {
    const { linkFlorio: link, clusterFlorio: cluster } = nodeSockets(place.mesh, place.node);
    return { ...place, listen: formatUdpAddress({ host: place.node.listen, port: place.node.port }), link, cluster };
  });
  return linkFile(served, node.dirs.stateLink, nodeSockets(mesh, node).linkAdmin, node.settings["link-flor"]);
}

function linkVertexFile({ mesh, node }: Place, places: readonly Place[], portal: string): string {
  const served = places.flatMap((place): ServedPlace[] => {
    const own = place.node.portals.find((each) => each.name === portal);
    return own === undefined
      ? []
      : [{ ...place, listen: own.listen, ...portalSockets(place.mesh, place.node, portal) }];
  });
  return linkFile(served, `${node.dirs.stateLink}-${portal}`, portalSockets(mesh, node, portal).admin);
}

/** A cluster that a link vertex serves: the listening address there, and the sockets of both sides of the portal. */
interface ServedPlace extends Place {
  readonly listen: string;
  readonly link: string;
  readonly cluster: string;
}

function linkFile(served: readonly ServedPlace[], state: string, admin: string, settings?: object): string {
  const sections = served.map(({ mesh, node, listen, link, cluster }): [string, object] => [
    mesh.cluster,
    clusterSection(node, listen, link, cluster),
  ]);
  const meshes = served.map(({ mesh }) => mesh);
  return formatYaml(meshes, served[0]!.node.name, {
    state,
    admin,
    ...settings,
    clusters: Object.fromEntries(sections),
  });
}

function clusterSection(node: MeshNode, listen: string, bind: string, connect: string): object {
  return { vertex: node.name, identity: identityFolder(node, `vertex/${node.name}`), listen, bind, connect };
}

function portalsConfig(mesh: Mesh, node: MeshNode): object {
  const { clusterFlorio, linkFlorio } = nodeSockets(mesh, node);
  const others = node.portals.map(({ name }) => {
    const { cluster, link } = portalSockets(mesh, node, name);
    return [name, { bind: cluster, connect: link }];
  });
  return {
    ...(hasLinkFlor(mesh, node) && { [PORTAL_DEFAULT]: { bind: clusterFlorio, connect: linkFlorio } }),
    ...Object.fromEntries(others),
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
    portals: portalsConfig(mesh, node),
    state: node.dirs.stateCluster,
    admin: sockets.clusterAdmin,
    ...node.settings["cluster-flor"],
    ...(hasAgent(mesh, node.name) && {
      fabric: fabricSection(mesh, mesh.fabric!, node, identityFolder(node, agentPrincipal(node.name))),
    }),
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
  const portal = link.portal ?? PORTAL_DEFAULT;
  if (link.originator !== node.name) return { portal, role: "acceptor", peer, ...tag, ...rate, label };
  return { portal, role: "originator", peer, ...tag, endpoint: endpointOf(plan, link, peer), ...rate, label };
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

/** Both ends of an LSP have an entry: an answer that comes back over the LSP ends at its head. */
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
    services.map(({ name, target, allow, classes, options }) => {
      const identity = identityFolder(node, `service/${name}`);
      const rest = { ...options, allow: allow ?? [], ...(classes && { classes }) };
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
    path: pathOf(plan.topology.mesh, tunnel),
    ...(tunnel.trafficClass && { class: tunnel.trafficClass }),
    ...tunnel.listener,
  }));
}

function sessionsConfig(plan: MeshPlan, node: MeshNode): unknown[] {
  const { mesh } = plan.topology;
  const sessions = mesh.sessions.filter((session) => session.node === node.name);
  const updates = hasAgent(mesh, node.name) ? updatesSession(mesh, mesh.fabric!, node) : undefined;
  const ofAgent = updates === undefined ? [] : [{ ...updates, as: identityFolder(node, agentPrincipal(node.name)) }];
  const ofWorkloads = sessions.map(({ listen, as, services, options }) => {
    const leads = services.map(({ name, service, path, keep, connectWait }) => {
      const own = service === name ? {} : { service };
      const times = {
        ...(keep !== undefined && { keep }),
        ...(connectWait !== undefined && { "connect-wait": connectWait }),
      };
      return [name, { path: pathOf(plan.topology.mesh, { service, path }), ...own, ...times }];
    });
    return { listen, as: identityFolder(node, as), ...options, services: Object.fromEntries(leads) };
  });
  return [...ofWorkloads, ...ofAgent];
}

/** The path of a lead in the config of its node. */
function pathOf(mesh: Mesh, lead: Pick<MeshTunnel, "service" | "path">): string {
  return isAuto(mesh, lead.path) ? lead.path : routeName(lead);
}

function section(key: string, value: object): object {
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  return isEmpty ? {} : { [key]: value };
}

/** Whether the text of a config says that it was rendered, and not written by hand. */
export function isRendered(text: string): boolean {
  return /^# Node .* Rendered from (its mesh file|their mesh files): /.test(text);
}

function formatYaml(meshes: readonly Mesh[], node: string, config: object): string {
  const clusters = meshes.map(({ cluster }) => cluster);
  const origin =
    clusters.length === 1
      ? `of cluster ${clusters[0]}. Rendered from its mesh file: change that one instead.`
      : `of clusters ${clusters.join(", ")}. Rendered from their mesh files: change those instead.`;
  return formatSections(config, ` Node ${node} ${origin}`);
}
