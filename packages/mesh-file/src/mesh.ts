import type { TrafficClassName, WorkloadClassName } from "@florenetes/forwarding";
import type { MeshErrorCode } from "./mesh-errors.ts";
import type { FabricCoordinator, ServiceInput, TunnelInput } from "./mesh-file-form.ts";
import type { Settings } from "./settings.ts";

/**
 * A whole mesh as its operator sees it: the content of a mesh file with the defaults filled in. Parts name each other;
 * `checkMesh` checks that the names exist.
 */
export interface Mesh {
  readonly cluster: string;
  /** The links that may be used, by what they run over; undefined: cluster-flor's default. */
  readonly carriers?: "any" | "quic-only" | undefined;
  readonly nodes: readonly MeshNode[];
  readonly links: readonly MeshLink[];
  readonly lsps: readonly MeshLsp[];
  readonly services: readonly MeshService[];
  readonly paths: readonly MeshPath[];
  readonly tunnels: readonly MeshTunnel[];
  readonly sessions: readonly MeshSession[];
  /** Undefined when the file leaves it to the paths to say what transit they need. */
  readonly transit: readonly MeshTransit[] | undefined;
  /** Control agents of nodes; undefined: the mesh has none. */
  readonly fabric?: MeshFabric | undefined;
}

/** Control agents beside the vertices of nodes. */
export interface MeshFabric {
  /** The fingerprint of the root descriptor, `sha256:…`. */
  readonly root: string;
  /** Its file, as each agent's config names it. */
  readonly rootFile: string | undefined;
  readonly development: boolean | undefined;
  /** Names of nodes that run an agent. */
  readonly nodes: readonly string[];
  /** User and group of the door; undefined: those of the units. */
  readonly owner: string | undefined;
  readonly pins: "overlay" | "all" | undefined;
  /** Ways to nodes that are no neighbours, as the hops of paths. */
  readonly ways: readonly (readonly string[])[];
  /** The most that nodes carry for others, by the nodes' names. */
  readonly relays: Readonly<Record<string, { readonly classes: readonly TrafficClassName[]; readonly rate: string }>>;
  /** Nodes that compose routes, by their names. */
  readonly coordinators: Readonly<Record<string, FabricCoordinator>>;
  /** How many links the agents of nodes may open, and which addresses they may call; by the nodes' names. */
  readonly links: Readonly<Record<string, { readonly max: number; readonly dial?: readonly string[] | undefined }>>;
  /** Costs of routes over nodes, as their owners say, by the nodes' names. */
  readonly costs: Readonly<
    Record<string, { readonly price?: number | undefined; readonly metered?: boolean | undefined }>
  >;
  /** The releases that agents follow; undefined: none. */
  readonly updates: MeshUpdates | undefined;
  /** Nodes that keep objects for others; undefined: none. */
  readonly storage: MeshStorage | undefined;
}

/** Nodes whose store-flor keeps objects, and those that ask them. */
interface MeshStorage {
  readonly holders: readonly string[];
  /** Principals as which the store-flor of nodes asks holders, by the nodes' names. */
  readonly gateways: Readonly<Record<string, string>>;
  /** Further principals that may ask holders. */
  readonly allow: readonly string[];
}

interface MeshUpdates {
  readonly channel: string;
  /** The file of the repository's first root, as each agent's config names it. */
  readonly repositoryRoot: string;
}

/** Keys and indices that lead to a value in the mesh file. */
export type FilePath = readonly (string | number)[];

export interface MeshNode {
  readonly name: string;
  /** The host name or IP address at which the neighbours find the node's link vertex. Only acceptors need one. */
  readonly address: string | undefined;
  /** UDP port of the node's link vertex. */
  readonly port: number;
  /** Address that the node's link vertex binds. */
  readonly listen: string;
  /** Portals of link vertices beside link-flor, or in its place. */
  readonly portals: readonly MeshPortal[];
  readonly dirs: NodeDirs;
  /** Limits per second for packets from one of the node's links to another. An undefined limit has cluster-flor's default. */
  readonly transitLimit: TransitLimit | undefined;
  /** Keys of the configs of the node's programs that are handed on as they are. */
  readonly settings: Settings;
}

interface TransitLimit {
  readonly packets?: number | undefined;
  readonly bytes?: number | undefined;
}

/** Absolute folders on a node. */
export interface NodeDirs {
  /** Holds the identity folders `vertex`, `user/<name>` and `service/<name>`. */
  readonly identity: string;
  /** Sockets of link-flor. */
  readonly runLink: string;
  /** Sockets of cluster-flor. */
  readonly runCluster: string;
  readonly stateLink: string;
  readonly stateCluster: string;
}

/** A link vertex of another link protocol. */
interface MeshPortal {
  readonly name: string;
  /** The address at which the portal's link vertex listens, in that link vertex's form. */
  readonly listen: string;
}

