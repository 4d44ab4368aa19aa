import { parseListenAddress } from "@florenetes/config-file";
import { linkKey, otherEnd } from "@florenetes/mesh-file";
import type { Mesh, MeshLink, MeshNode, MeshTunnel } from "@florenetes/mesh-file";
import { labError } from "./lab-error.ts";
import { wireAddresses } from "./namespaces.ts";
import type { Wire } from "./namespaces.ts";
import type { PortClaims } from "./port-claims.ts";

const LOOPBACK = "127.0.0.1";
const RELAY_PORT = 20_000;

/** A mesh whose nodes, links and listeners have places on one machine. */
export interface PlacedMesh {
  readonly mesh: Mesh;
  /** Namespace by node; empty on loopback. */
  readonly namespaces: ReadonlyMap<string, string>;
  /** Wires by `linkKey`; empty on loopback. */
  readonly wires: ReadonlyMap<string, Wire>;
  /** Relays by `linkKey`; empty without relays. */
  readonly relays: ReadonlyMap<string, RelayPlace>;
  /** Tunnels of datagrams: their addresses by node and the file's address. Links of another lab may run through them. */
  readonly datagramTunnels: ReadonlyMap<string, string>;
  /** Ports that are claimed for as long as the lab is there. In namespaces there are none, since nobody else listens. */
  readonly ports: PortClaims;
}

/** A relay in front of the originator of a link. */
export interface RelayPlace {
  readonly node: string;
  /** `host:port` at which the originator finds the relay. */
  readonly listen: string;
  /** `host:port` of the acceptor. */
  readonly target: string;
}

/** The nodes and places of the labs beside which a new one is opened. Its nodes of the same names get the same places. */
export interface Neighbourhood {
  /** Nodes with their places. A node in several clusters is there several times. */
  readonly nodes: readonly MeshNode[];
  /** Addresses of tunnels that are taken. */
  readonly listens: readonly string[];
  readonly namespaces: ReadonlyMap<string, string>;
  readonly wires: ReadonlyMap<string, Wire>;
  readonly datagramTunnels: ReadonlyMap<string, string>;
  /** Targets of datagrams, each with its node in front. A target may be the link vertex of another lab. */
  readonly datagramTargets: ReadonlySet<string>;
  /** Number of links, each of which may have a wire and a relay. */
  readonly linkCount: number;
}

export const NO_NEIGHBOURS: Neighbourhood = {
  nodes: [],
  listens: [],
  namespaces: new Map(),
  wires: new Map(),
  datagramTunnels: new Map(),
  datagramTargets: new Set(),
  linkCount: 0,
};

/** The neighbourhood with one more lab. */
export function extendNeighbourhood(
  there: Neighbourhood,
  { mesh, namespaces, wires, datagramTunnels }: Pick<PlacedMesh, "mesh" | "namespaces" | "wires" | "datagramTunnels">,
): Neighbourhood {
  return {
    nodes: [...there.nodes, ...mesh.nodes],
    listens: [...there.listens, ...mesh.tunnels.map(({ listen }) => listen)],
    namespaces: new Map([...there.namespaces, ...namespaces]),
    wires: new Map([...there.wires, ...wires]),
    datagramTunnels: new Map([...there.datagramTunnels, ...datagramTunnels]),
    datagramTargets: new Set([
      ...there.datagramTargets,
      ...mesh.services.map(({ node, target }) => `${node} ${target}`),
    ]),
    linkCount: there.linkCount + mesh.links.length,
  };
}

/** Names in a lab's folder that no node may have. */
const TAKEN_NAMES: readonly string[] = ["ca", "lab.json"];

/** The folder of a node in a lab. Nodes are numbered if names are too long for socket paths, or the lab's own. */
export function nodeFolder(lab: string, mesh: Mesh, node: string): string {
  const areFit = mesh.nodes.every(({ name }) => name.length <= 16 && !TAKEN_NAMES.includes(name));
  return `${lab}/${areFit ? node : `n${mesh.nodes.findIndex(({ name }) => name === node)}`}`;
}

