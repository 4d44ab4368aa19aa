/** The fabric as its agents tell it: who answers, what is led where, over which routes, and what is wrong with the whole. Pure. */
import { fault, type Finding, warning } from "@florenetes/operator-text";
import { countNouns, isWhole, verdictLines } from "@florenetes/process-kit";
import type { NodeFinding } from "../mesh-status/node-rows.ts";
import type { AgentAnswer, AgentFacts, LeaseFacts } from "./agent-facts.ts";

/** `flor fabric status --json` prints it. */
export interface FabricPicture {
  readonly cluster: string | null;
  readonly isWhole: boolean;
  /** Causes before their consequences. */
  readonly findings: readonly NodeFinding[];
  readonly nodes: readonly AgentRow[];
  readonly services: readonly ServiceRow[];
  readonly routes: readonly RouteRow[];
  readonly coordinators: readonly CoordinatorRow[];
  readonly switches: readonly SwitchRow[];
}

interface AgentRow {
  /** The name of the node, or the socket that was asked where nothing says the name. */
  readonly node: string;
  readonly state: "whole" | "not whole" | "silent";
  /** Neighbours whose records are read, of those over links that are up. */
  readonly read: number;
  readonly neighbours: number;
  /** Sets of permits that it carries out as a relay. */
  readonly permits: number;
  readonly reason: string;
}

interface ServiceRow {
  readonly node: string;
  readonly service: string;
  /** The host that it is led to; null: none. */
  readonly host: string | null;
  readonly hosts: readonly string[];
  /** `led`, or why it is not. */
  readonly state: string;
}

interface RouteRow {
  readonly origin: string;
  readonly service: string;
  readonly host: string;
  readonly coordinator: string;
  readonly via: readonly string[];
  readonly cost: number;
  readonly state: "in use" | "stands by" | "failed";
  /** Classes that use it, or why it has failed. */
  readonly about: string;
  /** `live`, or `held` behind the end. */
  readonly lease: string;
}

type CoordinatorRow = NonNullable<AgentFacts["coordinator"]> & { readonly node: string };

interface SwitchRow {
  readonly node: string;
  readonly reason: string;
  readonly count: number;
  readonly lastMs: number;
  readonly longestMs: number;
}

/** @param told Answers by the names of nodes, or by the sockets that were asked */
export function drawFabric(told: ReadonlyMap<string, AgentAnswer>, expected?: string): FabricPicture {
  const first = [...told.values()].find((answer) => "status" in answer);
  const cluster = expected ?? first?.status.cluster ?? null;
  const answers = [...told].map(([place, answer]) => [place, ofCluster(answer, cluster)] as const);
  const all = answers.flatMap(([, answer]) => ("status" in answer ? [answer.status] : []));
  const findings = [
    ...answers.flatMap(([place, answer]) => ("silence" in answer ? [silenceFinding(place, answer.silence)] : [])),
    ...rootFindings(all),
    ...all.flatMap((agent) => agent.findings.map((finding) => about(agent.node, finding))),
    ...all.flatMap((agent) => [...routeFindings(agent), ...coordinatorFindings(agent)]),
  ];
  return {
    cluster,
    isWhole: isWhole(findings) && all.length > 0,
    findings,
    nodes: answers.map(([place, answer]) => nodeRow(place, answer, findings)),
    services: all.flatMap(serviceRows),
    routes: all.flatMap(({ node, routes }) => routes.leases.flatMap((lease) => routeRows(node, lease))),
    coordinators: all.flatMap(({ node, coordinator }) => (coordinator === null ? [] : [{ node, ...coordinator }])),
    switches: all.flatMap(({ node, routes }) =>
      Object.entries(routes.switches).map(([reason, figures]) => ({ node, reason, ...figures })),
    ),
  };
}

/** The first lines of the picture: whether the fabric is whole, and if not, what is wrong, and what to do. */
export function fabricVerdict({ cluster, findings, nodes, services, routes, coordinators }: FabricPicture): string[] {
  const sums = {
    agent: nodes.length,
    service: services.length,
    route: routes.length,
    coordinator: coordinators.length,
  };
  return verdictLines(findings, `cluster ${cluster ?? "?"}, ${countNouns(sums)}`);
}

function ofCluster(answer: AgentAnswer, cluster: string | null): AgentAnswer {
  if ("silence" in answer || answer.status.cluster === cluster) return answer;
  return { silence: `it is an agent of cluster ${answer.status.cluster} that answers` };
}

function about(node: string, { weight, text, advice }: Finding): NodeFinding {
  return { weight, advice, text: `node ${node}: ${text}`, node };
}

function silenceFinding(place: string, silence: string): NodeFinding {
  const advice = "Does fabric-flor run there? `flor doctor` there says more. What it has leased and permitted goes on.";
  return about(place, fault(`its agent does not answer (${silence})`, advice));
}

