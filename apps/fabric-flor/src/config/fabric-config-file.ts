import {
  checkSocketPaths,
  checkSocketPathSize,
  defaultControlPath,
  loadConfig,
  parseConfig,
} from "@florenetes/config-file";
import type { ConfigDocument, KeyPath } from "@florenetes/config-file";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import type { FabricConfig, SignerConfig, StoreConfig } from "./fabric-config.ts";
import { type FabricConfigFile, fabricConfigSchema, type SignerSection, type StoreSection } from "./schema.ts";

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
  const rootFile = value["root-file"];
  const config: FabricConfig = {
    cluster,
    node,
    state: document.resolvePath(value.state),
    admin: document.resolvePath(admin),
    control: document.resolvePath(control),
    api: value.api === undefined ? undefined : document.resolvePath(value.api),
    door: document.resolvePath(value.door),
    sessions: document.resolvePath(value.sessions),
    listen: document.resolvePath(value.listen),
    fingerprint: value.root.slice("sha256:".length),
    rootFile: rootFile === undefined ? undefined : document.resolvePath(rootFile),
    development,
    store: store === undefined ? undefined : resolveStore(store, document),
    signer: signer === undefined ? undefined : resolveSigner(signer, document),
    ways: new Map(Object.entries(ways)),
    written: value,
  };
  if (config.ways.has(node)) {
    const code: FabricConfigErrorCode = "ERR_FABRIC_WAY_SELF";
    document.problem(["ways", node], code, "this is the node itself", "Remove it: its services need no way.");
  }
  checkSocketPaths(document, socketsOf(config));
  return config;
}

function resolveStore(section: "sqlite" | StoreSection, document: FabricDocument): StoreConfig {
  if (section === "sqlite") return { kind: "sqlite" };
  const [ca, cert, key] = [section.ca, section.cert, section.key].map((file) => document.resolvePath(file));
  return { kind: "etcd", urls: section.etcd, ca: ca!, cert: cert!, key: key! };
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

function* socketsOf(config: FabricConfig): Generator<readonly [KeyPath, string], void> {
  yield [["admin"], config.admin];
  // By default the control path is made of the admin path: when that is too long, a second problem would say nothing new.
  if (checkSocketPathSize(config.admin) === undefined) yield [["control"], config.control];
  if (config.api !== undefined) yield [["api"], config.api];
  yield [["door"], config.door];
  yield [["sessions"], config.sessions];
  yield [["listen"], config.listen];
}
