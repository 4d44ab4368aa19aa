import { parseDuration, parseListenAddress, parseServiceTarget } from "@florenetes/config-file";
import type { KeyPath, ListenAddress, ServiceTarget } from "@florenetes/config-file";
import { TrafficClass } from "@florenetes/forwarding";
import type { PathConfig, ServiceConfig } from "./cluster-config.ts";
import { FLOW_IDLE_MS, HEALTH_CHECK_MS } from "./limits.ts";
import { indexOfLink, problem } from "./config-problems.ts";
import type { ClusterDocument } from "./config-problems.ts";

export function resolveServices(document: ClusterDocument): ServiceConfig[] {
  return Object.entries(document.value.services).map(([name, service]) => {
    const { label, identity, allow, classes, "proxy-protocol": proxyProtocol, "flow-idle": flowIdle } = service;
    const target = resolveRelative(document, parseServiceTarget(service.target)!);
    const healthCheck = service["health-check"];
    const options = { "proxy-protocol": proxyProtocol, "flow-idle": flowIdle, "health-check": healthCheck };
    checkTargetOptions(document, ["services", name], target, options);
    if (service.leader !== undefined && document.value.fabric === undefined) {
      const message = "`leader: fabric` takes a control agent, and the config has no `fabric`";
      const advice = "Add the key `fabric`, or remove `leader`: the service would never be served.";
      problem(document, ["services", name, "leader"], "ERR_CONFIG_LEADER", message, advice);
    }
    return {
      name,
      label,
      secondLabel: service["second-label"],
      identity: document.resolvePath(identity),
      target,
      flowIdleMs: takesFlows(target) ? parseDuration(flowIdle ?? FLOW_IDLE_MS) : undefined,
      healthCheckMs: healthCheckMsOf(target, healthCheck),
      tellsPrincipal: proxyProtocol === "v2",
      allow: [...new Set(allow)],
      classes: classes && new Set(classes.map((name) => TrafficClass[name])),
      ...(service.leader === "fabric" && { needsGrant: true as const }),
    };
  });
}

function checkTargetOptions(
  document: ClusterDocument,
  at: KeyPath,
  target: ServiceTarget,
  options: Readonly<Record<"proxy-protocol" | "flow-idle" | "health-check", unknown>>,
): void {
  if (takesFlows(target) && options["proxy-protocol"] !== undefined) {
    const isSession = target.kind === "session";
    const message = `\`proxy-protocol\` is for connections to a target, not for \`${isSession ? "session+unix:" : "udp://"}\``;
    const advice = isSession
      ? "Remove it: a data session says of each stream who calls."
      : "Remove it: datagrams bring no header that could say who has sent them.";
    problem(document, [...at, "proxy-protocol"], "ERR_CONFIG_TARGET_OPTION", message, advice);
  }
  if (!takesFlows(target) && options["flow-idle"] !== undefined) {
    const message = "`flow-idle` is for `udp://` and `session+unix:` targets";
    const advice = "Remove it: a stream ends when its workloads end it.";
    problem(document, [...at, "flow-idle"], "ERR_CONFIG_TARGET_OPTION", message, advice);
  }
  if (!canBeChecked(target) && options["health-check"] !== undefined && options["health-check"] !== "off") {
    const message = "`health-check` is for `tcp://`, `unix:` and `session+unix:` targets";
    const advice = "Remove it: other targets cannot be looked at by a connection.";
    problem(document, [...at, "health-check"], "ERR_CONFIG_TARGET_OPTION", message, advice);
  }
}

/** Undefined when the target is not checked. */
function healthCheckMsOf(target: ServiceTarget, written: number | string | undefined): number | undefined {
  return !canBeChecked(target) || written === "off" ? undefined : parseDuration(written ?? HEALTH_CHECK_MS);
}

/** Whether the target can be checked by a connection, which a target for datagrams cannot. */
function canBeChecked({ kind }: ServiceTarget): boolean {
  return kind === "tcp" || kind === "unix" || kind === "session";
}

/** Whether the target takes datagrams. */
function takesFlows({ kind }: ServiceTarget): boolean {
  return kind === "udp" || kind === "session";
}

/** An address that the schema has read already. */
export function resolveAddress(document: ClusterDocument, text: string): ListenAddress {
  return resolveRelative(document, parseListenAddress(text)!);
}

function resolveRelative<Address extends ServiceTarget>(document: ClusterDocument, address: Address): Address {
  return address.kind === "unix" || address.kind === "session"
    ? { ...address, path: document.resolvePath(address.path) }
    : address;
}

export function resolvePaths(document: ClusterDocument): PathConfig[] {
  return Object.entries(document.value.paths).map(([name, { link, labels, mtu }]) => {
    const at = ["paths", name];
    if (link === undefined) {
      checkLocalPath(document, at, labels);
      return { name, link: undefined, labels, mtu };
    }
    return { name, link: indexOfLink(document, [...at, "link"], link), labels, mtu };
  });
}

/** A user of a service at the end of a path. */
interface FarService {
  readonly service: string;
  readonly path: string;
}

/** A path without links tells its far end, which can only be the service with the path's label. */
export function checkFarService(document: ClusterDocument, at: KeyPath, { service, path: name }: FarService): void {
  const path = document.value.paths[name]!;
  if (path.link !== undefined) return;
  const local = localServiceOf(document, path.labels[0]);
  if (local === undefined || local === service) return;
  const message = `path "${name}" leads to service "${local}", not to "${service}"`;
  const advice = `Write \`service: ${local}\`, or choose another path.`;
  problem(document, at, "ERR_CONFIG_TUNNEL_SERVICE", message, advice);
}

/** The names of the services of a section by their labels. */
const servicesByLabel = new WeakMap<object, ReadonlyMap<number, string>>();

/** Name of the service here that has this label. */
function localServiceOf({ value: { services } }: ClusterDocument, label: number | undefined): string | undefined {
  let names = servicesByLabel.get(services);
  if (names === undefined) {
    const labels = Object.entries(services).flatMap(([name, { label: own, "second-label": second }]) => {
      return [[own, name] as const, ...(second === undefined ? [] : [[second, name] as const])];
    });
    // The first of two services with the same label counts: `checkLabels` reports the pair.
    names = new Map(labels.toReversed());
    servicesByLabel.set(services, names);
  }
  return label === undefined ? undefined : names.get(label);
}

function checkLocalPath(document: ClusterDocument, at: KeyPath, labels: readonly number[]): void {
  if (labels.length === 1 && localServiceOf(document, labels[0]) !== undefined) return;
  const message =
    labels.length === 1
      ? `a path without \`link\` stays on this vertex, where no service has label ${labels[0]}`
      : "a path without `link` stays on this vertex: it has one label, that of a service here";
  const advice = "Add the `link` that it starts with, or write the label of one of `services`.";
  problem(document, [...at, "labels"], "ERR_CONFIG_PATH_LOCAL", message, advice);
}
