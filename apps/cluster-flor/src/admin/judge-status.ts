import { holdingFindings, identityAdvice } from "@florenetes/identity";
import { fault, type Finding, warning } from "@florenetes/operator-text";
import {
  configFindings,
  findingsAbout,
  metricsFindings,
  pressureFindings,
  type DownPart,
  type StatusFinding,
} from "@florenetes/process-kit";
import type { LinkStatusRow, PortalStatus } from "../connection/connection-status.ts";
import type { SessionSocketStatus } from "../sessions/session-status.ts";
import type { ServiceStatus, TunnelStatus } from "../transport/transport-status.ts";
import type { AccessLogStatus, CheckedService, ClusterStatus } from "./cluster-status.ts";

/**
 * Finds the faults of the configured parts: portals, links, listeners, desired connections, identities and lists.
 * Consequences of a fault that is found already are left out. Pure.
 */
export function judgeCluster(status: Omit<ClusterStatus, "findings">): readonly StatusFinding[] {
  const { config, down, portals, links, tunnels, sessions, services, certificates, revocation, trust, pressure } =
    status;
  return [
    ...findingsAbout("config", [...configFindings(config), ...vertexFindings(status)]),
    ...findingsAbout("part", [...down.map(partFinding), ...metricsFindings(status.metrics)]),
    ...findingsAbout(
      "portal",
      portals.filter(({ code }) => !code.startsWith("ERR_")).flatMap((portal) => [...portalFindings(portal)]),
    ),
    ...links.filter(({ portal }) => isAttached(portals, portal)).flatMap(linkFindings),
    ...findingsAbout(
      "listener",
      [...tunnels, ...sessions].flatMap((listener) => [...listenerFindings(listener, status)]),
    ),
    ...findingsAbout("connection", [
      ...tunnels.flatMap((tunnel) => [...connectionFindings(tunnel, status)]),
      ...sessions.flatMap((socket) => [...sessionFindings(socket, status)]),
    ]),
    ...findingsAbout(
      "service",
      services.flatMap((service) => [...serviceFindings(service)]),
    ),
    ...findingsAbout(
      "target",
      services.flatMap((service) => [...targetFindings(service)]),
    ),
    ...findingsAbout("access-log", accessFindings(status)),
    ...findingsAbout("otlp-traces", spanFindings(status)),
    ...findingsAbout("fabric", [...overlayFindings(status), ...status.paths.flatMap(routeFindings)]),
    ...findingsAbout("holding", [...holdingFindings(certificates, revocation), ...trustFindings(trust)]),
    ...findingsAbout("pressure", pressureFindings(pressure)),
  ];
}

/** A vertex's certificate tells its name; the link vertex holds the certificate, and tells the name. */
function* vertexFindings({ vertex, principal }: Pick<ClusterStatus, "vertex" | "principal">): Generator<Finding> {
  if (principal === null || principal === `vertex/${vertex}`) return;
  const text = `the config says \`vertex: ${vertex}\`, and link-flor holds the identity of ${principal} for this cluster`;
  yield fault(text, "Mend `vertex`, or `identity` in the config of link-flor.");
}

function* overlayFindings({ overlay }: Pick<ClusterStatus, "overlay">): Generator<Finding> {
  const [first, ...others] = overlay?.leftOut ?? [];
  if (first === undefined) return;
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  const text = `the config file does not let in all of the overlay: ${first.what} (${first.why})${more}`;
  yield warning(
    text,
    "The agent makes another one when it can. Else the file has taken a name or a link that it uses.",
  );
}

/** Routes that have failed, of a path that others still carry. Of one that has no other its link, tunnels and sessions tell. */
function routeFindings({ name, routes }: ClusterStatus["paths"][number]): Finding[] {
  const failed = routes.filter(({ failure }) => failure !== null);
  if (failed.length === 0 || routes.length === 1) return [];
  const which = failed.map((route) => `${route.name} (${route.failure})`).join(", ");
  const text = `${failed.length} of ${routes.length} routes of path ${name} do not answer: ${which}`;
  return [warning(text, "They are asked every 5 s, and used again when they have answered for a while.")];
}

