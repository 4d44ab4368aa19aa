import { isIP } from "node:net";
import type { MeshErrorCode } from "./mesh-errors.ts";
import { isLoopback, parseListenAddress, SOCKET_PATH_SIZE_MAX, suggest } from "@florenetes/config-file";
import { HOP_LIMIT_DEFAULT, LABEL_COUNT_MAX } from "@florenetes/forwarding";
import type { FilePath, Mesh, MeshLead, MeshLink, MeshProblem, MeshService, MeshTunnel } from "./mesh.ts";
import { isAuto, leadsOf } from "./mesh.ts";
import { checkFabric } from "./fabric.ts";
import { transitKey } from "./plan.ts";
import { nodeSockets, portalSockets } from "./render.ts";
import { resolveLsp, resolveRoute, routeTransit, routeWords, unknownNode } from "./route.ts";
import type { Route } from "./route.ts";
import { hopOf, linkKey, localLinkName, otherEnd, parseHop, Topology } from "./topology.ts";

/**
 * Finds everything that cannot work in a mesh, in the order of the file's sections. Without an error among the
 * problems, `renderMesh` succeeds.
 */
export function checkMesh(mesh: Mesh): readonly MeshProblem[] {
  const topology = new Topology(mesh);
  const routes = new Map(mesh.paths.map((path) => [path.name, resolveRoute(topology, path.hops, path.at)] as const));
  return [
    ...checkNodes(mesh),
    ...checkLinks(topology),
    ...checkLocalNames(topology),
    ...mesh.lsps.flatMap((lsp) => problemsOf(resolveLsp(topology, lsp))),
    ...mesh.services.flatMap((service) => checkService(topology, service)),
    ...mesh.paths.flatMap((path) => {
      const result = routes.get(path.name)!;
      return "problems" in result ? result.problems : checkLength(result.route, path.at);
    }),
    ...leadsOf(mesh).flatMap((lead) => checkLead(topology, routes, lead)),
    ...mesh.tunnels.flatMap((tunnel, index) => checkTunnel(topology, tunnel, index)),
    ...mesh.sessions.flatMap(({ node }, index) =>
      topology.hasNode(node) ? [] : [unknownNode(topology, node, ["sessions", index, "node"])],
    ),
    ...checkListeners(mesh),
    ...checkTransit(topology, routes),
    ...checkFabric(topology),
  ];
}

type Routes = ReadonlyMap<string, ReturnType<typeof resolveRoute>>;

function checkNodes(mesh: Mesh): MeshProblem[] {
  const problems: MeshProblem[] = [];
  const owners = new Map<string, string>();
  for (const node of mesh.nodes) {
    const at: FilePath = ["nodes", node.name];
    if (node.port === 0) {
      problems.push(
        error(
          "ERR_MESH_PORT_ZERO",
          [...at, "port"],
          "port 0 is nowhere to be found",
          "Name the port that neighbours send to.",
        ),
      );
    }
    if (node.address !== undefined && node.port !== 0) {
      const address = `${node.address} port ${node.port}`;
      const owner = owners.get(address);
      if (owner !== undefined) {
        const message = `"${node.name}" and "${owner}" are both at ${address}`;
        problems.push(error("ERR_MESH_PORT_CLASH", at, message, "Give one of them another port or address."));
      }
      owners.set(address, node.name);
    }
    const ofPortals = node.portals.map((portal) => portalSockets(mesh, node, portal.name));
    for (const socket of [nodeSockets(mesh, node), ...ofPortals].flatMap((sockets): string[] =>
      Object.values(sockets),
    )) {
      const size = Buffer.byteLength(socket);
      if (size <= SOCKET_PATH_SIZE_MAX) continue;
      const message = `the socket path ${socket} has ${size} bytes; ${SOCKET_PATH_SIZE_MAX} is the most`;
      problems.push(
        error("ERR_MESH_SOCKET_PATH", [...at, "dirs"], message, "Choose shorter run-link and run-cluster folders."),
      );
    }
  }
  return problems;
}