/** Places each node on a loopback address with a free port of its own. */
export async function placeOnLoopback(
  mesh: Mesh,
  lab: string,
  beside: Neighbourhood,
  ports: PortClaims,
): Promise<PlacedMesh> {
  const nodes: MeshNode[] = [];
  for (const [index, node] of mesh.nodes.entries()) {
    const there = beside.nodes.filter(({ name }) => name === node.name);
    const number = beside.nodes.length + index;
    const own = there[0]?.address ?? `127.0.${number >> 7}.${(number & 127) + 1}`;
    const isTarget = beside.datagramTargets.has(`${node.name} udp://${LOOPBACK}:${node.port}`);
    const address = isTarget ? LOOPBACK : own;
    const port = isTarget ? await claimExactly(node.port, ports) : await ports.claimAny("udp", address);
    nodes.push({ ...withFolders(mesh, lab, node, there[0]), address, listen: address, port });
  }
  const tunnels: MeshTunnel[] = [];
  for (const tunnel of mesh.tunnels) tunnels.push({ ...tunnel, listen: await freeListen(tunnel.listen, ports) });
  const links = mesh.links.map((link) => ({
    ...link,
    address: undefined,
    port: undefined,
    endpoint: foreignEndpoint(link) ?? tunnelOf(link, beside),
  }));
  return {
    mesh: { ...mesh, nodes, links, tunnels },
    namespaces: new Map(),
    wires: new Map(),
    relays: new Map(),
    datagramTunnels: datagramTunnels(mesh.tunnels, tunnels),
    ports,
  };
}

/** Claims the very port of a target, since targets are used as they are written. */
async function claimExactly(port: number, ports: PortClaims): Promise<number> {
  if (await ports.claim("udp", LOOPBACK, port)) return port;
  const message = `UDP port ${port} of ${LOOPBACK}, where a service of another mesh leads, is taken`;
  throw labError("ERR_LAB_NO_PORT", message, "Write another port, for the node and as the target of that service.");
}

/** Places each node in a namespace of its own. Each link gets a wire, which joins its two nodes and nothing else. */
export function placeInNamespaces(
  mesh: Mesh,
  lab: string,
  prefix: string,
  beside: Neighbourhood,
  ports: PortClaims,
): PlacedMesh {
  const namespaces = new Map(
    mesh.nodes.map(({ name }) => [name, beside.namespaces.get(name) ?? `${prefix}-${name}`] as const),
  );
  const wires = new Map<string, Wire>();
  const links = mesh.links.map((link, index): MeshLink => {
    const tunnel = tunnelOf(link, beside);
    if (tunnel !== undefined) return { ...link, address: undefined, port: undefined, endpoint: tunnel };
    const wire = beside.wires.get(linkKey(link)) ?? newWire(link, namespaces, beside.linkCount + index);
    wires.set(linkKey(link), wire);
    const acceptor = wire.ends.find(({ namespace }) => namespace !== namespaces.get(link.originator));
    const endpoint = foreignEndpoint(link);
    return { ...link, address: endpoint === undefined ? acceptor?.address : undefined, port: undefined, endpoint };
  });
  const nodes = mesh.nodes.map((node): MeshNode => {
    const there = beside.nodes.filter(({ name }) => name === node.name);
    const placed = withFolders(mesh, lab, node, there[0]);
    // Each cluster has a port of its own, which tells the cluster of an incoming connection.
    const taken = there.map(({ port }) => port);
    const port = taken.includes(placed.port) ? Math.max(...taken) + 1 : placed.port;
    return { ...placed, port, address: undefined, listen: "0.0.0.0" };
  });
  const tunnels = mesh.tunnels.map((tunnel, index) => ({
    ...tunnel,
    listen: tunnel.listen.replace(/:0$/, `:${18_080 + beside.listens.length + index}`),
  }));
  const throughTunnels = datagramTunnels(mesh.tunnels, tunnels);
  const placed = { ...mesh, nodes, links, tunnels };
  return { mesh: placed, namespaces, wires, relays: new Map(), datagramTunnels: throughTunnels, ports };
}