/** Agents whose root is an older one miss what the newer one says of keys. */
function* rootFindings(all: readonly AgentFacts[]): Generator<NodeFinding> {
  const newest = Math.max(0, ...all.map(({ root }) => root?.version ?? 0));
  for (const { node, root } of all) {
    if (root === null || root.version === newest) continue;
    const advice = "Do its neighbours' agents reach it? Hand the root in there: `flor fabric publish root.fact`.";
    yield about(node, warning(`it has version ${root.version} of the root, and others have ${newest}`, advice));
  }
}

function* routeFindings({ node, routes }: AgentFacts): Generator<NodeFinding> {
  const { coordinators, asked, leases } = routes;
  if (asked > 0 && coordinators.length === 0) {
    const advice =
      "Give a node of its partition the role `route-coordinator`, and see that its agent has `coordinator`. Neighbours and ways by hand are used meanwhile.";
    yield about(node, warning(`it asks for routes to ${asked} hosts, and hears no coordinator`, advice));
  }
  for (const { node: name, doesAnswer } of coordinators) {
    if (doesAnswer) continue;
    const advice = `See \`fabric-flor status\` on ${name}. Leases are held meanwhile.`;
    yield about(node, warning(`coordinator ${name} does not answer its letters`, advice));
  }
  for (const lease of leases) yield* leaseFindings(node, lease);
}

function* leaseFindings(
  node: string,
  { service, host, standing, routes, coordinator }: LeaseFacts,
): Generator<NodeFinding> {
  const explain = `\`flor fabric explain ${node}/${service}/${host}\` says why, here and at ${coordinator}.`;
  const failed = routes.filter(({ failure }) => failure !== null);
  if (routes.length > 0 && failed.length === routes.length) {
    const text = `no route to ${service} at ${host} carries (${[...new Set(failed.map(({ failure }) => failure))].join(", ")})`;
    yield about(node, fault(text, `Are the relays and ${host} up? ${explain}`));
  } else if (failed.length > 0) {
    const names = failed.map(({ via, failure }) => `${via.join(" > ")} (${failure})`).join("; ");
    yield about(node, warning(`routes to ${service} at ${host} have failed: ${names}`, `The others carry. ${explain}`));
  } else if (routes.length === 1 && routes[0]!.via.length > 1) {
    const text = `${service} at ${host} has one route alone, over ${routes[0]!.via.slice(0, -1).join(", ")}`;
    yield about(node, warning(text, `When it dies, nothing is left. ${explain}`));
  }
  if (standing !== "held") return;
  const advice = `Bring ${coordinator}, or another coordinator, back before the hold is over.`;
  yield about(node, warning(`the lease of ${service} at ${host} has ended, and its coordinator is silent`, advice));
}

function* coordinatorFindings({ node, coordinator }: AgentFacts): Generator<NodeFinding> {
  if (coordinator === null) return;
  for (const [reason, count] of Object.entries(coordinator.faults)) {
    const text = `as a coordinator it cannot lease ${count} of ${coordinator.wanted} routes that are asked for (${reason})`;
    yield about(node, warning(text, `\`flor fabric explain --agent SOCKET\` on ${node} says why.`));
  }
}

function nodeRow(place: string, answer: AgentAnswer, findings: readonly NodeFinding[]): AgentRow {
  if ("silence" in answer)
    return { node: place, state: "silent", read: 0, neighbours: 0, permits: 0, reason: answer.silence };
  const { node, neighbours, routes } = answer.status;
  const up = neighbours.filter(({ link }) => link !== null);
  const own = findings.filter((finding) => finding.node === node);
  return {
    node,
    state: isWhole(own) ? "whole" : "not whole",
    read: up.filter(({ state }) => state === "reading").length,
    neighbours: up.length,
    permits: routes.permits.held,
    reason: "",
  };
}

function serviceRows({ node, services }: AgentFacts): ServiceRow[] {
  return services.map(({ service, path, state, active }) => {
    const hosts = active?.hosts ?? [];
    // Paths are named `auto.<service>.<host>`, and names may have dots.
    const host = hosts.find((each) => path?.endsWith(`.${each}`) === true) ?? null;
    return { node, service, host, hosts, state: path === null ? state : "led" };
  });
}

function routeRows(origin: string, { service, host, coordinator, standing, routes }: LeaseFacts): RouteRow[] {
  return routes.map(({ via, cost, inUse, failure }) => {
    const state = failure !== null ? "failed" : inUse.length > 0 ? "in use" : "stands by";
    return {
      origin,
      service,
      host,
      coordinator,
      via,
      cost,
      state,
      about: failure ?? inUse.join(", "),
      lease: standing,
    };
  });
}