function checkLinks(topology: Topology): MeshProblem[] {
  const seen = new Map<string, MeshLink>();
  return topology.mesh.links.flatMap((link, index) => {
    const at: FilePath = ["links", index];
    const first = seen.get(linkKey(link));
    if (first === undefined) seen.set(linkKey(link), link);
    return [...checkEnds(topology, link, at), ...(first === undefined ? [] : [duplicateLink(first, link, at)])];
  });
}

function checkEnds(topology: Topology, link: MeshLink, at: FilePath): MeshProblem[] {
  const [a, b] = link.between;
  const unknown = link.between.flatMap((name, end) =>
    topology.hasNode(name) ? [] : [unknownNode(topology, name, [...at, "between", end])],
  );
  if (unknown.length > 0) return unknown;
  if (a === b) {
    return [error("ERR_MESH_LINK_TO_SELF", at, `the link joins "${a}" with itself`, "A link is between two nodes.")];
  }
  if (!link.between.includes(link.originator)) {
    const message = `"${link.originator}" is no end of the link between "${a}" and "${b}", so both ends would wait for the other`;
    return [
      error("ERR_MESH_TWO_ACCEPTORS", [...at, "originator"], message, suggest(link.originator, link.between, "")),
    ];
  }
  const acceptor = otherEnd(link, link.originator);
  if (link.portal !== undefined) return checkPortal(topology, link, link.portal, at);
  if (link.endpoint !== undefined) {
    if (link.address === undefined && link.port === undefined) return [];
    const advice = 'Keep "endpoint", or keep "address" and "port".';
    return [error("ERR_MESH_ENDPOINT_TWICE", [...at, "endpoint"], "the link has an endpoint and an address", advice)];
  }
  const address = link.address ?? topology.node(acceptor)?.address;
  if (address !== undefined) return checkFamily(topology, link, address, at);
  const message = `"${link.originator}" cannot find "${acceptor}", which has no address`;
  const advice = `Give "${acceptor}" or the link an address, or let "${acceptor}" be the originator.`;
  return [error("ERR_MESH_NO_ENDPOINT", at, message, advice)];
}

/** An end that listens on one IP version neither sends nor receives packets of the other; `::` listens on both, and a name may have addresses of both. */
function checkFamily(topology: Topology, link: MeshLink, address: string, at: FilePath): MeshProblem[] {
  const family = isIP(address);
  if (family === 0) return [];
  return [link.originator, otherEnd(link, link.originator)].flatMap((name) => {
    const { listen } = topology.node(name)!;
    if (isIP(listen) === family || listen === "::") return [];
    const message = `the link leads to ${address}, which is IPv${family}, and "${name}" listens on ${listen}`;
    const advice = `Give "${name}" \`listen: "${family === 6 ? "::" : "0.0.0.0"}"\`, or the link another address.`;
    return [error("ERR_MESH_ADDRESS_FAMILY", at, message, advice)];
  });
}

function checkPortal(topology: Topology, link: MeshLink, portal: string, at: FilePath): MeshProblem[] {
  const without = link.between.filter((name) => topology.node(name)?.portals.every((each) => each.name !== portal));
  const problems = without.map((name) => {
    const known = topology.node(name)?.portals.map((each) => each.name) ?? [];
    const advice = suggest(portal, known, `Add it to \`portals\` of "${name}".`);
    return error("ERR_MESH_UNKNOWN_PORTAL", [...at, "portal"], `"${name}" has no portal "${portal}"`, advice);
  });
  if (link.endpoint !== undefined) return problems;
  const message = `"${link.originator}" cannot find "${otherEnd(link, link.originator)}" over portal "${portal}"`;
  const advice = "Give the link an endpoint, as its link vertex takes it.";
  return [...problems, error("ERR_MESH_NO_ENDPOINT", at, message, advice)];
}

