import type { WorkloadClassName } from "@florenetes/forwarding";
import type { MeshErrorCode } from "./mesh-errors.ts";
import type { ServiceInput, TunnelInput } from "./mesh-file-form.ts";

/**
 * A whole mesh as its operator sees it: the content of a mesh file with the defaults filled in. Everything is still by
 * name; nothing says that the names exist (`checkMesh` does).
 */
export interface Mesh {
  readonly cluster: string;
  /** Which links are used, by what they run over; undefined: cluster-flor's default. */
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
}

/** Keys and indices that lead to a value in the mesh file. */
export type FilePath = readonly (string | number)[];

export interface MeshNode {
  readonly name: string;
  /** The host name or IP address at which the neighbours find its link vertex. Only acceptors need one. */
  readonly address: string | undefined;
  /** UDP port of its link vertex. */
  readonly port: number;
  /** Address that its link vertex binds. */
  readonly listen: string;
  /** Portals of link vertices beside link-flor, or in its place. */
  readonly portals: readonly MeshPortal[];
  readonly dirs: NodeDirs;
  /** Limits for what passes from one of its links to another in a second. A limit that is undefined has cluster-flor's default. */
  readonly transitLimit: TransitLimit | undefined;
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
  /** The address at which it listens, in words that the link vertex understands. */
  readonly listen: string;
}

export interface MeshLink {
  readonly between: readonly [string, string];
  /** The end that connects; the other one accepts. */
  readonly originator: string;
  readonly tag: string;
  /**
   * The address at which the originator finds the acceptor on this link, instead of the acceptor's own address and
   * port.
   */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** The address as an opaque string, for link protocols that have other addresses. */
  readonly endpoint: string | undefined;
  /** The portal that carries it, of that name at both ends; undefined: link-flor's. */
  readonly portal: string | undefined;
  /** Either end sends at this rate and no faster, as `50 Mbit/s`. */
  readonly rate?: string | undefined;
}

/** A static LSP: a piece of path that is installed in the vertices and used under one label. */
export interface MeshLsp {
  readonly name: string;
  /** Node names; the second and later ones may name a parallel link, `c/1`. */
  readonly hops: readonly string[];
}

export interface MeshService {
  readonly name: string;
  readonly node: string;
  readonly target: string;
  /** Principals, as `user/<name>` or `service/<name>`. Undefined when the file has no list. */
  readonly allow: readonly string[] | undefined;
  /** Handed to cluster-flor as they are. */
  readonly options: Readonly<Omit<ServiceInput, "node" | "target" | "allow" | "classes">>;
  /** The traffic classes that its connections may have; undefined: all. */
  readonly classes: readonly WorkloadClassName[] | undefined;
}

export interface MeshPath {
  readonly name: string;
  /** A node, then nodes (`c`), nodes over a parallel link (`c/1`) and static LSPs (`lsp:x`). */
  readonly hops: readonly string[];
  /** Largest mesh packet, in bytes; undefined for the default of cluster-flor. */
  readonly mtu: number | undefined;
  /** The place of its hops in the file. */
  readonly at: FilePath;
}

export interface MeshTunnel {
  readonly node: string;
  readonly listen: string;
  /** Principal that it lends, as `user/<name>` or `service/<name>`. */
  readonly as: string;
  readonly service: string;
  /** Name of a path: one of the file's `paths`, or the one made for hops written in the tunnel itself. */
  readonly path: string;
  /** Its connections are of this class; undefined: of cluster-flor's default. */
  readonly trafficClass: WorkloadClassName | undefined;
  /** Handed to cluster-flor as it is. */
  readonly listener: ListenerOptions;
}

/** A socket at which workloads of a node speak data sessions. */
export interface MeshSession {
  readonly node: string;
  readonly listen: string;
  /** Principal that it lends, as `user/<name>` or `service/<name>`. */
  readonly as: string;
  readonly services: readonly MeshSessionService[];
  /** The keys `mode`, `owner`, `allow`, `max-sessions` and `max-streams`, handed to cluster-flor as they are. */
  readonly options: Readonly<Record<string, unknown>>;
}

interface MeshSessionService {
  /** The name by which workloads open it. */
  readonly name: string;
  readonly service: string;
  /** Name of a path, as that of a tunnel. */
  readonly path: string;
  /** Handed to cluster-flor as it is. */
  readonly keep: string | number | undefined;
  readonly connectWait: string | number | undefined;
}

/** Whatever leads from a node to a service: a tunnel, or a service of a socket of data sessions. */
export interface MeshLead {
  readonly node: string;
  readonly as: string;
  readonly service: string;
  readonly path: string;
  /** Its place in the file. */
  readonly at: FilePath;
  /** The place of its principal in the file. */
  readonly asAt: FilePath;
}

/** All that leads to services. */
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

/** The options of a tunnel that cluster-flor alone knows. */
export type ListenerOptions = Readonly<Omit<TunnelInput, "node" | "listen" | "as" | "service" | "path" | "class">>;

/** On one node, the pairs of links (in the words of a hop: `c`, `c/1`) between which packets may pass. */
export interface MeshTransit {
  readonly node: string;
  readonly pairs: readonly (readonly [string, string])[];
}

/** Something that cannot work. */
export interface MeshProblem {
  /** An error keeps the mesh from being rendered; a warning is about what is rendered and will not serve its purpose. */
  readonly severity: "error" | "warning";
  /** Stable; listed in docs/operate/mesh-file.md. */
  readonly code: MeshErrorCode;
  /** The place in the file. */
  readonly path: FilePath;
  readonly message: string;
  readonly advice: string;
}
