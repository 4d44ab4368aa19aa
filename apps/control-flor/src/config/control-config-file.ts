import {
  checkSocketPaths,
  checkSocketPathSize,
  type ConfigDocument,
  defaultControlPath,
  type KeyPath,
  loadConfig,
  parseConfig,
  resolveMetrics,
} from "@florenetes/config-file";
import type { ControlConfigErrorCode } from "./config-errors.ts";
import type { ReaderRights } from "../reader-rights.ts";
import type { ControlConfig } from "./control-config.ts";
import { resolveHttps } from "./https-section.ts";
import { type ControlConfigFile, controlConfigSchema } from "./schema.ts";

type ControlDocument = ConfigDocument<ControlConfigFile>;

/**
 * Reads the config file of control-flor, and checks all that can be checked without other files.
 *
 * @throws OperatorErrors with all problems (docs/operate/errors.md), each with its line
 */
export function loadControlConfig(file: string): Promise<ControlConfig> {
  return loadConfig(file, controlConfigSchema, resolveControlConfig);
}

/** Parses the text of a config file. Relative paths in it start at the folder of `file`, an absolute path. */
export function parseControlConfig(text: string, file: string): ControlConfig {
  return parseConfig(text, file, controlConfigSchema, resolveControlConfig);
}

function resolveControlConfig(document: ControlDocument): ControlConfig {
  const { value } = document;
  const admin = document.resolvePath(value.admin);
  const config: ControlConfig = {
    cluster: value.cluster,
    admin,
    control: document.resolvePath(value.control ?? defaultControlPath(value.admin)),
    metrics: resolveMetrics(document),
    agent: document.resolvePath(value.agent),
    state: document.resolvePath(value.state),
    listen: document.resolvePath(value.listen),
    https: resolveHttps(document),
    service: value.service,
    hosts: new Set(value.hosts),
    readers: readersOf(document),
    written: value,
  };
  checkSocketPaths(document, socketsOf(config));
  return config;
}

function readersOf(document: ControlDocument): ReadonlyMap<string, ReaderRights> {
  const readers = new Map<string, ReaderRights>();
  for (const [at, { principals, organizations, propose }] of document.value.readers.entries()) {
    const rights = {
      organizations: organizations === "all" ? organizations : new Set(organizations),
      mayPropose: propose,
    };
    for (const [index, principal] of principals.entries()) {
      if (readers.has(principal)) {
        const code: ControlConfigErrorCode = "ERR_CONTROL_READER_NAME";
        const message = `${principal} is named more than once`;
        document.problem(["readers", at, "principals", index], code, message, "Name it in one entry.");
      }
      readers.set(principal, rights);
    }
  }
  return readers;
}

function* socketsOf({ admin, control, agent, listen }: ControlConfig): Generator<readonly [KeyPath, string], void> {
  yield [["admin"], admin];
  // By default the control path is made of the admin path: when that is too long, a second problem would say nothing new.
  if (checkSocketPathSize(admin) === undefined) yield [["control"], control];
  yield [["agent"], agent];
  yield [["listen"], listen];
}
