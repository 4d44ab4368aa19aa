import {
  checkSocketPaths,
  checkSocketPathSize,
  defaultControlPath,
  loadConfig,
  parseConfig,
} from "@florenetes/config-file";
import type { ConfigDocument, KeyPath } from "@florenetes/config-file";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import type { FabricConfig } from "./fabric-config.ts";
import { type FabricConfigFile, fabricConfigSchema } from "./schema.ts";

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
  const { cluster, node, admin, control = defaultControlPath(admin), development, ways } = value;
  const rootFile = value["root-file"];
  const config: FabricConfig = {
    cluster,
    node,
    state: document.resolvePath(value.state),
    admin: document.resolvePath(admin),
    control: document.resolvePath(control),
    door: document.resolvePath(value.door),
    sessions: document.resolvePath(value.sessions),
    listen: document.resolvePath(value.listen),
    fingerprint: value.root.slice("sha256:".length),
    rootFile: rootFile === undefined ? undefined : document.resolvePath(rootFile),
    development,
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

function* socketsOf(config: FabricConfig): Generator<readonly [KeyPath, string], void> {
  yield [["admin"], config.admin];
  // By default the control path is made of the admin path: when that is too long, a second problem would say nothing new.
  if (checkSocketPathSize(config.admin) === undefined) yield [["control"], config.control];
  yield [["door"], config.door];
  yield [["sessions"], config.sessions];
  yield [["listen"], config.listen];
}
