import type { MetricsListen } from "@florenetes/config-file";
import type { GatewayMode } from "./gateway-section.ts";
import type { KeepMode } from "./keep-section.ts";
import type { StoreConfigFile } from "./schema.ts";
import type { StorageMode } from "./storage-section.ts";

/** The checked configuration of store-flor. The file's own form is in `schema.ts`. */
export interface StoreConfig {
  readonly cluster: string;
  readonly node: string;
  /** Path of the admin socket. */
  readonly admin: string;
  /** Path of the control socket. */
  readonly control: string;
  /** The TCP address at which metrics are told; undefined: there is none. */
  readonly metrics?: MetricsListen | undefined;
  /** Path of the socket to which cluster-flor brings those who read; undefined: a gateway, and what keeps the log alone, have none. */
  readonly listen: string | undefined;
  /** Undefined: it serves nobody, and keeps. */
  readonly serves: StoreMode | CacheMode | StorageMode | GatewayMode | undefined;
  /** Parts of the fabric are kept in a collection, alone or beside what is served; undefined: none. */
  readonly keep: KeepMode | undefined;
  readonly limits: ServingLimits;
  readonly written: StoreConfigFile;
}

/** Serves the folder of a repository. */
export interface StoreMode {
  readonly mode: "update-store";
  readonly folder: string;
}

/** Serves what stores and other caches have, and keeps it. */
export interface CacheMode {
  readonly mode: "update-cache";
  readonly state: string;
  /** Path of cluster-flor's socket of data sessions. */
  readonly sessions: string;
  /** File of the repository's first root. */
  readonly repositoryRoot: string;
  /** Octets of packages that are kept. */
  readonly budget: number;
  /** Path of the admin socket of the node's agent, whose records say whether it may serve; undefined: it may. */
  readonly agent: string | undefined;
}

export interface ServingLimits {
  /** Readers at once. */
  readonly readers: number;
  /** Readers at once of one principal. */
  readonly readersOfOne: number;
  /** Octets of a second to all of them; undefined: as many as go. */
  readonly rate: number | undefined;
  /** Octets of a second to each. */
  readonly readerRate: number | undefined;
}
