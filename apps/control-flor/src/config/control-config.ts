import type { MetricsListen } from "@florenetes/config-file";
import type { ControlConfigFile } from "./schema.ts";

/** The rights of a principal. */
export interface ReaderConfig {
  /** Names of the organizations whose records it sees, beside those of the cluster. */
  readonly organizations: "all" | ReadonlySet<string>;
  /** Whether it may bring proposals, signatures and signed records. */
  readonly mayPropose: boolean;
}

/** The checked configuration of control-flor. The file's own form is in `schema.ts`. */
export interface ControlConfig {
  readonly cluster: string;
  /** Path of the admin socket. */
  readonly admin: string;
  /** Path of the control socket. */
  readonly control: string;
  /** The TCP address at which metrics are told; undefined: there is none. */
  readonly metrics?: MetricsListen | undefined;
  /** Path of the admin socket of the node's agent. */
  readonly agent: string;
  /** Folder of the proposals. */
  readonly state: string;
  /** Path of the socket to which cluster-flor brings those who ask. */
  readonly listen: string;
  /** Names of hosts by which browsers come, beside those of the machine itself. */
  readonly hosts: ReadonlySet<string>;
  /** By principal, as `user/alice`. */
  readonly readers: ReadonlyMap<string, ReaderConfig>;
  readonly written: ControlConfigFile;
}