/** Tag 1 to a node "b" and tag 0 to a node "b.1" would be one name in a node's config. */
function checkLocalNames(topology: Topology): MeshProblem[] {
  const owners = new Map<string, string>();
  return topology.mesh.links.flatMap((link, index) =>
    link.between.flatMap((node) => {
      const name = `${node} ${localLinkName(link, node)}`;
      const owner = owners.get(name);
      owners.set(name, linkKey(link));
      if (owner === undefined || owner === linkKey(link)) return [];
      const message = `"${node}" would have two links with the name "${localLinkName(link, node)}"`;
      return [error("ERR_MESH_LINK_NAME", ["links", index], message, "Choose another tag.")];
    }),
  );
}

function duplicateLink(first: MeshLink, second: MeshLink, at: FilePath): MeshProblem {
  const [a, b] = second.between;
  const what = `between "${a}" and "${b}" with tag "${second.tag}"`;
  const advice = "Remove one of them; parallel links have different tags.";
  if (first.originator === second.originator) {
    return error("ERR_MESH_DUPLICATE_LINK", at, `there is already a link ${what}`, advice);
  }
  return error("ERR_MESH_TWO_ORIGINATORS", at, `the link ${what} has two originators, since it is there twice`, advice);
}

function checkService(topology: Topology, service: MeshService): MeshProblem[] {
  const at: FilePath = ["services", service.name];
  const problems = topology.hasNode(service.node) ? [] : [unknownNode(topology, service.node, [...at, "node"])];
  if (service.allow === undefined || service.allow.length === 0) {
    const message = `service "${service.name}" allows nobody`;
    const advice = "List who may use it, as in allow: [user/alice].";
    problems.push(error("ERR_MESH_SERVICE_WITHOUT_ALLOW", at, message, advice));
  }
  return problems;
}

function checkLength(route: Route, at: FilePath): MeshProblem[] {
  const problems: MeshProblem[] = [];
  const labels = routeWords(route).length + 1;
  if (labels > LABEL_COUNT_MAX) {
    const message = `the path takes ${labels} labels; a packet holds ${LABEL_COUNT_MAX}`;
    problems.push(error("ERR_MESH_PATH_LABELS", at, message, "Put a part of it into a static LSP."));
  }
  const crossed = route.segments.reduce((count, segment) => count + segment.steps.length, 0) - 1;
  if (crossed >= HOP_LIMIT_DEFAULT) {
    const message = `the path crosses ${crossed} nodes; the hop limit lets a packet cross ${HOP_LIMIT_DEFAULT - 1}`;
    problems.push(error("ERR_MESH_PATH_HOPS", at, message, "Shorten it."));
  }
  return problems;
}

function checkLead(topology: Topology, routes: Routes, lead: MeshLead): MeshProblem[] {
  const { mesh } = topology;
  const { at } = lead;
  const problems: MeshProblem[] = [];
  const service = mesh.services.find((service) => service.name === lead.service);
  const isLed = isAuto(mesh, lead.path);
  if (service === undefined) {
    if (isLed) return [];
    const known = (): string[] => mesh.services.map((service) => service.name);
    const advice = topology.suggest(lead.service, known, 'Add it to "services".');
    problems.push(
      error("ERR_MESH_UNKNOWN_SERVICE", [...at, "service"], `there is no service "${lead.service}"`, advice),
    );
  } else if (service.allow !== undefined && !service.allow.includes(lead.as)) {
    const message = `service "${service.name}" does not allow "${lead.as}"`;
    problems.push(error("ERR_MESH_NOT_ALLOWED", lead.asAt, message, `Add it to the allow list of "${service.name}".`));
  }
  if (isLed) return problems;
  const found = routes.get(lead.path);
  if (found === undefined) {
    const known = (): string[] => mesh.paths.map((path) => path.name);
    const isHops = lead.path.split(/[\s,]+/).every((hop) => topology.hasNode(hop.split("/")[0]!));
    const advice = isHops
      ? `Are these its hops? Write them in brackets: [${lead.path.split(/[\s,]+/).join(", ")}].`
      : topology.suggest(lead.path, known, 'Add it to "paths".');
    problems.push(error("ERR_MESH_UNKNOWN_PATH", [...at, "path"], `there is no path "${lead.path}"`, advice));
  } else if ("route" in found) {
    problems.push(...checkRouteEnds(found.route, lead, service, [...at, "path"]));
  }
  return problems;
}

