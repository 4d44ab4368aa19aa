import {
  checkSocketPaths,
  checkSocketPathSize,
  defaultControlPath,
  isLoopback,
  loadConfig,
  parseConfig,
  resolveMetrics,
} from "@florenetes/config-file";
import type { ConfigDocument, KeyPath } from "@florenetes/config-file";
import { isPublishable } from "@florenetes/facts";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import type {
  CoordinatorConfig,
  FabricConfig,
  OtlpMetricsConfig,
  SignerConfig,
  StoreConfig,
  UpdatesConfig,
} from "./fabric-config.ts";
import {
  collectorOf,
  type CoordinatorSection,
  type FabricConfigFile,
  fabricConfigSchema,
  type SignerSection,
  type StoreSection,
  type UpdatesSection,
} from "./schema.ts";

/** The endpoint that each announcement has by itself: the node calls. */
const REVERSE_ID = "out";

type FabricDocument = ConfigDocument<FabricConfigFile>;

/**
 * Reads the config file of an agent, and checks all that can be checked without other files.
 *
 * @throws OperatorErrors with all problems (docs/operate/errors.md), each with its line
 */
export function loadFabricConfig(file: string): Promise<FabricConfig> {
  return loadConfig(file, fabricConfigSchema, resolveFabricConfig);
}

/** Parses the text of a config file. Relative paths in it start at the folder of `file`, an absolute path. */
export function parseFabricConfig(text: string, file: string): FabricConfig {
  return parseConfig(text, file, fabricConfigSchema, resolveFabricConfig);
}

function resolveFabricConfig(document: FabricDocument): FabricConfig {
  const { value } = document;
  const { cluster, node, admin, control = defaultControlPath(admin), development, store, signer, ways } = value;
  const [rootFile, seedsFile] = [value["root-file"], value["seeds-file"]];
  const config: FabricConfig = {
    cluster,
    node,
    state: document.resolvePath(value.state),
    admin: document.resolvePath(admin),
    control: document.resolvePath(control),
    metrics: resolveMetrics(document),
    api: value.api === undefined ? undefined : document.resolvePath(value.api),
    door: document.resolvePath(value.door),
    sessions: document.resolvePath(value.sessions),
    listen: document.resolvePath(value.listen),
    fingerprint: value.root.slice("sha256:".length),
    rootFile: rootFile === undefined ? undefined : document.resolvePath(rootFile),
    seedsFile: seedsFile === undefined ? undefined : document.resolvePath(seedsFile),
    development,
    store: store === undefined ? undefined : resolveStore(store, document),
    coordinator: resolveCoordinator(value.coordinator, document),
    signer: signer === undefined ? undefined : resolveSigner(signer, document),
    ways: new Map(Object.entries(ways)),
    endpoints: value.endpoints,
    price: value.price,
    metered: value.metered,
    device: value.device,
    updates: value.updates === undefined ? undefined : resolveUpdates(value.updates, document),
    otlpMetrics: resolveOtlp(document),
    written: value,
  };
  if (config.ways.has(node)) {
    const code: FabricConfigErrorCode = "ERR_FABRIC_WAY_SELF";
    document.problem(["ways", node], code, "this is the node itself", "Remove it: its services need no way.");
  }
  checkEndpoints(document);
  checkSocketPaths(document, socketsOf(config));
  return config;
}

/** An announcement with an endpoint that makes no good record would be refused as a whole, by everybody. */
function checkEndpoints(document: FabricDocument): void {
  const { endpoints, development } = document.value;
  const code: FabricConfigErrorCode = "ERR_FABRIC_ENDPOINT";
  const ids = new Set([REVERSE_ID]);
  for (const [index, { id, endpoint, carrier }] of endpoints.entries()) {
    const at = ["endpoints", index];
    if (ids.has(id)) {
      const message = id === REVERSE_ID ? `every node has one with the id ${id}` : `the id ${id} stands twice`;
      document.problem([...at, "id"], code, message, "Give it another id.");
    }
    ids.add(id);
    if (isPublishable(carrier, endpoint, development)) continue;
    const advice = 'As "udp://192.0.2.1:4433" or "udp://[2001:db8::1]:4433": where others reach link-flor.';
    document.problem([...at, "endpoint"], code, `${endpoint} is no address at which others reach a node`, advice);
  }
}

function resolveStore(section: "sqlite" | StoreSection, document: FabricDocument): StoreConfig {
  if (section === "sqlite") return { kind: "sqlite" };
  const [ca, cert, key] = [section.ca, section.cert, section.key].map((file) => document.resolvePath(file));
  return { kind: "etcd", urls: section.etcd, ca: ca!, cert: cert!, key: key! };
}

function resolveCoordinator(
  section: CoordinatorSection | undefined,
  document: FabricDocument,
): CoordinatorConfig | undefined {
  if (section === undefined) return undefined;
  const { partition, store } = section;
  return { partition, store: store === undefined ? undefined : resolveStore(store, document) };
}

function resolveSigner(section: SignerSection, document: FabricDocument): SignerConfig {
  const { key, command, rules = [] } = section;
  const file = section["passphrase-file"];
  return {
    key: document.resolvePath(key),
    passphraseFile: file === undefined ? undefined : document.resolvePath(file),
    command,
    rules,
  };
}

/** Metrics that would cross a network in plain HTTP are a problem of the file. */
function resolveOtlp(document: FabricDocument): OtlpMetricsConfig | undefined {
  const section = document.value["otlp-metrics"];
  if (section === undefined) return undefined;
  const { protocol, hostname } = collectorOf(section.endpoint)!;
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol === "http:" && host !== "localhost" && !isLoopback(host)) {
    const code: FabricConfigErrorCode = "ERR_FABRIC_OTLP_METRICS";
    const message = `metrics would go to ${host} unencrypted, with the names of organizations`;
    document.problem(
      ["otlp-metrics", "endpoint"],
      code,
      message,
      "Write https, or send them to a collector on 127.0.0.1.",
    );
  }
  return { endpoint: section.endpoint, ca: section.ca === undefined ? undefined : document.resolvePath(section.ca) };
}

function resolveUpdates(section: UpdatesSection, document: FabricDocument): UpdatesConfig {
  const { channel, sessions, status } = section;
  return {
    channel,
    sessions: document.resolvePath(sessions),
    repositoryRoot: document.resolvePath(section["repository-root"]),
    status: document.resolvePath(status),
  };
}

function* socketsOf(config: FabricConfig): Generator<readonly [KeyPath, string], void> {
  yield [["admin"], config.admin];
  // By default the control path is made of the admin path: when that is too long, a second problem would say nothing new.
  if (checkSocketPathSize(config.admin) === undefined) yield [["control"], config.control];
  if (config.api !== undefined) yield [["api"], config.api];
  yield [["door"], config.door];
  yield [["sessions"], config.sessions];
  yield [["listen"], config.listen];
  if (config.updates !== undefined) yield [["updates", "sessions"], config.updates.sessions];
}
