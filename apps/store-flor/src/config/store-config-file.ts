import {
  checkSocketPaths,
  checkSocketPathSize,
  type ConfigDocument,
  defaultControlPath,
  type KeyPath,
  loadConfig,
  parseConfig,
  parseRate,
  parseSize,
  resolveMetrics,
} from "@florenetes/config-file";
import type { StoreConfigErrorCode } from "./config-errors.ts";
import { READER_RATE_MIN } from "./limits.ts";
import { type StoreConfigFile, storeConfigSchema } from "./schema.ts";
import { resolveGateway } from "./gateway-section.ts";
import { resolveKeep } from "./keep-section.ts";
import { resolveStorage } from "./storage-section.ts";
import type { ServingLimits, StoreConfig } from "./store-config.ts";

type StoreDocument = ConfigDocument<StoreConfigFile>;

/**
 * Reads the config file of store-flor, and checks all that can be checked without other files.
 *
 * @throws OperatorErrors with all problems (docs/operate/errors.md), each with its line
 */
export function loadStoreConfig(file: string): Promise<StoreConfig> {
  return loadConfig(file, storeConfigSchema, resolveStoreConfig);
}

/** Parses the text of a config file. Relative paths in it start at the folder of `file`, an absolute path. */
export function parseStoreConfig(text: string, file: string): StoreConfig {
  return parseConfig(text, file, storeConfigSchema, resolveStoreConfig);
}

function resolveStoreConfig(document: StoreDocument): StoreConfig {
  const { value } = document;
  const config: StoreConfig = {
    cluster: value.cluster,
    node: value.node,
    admin: document.resolvePath(value.admin),
    control: document.resolvePath(value.control ?? defaultControlPath(value.admin)),
    metrics: resolveMetrics(document),
    listen: value.listen === undefined ? undefined : document.resolvePath(value.listen),
    serves: modeOf(document),
    keep: value.keep && resolveKeep(document, value.keep),
    limits: limitsOf(document),
    written: value,
  };
  checkSocketPaths(document, socketsOf(config));
  return config;
}

/** A process serves one of these, or nothing beside `keep`. */
const MODES = ["update-store", "update-cache", "storage", "storage-gateway"] as const;

function modeOf(document: StoreDocument): StoreConfig["serves"] {
  const { value } = document;
  const { "update-store": store, "update-cache": cache, storage, "storage-gateway": gateway, keep } = value;
  const modes = MODES.filter((mode) => value[mode] !== undefined);
  if (modes.length === 0 && keep !== undefined) return undefined;
  const code: StoreConfigErrorCode = "ERR_STORE_MODE";
  if (modes.length !== 1) {
    const message = modes.length === 0 ? "it says nothing of what is served" : `${modes.join(" and ")} are there`;
    document.problem([modes[0] ?? "update-store"], code, message, `Write one of ${MODES.join(", ")}, or keep.`);
  }
  if (gateway !== undefined) return resolveGateway(document, gateway);
  if (value.listen === undefined)
    document.problem(["listen"], code, "`listen` is missing", "Name the socket to which cluster-flor brings readers.");
  if (storage !== undefined) return resolveStorage(document, storage);
  if (cache === undefined) return { mode: "update-store", folder: document.resolvePath(store?.folder ?? ".") };
  return {
    mode: "update-cache",
    state: document.resolvePath(cache.state),
    sessions: document.resolvePath(cache.sessions),
    repositoryRoot: document.resolvePath(cache["repository-root"]),
    budget: parseSize(cache.budget)!,
    agent: cache.agent === undefined ? undefined : document.resolvePath(cache.agent),
  };
}

function limitsOf(document: StoreDocument): ServingLimits {
  const { readers, "readers-of-one": readersOfOne, rate, "reader-rate": readerRate } = document.value.limits;
  if (rate !== undefined && parseRate(rate)! < readers * READER_RATE_MIN) {
    const code: StoreConfigErrorCode = "ERR_STORE_RATE";
    const message = `${rate} for ${readers} readers leaves less than 64 kbit/s to each`;
    document.problem(["limits", "rate"], code, message, "Raise it, or lower `readers`.");
  }
  return { readers, readersOfOne, rate: octetsOf(rate), readerRate: octetsOf(readerRate) };
}

/** Octets of a second. */
function octetsOf(rate: string | undefined): number | undefined {
  return rate === undefined ? undefined : parseRate(rate)! / 8;
}

function* socketsOf({
  admin,
  control,
  listen,
  serves,
  keep,
}: StoreConfig): Generator<readonly [KeyPath, string], void> {
  yield [["admin"], admin];
  // By default the control path is made of the admin path: when that is too long, a second problem would say nothing new.
  if (checkSocketPathSize(admin) === undefined) yield [["control"], control];
  if (listen !== undefined) yield [["listen"], listen];
  if (keep?.control !== undefined) yield [["keep", "control"], keep.control];
  const agent = serves === undefined || serves.mode === "update-store" ? undefined : serves.agent;
  // Both may ask one agent.
  if (keep !== undefined && keep.agent !== agent) yield [["keep", "agent"], keep.agent];
  if (serves === undefined || serves.mode === "update-store") return;
  if (serves.mode === "update-cache") yield [[serves.mode, "sessions"], serves.sessions];
  if (agent !== undefined) yield [[serves.mode, "agent"], agent];
}