function checkTunnel(topology: Topology, tunnel: MeshTunnel, index: number): MeshProblem[] {
  const at: FilePath = ["tunnels", index];
  const problems = topology.hasNode(tunnel.node) ? [] : [unknownNode(topology, tunnel.node, [...at, "node"])];
  const service = topology.mesh.services.find((service) => service.name === tunnel.service);
  if (service === undefined) return problems;
  return [
    ...problems,
    ...checkClass(service, tunnel, [...at, "class"]),
    ...checkKind(service, tunnel, [...at, "listen"]),
  ];
}

function checkClass(
  { name, classes }: MeshService,
  { trafficClass = "reliable" }: MeshTunnel,
  at: FilePath,
): MeshProblem[] {
  if (classes === undefined || classes.includes(trafficClass)) return [];
  const message = `service "${name}" takes no traffic of class "${trafficClass}"`;
  const advice = `Give the tunnel one of its classes (${classes.join(", ")}), or add this one to "classes" of "${name}".`;
  return [error("ERR_MESH_CLASS", at, message, advice)];
}

function checkKind({ name, target }: MeshService, { listen }: MeshTunnel, at: FilePath): MeshProblem[] {
  const isDatagrams = target.startsWith("udp:");
  // A workload that speaks a data session accepts streams and datagrams.
  if (target.startsWith("session+")) return [];
  if (isDatagrams === listen.startsWith("udp:")) return [];
  const message = `service "${name}" takes ${isDatagrams ? "datagrams" : "streams"}, and the tunnel does not`;
  const advice = `Listen on ${isDatagrams ? "udp://" : "tcp:// or unix:"}, as the target ${target} has it.`;
  return [error("ERR_MESH_KIND", at, message, advice)];
}

function checkRouteEnds(
  route: Route,
  { node, at: leadAt }: MeshLead,
  service: MeshService | undefined,
  at: FilePath,
): MeshProblem[] {
  const problems: MeshProblem[] = [];
  if (route.origin !== node) {
    const what = leadAt[0] === "tunnels" ? "the tunnel is" : "the socket is";
    const message = `the path starts at "${route.origin}", ${what} on "${node}"`;
    problems.push(error("ERR_MESH_PATH_START", at, message, `Start it at "${node}".`));
  }
  if (service !== undefined && route.destination !== service.node) {
    const message = `the path ends at "${route.destination}", service "${service.name}" is on "${service.node}"`;
    problems.push(error("ERR_MESH_PATH_END", at, message, `Lead it to "${service.node}".`));
  }
  return problems;
}

function checkListeners(mesh: Mesh): MeshProblem[] {
  const taken = new Set<string>();
  const listeners = [
    ...mesh.tunnels.map((tunnel, index) => ({ ...tunnel, at: ["tunnels", index, "listen"] as FilePath })),
    ...mesh.sessions.map(({ node, listen }, index) => {
      return { node, listen, listener: undefined, at: ["sessions", index, "listen"] as FilePath };
    }),
  ];
  return listeners.flatMap(({ node, listen, listener, at }) => {
    const isTaken = taken.has(`${node} ${listen}`);
    taken.add(`${node} ${listen}`);
    if (/^(?:tcp|udp):/.test(listen) && listen.endsWith(":0")) {
      return [
        error("ERR_MESH_PORT_ZERO", at, "port 0 is nowhere to be found", "Name the port that programs connect to."),
      ];
    }
    if (isTaken) {
      const message = `"${node}" listens on ${listen} for two tunnels, or sockets of sessions`;
      return [error("ERR_MESH_LISTEN_CLASH", at, message, "Give one of them another port or path.")];
    }
    if (listener !== undefined && !isLocal(listen) && listener.expose !== true) {
      const message = `${listen} is open to other machines, and who connects acts as the tunnel's principal`;
      return [error("ERR_MESH_LISTEN_EXPOSED", at, message, "Listen on 127.0.0.1, or write expose: true.")];
    }
    return [];
  });
}

