import { holdingFindings, identityAdvice } from "@florenetes/identity";
import type { Finding } from "@florenetes/operator-errors";
import { configFindings, pressureFindings } from "@florenetes/process-kit";
import type { LinkStatusRow, PortalStatus } from "../connection/connection-status.ts";
import type { ServiceStatus, TunnelStatus } from "../transport/transport-status.ts";
import type { ClusterStatus } from "./cluster-status.ts";

/**
 * Says what of all that is configured is not as it should be: portals, links, listeners, connections that are to be there,
 * identities and lists. What follows from a fault that is told already is not told. Pure.
 */
export function judgeCluster(status: ClusterStatus): readonly Finding[] {
  const { config, down, portals, links, tunnels, sessions, services, certificates, revocation, pressure } = status;
  return [
    ...configFindings(config),
    ...down.map(({ what, code, text }) =>
      fault(`${what} is down (${[code, text].filter(Boolean).join(": ")})`, downAdvice(code)),
    ),
    ...portals.filter(({ code }) => !code.startsWith("ERR_")).flatMap((portal) => [...portalFindings(portal)]),
    ...links.filter(({ portal }) => isAttached(portals, portal)).flatMap((link) => [...linkFindings(link)]),
    ...[...tunnels, ...sessions].flatMap((listener) => [...listenerFindings(listener)]),
    ...tunnels.flatMap((tunnel) => [...connectionFindings(tunnel, status)]),
    ...services.flatMap((service) => [...serviceFindings(service)]),
    ...accessFindings(status),
    ...holdingFindings(certificates, revocation),
    ...pressureFindings(pressure),
  ];
}

function downAdvice(code: string): string {
  return `${identityAdvice(code) ?? "Mend that."} It is tried again by itself, and by \`reload\`.`;
}

/** The status as if some links, each as `<peer>/<tag>`, were not there. */
export function withoutLinks(status: ClusterStatus, links: ReadonlySet<string>): ClusterStatus {
  return { ...status, links: status.links.filter(({ peer, tag }) => !links.has(`${peer}/${tag}`)) };
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

function* linkFindings(link: LinkStatusRow): Generator<Finding> {
  const { name, peer, tag, role, state, code, text, isNeverContacted } = link;
  const title = `link ${name} to ${tag === "0" ? peer : `${peer}/${tag}`}`;
  if (state === "up") return;
  if (isNeverContacted) {
    const advice = `Is ${peer} running, and an originator of this link? This end only waits.`;
    yield fault(`${title} was never contacted`, advice);
    return;
  }
  const why = [code, text].filter((each) => each !== "").join(": ");
  yield fault(`${title} is ${state}${why === "" ? "" : ` (${why})`}`, linkAdvice(state, role, peer, code));
}

function linkAdvice(state: LinkStatusRow["state"], role: LinkStatusRow["role"], peer: string, code: string): string {
  if (state === "refused")
    return `${code} in docs/portal-api.md says which of the two nodes has to change: this one, or ${peer}.`;
  if (role === "acceptor")
    return `${peer} has to call: see \`link-flor status\` there, and whether UDP reaches this node.`;
  return `Is ${peer} running, is the link's endpoint its address, and does UDP get through? See \`link-flor status\` on both nodes.`;
}

/** A tunnel, or a socket of data sessions. */
interface Listener {
  readonly listen: string;
  readonly isListening: boolean;
  readonly text: string;
}

function* listenerFindings({ listen, isListening, text }: Listener): Generator<Finding> {
  // One that cannot listen is among the parts that are down.
  if (isListening && text !== "")
    yield fault(`workloads are turned away on ${listen} (${text})`, "Mend that identity.");
}

/** A tunnel that keeps no connection when idle has none to miss; neither has one that listens for nobody, or whose link is down. */
function* connectionFindings(tunnel: TunnelStatus, { paths, connections }: ClusterStatus): Generator<Finding> {
  const { listen, service, path, keepMs, isListening, text } = tunnel;
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
    if (used.isReachable === false) yield fault(`nothing is heard from the far end of path ${path}`, advice);
    return;
  }
  yield fault(`tunnel ${listen} has no connection to service ${service} over path ${path}`, advice);
}

function* serviceFindings({ name, text }: ServiceStatus): Generator<Finding> {
  if (text !== "") yield fault(`service ${name} takes no connections (${text})`, "Mend its identity.");
}

function accessFindings({ accessLog }: ClusterStatus): readonly Finding[] {
  if (accessLog === null || accessLog.lost === 0) return [];
  const { lost, file, problem } = accessLog;
  const text = `${lost} access records could not be written to ${file}`;
  // They are written again.
  if (problem === "") return [{ weight: "warning", text, advice: "ACCESS_LOG_LOST in the log says when and why." }];
  return [{ weight: "warning", text: `${text} (${problem})`, advice: "Is its disk full, or slow? Make room there." }];
}

function fault(text: string, advice: string): Finding {
  return { weight: "fault", text, advice };
}
