import type { MetricsListen } from "@florenetes/config-file";
import type { RevocationPolicy } from "@florenetes/identity";
import type { EngineSetting } from "@florenetes/quic";
import type { LinkConfigFile } from "./schema.ts";

/** The checked configuration of a link vertex. The file's own form is in `schema.ts`. */
export interface LinkFlorConfig {
  /** Which QUIC engine carries the links. */
  readonly engine: EngineSetting;
  /** Directory for what must outlive the process. */
  readonly state: string;
  /** Path of the admin socket. */
  readonly admin: string;
  /** Path of the control socket. */
  readonly control: string;
  /** The TCP address at which metrics are told; undefined: there is none. */
  readonly metrics?: MetricsListen | undefined;
  readonly clusters: readonly ClusterPortalConfig[];
  /** The file's own form, defaults filled in. */
  readonly written: LinkConfigFile;
}

/** A cluster that this link vertex serves. */
export interface ClusterPortalConfig {
  readonly cluster: string;
  /** Name of this vertex, which its certificate has to have; undefined: any name will do. */
  readonly vertex: string | undefined;
  /** Folder of the vertex identity. */
  readonly identity: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** How many links its cluster vertex may want at most. */
  readonly linksMax: number;
  /** Largest UDP payload of its links; undefined: what the interface's MTU allows. */
  readonly udpPayloadMax: number | undefined;
  /** Path of our FlorIO socket. */
  readonly bind: string;
  /** Path of the cluster vertex's FlorIO socket. */
  readonly connect: string;
  /** Rules by which revocation lists decide about new sessions. */
  readonly revocation: RevocationPolicy;
  /** How long after the end of a certificate its sessions go on, in milliseconds. */
  readonly expiryGraceMs: number;
  /** The TCP address that vertices reach whose certificates have ended; undefined: none, and they are refused. */
  readonly endedDoor: { readonly host: string; readonly port: number } | undefined;
  /** How long before the end of a certificate the warnings begin, in milliseconds. */
  readonly expiryWarningMs: number;
  /** Silence after which a link is dead, in milliseconds: the same for all clusters. */
  readonly deadAfterMs: number;
  /** The quiet that links are to have which this vertex originates, in whole seconds, the same for all clusters; 0: none. */
  readonly quietSeconds: number;
}
