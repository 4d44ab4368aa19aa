import {
  checkSocketPaths,
  checkSocketPathSize,
  defaultControlPath,
  ListenPlaces,
  loadConfig,
  parseConfig,
  parseDuration,
  parseStreamAddress,
  parseUdpAddress,
  resolveMetrics,
} from "@florenetes/config-file";
import type { ConfigDocument, ConfigFileErrorCode, KeyPath } from "@florenetes/config-file";
import type { ClusterPortalConfig, LinkFlorConfig } from "./link-config.ts";
import { linkConfigSchema } from "./schema.ts";
import type { LinkConfigFile } from "./schema.ts";

type LinkDocument = ConfigDocument<LinkConfigFile>;

/**
 * Reads the config file of a link vertex, and checks all that can be checked without other files.
 *
 * @throws OperatorErrors with all problems (docs/operate/errors.md), each with its line
 */
export function loadLinkConfig(file: string): Promise<LinkFlorConfig> {
  return loadConfig(file, linkConfigSchema, resolveLinkConfig);
}

/** Parses the text of a config file. Relative paths in it start at the folder of `file`, an absolute path. */
export function parseLinkConfig(text: string, file: string): LinkFlorConfig {
  return parseConfig(text, file, linkConfigSchema, resolveLinkConfig);
}

function resolveLinkConfig(document: LinkDocument): LinkFlorConfig {
  const { engine, state, admin, control = defaultControlPath(admin), quiet = 0, clusters } = document.value;
  const deadAfterMs = parseDuration(document.value["dead-after"])!;
  const quietSeconds = Math.floor(parseDuration(quiet)! / 1_000);
  const config: LinkFlorConfig = {
    engine,
    state: document.resolvePath(state),
    admin: document.resolvePath(admin),
    control: document.resolvePath(control),
    metrics: resolveMetrics(document),
    clusters: Object.entries(clusters).map(([cluster, section]) => ({
      cluster,
      vertex: section.vertex,
      identity: document.resolvePath(section.identity),
      listen: parseUdpAddress(section.listen)!,
      linksMax: section["links-max"],
      udpPayloadMax: section["udp-payload-max"],
      bind: document.resolvePath(section.bind),
      connect: document.resolvePath(section.connect),
      revocation: {
        isRequired: section.revocation === "required",
        graceMs: parseDuration(section["revocation-grace"])!,
      },
      expiryGraceMs: parseDuration(section["expiry-grace"])!,
      endedDoor: doorOf(section["ended-door"]),
      expiryWarningMs: parseDuration(section["expiry-warning"])!,
      deadAfterMs,
      quietSeconds,
    })),
    written: document.value,
  };
  checkListens(document, config.clusters);
  checkSocketPaths(document, socketsOf(config));
  return config;
}

function doorOf(address: string | undefined): ClusterPortalConfig["endedDoor"] {
  const to = address === undefined ? undefined : parseStreamAddress(address);
  return to?.kind === "tcp" ? { host: to.host, port: to.port } : undefined;
}

/** Checks that each cluster has an address of its own: the address tells which cluster an incoming connection is for. */
function checkListens(document: LinkDocument, clusters: readonly ClusterPortalConfig[]): void {
  const places = new ListenPlaces<string>();
  for (const { cluster, listen } of clusters) {
    const other = places.take(listen, cluster);
    if (other === undefined) continue;
    const message = `cluster "${other}" listens there`;
    const advice = "Choose another port or address: it tells whose an incoming connection is.";
    problem(document, ["clusters", cluster, "listen"], "ERR_CONFIG_LISTEN_DUPLICATE", message, advice);
  }
}

function* socketsOf(config: LinkFlorConfig): Generator<readonly [KeyPath, string], void> {
  yield [["admin"], config.admin];
  // By default the control path is made of the admin path: when that is too long, a second problem would say nothing new.
  if (checkSocketPathSize(config.admin) === undefined) yield [["control"], config.control];
  for (const { cluster, bind, connect } of config.clusters) {
    yield [["clusters", cluster, "bind"], bind];
    yield [["clusters", cluster, "connect"], connect];
  }
}

function problem(
  document: LinkDocument,
  at: KeyPath,
  code: ConfigFileErrorCode,
  message: string,
  advice: string,
): void {
  document.problem(at, code, message, advice);
}
