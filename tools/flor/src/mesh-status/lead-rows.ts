import { AUTO_PATH, linksOfPaths, type Mesh, type NodeConfig } from "@florenetes/mesh-file";
import { linkName, type LinkRow } from "./link-rows.ts";
import type { ClusterFacts, NodeAnswer } from "./node-facts.ts";
import { isTold, type NodeFinding, type NodeRow } from "./node-rows.ts";

/** A lead from a node to a service: a tunnel, or a service of a socket of data sessions. */
export interface LeadRow {
  readonly kind: "tunnel" | "session";
  readonly node: string;
  /** The address of the tunnel or of the socket. */
  readonly listen: string;
  readonly service: string;
  readonly hops: readonly string[];
  /** `idle`: nobody uses the lead, and no fault of it is known; `unknown`: its node does not answer. */
  readonly state: "reachable" | "idle" | "broken" | "unknown";
  /** The last time at which the far end was heard; null: never, or not known. */
  readonly heardMs: number | null;
  /** The reason why the lead is broken, else "". */
  readonly reason: string;
}

export interface ServiceRow {
  readonly service: string;
  readonly node: string;
  readonly state: "takes" | "refuses" | "missing" | "unknown";
  readonly target: string;
  /** Open streams; null: not known. */
  readonly open: number | null;
  readonly total: number | null;
  readonly reason: string;
}

interface Lead extends Pick<LeadRow, "kind" | "node" | "listen" | "service"> {
  /** The path's name in the mesh file. */
  readonly path: string;
  /** The path's name in the node's config. */
  readonly route: string;
}

/** Judges all leads to services. A lead whose way is broken has no finding of its own, since the way has one. */
export function judgeLeads(
  mesh: Mesh,
  configs: ReadonlyMap<string, NodeConfig>,
  answers: ReadonlyMap<string, NodeAnswer>,
  nodes: readonly NodeRow[],
  links: readonly LinkRow[],
): { readonly rows: readonly LeadRow[]; readonly findings: readonly NodeFinding[] } {
  const ways = linksOfPaths(mesh);
  const hopsOf = new Map(mesh.paths.map(({ name, hops }) => [name, hops]));
  const brokenLinks = new Map(
    links.filter(({ state }) => state !== "up" && state !== "unknown").map(({ link, state }) => [link, state]),
  );
  const gone = new Set(nodes.filter(({ clusterFlor }) => clusterFlor.state === "silent").map(({ node }) => node));
  const services = new Map(mesh.services.map(({ name, node }) => [name, node]));
  const findings: NodeFinding[] = [];
  const rows = leadsOf(mesh, configs).map((lead): LeadRow => {
    const { kind, node, listen, service, path, route } = lead;
    const answer = answers.get(node)?.clusterFlor;
    const row = { kind, node, listen, service, hops: hopsOf.get(path) ?? [], heardMs: null };
    if (!isTold(answer)) return { ...row, state: "unknown", reason: "" };
    const way = ways.get(path) ?? [];
    const broken = way.find((link) => brokenLinks.has(linkName(link)));
    const crossed = way.flatMap(({ between }) => between).find((each) => gone.has(each));
    const seen = seenBy(answer.status, lead);
    const { heardMs } = seen;
    if (broken !== undefined) {
      const name = linkName(broken);
      return { ...row, heardMs, state: "broken", reason: `link ${name} is ${brokenLinks.get(name)}` };
    }
    if (seen.state !== "broken") return { ...row, heardMs, state: seen.state, reason: "" };
    if (crossed !== undefined) return { ...row, heardMs, state: "broken", reason: `${crossed} does not answer` };
    if (!seen.isExplained) {
      const name = `${kind === "tunnel" ? "tunnel" : "socket"} ${listen} of node ${node}`;
      const text = `${name} does not reach service ${service} on ${services.get(service) ?? "?"}: ${seen.reason}`;
      const advice = `On ${node}: \`cluster-flor trace ${kind === "tunnel" ? listen : route}\` says how far packets get.`;
      findings.push({ weight: "fault", node, text, advice });
    }
    return { ...row, heardMs, state: "broken", reason: seen.reason };
  });
  return { rows, findings };
}