function isLocal(listen: string): boolean {
  const address = parseListenAddress(listen);
  return address === undefined || address.kind === "unix" || isLoopback(address.host);
}

/** Compares the transit that a file lists with the paths of its tunnels. */
function checkTransit(topology: Topology, routes: Routes): MeshProblem[] {
  const { transit } = topology.mesh;
  if (transit === undefined) return [];
  const problems: MeshProblem[] = [];
  const listed = new Map<string, FilePath>();
  for (const { node, pairs } of transit) {
    if (!topology.hasNode(node)) problems.push(unknownNode(topology, node, ["transit", node]));
    else {
      for (const [index, pair] of pairs.entries()) {
        problems.push(...noteTransit(topology, node, pair, ["transit", node, index], listed));
      }
    }
  }
  const used = new Set<string>();
  const ways = (topology.mesh.fabric?.ways ?? []).map((hops, index) => {
    const at: FilePath = ["fabric", "ways", index];
    return { found: resolveRoute(topology, hops, at), where: at };
  });
  const leads = leadsOf(topology.mesh).map(({ path, at }) => ({ found: routes.get(path), where: [...at, "path"] }));
  for (const { found, where } of [...leads, ...ways]) {
    if (found === undefined || "problems" in found) continue;
    for (const { node, links } of routeTransit(found.route)) {
      const key = transitKey(node, links);
      used.add(key);
      if (listed.has(key)) continue;
      const names = links.map((link) => hopOf(link, node)).join(", ");
      const message = `the path needs transit at "${node}" between ${names}, which "transit" does not list`;
      problems.push(warning("ERR_MESH_TRANSIT_MISSING", where, message, `Add [${names}] to transit of "${node}".`));
    }
  }
  for (const [key, at] of listed) {
    if (used.has(key)) continue;
    const message = "no tunnel's path uses this transit";
    problems.push(
      warning("ERR_MESH_TRANSIT_UNUSED", at, message, "Remove it: what is open and not needed only helps others."),
    );
  }
  return problems;
}

function noteTransit(
  topology: Topology,
  node: string,
  pair: readonly [string, string],
  at: FilePath,
  listed: Map<string, FilePath>,
): MeshProblem[] {
  const links: MeshLink[] = [];
  for (const [index, hop] of pair.entries()) {
    const { node: peer, tag } = parseHop(hop);
    const link = topology.link(node, peer, tag);
    if (link === undefined) {
      const known = (): string[] =>
        topology.neighbours(node).flatMap((peer) => topology.linksBetween(node, peer).map((link) => hopOf(link, node)));
      const advice = topology.suggest(hop, known, `"${node}" has no links at all.`);
      return [error("ERR_MESH_NO_LINK", [...at, index], `"${node}" has no link "${hop}"`, advice)];
    }
    links.push(link);
  }
  const [one, other] = links;
  if (one === undefined || other === undefined) return [];
  if (one === other) {
    return [error("ERR_MESH_PATH_TURNS", at, "transit from a link back to itself", "Name two links.")];
  }
  const key = transitKey(node, [one, other]);
  if (listed.has(key))
    return [error("ERR_MESH_TRANSIT_TWICE", at, "this pair is already listed", "Remove it: a pair has no direction.")];
  listed.set(key, at);
  return [];
}

function problemsOf(result: object): readonly MeshProblem[] {
  return "problems" in result ? (result.problems as readonly MeshProblem[]) : [];
}

function error(code: MeshErrorCode, path: FilePath, message: string, advice: string): MeshProblem {
  return { severity: "error", code, path, message, advice };
}

function warning(code: MeshErrorCode, path: FilePath, message: string, advice: string): MeshProblem {
  return { severity: "warning", code, path, message, advice };
}