function newWire({ between }: MeshLink, namespaces: ReadonlyMap<string, string>, number: number): Wire {
  const addresses = wireAddresses(number);
  const [a, b] = between.map((node, end) => ({ namespace: namespaces.get(node) ?? "", address: addresses[end]! }));
  return { name: `link${number}`, ends: [a!, b!] };
}

/** Places a relay at the originator of each of link-flor's links. The acceptor's endpoint becomes the relay's target. */
export async function placeRelays(placed: PlacedMesh, beside: Neighbourhood): Promise<PlacedMesh> {
  const { mesh, namespaces, ports } = placed;
  const relays = new Map<string, RelayPlace>();
  const links: MeshLink[] = [];
  for (const [index, link] of mesh.links.entries()) {
    const node = mesh.nodes.find(({ name }) => name === otherEnd(link, link.originator));
    if (link.endpoint !== undefined || node === undefined) {
      links.push(link);
      continue;
    }
    const ofNamespace = RELAY_PORT + beside.linkCount + index;
    const port = namespaces.size > 0 ? ofNamespace : await ports.claimAny("udp", LOOPBACK);
    const listen = `${LOOPBACK}:${port}`;
    const target = `${link.address ?? node.address ?? ""}:${link.port ?? node.port}`;
    relays.set(linkKey(link), { node: link.originator, listen, target });
    links.push({ ...link, address: undefined, port: undefined, endpoint: `udp://${listen}` });
  }
  return { ...placed, mesh: { ...mesh, links }, relays };
}

/** A link may have the address that another lab's file gives to a tunnel. Returns the address at which that tunnel listens in the lab. */
function tunnelOf({ originator, address, port }: MeshLink, beside: Neighbourhood): string | undefined {
  return beside.datagramTunnels.get(`${originator} udp://${address}:${port}`);
}

function datagramTunnels(written: readonly MeshTunnel[], placed: readonly MeshTunnel[]): ReadonlyMap<string, string> {
  const places = written.map(({ node, listen }, index) => [`${node} ${listen}`, placed[index]!.listen] as const);
  return new Map(places.filter(([, listen]) => listen.startsWith("udp:")));
}

/** An endpoint of another link protocol, or at another portal, which the lab must not change. */
function foreignEndpoint({ endpoint, portal }: MeshLink): string | undefined {
  return portal === undefined && endpoint?.startsWith("udp:") === true ? undefined : endpoint;
}

function withFolders(mesh: Mesh, lab: string, node: MeshNode, there: MeshNode | undefined): MeshNode {
  const folder = nodeFolder(lab, mesh, node.name);
  const dirs = {
    identity: `${folder}/identity`,
    runLink: there?.dirs.runLink ?? `${folder}/run-link`,
    runCluster: `${folder}/run-cluster`,
    stateLink: there?.dirs.stateLink ?? `${folder}/state-link`,
    stateCluster: `${folder}/state-cluster`,
  };
  return { ...node, port: node.port === 0 ? 4433 : node.port, dirs };
}

/** The address itself if its port is free, otherwise the address with a free port. */
async function freeListen(listen: string, ports: PortClaims): Promise<string> {
  const address = parseListenAddress(listen.replace(/:0$/, ":1"));
  if (address === undefined || address.kind === "unix") return listen;
  const { kind, host, port } = address;
  if (!listen.endsWith(":0") && (await ports.claim(kind, host, port))) return listen;
  return listen.replace(/:\d+$/, `:${await ports.claimAny(kind, host)}`);
}