function partFinding({ what, code, text }: DownPart): Finding {
  const advice = `${identityAdvice(code) ?? "Mend that."} It is tried again by itself, and by \`reload\`.`;
  return fault(`${what} is down (${[code, text].filter(Boolean).join(": ")})`, advice);
}

function isAttached(portals: readonly PortalStatus[], name: string): boolean {
  return portals.some((portal) => portal.name === name && portal.state === "attached");
}

function* portalFindings({ name, state, code, text, connect }: PortalStatus): Generator<Finding> {
  if (state === "attached") return;
  if (state === "refused") {
    const advice = "`check` of both processes says what their configs hold; both have to be of one version.";
    yield fault(`portal ${name} is refused (${code}: ${text}), and its links are down`, advice);
    return;
  }
  const advice = "Start link-flor, or look at its log. Its `bind` has to be this one's `connect`.";
  yield fault(`portal ${name} has no link vertex (nothing answers on ${connect}), and its links are down`, advice);
}

function linkFindings({ name, peer, tag, role, state, code, text, isNeverContacted }: LinkStatusRow): StatusFinding[] {
  if (state === "up") return [];
  const title = `link ${name} to ${tag === "0" ? peer : `${peer}/${tag}`}`;
  const why = [code, text].filter((each) => each !== "").join(": ");
  const finding = isNeverContacted
    ? fault(`${title} was never contacted`, `Is ${peer} running, and an originator of this link? This end only waits.`)
    : fault(`${title} is ${state}${why === "" ? "" : ` (${why})`}`, linkAdvice(state, role, peer, code));
  return [{ ...finding, about: "link", link: `${peer}/${tag}` }];
}

function linkAdvice(state: LinkStatusRow["state"], role: LinkStatusRow["role"], peer: string, code: string): string {
  if (code === "UNTRUSTED" || code === "UNTRUSTED_BY_PEER")
    return `This node or ${peer} has another CA than the mesh: compare the roots that \`flor inspect\` shows of both identities. Where a node's other links are up, it is not that one.`;
  if (state === "refused")
    return `\`flor explain ${code}\` says which of the two nodes has to change: this one, or ${peer}.`;
  if (role === "acceptor")
    return `${peer} has to call: see \`link-flor status\` there, and whether UDP reaches this node.`;
  return `Is ${peer} running, is the link's endpoint its address, and does UDP get through? See \`link-flor status\` on both nodes.`;
}

/** A tunnel, or a socket of data sessions. */
interface Listener {
  readonly listen: string;
  /** The path of a tunnel. */
  readonly path?: string;
  readonly isListening: boolean;
  readonly text: string;
}

function* listenerFindings(
  { listen, path, isListening, text }: Listener,
  { paths }: Pick<ClusterStatus, "paths">,
): Generator<Finding> {
  // A listener that cannot listen is found among the parts that are down.
  if (!isListening || text === "") return;
  const advice = isNowhere(paths, path) ? AGENT_ADVICE : "Mend that identity.";
  yield fault(`workloads are turned away on ${listen} (${text})`, advice);
}

const AGENT_ADVICE =
  "`fabric-flor status` says what it knows of the service; `overlay` of `cluster-flor status` says when an agent was last heard.";

/** Whether a path stands for a service that the overlay leads nowhere. */
function isNowhere(paths: ClusterStatus["paths"], name: string | undefined): boolean {
  return paths.some((path) => path.name === name && path.link === null && !path.isUsable);
}

