import type { TrafficClassName, WorkloadClassName } from "@florenetes/forwarding";
import type { Settings } from "./settings.ts";

/** A mesh file as an object, as people write it: fields with a default are optional. */
export interface MeshFileInput {
  cluster: string;
  carriers?: "any" | "quic-only" | undefined;
  /** Settings of the programs of all nodes. */
  settings?: Settings | undefined;
  nodes: Record<string, NodeInput | null>;
  links?: LinkInput[] | undefined;
  lsps?: Record<string, string[]> | undefined;
  services?: Record<string, ServiceInput> | undefined;
  paths?: Record<string, PathInput> | undefined;
  tunnels?: TunnelInput[] | undefined;
  sessions?: SessionInput[] | undefined;
  transit?: Record<string, string[][]> | undefined;
  fabric?: FabricInput | undefined;
}

interface FabricInput {
  root: string;
  "root-file"?: string | undefined;
  development?: boolean | undefined;
  /** Nodes that run an agent; default: all. */
  nodes?: string[] | undefined;
  owner?: string | undefined;
  pins?: "overlay" | "all" | undefined;
  /** Ways from nodes to nodes that are no neighbours, as the hops of paths. */
  ways?: string[][] | undefined;
  /** The most that nodes carry for others. */
  relays?: Record<string, { classes: TrafficClassName[]; rate: string }> | undefined;
  /** Nodes that compose routes. */
  coordinators?: Record<string, { partition?: string | undefined; store?: FabricStore | undefined }> | undefined;
  /** Nodes whose agents may open links. */
  links?: Record<string, { max: number; dial?: string[] | undefined }> | undefined;
  /** Costs of routes over nodes, as their owners say. */
  costs?: Record<string, { price?: number | undefined; metered?: boolean | undefined }> | undefined;
  /** The releases that agents follow. */
  updates?: { channel: string; "repository-root": string } | undefined;
  /** Nodes that keep objects for others, and those that ask them. */
  storage?:
    | {
        holders: string[];
        gateways?: Record<string, string> | undefined;
        allow?: string[] | undefined;
      }
    | undefined;
}

export type FabricStore = "sqlite" | { etcd: string[]; ca: string; cert: string; key: string };

export interface ServiceInput {
  node: string;
  target: string;
  allow?: string[] | undefined;
  "proxy-protocol"?: "v2" | undefined;
  "flow-idle"?: string | number | undefined;
  "health-check"?: string | number | undefined;
  /** `fabric`: of several hosts, one serves at a time. */
  leader?: "fabric" | undefined;
  classes?: WorkloadClassName[] | undefined;
}

interface NodeInput {
  address?: string | undefined;
  port?: number | undefined;
  listen?: string | undefined;
  portals?: Record<string, { listen: string }> | undefined;
  dirs?: DirsValue | undefined;
  "transit-limit"?: { packets?: number | undefined; bytes?: number | undefined } | undefined;
  settings?: Settings | undefined;
}

export interface LinkInput {
  between: string[];
  originator?: string | undefined;
  tag?: string | undefined;
  address?: string | undefined;
  port?: number | undefined;
  endpoint?: string | undefined;
  portal?: string | undefined;
  rate?: string | undefined;
}

export type PathInput = string[] | { hops: string[]; mtu?: number | undefined };

export interface TunnelInput {
  node: string;
  listen: string;
  as: string;
  service: string;
  path: string | PathInput;
  expose?: boolean | undefined;
  mode?: string | undefined;
  owner?: string | undefined;
  keep?: string | number | undefined;
  "connect-wait"?: string | number | undefined;
  "dont-fragment"?: boolean | undefined;
  class?: WorkloadClassName | undefined;
}

interface SessionOptions {
  mode?: string | undefined;
  owner?: string | undefined;
  allow?: (string | number)[] | undefined;
  "max-sessions"?: number | undefined;
  "max-streams"?: number | undefined;
}

interface SessionServiceOptions {
  service?: string | undefined;
  keep?: string | number | undefined;
  "connect-wait"?: string | number | undefined;
}

interface SessionInput extends SessionOptions {
  node: string;
  listen: string;
  as: string;
  services: Record<string, SessionServiceOptions & { path: string | PathInput }>;
}

/** A mesh file whose form was checked, with the defaults that depend on nothing else in the file. */
export interface MeshFileValue {
  cluster: string;
  carriers?: "any" | "quic-only" | undefined;
  settings?: Settings | undefined;
  nodes: Record<string, NodeValue | null>;
  links: (LinkInput & { tag: string })[];
  lsps: Record<string, string[]>;
  services: Record<string, ServiceInput>;
  paths: Record<string, PathEntry>;
  tunnels: (Omit<TunnelInput, "path"> & { path: string | PathEntry })[];
  sessions: (Omit<SessionInput, "services"> & {
    services: Record<string, SessionServiceOptions & { path: string | PathEntry }>;
  })[];
  transit?: Record<string, string[][]> | undefined;
  fabric?: FabricValue | undefined;
}

/** With the defaults filled in. */
export interface FabricValue extends FabricInput {
  coordinators?: Record<string, FabricCoordinator> | undefined;
}

export interface FabricCoordinator {
  partition: string;
  store: FabricStore;
}

export interface NodeValue extends NodeInput {
  port: number;
}

interface DirsValue {
  identity?: string | undefined;
  "run-link"?: string | undefined;
  "run-cluster"?: string | undefined;
  "state-link"?: string | undefined;
  "state-cluster"?: string | undefined;
}

/** `[a, b, c]`, or `{ hops: [a, b, c], mtu: 1400 }`. */
export interface PathEntry {
  readonly hops: readonly string[];
  readonly mtu: number | undefined;
  /** Whether the hops stand under a key `hops`. */
  readonly isSection: boolean;
}
