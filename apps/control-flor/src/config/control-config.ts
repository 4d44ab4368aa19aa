import type { MetricsListen } from "@florenetes/config-file";
import type { ReaderRights } from "../reader-rights.ts";
import type { HttpsConfig } from "./https-section.ts";
import type { ControlConfigFile } from "./schema.ts";

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
  /** Undefined: users ask over the mesh alone. */
  readonly https: HttpsConfig | undefined;
  /** The service of the cluster whose hosts are the replicas; undefined: this replica has no others. */
  readonly service: string | undefined;
  /** Names of hosts by which browsers come, beside those of the machine itself. */
  readonly hosts: ReadonlySet<string>;
  /** By principal, as `user/alice`. */
  readonly readers: ReadonlyMap<string, ReaderRights>;
  readonly written: ControlConfigFile;
}