/** A tunnel that keeps no idle connection misses none; neither does a tunnel without a listener, or whose link is down. */
function* connectionFindings(
  tunnel: TunnelStatus,
  { paths, connections }: Pick<ClusterStatus, "paths" | "connections">,
): Generator<Finding> {
  const { listen, service, path, keepMs, isListening, text, unreached } = tunnel;
  const used = paths.find(({ name }) => name === path);
  if (keepMs !== null || !isListening || text !== "" || used?.isUsable !== true) return;
  const isThere = connections.some(
    (connection) =>
      connection.direction === "originated" &&
      connection.state === "established" &&
      connection.service === service &&
      connection.path === path &&
      connection.class === tunnel.class,
  );
  const advice = `Its first link is up: \`cluster-flor trace ${listen}\` says how far packets get, and why they end there.`;
  if (isThere) {
    if (used.isReachable === false) yield fault(`the far end of path ${path} does not answer`, advice);
    return;
  }
  const why = unreached === "" ? "" : ` (${unreached})`;
  yield fault(`tunnel ${listen} has no connection to service ${service} over path ${path}${why}`, advice);
}

/** A service of a socket has no connection until a workload opens it: until then none is missing. */
function* sessionFindings(
  { listen, isListening, text, services }: SessionSocketStatus,
  { paths }: Pick<ClusterStatus, "paths">,
): Generator<Finding> {
  if (!isListening || text !== "") return;
  for (const { name, service, path, unreached } of services) {
    if (isNowhere(paths, path)) {
      yield fault(
        `service ${name} of socket ${listen} is refused (no host of service ${service} is known)`,
        AGENT_ADVICE,
      );
      continue;
    }
    if (unreached === "" || paths.find((each) => each.name === path)?.isUsable !== true) continue;
    yield fault(
      `service ${name} of socket ${listen} reaches nobody over path ${path} (${unreached})`,
      `Its first link is up: \`cluster-flor trace ${path}\` says how far packets get, and why they end there.`,
    );
  }
}

function* serviceFindings({ name, text }: ServiceStatus): Generator<Finding> {
  if (text !== "") yield fault(`service ${name} takes no connections (${text})`, "Mend its identity.");
}

function* targetFindings({ name, target, health }: CheckedService): Generator<Finding> {
  if (health?.state !== "down") return;
  const advice =
    "Start the program that listens there, or mend `target`. Streams are refused with TARGET_DOWN meanwhile.";
  yield fault(`the target ${target} of service ${name} is down (${health.text})`, advice);
}

function accessFindings({ accessLog }: Pick<ClusterStatus, "accessLog">): readonly Finding[] {
  if (accessLog === null) return [];
  const text = `${accessLog.lost} access records could not be written to ${accessLog.file}`;
  return lossFindings(accessLog, text, "ACCESS_LOG_LOST", "Is its disk full, or slow? Make room there.");
}

function spanFindings({ otlpTraces }: Pick<ClusterStatus, "otlpTraces">): readonly Finding[] {
  if (otlpTraces === null) return [];
  const text = `${otlpTraces.lost} spans were not taken by ${otlpTraces.endpoint}`;
  return lossFindings(otlpTraces, text, "OTLP_TRACES_LOST", "Does the collector run, and take OTLP in JSON?");
}

/** @param code what the log says when the loss begins */
function lossFindings(
  { lost, problem }: Pick<AccessLogStatus, "lost" | "problem">,
  text: string,
  code: string,
  advice: string,
): readonly Finding[] {
  if (lost === 0) return [];
  // No problem is left: nothing more is lost.
  if (problem === "") return [{ weight: "warning", text, advice: `${code} in the log says when and why.` }];
  return [{ weight: "warning", text: `${text} (${problem})`, advice }];
}

function trustFindings(trust: ClusterStatus["trust"]): readonly Finding[] {
  if (trust === null || trust.refused === null) return [];
  const { code, text } = trust.refused;
  const advice = "The former roots are used. Mend the folder, and `reload`.";
  return [fault(`the roots in ${trust.folder} are refused (${code}: ${text})`, advice)];
}
