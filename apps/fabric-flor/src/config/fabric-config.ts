import type { MetricsListen } from "@florenetes/config-file";
import type { DeviceSection, EndpointSection, FabricConfigFile, SignerRule, WaySection } from "./schema.ts";

/** The place of a node's copy of the log. */
export type StoreConfig =
  | { readonly kind: "sqlite" }
  | {
      readonly kind: "etcd";
      /** Client URLs of the members. */
      readonly urls: readonly string[];
      /** Files in PEM: the authority of the members' certificates, our own certificate, and its key. */
      readonly ca: string;
      readonly cert: string;
      readonly key: string;
    };

/** The partition that a node coordinates while records give it the role, and the store that coordinators of the partition share. */
export interface CoordinatorConfig {
  readonly partition: string;
  readonly store: StoreConfig | undefined;
}

/** The key of a signer: a folder as `flor fabric key new` makes it. */
export interface SignerConfig {
  readonly key: string;
  /** The file whose one line is the passphrase that the key is sealed with. */
  readonly passphraseFile: string | undefined;
  /** The command of the shell that signs, where the folder has no private key. */
  readonly command: string | undefined;
  /** By which rules the agent signs with it by itself; checkpoints, where the policy lists the key, need none. */
  readonly rules: readonly SignerRule[];
}

/** The collector that an observer sends the sums of its partition to. */
export interface OtlpMetricsConfig {
  /** An http or https URL; the first leads to this machine. */
  readonly endpoint: string;
  /** The CAs that may have signed the collector's certificate, a file in PEM; undefined: those that Node.js brings. */
  readonly ca: string | undefined;
}

/** The releases that a node follows, and where it fetches them. */
export interface UpdatesConfig {
  readonly channel: string;
  /** Path of the cluster vertex's socket of data sessions, with the services of caches and stores. */
  readonly sessions: string;
  /** The file with the first root of the repository of releases. */
  readonly repositoryRoot: string;
  /** The file in which update-flor says how it is. */
  readonly status: string;
}

/** The checked configuration of an agent. The file's own form is in `schema.ts`. */
export interface FabricConfig {
  readonly cluster: string;
  /** The name of this node, as its vertices' certificates and its `node` record have it. */
  readonly node: string;
  /** Directory for what must outlive the process: the node's key, and its records. */
  readonly state: string;
  /** Path of the admin socket. */
  readonly admin: string;
  /** Path of the control socket. */
  readonly control: string;
  /** The TCP address at which metrics are told; undefined: there is none. */
  readonly metrics?: MetricsListen | undefined;
  /** Path of the socket of the control API, for others; undefined: there is none. */
  readonly api: string | undefined;
  /** Path of the cluster vertex's door. */
  readonly door: string;
  /** Path of the cluster vertex's socket of data sessions for agents. */
  readonly sessions: string;
  /** Path of the socket at which the cluster vertex brings streams of other agents. */
  readonly listen: string;
  /** The id of the root descriptor that this node trusts first: SHA-256 in lower-case hex. */
  readonly fingerprint: string;
  /** The file of that descriptor; undefined: it comes from a neighbour, or is handed in. */
  readonly rootFile: string | undefined;
  /** The file with that descriptor and the record of seeds, by which the node finds the first others; undefined: neighbours are those of the vertex' file, or come from there. */
  readonly seedsFile: string | undefined;
  /** Whether this node takes roots with `mode: development`. */
  readonly development: boolean;
  /** The store with this node's copy of the log; undefined: it keeps none. */
  readonly store: StoreConfig | undefined;
  /** Undefined: the node coordinates nothing, whatever records say. */
  readonly coordinator: CoordinatorConfig | undefined;
  /** The key by which this agent signs as one of a quorum; undefined: it signs with the node's own key alone. */
  readonly signer: SignerConfig | undefined;
  /** Hand-written ways to nodes that are no neighbours, by their names. */
  readonly ways: ReadonlyMap<string, WaySection>;
  /** The endpoints at which others reach this node, which it announces. */
  readonly endpoints: readonly EndpointSection[];
  /** Points of cost that the owner asks for what the node carries for others. */
  readonly price: number;
  /** Whether each byte that the node carries is paid for. */
  readonly metered: boolean;
  /** The command that says what the device is like; undefined: Linux says it. */
  readonly device: DeviceSection | undefined;
  /** Undefined: the node follows no releases. */
  readonly updates: UpdatesConfig | undefined;
  /** The collector of metrics; undefined: none. */
  readonly otlpMetrics: OtlpMetricsConfig | undefined;
  /** The file's own form, defaults filled in. */
  readonly written: FabricConfigFile;
}
