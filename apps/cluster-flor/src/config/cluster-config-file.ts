import {
  checkSocketPath,
  checkSocketPaths,
  checkSocketPathSize,
  defaultControlPath,
  loadConfig,
  parseConfig,
  parseDuration,
  resolveMetrics,
} from "@florenetes/config-file";
import type { KeyPath } from "@florenetes/config-file";
import { QUIC_PROTOCOL } from "@florenetes/portal-api";
import { checkLabels } from "./check-labels.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import type { ClusterDocument } from "./config-problems.ts";
import { resolveOtlp } from "./otlp-section.ts";
import { resolveFabric } from "./resolve-fabric.ts";
import { resolveCrossConnects, resolveLinks, resolveLspEnds, resolvePortals, resolveTransit } from "./resolve-links.ts";
import { resolvePaths, resolveServices } from "./resolve-services.ts";
import { resolveSessions } from "./resolve-sessions.ts";
import { resolveTunnels } from "./resolve-tunnels.ts";
import { clusterConfigSchema } from "./schema.ts";

/**
 * Reads the config file of a cluster vertex, and checks all that can be checked without other files.
 *
 * @throws OperatorErrors with all problems (docs/operate/errors.md), each with its line
 */
export function loadClusterConfig(file: string): Promise<ClusterConfig> {
  return loadConfig(file, clusterConfigSchema, resolveClusterConfig);
}

/** Reads a config as `loadClusterConfig` does, from a text. `file` is an absolute path, from which relative ones start. */
export function parseClusterConfig(text: string, file: string): ClusterConfig {
  return parseConfig(text, file, clusterConfigSchema, resolveClusterConfig);
}

function resolveClusterConfig(document: ClusterDocument): ClusterConfig {
  const {
    cluster,
    vertex,
    engine,
    carriers,
    state,
    admin,
    control = defaultControlPath(admin),
    transport,
    revocation,
    "transit-limit": limit,
    "access-log": accessLog,
    trust,
    log,
  } = document.value;
  const config: ClusterConfig = {
    cluster,
    vertex,
    engine,
    linkProtocol: carriers === "quic-only" ? QUIC_PROTOCOL : undefined,
    portals: resolvePortals(document),
    state: document.resolvePath(state),
    admin: document.resolvePath(admin),
    control: document.resolvePath(control),
    metrics: resolveMetrics(document),
    accessLog: accessLog === undefined ? undefined : document.resolvePath(accessLog),
    otlpTraces: resolveOtlp(document),
    log,
    links: resolveLinks(document),
    transit: resolveTransit(document),
    transitLimit: { packetsPerSecond: limit.packets, bytesPerSecond: limit.bytes },
    transitOffload: document.value["transit-offload"],
    crossConnects: resolveCrossConnects(document),
    lspEnds: resolveLspEnds(document),
    services: resolveServices(document),
    paths: resolvePaths(document),
    tunnels: resolveTunnels(document),
    sessions: resolveSessions(document),
    fabric: resolveFabric(document),
    trust: trust === undefined ? undefined : document.resolvePath(trust),
    transport: { streamsPerConnection: transport["streams-per-connection"] },
    revocation: {
      isRequired: revocation === "required",
      graceMs: parseDuration(document.value["revocation-grace"])!,
    },
    expiryGraceMs: parseDuration(document.value["expiry-grace"])!,
    expiryWarningMs: parseDuration(document.value["expiry-warning"])!,
    written: document.value,
  };
  checkLabels(document, config);
  checkSockets(document, config);
  return config;
}

/** Targets of services are sockets of other programs: many may share one. */
function checkSockets(document: ClusterDocument, config: ClusterConfig): void {
  checkSocketPaths(document, socketsOf(config));
  for (const { name, target } of config.services) {
    if (target.kind === "unix" || target.kind === "session")
      checkSocketPath(document, ["services", name, "target"], target.path);
  }
}

function* socketsOf(config: ClusterConfig): Generator<readonly [KeyPath, string], void> {
  for (const { name, bind, connect } of config.portals) {
    yield [["portals", name, "bind"], bind];
    yield [["portals", name, "connect"], connect];
  }
  yield [["admin"], config.admin];
  // The path of `control` is derived from that of `admin`: when that one is too long, a second error adds nothing.
  if (checkSocketPathSize(config.admin) === undefined) yield [["control"], config.control];
  for (const [index, { listen }] of config.tunnels.entries()) {
    if (listen.kind === "unix") yield [["tunnels", index, "listen"], listen.path];
  }
  for (const [index, { listen }] of config.sessions.entries()) yield [["sessions", index, "listen"], listen];
  if (config.fabric !== undefined) {
    yield [["fabric", "door"], config.fabric.door];
    yield [["fabric", "sessions"], config.fabric.sessions];
    // A vertex that were its own agent would bring itself what neighbours say.
    yield [["fabric", "agent"], config.fabric.agent];
  }
}