export interface MeshLink {
  readonly between: readonly [string, string];
  /** The end that connects; the other end accepts. */
  readonly originator: string;
  readonly tag: string;
  /**
   * The address at which the originator finds the acceptor on this link, instead of the acceptor's own address and
   * port.
   */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** The address as an opaque string, for link protocols with other forms of address. */
  readonly endpoint: string | undefined;
  /** The name of the portal that carries the link, at both ends; undefined: link-flor's. */
  readonly portal: string | undefined;
  /** Either end sends at this rate, and no faster, as `50 Mbit/s`. */
  readonly rate?: string | undefined;
}

/** A static LSP: a part of a path that is installed in the vertices and used under one label. */
export interface MeshLsp {
  readonly name: string;
  /** Node names; all but the first may name a parallel link, `c/1`. */
  readonly hops: readonly string[];
}

export interface MeshService {
  readonly name: string;
  readonly node: string;
  readonly target: string;
  /** Principals, as `user/<name>` or `service/<name>`. Undefined when the file has no list. */
  readonly allow: readonly string[] | undefined;
  /** Options for cluster-flor, passed on unchanged. */
  readonly options: Readonly<Omit<ServiceInput, "node" | "target" | "allow" | "classes">>;
  /** The traffic classes that connections to the service may have; undefined: all. */
  readonly classes: readonly WorkloadClassName[] | undefined;
}

export interface MeshPath {
  readonly name: string;
  /** A node, then nodes (`c`), nodes over a parallel link (`c/1`) and static LSPs (`lsp:x`). */
  readonly hops: readonly string[];
  /** Largest mesh packet, in bytes; undefined for the default of cluster-flor. */
  readonly mtu: number | undefined;
  /** The place of the path's hops in the file. */
  readonly at: FilePath;
}

export interface MeshTunnel {
  readonly node: string;
  readonly listen: string;
  /** Principal that the tunnel lends to its workloads, as `user/<name>` or `service/<name>`. */
  readonly as: string;
  readonly service: string;
  /** Name of a path: one of the file's `paths`, or the one made for hops written in the tunnel itself. */
  readonly path: string;
  /** The traffic class of the tunnel's connections; undefined: cluster-flor's default. */
  readonly trafficClass: WorkloadClassName | undefined;
  /** Passed on to cluster-flor unchanged. */
  readonly listener: ListenerOptions;
}

/** A socket at which workloads of a node speak data sessions. */
export interface MeshSession {
  readonly node: string;
  readonly listen: string;
  /** Principal that the socket lends to its workloads, as `user/<name>` or `service/<name>`. */
  readonly as: string;
  readonly services: readonly MeshSessionService[];
  /** The keys `mode`, `owner`, `allow`, `max-sessions` and `max-streams`, passed on to cluster-flor unchanged. */
  readonly options: Readonly<Record<string, unknown>>;
}

interface MeshSessionService {
  /** The name by which workloads open the service. */
  readonly name: string;
  readonly service: string;
  /** Name of a path, as for a tunnel. */
  readonly path: string;
  /** Passed on to cluster-flor unchanged. */
  readonly keep: string | number | undefined;
  readonly connectWait: string | number | undefined;
}

/** A lead from a node to a service: a tunnel, or a service of a socket of data sessions. */
export interface MeshLead {
  readonly node: string;
  readonly as: string;
  readonly service: string;
  readonly path: string;
  /** The lead's place in the file. */
  readonly at: FilePath;
  /** The place of the lead's principal in the file. */
  readonly asAt: FilePath;
}

/** A lead with this word for a path is left to the node's agent, in a mesh with agents that has no path of that name. */
export const AUTO_PATH = "auto";

export function isAuto({ fabric, paths }: Pick<Mesh, "fabric" | "paths">, path: string): boolean {
  return fabric !== undefined && path === AUTO_PATH && paths.every(({ name }) => name !== AUTO_PATH);
}

/** All leads of a mesh. */
export function leadsOf({ tunnels, sessions }: Pick<Mesh, "tunnels" | "sessions">): readonly MeshLead[] {
  return [
    ...tunnels.map(({ node, as, service, path }, index): MeshLead => {
      const at = ["tunnels", index];
      return { node, as, service, path, at, asAt: [...at, "as"] };
    }),
    ...sessions.flatMap(({ node, as, services }, index) =>
      services.map(({ name, service, path }): MeshLead => {
        const at = ["sessions", index];
        return { node, as, service, path, at: [...at, "services", name], asAt: [...at, "as"] };
      }),
    ),
  ];
}

/** The options of a tunnel that only cluster-flor knows. */
export type ListenerOptions = Readonly<Omit<TunnelInput, "node" | "listen" | "as" | "service" | "path" | "class">>;

/** On one node, the pairs of links (in the words of a hop: `c`, `c/1`) between which packets may pass. */
export interface MeshTransit {
  readonly node: string;
  readonly pairs: readonly (readonly [string, string])[];
}

/** A part of a mesh that cannot work. */
export interface MeshProblem {
  /** An error keeps the mesh from being rendered; a warning is about a part that is rendered and will not serve its purpose. */
  readonly severity: "error" | "warning";
  /** Stable; listed in docs/operate/mesh-file.md. */
  readonly code: MeshErrorCode;
  /** The place in the file. */
  readonly path: FilePath;
  readonly message: string;
  readonly advice: string;
}
