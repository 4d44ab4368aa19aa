/** The parts of statuses from which the picture is made. The programs document them. Texts are safe to show. */
import type { StatusFinding } from "@florenetes/process-kit";
import type { ClusterLoad, LinkFlorLoad } from "./node-load.ts";

/** The answer of one of a node's two programs: its status, or why there is none. Undefined: the program was not asked. */
export type ProgramAnswer<Status> = { readonly status: Status } | { readonly silence: string } | undefined;

export interface NodeAnswer {
  readonly clusterFlor: ProgramAnswer<ClusterFacts>;
  readonly linkFlor: ProgramAnswer<LinkFacts>;
}

/** Facts of both programs' statuses. */
interface ProgramFacts {
  readonly version: string;
  readonly startedAt: string;
  readonly findings: readonly StatusFinding[];
}

interface Reason {
  readonly code: string;
  readonly text: string;
}

/** Facts of cluster-flor's status. */
export interface ClusterFacts extends ProgramFacts {
  readonly vertex: string;
  readonly cluster: string;
  readonly links: readonly LinkEndFacts[];
  readonly forwarding: { readonly transit: readonly { readonly inLink: string; readonly outLink: string }[] };
  readonly paths: readonly PathFacts[];
  readonly tunnels: readonly TunnelFacts[];
  readonly sessions: readonly SessionFacts[];
  readonly services: readonly ServiceFacts[];
  readonly connections: readonly ConnectionFacts[];
  readonly certificates: readonly IdentityFacts[];
  /** The revocation lists; null: the vertex judges nobody. */
  readonly revocation: RevocationFacts | null;
  /** Null: the status has no such figures. */
  readonly load: ClusterLoad | null;
}

/** Facts of link-flor's status. */
export interface LinkFacts extends ProgramFacts {
  readonly clusters: readonly {
    readonly cluster: string;
    readonly principal: string;
    readonly certificate: IdentityFacts;
    readonly revocation: RevocationFacts;
  }[];
  /** Null: the status has no such figures. */
  readonly load: LinkFlorLoad | null;
}

/** An identity in use, and the roots that it trusts. */
export interface IdentityFacts {
  readonly principal: string;
  readonly certificates: readonly { readonly role: string; readonly issuer: string; readonly fingerprint: string }[];
}

export interface RevocationFacts {
  /** Lists by issuer. A number consists of digits alone. */
  readonly lists: readonly { readonly issuer: string; readonly number: string }[];
}

interface LinkEndFacts extends Reason {
  readonly name: string;
  readonly peer: string;
  readonly tag: string;
  readonly role: "originator" | "acceptor";
  readonly state: "waiting" | "connecting" | "up" | "down" | "refused";
  readonly isNeverContacted: boolean;
  readonly figures: {
    readonly rttMs: number;
    readonly lossRatio: number | null;
    readonly sentBitsPerSecond: number;
    readonly receivedBitsPerSecond: number;
  } | null;
}

interface PathFacts {
  readonly name: string;
  readonly link: string | null;
  readonly labels: readonly number[];
  readonly isUsable: boolean;
  readonly isReachable: boolean | null;
  readonly heardMs: number | null;
}

interface TunnelFacts {
  readonly listen: string;
  readonly as: string;
  readonly service: string;
  readonly path: string;
  readonly class: string;
  readonly keepMs: number | null;
  readonly isListening: boolean;
  readonly text: string;
  readonly unreached: string;
}

interface SessionFacts {
  readonly listen: string;
  readonly as: string;
  readonly isListening: boolean;
  readonly text: string;
  readonly services: readonly {
    readonly name: string;
    readonly service: string;
    readonly path: string;
    readonly unreached: string;
  }[];
}

interface ServiceFacts {
  readonly name: string;
  readonly label: number;
  readonly target: string;
  readonly allow: readonly string[];
  readonly text: string;
  readonly connections: { readonly open: number; readonly total: number };
}

interface ConnectionFacts {
  readonly direction: string;
  readonly state: string;
  readonly service: string;
  readonly path: string;
  readonly class: string;
}