/** The services, as their nodes tell them. A service has no findings of its own: its faults are among its node's. */
export function serviceRows(mesh: Mesh, answers: ReadonlyMap<string, NodeAnswer>): readonly ServiceRow[] {
  return mesh.services.map(({ name: service, node, target }): ServiceRow => {
    const answer = answers.get(node)?.clusterFlor;
    const row = { service, node, target, open: null, total: null, reason: "" };
    if (!isTold(answer)) return { ...row, state: "unknown" };
    const told = answer.status.services.find(({ name }) => name === service);
    if (told === undefined) return { ...row, state: "missing" };
    const { open, total } = told.connections;
    return { ...row, open, total, state: told.text === "" ? "takes" : "refuses", reason: told.text };
  });
}

/** The leads of each node. The mesh file and the node's config have them in the same order. */
function leadsOf(mesh: Mesh, configs: ReadonlyMap<string, NodeConfig>): readonly Lead[] {
  return mesh.nodes.flatMap(({ name: node }) => {
    const config = configs.get(node);
    const tunnels = mesh.tunnels
      .filter((tunnel) => tunnel.node === node)
      .map(({ listen, service, path }, at): Lead => {
        return { kind: "tunnel", node, listen, service, path, route: config?.tunnels[at]?.path ?? path };
      });
    const sessions = mesh.sessions
      .filter((session) => session.node === node)
      .flatMap(({ listen, services }, at) =>
        services.map(({ name, service, path }): Lead => {
          const route = config?.sessions[at]?.services[name]?.path ?? path;
          return { kind: "session", node, listen, service, path, route };
        }),
      );
    return [...tunnels, ...sessions];
  });
}

interface Seen {
  readonly state: "reachable" | "idle" | "broken";
  readonly heardMs: number | null;
  readonly reason: string;
  /** Whether another finding gives the reason. */
  readonly isExplained: boolean;
}

/** A lead, as its own node sees it. */
function seenBy({ tunnels, sessions, paths, connections }: ClusterFacts, lead: Lead): Seen {
  const { kind, listen, service } = lead;
  const tunnel = kind === "tunnel" ? tunnels.find((each) => each.listen === listen) : undefined;
  const socket = sessions.find((each) => each.listen === listen);
  const door = tunnel ?? socket;
  const isLed = lead.route === AUTO_PATH && lead.path === AUTO_PATH;
  const ledBy = tunnel ?? socket?.services.find((each) => each.name === service || each.service === service);
  const route = isLed ? (ledBy?.path ?? AUTO_PATH) : lead.route;
  const path = paths.find(({ name }) => name === route);
  const heardMs = path?.heardMs ?? null;
  const told = (reason: string): Seen => ({ state: "broken", heardMs, reason, isExplained: true });
  if (door === undefined || path === undefined) return told("the node has another config");
  if (!door.isListening) return told("it does not listen");
  if (door.text !== "") return told(door.text);
  if (!path.isUsable) return told("its first link is down");
  const wish = tunnel ?? socket?.services.find((each) => each.service === service && each.path === route);
  const isConnected = connections.some(
    (each) =>
      each.direction === "originated" &&
      each.state === "established" &&
      each.service === service &&
      each.path === route &&
      (tunnel === undefined || each.class === tunnel.class),
  );
  const untold = { heardMs, isExplained: false, state: "broken" } as const;
  // The node itself knows more than the picture.
  if (wish !== undefined && wish.unreached !== "") return { ...untold, reason: wish.unreached };
  if (path.isReachable === false) return { ...untold, reason: "it does not answer" };
  if (isConnected || path.isReachable === true) return { state: "reachable", heardMs, reason: "", isExplained: true };
  if (tunnel !== undefined && tunnel.keepMs === null) return { ...untold, reason: "there is no connection" };
  return { state: "idle", heardMs, reason: "", isExplained: true };
}
